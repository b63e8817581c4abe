//! TLS of a server: its certificate, whose certificates of clients are believed, and both anew when their files change.

pub mod client;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        RootCertStore, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, pem::PemObject},
        server::WebPkiClientVerifier,
    },
    server::TlsStream,
};
use tributary_core::Violations;
use tributary_lifecycle::CancellationToken;

/// How long a client may take from its first byte to the end of the handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How often the files are looked at.
const RENEWAL: Duration = Duration::from_secs(30);

/// Files of TLS, all of them PEM. They are read again when they change; a set that cannot be used leaves the last one in force.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsSettings {
    /// The certificate of the server, and those between it and its authority after it. Unset: no TLS.
    pub certificate_file: Option<PathBuf>,
    /// Its key.
    pub key_file: Option<PathBuf>,
    /// Authorities whose certificates of clients are believed. Unset: no client is asked for one.
    pub client_authorities_file: Option<PathBuf>,
    /// Lists of certificates of clients that were revoked, by those authorities.
    pub client_revocations_file: Option<PathBuf>,
    /// Whether a client without a certificate is turned away before it can say anything.
    pub require_client_certificate: bool,
}

impl TlsSettings {
    /// Whether TLS is on.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.certificate_file.is_some()
    }

    /// Whether clients may be known by certificates.
    #[must_use]
    pub const fn knows_clients(&self) -> bool {
        self.is_on() && self.client_authorities_file.is_some()
    }

    /// Notes everything that is wrong, under `field`.
    pub fn check(&self, field: &str, violations: &mut Violations) {
        let mut wrong = |name: &str, why: &str| violations.add(format!("{field}.{name}"), why);
        match (&self.certificate_file, &self.key_file) {
            (Some(_), None) => wrong("key_file", "is missing; name the file with the key of the certificate"),
            (None, Some(_)) => wrong("certificate_file", "is missing; name the file with the certificate of the key"),
            _ => {}
        }
        if self.client_authorities_file.is_some() && !self.is_on() {
            wrong("client_authorities_file", "needs TLS; give certificate_file and key_file, too");
        }
        if self.client_authorities_file.is_none() {
            if self.client_revocations_file.is_some() {
                wrong("client_revocations_file", "needs client_authorities_file: whose certificates would they be");
            }
            if self.require_client_certificate {
                wrong("require_client_certificate", "needs client_authorities_file: nobody's would be believed");
            }
        }
    }
}

/// The certificate that a client showed, in the extensions of its requests. An authority that is believed gave it, and the client
/// has its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerCertificate {
    /// SHA-256 of the certificate (DER), as RFC 8705 names it in tokens that are bound to it.
    pub sha256: [u8; 32],
    /// Who it is for: its alternative names that are URIs or DNS names. Example: "spiffe://example.com/erp".
    pub names: Vec<String>,
}

impl PeerCertificate {
    fn of(certificate: &CertificateDer<'_>) -> Self {
        let names = webpki::EndEntityCert::try_from(certificate).map(|certificate| {
            certificate.valid_uri_names().chain(certificate.valid_dns_names()).map(str::to_owned).collect()
        });
        Self { sha256: Sha256::digest(certificate).into(), names: names.unwrap_or_default() }
    }
}

/// What the files say, and the files as they were when they said it.
struct Read {
    files: Vec<Vec<u8>>,
    config: Arc<ServerConfig>,
}

/// TLS of a server. Cheap to clone.
#[derive(Clone)]
pub struct Tls {
    settings: Arc<TlsSettings>,
    read: Arc<RwLock<Read>>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Tls {
    /// As the settings say; none when TLS is off.
    ///
    /// # Errors
    /// A sentence that names the file and what is wrong with it.
    pub fn load(settings: &TlsSettings) -> Result<Option<Self>, String> {
        if !settings.is_on() {
            return Ok(None);
        }
        let files = files(settings)?;
        let config = Arc::new(config(settings, &files)?);
        let read = Arc::new(RwLock::new(Read { files, config }));
        Ok(Some(Self { settings: Arc::new(settings.clone()), read }))
    }

    /// Reads the files again. Connections that are there keep what they began with.
    ///
    /// # Errors
    /// A sentence that names the file and what is wrong with it; what was read before stays in force.
    pub fn renew(&self) -> Result<bool, String> {
        let files = files(&self.settings)?;
        if self.read.read().unwrap_or_else(PoisonError::into_inner).files == files {
            return Ok(false);
        }
        let config = Arc::new(config(&self.settings, &files)?);
        *self.read.write().unwrap_or_else(PoisonError::into_inner) = Read { files, config };
        Ok(true)
    }

    /// Reads the files again from time to time, until `stop` is cancelled.
    pub async fn keep(self, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(RENEWAL)).await.is_some() {
            let tls = self.clone();
            match tokio::task::spawn_blocking(move || tls.renew()).await {
                Ok(Ok(false)) => {}
                Ok(Ok(true)) => tracing::info!("TLS goes on with the new files"),
                Ok(Err(error)) => {
                    tracing::warn!(error, "the new files of TLS cannot be used; it goes on with the last")
                }
                Err(error) => tracing::warn!(%error, "the files of TLS were not read"),
            }
        }
    }

    /// Shakes hands: the connection, and the certificate of the client, if it showed one.
    pub(crate) async fn accept<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> Result<(TlsStream<S>, Option<PeerCertificate>), String> {
        let config = self.read.read().unwrap_or_else(PoisonError::into_inner).config.clone();
        let accepted = tokio::time::timeout(HANDSHAKE, TlsAcceptor::from(config).accept(stream)).await;
        let stream = accepted.map_err(|_| format!("no handshake within {HANDSHAKE:?}"))?.map_err(|e| e.to_string())?;
        let chain = stream.get_ref().1.peer_certificates();
        let peer = chain.and_then(|chain| chain.first()).map(PeerCertificate::of);
        Ok((stream, peer))
    }
}

/// What is in the files, in the order of the settings; nothing for those that are not named.
fn files(settings: &TlsSettings) -> Result<Vec<Vec<u8>>, String> {
    let TlsSettings { certificate_file, key_file, client_authorities_file, client_revocations_file, .. } = settings;
    let named = [certificate_file, key_file, client_authorities_file, client_revocations_file];
    let read = |file: &Path| std::fs::read(file).map_err(|e| format!("{} cannot be read: {e}", file.display()));
    named.into_iter().map(|file| file.as_deref().map_or(Ok(Vec::new()), read)).collect()
}

fn config(settings: &TlsSettings, files: &[Vec<u8>]) -> Result<ServerConfig, String> {
    let [certificate, key, authorities, revocations] = files else {
        return Err("four files were asked for".to_owned());
    };
    let name = |file: &Option<PathBuf>| file.as_ref().map(|file| file.display().to_string()).unwrap_or_default();
    let unfit = |file: &Option<PathBuf>, what: &str, why: String| format!("{}: {what}: {why}", name(file));

    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?;
    let builder = if settings.client_authorities_file.is_some() {
        let file = &settings.client_authorities_file;
        let mut roots = RootCertStore::empty();
        for authority in all::<CertificateDer<'_>>(authorities, file)? {
            roots.add(authority).map_err(|e| unfit(file, "an authority cannot be used", e.to_string()))?;
        }
        let mut verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        if let file @ Some(_) = &settings.client_revocations_file {
            let lists = all::<CertificateRevocationListDer<'_>>(revocations, file)?;
            // Authorities between have lists of their own, which nobody might have.
            verifier = verifier.with_crls(lists).only_check_end_entity_revocation();
        }
        if !settings.require_client_certificate {
            verifier = verifier.allow_unauthenticated();
        }
        let verifier = verifier.build().map_err(|e| unfit(file, "clients cannot be verified", e.to_string()))?;
        builder.with_client_cert_verifier(verifier)
    } else {
        builder.with_no_client_auth()
    };
    let chain = all::<CertificateDer<'_>>(certificate, &settings.certificate_file)?;
    let key =
        PrivateKeyDer::from_pem_slice(key).map_err(|e| unfit(&settings.key_file, "no key (PEM)", e.to_string()))?;
    let config = builder.with_single_cert(chain, key);
    let mut config =
        config.map_err(|e| unfit(&settings.key_file, "it is not the key of the certificate", e.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Everything of a kind that is in a file: at least one.
fn all<T: PemObject>(text: &[u8], file: &Option<PathBuf>) -> Result<Vec<T>, String> {
    let file = file.as_ref().map(|file| file.display().to_string()).unwrap_or_default();
    let found = T::pem_slice_iter(text).collect::<Result<Vec<T>, _>>().map_err(|e| format!("{file}: {e}"))?;
    if found.is_empty() {
        Err(format!("{file}: there is nothing in it that is asked for here (PEM)"))
    } else {
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
