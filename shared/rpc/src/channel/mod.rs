//! A channel to the replicas of another service. Host names are resolved again and again, a connection is kept to every
//! address, and only open ones get calls: a replica that stops loses none, one that comes gets its share.
//!
//! tonic's own channel balances over a fixed list and sends calls to addresses that refuse connections, which fails them
//! (ADR 0016). Here a request that a closing connection did not look at goes to another.

mod body;
mod member;
mod members;
#[cfg(test)]
mod simulated;
#[cfg(test)]
mod tests;

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use futures::{FutureExt as _, future::BoxFuture};
use http::{HeaderValue, Uri, header::USER_AGENT, uri::Authority};
use tokio::sync::watch;
use tokio_util::sync::DropGuard;
use tonic::{Status, body::Body};
use tower::Service;
use tributary_core::Fault;

use crate::layers::deadline;
use body::Again;
use member::Unanswered;
use members::{Members, Network, Ready};

/// How often names are resolved.
const REFRESH: Duration = Duration::from_secs(5);
/// The longest a call waits for the first connection, and a connection for its answer.
const CONNECT: Duration = Duration::from_secs(5);
/// As how many connections may close under one call before it is given up.
const TRIES: usize = 10;

/// What this client calls itself.
const AGENT: HeaderValue = HeaderValue::from_static(concat!("tributary/", env!("CARGO_PKG_VERSION")));

/// A host and its port, as the settings name it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Target {
    authority: Authority,
    host: String,
    port: u16,
}

/// Turns a host and a port into addresses; another one in tests.
type Resolve = Arc<dyn Fn(&str, u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// The channel; clones share its connections. They close when the last clone is gone and their calls have ended.
#[derive(Clone)]
pub(crate) struct Channel {
    members: watch::Receiver<Members>,
    turn: Arc<AtomicUsize>,
    _keeps: Arc<DropGuard>,
}

impl Channel {
    /// To every address of hosts, such as "http://registry:7421" or several separated by commas. Begins to connect.
    ///
    /// # Errors
    /// A fault that names the address that cannot be read.
    pub(crate) fn open(addresses: &str) -> Result<Self, Fault> {
        let targets = addresses.split(',').map(str::trim).map(target).collect::<Result<Vec<_>, Fault>>()?;
        let resolve: Resolve = Arc::new(|host, port| system(host.to_owned(), port).boxed());
        Ok(Self::through(Network::System, targets, resolve, REFRESH))
    }

    fn through(network: Network, targets: Vec<Target>, resolve: Resolve, refresh: Duration) -> Self {
        let (members, stop) = members::keep(targets, resolve, (refresh, network));
        Self { members, turn: Arc::default(), _keeps: Arc::new(stop.drop_guard()) }
    }

    async fn send(mut self, mut request: http::Request<Body>) -> Result<http::Response<Body>, Status> {
        if !request.headers().contains_key(USER_AGENT) {
            request.headers_mut().insert(USER_AGENT, AGENT);
        }
        let asked = request.headers().get("grpc-timeout").and_then(|v| v.to_str().ok()).and_then(deadline::parse);
        let Some(limit) = asked else { return self.attempts(request).await };
        let late = |_| Status::deadline_exceeded("no answer within the deadline, retry with a longer one");
        tokio::time::timeout(limit, self.attempts(request)).await.map_err(late)?
    }

    /// Sends to one member after the other, as long as none has looked at the request.
    async fn attempts(&mut self, request: http::Request<Body>) -> Result<http::Response<Body>, Status> {
        let (parts, body) = request.into_parts();
        let body = Again::new(body);
        let mut last = Status::unavailable("every connection closed before it took the call, retry with backoff");
        for _ in 0..TRIES {
            let member = self.pick().await?;
            let mut parts = parts.clone();
            parts.uri = onto(&parts.uri, &member.authority)?;
            match member.send(http::Request::from_parts(parts, body.again())).await {
                Ok(response) => return Ok(response),
                Err(Unanswered::Lost(status)) => return Err(status),
                Err(Unanswered::Untouched(status)) if !body.can_be_sent() => return Err(status),
                Err(Unanswered::Untouched(status)) => last = status,
            }
        }
        Err(last)
    }

    /// Of two neighbours in turn, the one with fewer calls under way. Waits while the first connections are being made.
    async fn pick(&mut self) -> Result<Ready, Status> {
        let found = async {
            loop {
                {
                    let members = self.members.borrow_and_update();
                    let turn = self.turn.fetch_add(1, Ordering::Relaxed);
                    if let Some(ready) = members.choose(turn) {
                        return Ok(ready);
                    }
                    if let Some(why) = members.hopeless() {
                        return Err(Status::unavailable(why));
                    }
                }
                if self.members.changed().await.is_err() {
                    return Err(Status::unavailable("the channel is closed"));
                }
            }
        };
        let late = |_| Status::unavailable("no connection within five seconds, retry with backoff");
        tokio::time::timeout(CONNECT, found).await.map_err(late)?
    }
}

impl Service<http::Request<Body>> for Channel {
    type Response = http::Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Self::Response, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        self.clone().send(request).boxed()
    }
}

fn target(address: &str) -> Result<Target, Fault> {
    let wrong =
        || Fault::invalid_field("address", format!("{address:?} is not an address; write it as http://HOST:PORT"));
    let uri: Uri = address.parse().map_err(|_| wrong())?;
    let authority = uri.authority().cloned().ok_or_else(wrong)?;
    if uri.scheme_str() != Some("http") || authority.host().is_empty() || authority.as_str().contains('@') {
        return Err(wrong());
    }
    let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
    let port = authority.port_u16().unwrap_or(80);
    Ok(Target { authority, host, port })
}

async fn system(host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host((host.as_str(), port)).await?.collect())
}

/// The same path at a member.
fn onto(uri: &Uri, authority: &Authority) -> Result<Uri, Status> {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let uri = Uri::builder().scheme("http").authority(authority.clone()).path_and_query(path).build();
    uri.map_err(|_| Status::internal("a call without a path"))
}
