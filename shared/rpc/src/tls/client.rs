//! TLS of a client: whom it believes, and what it shows of itself.

use std::{path::Path, sync::Arc};

use tokio_rustls::rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

/// A client that believes the public authorities, and those in a file (PEM) beside them; with a certificate and its key (PEM) it
/// shows who it is where it is asked.
///
/// # Errors
/// A sentence that names the file and what is wrong with it.
pub fn config(authorities: Option<&Path>, identity: Option<(&Path, &Path)>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for authority in authorities.map(certificates).transpose()?.unwrap_or_default() {
        let unfit =
            |e| format!("an authority in {} cannot be used: {e}", authorities.unwrap_or(Path::new("")).display());
        roots.add(authority).map_err(unfit)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().map_err(|e| e.to_string())?;
    let config = config.with_root_certificates(roots);
    let Some((certificate, key_file)) = identity else { return Ok(config.with_no_client_auth()) };
    let unfit =
        |e: &dyn std::fmt::Display| format!("{} is not the key of {}: {e}", key_file.display(), certificate.display());
    let key = PrivateKeyDer::from_pem_file(key_file).map_err(|e| unfit(&e))?;
    config.with_client_auth_cert(certificates(certificate)?, key).map_err(|e| unfit(&e))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let unread = |e| format!("cannot read the certificates in {}: {e}", file.display());
    let found = CertificateDer::pem_file_iter(file).map_err(unread)?;
    let found = found.collect::<Result<Vec<_>, _>>().map_err(unread)?;
    if found.is_empty() { Err(format!("there is no certificate (PEM) in {}", file.display())) } else { Ok(found) }
}
