use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use axum::{Extension, Router, routing::get};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, IsCa, KeyIdMethod, KeyPair,
    KeyUsagePurpose, RevokedCertParams, SanType, SerialNumber, date_time_ymd,
};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};
use tributary_core::Violations;
use tributary_lifecycle::CancellationToken;

use super::{PeerCertificate, Tls, TlsSettings, client};
use crate::serve::{Age, serve_aged};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::<String>::new()).expect("parameters");
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("signed")
}

/// Files of a certificate that an authority gave for names; what it is, and its digest.
fn given(folder: &Path, file: &str, by: &Authority, serial: u64, names: &[SanType]) -> [u8; 32] {
    let mut params = CertificateParams::new(Vec::<String>::new()).expect("parameters");
    params.subject_alt_names = names.to_vec();
    params.serial_number = Some(SerialNumber::from(serial));
    let key = KeyPair::generate().expect("a key");
    let certificate = params.signed_by(&key, by).expect("signed");
    std::fs::write(folder.join(format!("{file}.pem")), certificate.pem()).expect("written");
    std::fs::write(folder.join(format!("{file}.key")), key.serialize_pem()).expect("written");
    Sha256::digest(certificate.der()).into()
}

fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().expect("a name"))
}

fn uri(name: &str) -> SanType {
    SanType::URI(name.try_into().expect("a name"))
}

/// An authority, a server that believes it and says who calls, and where.
struct Server {
    folder: TempDir,
    authority: Authority,
    tls: Tls,
    address: SocketAddr,
    stop: CancellationToken,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Server {
    async fn start(required: bool, revoked: Option<u64>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let authority = authority("ours");
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).expect("written");
        given(folder.path(), "server", &authority, 1, &[dns("localhost")]);
        let path = |name: &str| Some(folder.path().join(name));
        if let Some(serial) = revoked {
            let revoked = RevokedCertParams {
                serial_number: SerialNumber::from(serial),
                revocation_time: date_time_ymd(2026, 1, 1),
                reason_code: None,
                invalidity_date: None,
            };
            let list = CertificateRevocationListParams {
                this_update: date_time_ymd(2026, 1, 1),
                next_update: date_time_ymd(2046, 1, 1),
                crl_number: SerialNumber::from(1),
                issuing_distribution_point: None,
                revoked_certs: vec![revoked],
                key_identifier_method: KeyIdMethod::Sha256,
            };
            let list = list.signed_by(&authority).expect("signed").pem().expect("PEM");
            std::fs::write(folder.path().join("revoked.pem"), list).expect("written");
        }
        let settings = TlsSettings {
            certificate_file: path("server.pem"),
            key_file: path("server.key"),
            client_authorities_file: path("ca.pem"),
            client_revocations_file: revoked.and_then(|_| path("revoked.pem")),
            require_client_certificate: required,
        };
        let tls = Tls::load(&settings).expect("good files").expect("TLS is on");
        let router = Router::new().route(
            "/",
            get(|peer: Option<Extension<Arc<PeerCertificate>>>| async move {
                peer.map_or_else(String::new, |Extension(peer)| format!("{} {:?}", hex(&peer.sha256), peer.names))
            }),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let stop = CancellationToken::new();
        tokio::spawn(serve_aged(listener, router, Age::default(), Some(tls.clone()), stop.clone()));
        Self { folder, authority, tls, address, stop }
    }

    /// What the server says to a client with this certificate, and the protocol that was agreed on.
    async fn says(&self, client: Option<&str>) -> Result<String, String> {
        let path = |name: String| self.folder.path().join(name);
        let identity = client.map(|name| (path(format!("{name}.pem")), path(format!("{name}.key"))));
        let identity = identity.as_ref().map(|(certificate, key)| (certificate.as_path(), key.as_path()));
        let mut config = client::config(Some(&path("ca.pem".to_owned())), identity)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let stream = TcpStream::connect(self.address).await.map_err(|e| e.to_string())?;
        let name = ServerName::try_from("localhost").expect("a name");
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        let mut stream = stream.map_err(|e| e.to_string())?;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
        let ask = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(ask).await.map_err(|e| e.to_string())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.map_err(|e| e.to_string())?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        Ok(body.to_owned())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn a_client_is_known_by_what_its_certificate_is_for() {
    let server = Server::start(false, None).await;
    let names = [dns("erp.example.com"), uri("spiffe://example.com/erp")];
    let digest = given(server.folder.path(), "erp", &server.authority, 2, &names);
    let said = server.says(Some("erp")).await.expect("served");
    assert_eq!(said, format!("{} [\"spiffe://example.com/erp\", \"erp.example.com\"]", hex(&digest)));
    // Whoever has none may come in and say who he is otherwise.
    assert_eq!(server.says(None).await, Ok(String::new()));
}

#[tokio::test]
async fn strangers_are_turned_away() {
    let server = Server::start(true, Some(3)).await;
    for (name, serial) in [("good", 2), ("revoked", 3)] {
        given(server.folder.path(), name, &server.authority, serial, &[dns("erp.example.com")]);
    }
    // It bears the name of our authority, and not its signature.
    given(server.folder.path(), "stranger", &authority("ours"), 2, &[dns("erp.example.com")]);
    server.says(Some("good")).await.expect("served");
    for (client, why) in [(None, "certificate"), (Some("revoked"), "Revoked"), (Some("stranger"), "alert")] {
        let refused = server.says(client).await.expect_err("turned away");
        assert!(refused.to_lowercase().contains(&why.to_lowercase()), "{client:?}: {refused}");
    }
    let mut plain = TcpStream::connect(server.address).await.expect("a connection");
    plain.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("sent");
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"), "an answer without TLS");
}

#[tokio::test]
async fn new_files_are_taken_and_broken_ones_are_not() {
    let server = Server::start(false, None).await;
    assert_eq!(server.tls.renew(), Ok(false));
    let path = |name: &str| server.folder.path().join(name);

    let (pem, key) =
        (std::fs::read(path("server.pem")).expect("read"), std::fs::read(path("server.key")).expect("read"));
    given(server.folder.path(), "server", &server.authority, 9, &[dns("elsewhere")]);
    let new = std::fs::read(path("server.pem")).expect("read");
    // A certificate without its key: the one is there before the other.
    std::fs::write(path("server.key"), &key).expect("written");
    let refused = server.tls.renew().expect_err("not its key");
    assert!(refused.contains("server.key"), "{refused}");
    server.says(None).await.expect("the last pair is in force");

    // The client asks for "localhost", which the new one is not for.
    given(server.folder.path(), "server", &server.authority, 9, &[dns("elsewhere")]);
    assert_ne!(new, pem);
    assert_eq!(server.tls.renew(), Ok(true));
    let refused = server.says(None).await.expect_err("another name");
    assert!(refused.contains("certificate"), "{refused}");

    std::fs::write(path("ca.pem"), "nothing").expect("written");
    let refused = server.tls.renew().expect_err("no authority");
    assert!(refused.contains("ca.pem"), "{refused}");
}

#[tokio::test]
async fn whoever_does_not_shake_hands_holds_nothing_up() {
    let server = Server::start(false, None).await;
    let _silent = TcpStream::connect(server.address).await.expect("a connection");
    server.says(None).await.expect("served meanwhile");
    server.stop.cancel();
    let gone = async {
        while TcpStream::connect(server.address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.expect("the server ends");
}

#[test]
fn settings_that_contradict_each_other_are_named() {
    let faults = |settings: &TlsSettings| {
        let mut violations = Violations::new();
        settings.check("tls", &mut violations);
        let fault = violations.into_result().err();
        fault.map(|fault| fault.violations().iter().map(|v| v.field.clone()).collect::<Vec<_>>()).unwrap_or_default()
    };
    let file = || Some("x.pem".into());
    assert_eq!(faults(&TlsSettings::default()), [""; 0]);
    let only = TlsSettings { certificate_file: file(), ..TlsSettings::default() };
    assert_eq!(faults(&only), ["tls.key_file"]);
    let only = TlsSettings { key_file: file(), client_authorities_file: file(), ..TlsSettings::default() };
    assert_eq!(faults(&only), ["tls.certificate_file", "tls.client_authorities_file"]);
    let nobody = TlsSettings {
        certificate_file: file(),
        key_file: file(),
        client_revocations_file: file(),
        require_client_certificate: true,
        ..TlsSettings::default()
    };
    assert_eq!(faults(&nobody), ["tls.client_revocations_file", "tls.require_client_certificate"]);
}
