//! Serves a router on a socket: HTTP/2 with prior knowledge (gRPC) and HTTP/1.1, with the limits of the suite and an
//! orderly stop.

use std::{sync::Arc, time::Duration};

use axum::{Extension, extract::ConnectInfo};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
};
use tokio_util::task::TaskTracker;
use tributary_lifecycle::{CancellationToken, Server};
use tributary_telemetry::Exposition;

use crate::tls::Tls;

/// Streams of one connection at a time.
pub const MAX_CONCURRENT_STREAMS: u32 = 100;
/// Bytes of the headers of one request. The gateway refuses metadata above 16 KiB with a proper error; this is the wall
/// behind it.
pub const MAX_HEADER_BYTES: u32 = 64 * 1024;
/// How long connections may drain after the stop. Below the hard limit of the process.
pub const DRAIN_LIMIT: Duration = Duration::from_secs(15);

/// How old a connection may get. At that age it takes no new calls (GOAWAY), so that its client connects anew and finds
/// replicas that have come since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// The age, give or take a tenth, so that connections of one moment do not end in one moment.
    pub limit: Duration,
    /// How long the calls that are under way then may go on.
    pub grace: Duration,
}

impl Default for Age {
    fn default() -> Self {
        Self { limit: Duration::from_secs(10 * 60), grace: Duration::from_secs(60 * 60) }
    }
}

impl Age {
    /// The limit of one connection.
    fn of(self, number: u32) -> Duration {
        let percent = 90_u32.saturating_add(number.wrapping_mul(7) % 21);
        self.limit.saturating_mul(percent) / 100
    }
}

/// Serves until `stop` is cancelled, then lets calls in flight end, for at most [`DRAIN_LIMIT`].
///
/// # Errors
/// A sentence when the socket fails for good.
pub async fn serve(listener: TcpListener, router: axum::Router, stop: CancellationToken) -> Result<(), String> {
    serve_aged(listener, router, Age::default(), None, stop).await
}

/// The same, with an age of connections, and with TLS or without. Requests of a client that showed a certificate have it among
/// their extensions (an `Arc` of [`crate::tls::PeerCertificate`]).
///
/// # Errors
/// As [`serve`].
pub async fn serve_aged(
    listener: TcpListener,
    router: axum::Router,
    age: Age,
    tls: Option<Tls>,
    stop: CancellationToken,
) -> Result<(), String> {
    let builder = builder();
    let connections = TaskTracker::new();
    let mut number = 0_u32;
    loop {
        let (stream, peer) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Mostly "too many open files": give the others time to close some.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
        };
        number = number.wrapping_add(1);
        let limits = Age { limit: age.of(number), ..age };
        // Who is at the other end, for whoever keeps an audit.
        let service = router.clone().layer(Extension(ConnectInfo(peer)));
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
        let (builder, stop) = (builder.clone(), stop.clone());
        match tls.clone() {
            None => connections.spawn(connection(builder, stream, service, limits, stop)),
            Some(tls) => connections.spawn(async move {
                // Whoever does not shake hands is not worth waiting for at the end.
                let accepted = stop.run_until_cancelled(tls.accept(stream)).await;
                match accepted {
                    Some(Ok((stream, Some(certificate)))) => {
                        connection(builder, stream, service.layer(Extension(Arc::new(certificate))), limits, stop)
                            .await;
                    }
                    Some(Ok((stream, None))) => connection(builder, stream, service, limits, stop).await,
                    Some(Err(error)) => tracing::debug!(error, %peer, "no handshake"),
                    None => {}
                }
            }),
        };
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(DRAIN_LIMIT, connections.wait()).await.is_err() {
        tracing::warn!("some connections did not end within {DRAIN_LIMIT:?} and are left behind");
    }
    Ok(())
}

/// What the suite allows a connection.
fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_CONCURRENT_STREAMS)
        .max_header_list_size(MAX_HEADER_BYTES)
        .initial_stream_window_size(1024 * 1024)
        .initial_connection_window_size(4 * 1024 * 1024)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10));
    builder.http1().timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(10));
    builder
}

/// The server of a process's metrics: `GET /metrics`, the text that Prometheus reads.
#[must_use]
pub fn metrics(listener: TcpListener, exposition: Exposition) -> Server {
    let router = axum::Router::new().route(
        "/metrics",
        axum::routing::get(move || {
            let text = exposition.text();
            async move {
                let text = text.map_err(|error| (http::StatusCode::INTERNAL_SERVER_ERROR, error))?;
                Ok::<_, (http::StatusCode, String)>(([(http::header::CONTENT_TYPE, Exposition::CONTENT_TYPE)], text))
            }
        }),
    );
    Server::new("metrics", move |stop| serve(listener, router, stop))
}

/// Serves on a network that is made up.
#[cfg(test)]
pub(crate) async fn serve_simulated(listener: turmoil::net::TcpListener, router: axum::Router) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(connection(builder(), stream, router.clone(), Age::default(), CancellationToken::new()));
    }
}

/// One connection: until its client ends it, its age is reached or everything stops; then its calls may end.
async fn connection(
    builder: auto::Builder<TokioExecutor>,
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    router: axum::Router,
    age: Age,
    stop: CancellationToken,
) {
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = stop.cancelled() => None,
        () = tokio::time::sleep(age.limit) => None,
    };
    let ended = match ended {
        Some(ended) => Ok(ended),
        None => {
            connection.as_mut().graceful_shutdown();
            tokio::time::timeout(age.grace, connection).await
        }
    };
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(error, "connection ended"),
        Err(_) => tracing::info!("calls of an old connection did not end in time and were cut"),
    }
}
