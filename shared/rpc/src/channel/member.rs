//! One connection to one address.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::uri::Authority;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::oneshot,
};
use tonic::{Status, body::Body};

use super::body::Again;

/// After a partition heals, a connection without keepalive stays stuck.
const KEEP_ALIVE: Duration = Duration::from_secs(10);
const KEEP_ALIVE_ANSWER: Duration = Duration::from_secs(5);

/// Tells connections apart, those to one address among them.
static CONNECTIONS: AtomicU64 = AtomicU64::new(0);

/// Why a call was not answered.
pub(super) enum Unanswered {
    /// The other side has not looked at it and never will: it may be sent to another.
    Untouched(Status),
    /// It was on its way; whether it had an effect is unknown.
    Lost(Status),
}

/// An open connection; clones share it.
#[derive(Clone)]
pub(super) struct Ready {
    pub(super) authority: Authority,
    pub(super) number: u64,
    sender: SendRequest<Again>,
    under_way: Arc<AtomicUsize>,
}

impl Ready {
    /// Calls that wait for an answer.
    pub(super) fn load(&self) -> usize {
        self.under_way.load(Ordering::Relaxed)
    }

    /// Whether it takes calls, as far as it is known here.
    pub(super) fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    /// Sends a request and waits until its answer begins.
    pub(super) async fn send(mut self, request: http::Request<Again>) -> Result<http::Response<Body>, Unanswered> {
        let _counted = Counted::new(self.under_way.clone());
        match self.sender.try_send_request(request).await {
            Ok(response) => Ok(response.map(Body::new)),
            Err(mut error) => {
                let status = Status::unavailable(format!("the connection broke: {}", chain(error.error())));
                let untouched = error.take_message().is_some() || is_untouched(error.error());
                Err(if untouched { Unanswered::Untouched(status) } else { Unanswered::Lost(status) })
            }
        }
    }
}

/// Which network is between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Network {
    /// That of the machine.
    System,
    /// One that is made up, with its own time.
    #[cfg(test)]
    Simulated,
}

/// Connects; the receiver tells when the connection takes no more calls.
pub(super) async fn connect(
    network: Network,
    address: SocketAddr,
    authority: Authority,
) -> Result<(Ready, oneshot::Receiver<()>), String> {
    let refused = |e: std::io::Error| format!("{authority} ({address}): {e}");
    match network {
        Network::System => {
            let stream = TcpStream::connect(address).await.map_err(refused)?;
            stream.set_nodelay(true).map_err(|e| e.to_string())?;
            over(stream, address, authority).await
        }
        #[cfg(test)]
        Network::Simulated => {
            over(turmoil::net::TcpStream::connect(address).await.map_err(refused)?, address, authority).await
        }
    }
}

/// Begins HTTP/2 on a stream of bytes.
async fn over(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    address: SocketAddr,
    authority: Authority,
) -> Result<(Ready, oneshot::Receiver<()>), String> {
    let (sender, connection) = Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .initial_stream_window_size(1024 * 1024)
        .initial_connection_window_size(4 * 1024 * 1024)
        .keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE_ANSWER)
        .keep_alive_while_idle(true)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|e| format!("{authority} ({address}): {e}"))?;
    let (closed, is_closed) = oneshot::channel();
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%address, %error, "connection ended");
        }
        // Nobody waits any more when the member is gone.
        drop(closed);
    });
    let number = CONNECTIONS.fetch_add(1, Ordering::Relaxed);
    Ok((Ready { authority, number, sender, under_way: Arc::default() }, is_closed))
}

/// Counts a call for as long as it lives.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(count: Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether the other side says that it never looked at the request: it went away (GOAWAY without an error) at an earlier
/// one, or refused the stream.
fn is_untouched(error: &hyper::Error) -> bool {
    let h2 = std::error::Error::source(error).and_then(|source| source.downcast_ref::<h2::Error>());
    h2.is_some_and(|h2| match h2.reason() {
        Some(h2::Reason::NO_ERROR) => h2.is_go_away() && h2.is_remote(),
        Some(h2::Reason::REFUSED_STREAM) => h2.is_reset() && h2.is_remote(),
        _ => false,
    })
}

/// An error with its causes.
fn chain(error: &hyper::Error) -> String {
    let first: &(dyn std::error::Error + 'static) = error;
    let all = std::iter::successors(Some(first), |error| error.source()).map(ToString::to_string);
    all.collect::<Vec<_>>().join(": ")
}
