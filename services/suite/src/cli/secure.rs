//! TLS to the gateway: whose certificate is believed, and the command's own.

use std::{path::PathBuf, sync::Arc, time::Duration};

use clap::Args;
use http::Uri;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};
use tonic::transport::{Channel, Endpoint};
use tributary_rpc::tls::client;

use super::Failure;

/// How a server with https:// is talked to.
#[derive(Debug, Clone, Default, Args)]
pub struct TlsArgs {
    /// File of authorities (PEM) to believe beside the public ones, for a server with https://
    #[arg(long, env = "TRIBUTARY_CA_FILE", value_name = "FILE", global = true, help_heading = "Connection")]
    pub ca_file: Option<PathBuf>,
    /// Certificate (PEM) to show to the server, which may know a client by it instead of a key or a token
    #[arg(
        long,
        env = "TRIBUTARY_CLIENT_CERTIFICATE_FILE",
        value_name = "FILE",
        global = true,
        help_heading = "Connection"
    )]
    pub client_certificate_file: Option<PathBuf>,
    /// Key (PEM) of that certificate
    #[arg(long, env = "TRIBUTARY_CLIENT_KEY_FILE", value_name = "FILE", global = true, help_heading = "Connection")]
    pub client_key_file: Option<PathBuf>,
}

impl TlsArgs {
    /// Whether the server may know who calls without a key or a token.
    pub(super) const fn shows_who(&self) -> bool {
        self.client_certificate_file.is_some()
    }

    /// The way to a server, made when it is first used.
    ///
    /// # Errors
    /// When the address is no URL, or a file cannot be used.
    pub(super) fn endpoint(&self, uri: &str) -> Result<Way, Failure> {
        let wrong = |e: tonic::transport::Error| {
            Failure::usage(format!("{uri:?} is not a URL such as http://127.0.0.1:7420: {e}"))
        };
        let endpoint = Endpoint::from_shared(uri.to_owned()).map_err(wrong)?.connect_timeout(Duration::from_secs(5));
        let identity = match (&self.client_certificate_file, &self.client_key_file) {
            (Some(certificate), Some(key)) => Some((certificate.as_path(), key.as_path())),
            (None, None) => None,
            _ => {
                let why = "--client-certificate-file and --client-key-file go together; give both";
                return Err(Failure::usage(why));
            }
        };
        if endpoint.uri().scheme_str() != Some("https") {
            return match identity {
                Some(_) => {
                    Err(Failure::usage(format!("a certificate cannot be shown to {uri}; write it with https://")))
                }
                None => Ok(Way { endpoint, tls: None }),
            };
        }
        let mut config = client::config(self.ca_file.as_deref(), identity).map_err(Failure::usage)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Way { endpoint, tls: Some(TlsConnector::from(Arc::new(config))) })
    }
}

/// A way to a server.
#[derive(Clone)]
pub(super) struct Way {
    endpoint: Endpoint,
    tls: Option<TlsConnector>,
}

impl Way {
    /// Goes it.
    ///
    /// # Errors
    /// When nothing answers there, or not as TLS wants it.
    pub(super) async fn connect(self) -> Result<Channel, Failure> {
        let Self { endpoint, tls } = self;
        let endpoint = endpoint.http2_adaptive_window(true);
        let uri = endpoint.uri().clone();
        let Some(tls) = tls else {
            return endpoint.connect().await.map_err(|_| unanswered(&uri, None));
        };
        let connector = tower::service_fn(move |uri: Uri| {
            let tls = tls.clone();
            async move {
                let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
                let stream = TcpStream::connect((host.as_str(), uri.port_u16().unwrap_or(443))).await?;
                stream.set_nodelay(true)?;
                let name = ServerName::try_from(host).map_err(std::io::Error::other)?;
                Ok::<_, std::io::Error>(TokioIo::new(tls.connect(name, stream).await?))
            }
        });
        endpoint.connect_with_connector(connector).await.map_err(|e| unanswered(&uri, Some(&e)))
    }
}

/// The innermost cause says what the certificate lacks.
fn unanswered(uri: &Uri, error: Option<&(dyn std::error::Error + 'static)>) -> Failure {
    let mut cause = error;
    while let Some(inner) = cause.and_then(std::error::Error::source) {
        cause = Some(inner);
    }
    let why = cause.map(|cause| format!(" ({cause})")).unwrap_or_default();
    Failure::server(format!("nothing answers at {uri}{why}; start it with \"tributary up\", or correct --endpoint"))
}
