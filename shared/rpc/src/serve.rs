//! Serves a router on a socket: HTTP/2 with prior knowledge (gRPC) and HTTP/1.1, with the limits of the suite and an
//! orderly stop.

use std::time::Duration;

use axum::{Extension, extract::ConnectInfo};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::net::TcpListener;
use tributary_lifecycle::CancellationToken;

/// Streams of one connection at a time.
pub const MAX_CONCURRENT_STREAMS: u32 = 100;
/// Bytes of the headers of one request. The gateway refuses metadata above 16 KiB with a proper error; this is the wall
/// behind it.
pub const MAX_HEADER_BYTES: u32 = 64 * 1024;
/// How long connections may drain after the stop. Below the hard limit of the process.
pub const DRAIN_LIMIT: Duration = Duration::from_secs(15);

/// Serves until `stop` is cancelled, then lets calls in flight end, for at most [`DRAIN_LIMIT`].
///
/// # Errors
/// A sentence when the socket fails for good.
pub async fn serve(listener: TcpListener, router: axum::Router, stop: CancellationToken) -> Result<(), String> {
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
    let graceful = GracefulShutdown::new();
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
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
        // Who is at the other end, for whoever keeps an audit.
        let service = router.clone().layer(Extension(ConnectInfo(peer)));
        let service = TowerToHyperService::new(service);
        let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error, "connection ended");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_LIMIT, graceful.shutdown()).await.is_err() {
        tracing::warn!("some connections did not end within {DRAIN_LIMIT:?} and are left behind");
    }
    Ok(())
}
