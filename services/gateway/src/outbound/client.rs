//! The way to an address: a name is resolved, each address checked, and one of those very addresses connected to. No
//! redirects, no proxies, no connection is kept. Receivers of webhooks are posted to.

use std::{
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Uri, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, pki_types::ServerName},
};
use tributary_core::Fault;
use tributary_rpc::tls;

use super::{guard::Guard, settings::WebhookSettings};
use crate::ports::webhooks::{Outgoing, Post, Reply};

/// The longest attempt, from the name to the end of the answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// The longest connection attempt to one address.
const CONNECT: Duration = Duration::from_secs(5);
/// The longest that a name may take while a webhook is created or changed.
const CHECK: Duration = Duration::from_secs(3);
/// How much of an answer is kept, in bytes.
const KEPT: usize = 1024;

/// Finds the addresses of a name.
#[async_trait]
pub trait Resolve: Send + Sync {
    /// All addresses of a name.
    ///
    /// # Errors
    /// Those of the system.
    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<IpAddr>>;
}

/// As the system resolves names.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, port)).await?.map(|address| address.ip()).collect())
    }
}

/// Calls what the guard admits.
#[derive(Clone)]
pub struct Client {
    guard: Guard,
    allow_http: bool,
    resolver: Arc<dyn Resolve>,
    tls: Arc<ClientConfig>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("guard", &self.guard)
            .field("allow_http", &self.allow_http)
            .finish_non_exhaustive()
    }
}

/// A URL, taken apart.
pub(super) struct Target {
    tls: bool,
    host: String,
    port: u16,
    uri: Uri,
}

/// A connection, with TLS or without.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// An answer as far as it was read.
pub(super) struct Taken {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    /// Whether the body is there to its end.
    pub(super) whole: bool,
    retry_after: Option<u64>,
}

impl Client {
    /// With what an operator chose.
    ///
    /// # Errors
    /// `INTERNAL` when the file of authorities cannot be read.
    pub fn new(settings: &WebhookSettings, resolver: Arc<dyn Resolve>) -> Result<Self, Fault> {
        Self::guarded(settings.guard(), settings.allow_http, settings.authorities_file.as_deref(), resolver)
    }

    /// With another guard.
    ///
    /// # Errors
    /// `INTERNAL` when the file of authorities cannot be read.
    pub(super) fn guarded(
        guard: Guard,
        allow_http: bool,
        authorities: Option<&Path>,
        resolver: Arc<dyn Resolve>,
    ) -> Result<Self, Fault> {
        let tls = tls::client::config(authorities, None).map_err(Fault::internal)?;
        Ok(Self { guard, allow_http, resolver, tls: Arc::new(tls) })
    }

    pub(super) fn target(&self, url: &str) -> Result<Target, String> {
        let wrong = |why: &str| format!("{url:?} {why}; write it as https://HOST/PATH");
        let uri: Uri = url.parse().map_err(|_| wrong("is not a URL"))?;
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if self.allow_http => false,
            Some("http") => return Err(wrong("is not encrypted")),
            _ => return Err(wrong("is not a URL of the web")),
        };
        let authority = uri.authority().ok_or_else(|| wrong("has no host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("has a user or a password in it, which would be shown in lists"));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(wrong("has no host"));
        }
        let port = match authority.as_str().rsplit_once(':').filter(|(_, after)| !after.contains(']')) {
            None if tls => 443,
            None => 80,
            Some((_, digits)) => {
                let port = digits.parse::<u16>().ok().filter(|port| *port > 0);
                port.ok_or_else(|| wrong("has a port that is none of 1 to 65535"))?
            }
        };
        Ok(Target { tls, host, port, uri })
    }

    /// The addresses of a target. All of them must be admitted: a name that also leads inside is not to be trusted.
    async fn addresses(&self, target: &Target) -> Result<Vec<SocketAddr>, Unreachable> {
        let literal = target.host.parse::<IpAddr>().ok();
        let addresses = match literal {
            Some(literal) => vec![literal],
            None => {
                let resolved = self.resolver.resolve(&target.host, target.port).await;
                resolved.map_err(|e| Unreachable::Unresolved(format!("{} cannot be resolved: {e}", target.host)))?
            }
        };
        if addresses.is_empty() {
            return Err(Unreachable::Unresolved(format!("{} has no address", target.host)));
        }
        if let Some(address) = addresses.iter().find(|address| !self.guard.admits(**address)) {
            // What a name leads to inside is for the operator's eyes: a tenant could read the network by it.
            tracing::warn!(host = %target.host, %address, "a webhook leads to an address that it must not reach");
            let what = if literal.is_some() {
                "is not an address of the public internet"
            } else {
                "leads to an address that is not of the public internet"
            };
            return Err(Unreachable::Refused(format!(
                "{} {what}; an operator can open its network by gateway.webhooks.allowed_networks",
                target.host
            )));
        }
        Ok(addresses.into_iter().map(|address| SocketAddr::new(address, target.port)).collect())
    }

    async fn attempt(&self, request: &Outgoing) -> Result<Reply, String> {
        let target = self.target(&request.url)?;
        let stream = self.stream(&target).await?;
        let taken = exchange(stream, message(&target, request)?, KEPT).await?;
        let mut body = String::from_utf8_lossy(&taken.body).replace('\0', "\u{fffd}");
        // What is no text grows by its replacement.
        body.truncate(body.floor_char_boundary(KEPT));
        Ok(Reply { status: taken.status, retry_after: taken.retry_after, body })
    }

    /// A connection to a target.
    pub(super) async fn stream(&self, target: &Target) -> Result<Box<dyn Stream>, String> {
        let addresses = self.addresses(target).await.map_err(Unreachable::into_text)?;
        let stream = connect(&target.host, &addresses).await?;
        if !target.tls {
            return Ok(Box::new(stream));
        }
        let name =
            ServerName::try_from(target.host.clone()).map_err(|_| format!("{} is no name of TLS", target.host))?;
        let stream = TlsConnector::from(self.tls.clone()).connect(name, stream).await;
        Ok(Box::new(stream.map_err(|e| format!("TLS: {e}"))?))
    }
}

impl Target {
    /// What stands behind the host.
    pub(super) fn path(&self) -> &str {
        self.uri.path_and_query().map_or("/", |path| path.as_str())
    }

    /// Host and port as they were written.
    pub(super) fn authority(&self) -> &str {
        self.uri.authority().map(|authority| authority.as_str()).unwrap_or_default()
    }
}

/// Why there is no address to connect to.
enum Unreachable {
    Unresolved(String),
    Refused(String),
}

impl Unreachable {
    fn into_text(self) -> String {
        match self {
            Self::Unresolved(why) | Self::Refused(why) => why,
        }
    }
}

#[async_trait]
impl Post for Client {
    async fn post(&self, request: &Outgoing) -> Result<Reply, String> {
        let attempt = tokio::time::timeout(PATIENCE, self.attempt(request)).await;
        attempt.unwrap_or_else(|_| Err(format!("no answer within {} seconds", PATIENCE.as_secs())))
    }

    async fn check(&self, url: &str) -> Result<(), String> {
        let target = self.target(url)?;
        match tokio::time::timeout(CHECK, self.addresses(&target)).await {
            Ok(Err(Unreachable::Refused(why))) => Err(why),
            // A receiver may be set up later; each attempt looks again.
            _ => Ok(()),
        }
    }
}

/// Connects to the first address that answers. What is told names the host: its addresses may be inside.
async fn connect(host: &str, addresses: &[SocketAddr]) -> Result<TcpStream, String> {
    let mut last = String::new();
    for address in addresses {
        match tokio::time::timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = format!("{host}: {error}"),
            Err(_) => last = format!("{host}: no connection within {} seconds", CONNECT.as_secs()),
        }
    }
    Err(last)
}

fn message(target: &Target, request: &Outgoing) -> Result<Request<Full<Bytes>>, String> {
    let mut message = Request::post(target.path())
        .header(header::HOST, target.authority())
        .header(header::CONTENT_TYPE, "application/cloudevents+json; charset=utf-8")
        .header(header::USER_AGENT, concat!("Tributary-Webhooks/", env!("CARGO_PKG_VERSION")));
    for (name, value) in &request.headers {
        message = message.header(*name, value);
    }
    let message = message.body(Full::new(Bytes::from(request.body.clone())));
    message.map_err(|e| format!("{:?} cannot be posted to: {e}", request.url))
}

/// One request and its answer over a stream, of which at most `most` bytes are kept.
pub(super) async fn exchange(
    stream: Box<dyn Stream>,
    message: Request<Full<Bytes>>,
    most: usize,
) -> Result<Taken, String> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|e| e.to_string())?;
    let answering = async {
        let answer = sender.send_request(message).await.map_err(|e| format!("no answer: {e}"))?;
        let (parts, mut body) = answer.into_parts();
        let (mut kept, mut whole) = (Vec::new(), false);
        // A receiver has answered by its status, whatever its body does.
        while kept.len() <= most {
            let frame = body.frame().await;
            whole = frame.is_none();
            let Some(Ok(frame)) = frame else { break };
            if let Ok(data) = frame.into_data() {
                kept.extend_from_slice(&data);
            }
        }
        kept.truncate(most);
        Ok(Taken { status: parts.status.as_u16(), retry_after: retry_after(&parts.headers), body: kept, whole })
    };
    // The connection is driven here and ends with the answer.
    let driving = async {
        // How it ended is told by the answer.
        let _ = connection.await;
        std::future::pending::<Infallible>().await
    };
    tokio::select! {
        reply = answering => reply,
        never = driving => match never {},
    }
}

/// Seconds, as `retry-after` gives them; its other form, a date, is not read.
fn retry_after(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::RETRY_AFTER).map(HeaderValue::to_str)?.ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        net::IpAddr,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
    };

    use async_trait::async_trait;

    use super::{Client, Resolve};
    use crate::{
        outbound::WebhookSettings,
        ports::webhooks::{Outgoing, Post as _},
    };

    /// Says something else every time it is asked.
    struct Turning(AtomicUsize, Vec<Vec<&'static str>>);

    #[async_trait]
    impl Resolve for Turning {
        async fn resolve(&self, _: &str, _: u16) -> io::Result<Vec<IpAddr>> {
            let turn = self.0.fetch_add(1, Ordering::SeqCst);
            Ok(self.1[turn].iter().map(|text| text.parse().expect("an address")).collect())
        }
    }

    fn client(turns: Vec<Vec<&'static str>>) -> Client {
        Client::new(&WebhookSettings::default(), Arc::new(Turning(AtomicUsize::new(0), turns))).expect("a client")
    }

    fn request() -> Outgoing {
        Outgoing { url: "https://turning.example.com/".to_owned(), headers: vec![], body: vec![] }
    }

    #[tokio::test]
    async fn a_name_that_turns_inside_after_it_was_checked_is_refused() {
        let client = client(vec![vec!["1.1.1.1"], vec!["169.254.169.254"], vec!["1.1.1.1", "10.0.0.1"]]);
        assert_eq!(client.check("https://turning.example.com/").await, Ok(()));
        let why = client.post(&request()).await.expect_err("refused");
        let inside = "turning.example.com leads to an address that is not of the public internet";
        assert!(why.starts_with(inside) && !why.contains("169.254"), "{why}");
        let why = client.post(&request()).await.expect_err("one of its addresses is enough");
        assert!(why.starts_with(inside) && !why.contains("10.0.0.1"), "{why}");
    }

    #[tokio::test]
    async fn a_name_without_an_address_may_get_one_later() {
        let client = client(vec![vec![], vec![]]);
        assert_eq!(client.check("https://turning.example.com/").await, Ok(()));
        assert_eq!(client.post(&request()).await, Err("turning.example.com has no address".to_owned()));
    }
}
