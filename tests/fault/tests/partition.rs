//! A network that swallows everything: a channel between services is stuck with a connection on which nothing comes and
//! nothing breaks. Keepalive finds out, and the channel connects anew once the network is back.
//!
//! With a proxy on loopback instead of a simulated network: the server and the channel open their sockets themselves.

#![cfg(test)]

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};
use tonic::{Code, Request, Status, service::Routes, transport::Endpoint};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tributary_lifecycle::CancellationToken;

/// Longest wait for an answer.
const DEADLINE: Duration = Duration::from_secs(1);
/// A ping every 10 seconds, 5 for its answer, and what the reconnection takes.
const HEALED: Duration = Duration::from_secs(20);

/// Passes connections on, until the network swallows what they carry. A connection that has been in that stays dead.
struct Network {
    address: SocketAddr,
    swallows: Arc<AtomicBool>,
    connections: Arc<AtomicU32>,
}

impl Network {
    async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let (swallows, connections) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let (flag, count) = (swallows.clone(), connections.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(pass(client, server, flag.clone()));
            }
        });
        Self { address, swallows, connections }
    }

    fn swallow(&self, all: bool) {
        self.swallows.store(all, Ordering::SeqCst);
    }
}

async fn pass(mut client: TcpStream, server: SocketAddr, swallows: Arc<AtomicBool>) {
    let mut server = TcpStream::connect(server).await.expect("the server");
    let swallowed = async {
        while !swallows.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => {}
        // Both sides stay open, and nothing is read from them any more.
        () = swallowed => std::future::pending().await,
    }
}

async fn server() -> SocketAddr {
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_service_status("", tonic_health::ServingStatus::Serving).await;
    let router = Routes::new(health).prepare().into_axum_router();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(tributary_rpc::serve::serve(listener, router, CancellationToken::new()));
    address
}

fn question() -> Request<HealthCheckRequest> {
    let mut request = Request::new(HealthCheckRequest::default());
    request.set_timeout(DEADLINE);
    request
}

/// A status is what the client gives itself: nothing comes from the other side.
async fn asked(call: impl Future<Output = Result<(), Status>>) -> Result<(), Code> {
    match tokio::time::timeout(DEADLINE * 2, call).await {
        Ok(answer) => answer.map_err(|status| status.code()),
        Err(_) => Err(Code::DeadlineExceeded),
    }
}

#[tokio::test]
async fn a_channel_between_services_finds_out_and_connects_anew() {
    let network = Network::before(server().await).await;
    let url = format!("http://{}", network.address);
    let mut ours = HealthClient::new(tributary_rpc::client::remote(&url).expect("an address"));
    let plain = Endpoint::from_shared(url).expect("an address").connect().await.expect("connected");
    let mut plain = HealthClient::new(plain);
    let mut check = async || asked(async { ours.check(question()).await.map(drop) }).await;
    let mut check_plain = async || asked(async { plain.check(question()).await.map(drop) }).await;
    assert_eq!((check().await, check_plain().await), (Ok(()), Ok(())));
    assert_eq!(network.connections.load(Ordering::SeqCst), 2);

    network.swallow(true);
    let begun = Instant::now();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(check().await.is_err() && check_plain().await.is_err(), "the network was to swallow the calls");
    network.swallow(false);
    while check().await.is_err() {
        assert!(begun.elapsed() < HEALED, "still stuck after {HEALED:?}");
    }
    // One that was not told to look is stuck for as long as the kernel is patient.
    assert!(check_plain().await.is_err(), "the connection was not swallowed");
    assert_eq!(network.connections.load(Ordering::SeqCst), 3);
}
