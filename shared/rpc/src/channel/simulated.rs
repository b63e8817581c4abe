//! A network that is made up (turmoil), with its own time: partitions, messages that are held, delays and a crash in the
//! middle of a call, the same in every run. The channel and the connections of the server are those of production; only
//! the sockets are not.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::FutureExt as _;
use tokio::time::{Instant, sleep};
use tonic::{Code, body::Body};
use tower::ServiceExt as _;
use turmoil::Sim;

use super::{Channel, Network, REFRESH, Resolve, target};
use crate::serve::serve_simulated;

const PORT: u16 = 7421;
const SECOND: Duration = Duration::from_secs(1);
/// A ping every 10 seconds and 5 for its answer, then a new connection.
const FOUND_OUT: Duration = Duration::from_secs(17);

fn simulation() -> Sim<'static> {
    let mut builder = turmoil::Builder::new();
    builder.rng_seed(7).simulation_duration(SECOND * 600).min_message_latency(Duration::from_millis(1));
    builder.max_message_latency(Duration::from_millis(3)).build()
}

/// A service that counts what it does. A call takes as many milliseconds as its header says, and has its effect at once.
fn replica(simulation: &mut Sim<'static>, name: &'static str) -> Arc<AtomicUsize> {
    let effects: Arc<AtomicUsize> = Arc::default();
    let counted = effects.clone();
    simulation.host(name, move || {
        let counted = counted.clone();
        async move {
            let router = axum::Router::new().fallback(move |request: http::Request<axum::body::Body>| async move {
                counted.fetch_add(1, Ordering::SeqCst);
                let takes = request.headers().get("x-takes").and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
                sleep(Duration::from_millis(takes.unwrap_or(1))).await;
                http::Response::builder().body(axum::body::Body::empty()).expect("an answer")
            });
            let listener = turmoil::net::TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT)).await?;
            Ok(serve_simulated(listener, router).await?)
        }
    });
    effects
}

fn channel(services: &[&str]) -> Channel {
    let resolve: Resolve = Arc::new(|host, port| {
        let address = SocketAddr::new(turmoil::lookup(host), port);
        async move { Ok(vec![address]) }.boxed()
    });
    let targets = services.iter().map(|name| target(&format!("http://{name}:{PORT}")).expect("an address"));
    Channel::through(Network::Simulated, targets.collect(), resolve, REFRESH)
}

/// A call that takes so many milliseconds, with its deadline.
async fn call(channel: &Channel, takes: u64, deadline: Duration) -> Result<(), Code> {
    let request = http::Request::post("/a.B/C")
        .header("grpc-timeout", format!("{}m", deadline.as_millis()))
        .header("x-takes", takes.to_string())
        .body(Body::empty());
    channel.clone().oneshot(request.expect("a request")).await.map(drop).map_err(|status| status.code())
}

/// Calls until one is answered; how long that took.
async fn until_answered(channel: &Channel) -> Duration {
    let begun = Instant::now();
    while call(channel, 1, SECOND).await.is_err() {
        assert!(begun.elapsed() < SECOND * 60, "nobody answers");
        // Where nobody is there, that is said at once, and no time goes by.
        sleep(Duration::from_millis(100)).await;
    }
    begun.elapsed()
}

#[test]
fn a_partition_ends_calls_at_their_deadline_and_is_over_when_it_is_repaired() {
    let mut simulation = simulation();
    let effects = replica(&mut simulation, "service");
    let seen = effects.clone();
    simulation.client("gateway", async move {
        let channel = channel(&["service"]);
        assert_eq!(call(&channel, 1, SECOND).await, Ok(()));
        turmoil::partition("gateway", "service");
        let begun = Instant::now();
        assert_eq!(call(&channel, 1, SECOND * 2).await, Err(Code::DeadlineExceeded));
        let took = begun.elapsed();
        assert!((SECOND * 2..SECOND * 3).contains(&took), "{took:?}");
        // Keepalive has found out: the next call is told that nobody is there.
        sleep(FOUND_OUT).await;
        assert_eq!(call(&channel, 1, SECOND * 30).await, Err(Code::Unavailable));
        assert_eq!(seen.load(Ordering::SeqCst), 1, "nothing came through");
        turmoil::repair("gateway", "service");
        let took = until_answered(&channel).await;
        assert!(took < SECOND * 8, "{took:?}");
        Ok(())
    });
    simulation.run().expect("as it must be");
    assert_eq!(effects.load(Ordering::SeqCst), 2, "each call that was answered, once");
}

#[test]
fn a_short_partition_is_found_out_although_nothing_breaks() {
    let mut simulation = simulation();
    replica(&mut simulation, "service");
    simulation.client("gateway", async {
        let channel = channel(&["service"]);
        assert_eq!(call(&channel, 1, SECOND).await, Ok(()));
        turmoil::partition("gateway", "service");
        assert_eq!(call(&channel, 1, SECOND).await, Err(Code::DeadlineExceeded));
        turmoil::repair("gateway", "service");
        // What was swallowed is not sent again by this network: the old connection stays stuck.
        let took = until_answered(&channel).await;
        assert!(took < FOUND_OUT, "{took:?}");
        Ok(())
    });
    simulation.run().expect("as it must be");
}

#[test]
fn a_call_whose_answer_comes_too_late_had_its_effect_once() {
    let mut simulation = simulation();
    let effects = replica(&mut simulation, "service");
    let seen = effects.clone();
    simulation.client("gateway", async move {
        let channel = channel(&["service"]);
        assert_eq!(call(&channel, 1, SECOND).await, Ok(()));
        let late = tokio::spawn({
            let channel = channel.clone();
            async move { call(&channel, 1_000, SECOND * 3).await }
        });
        sleep(Duration::from_millis(500)).await;
        assert_eq!(seen.load(Ordering::SeqCst), 2, "it is being done");
        turmoil::hold("gateway", "service");
        assert_eq!(late.await?, Err(Code::DeadlineExceeded));
        turmoil::release("gateway", "service");
        // The late answer disturbs nobody.
        for _ in 0..3 {
            assert_eq!(call(&channel, 1, SECOND).await, Ok(()));
        }
        Ok(())
    });
    simulation.run().expect("as it must be");
    assert_eq!(effects.load(Ordering::SeqCst), 5, "none was sent again");
}

#[test]
fn a_deadline_holds_on_a_slow_network() {
    let mut simulation = simulation();
    replica(&mut simulation, "service");
    let (slow, told) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (now, is_slow) = (told.clone(), slow.clone());
    simulation.client("gateway", async move {
        let channel = channel(&["service"]);
        assert_eq!(call(&channel, 1, Duration::from_millis(300)).await, Ok(()));
        now.store(true, Ordering::SeqCst);
        while !is_slow.load(Ordering::SeqCst) {
            sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(call(&channel, 1, Duration::from_millis(300)).await, Err(Code::DeadlineExceeded));
        assert_eq!(call(&channel, 1, SECOND * 3).await, Ok(()));
        Ok(())
    });
    while !simulation.step().expect("as it must be") {
        if told.load(Ordering::SeqCst) && !slow.load(Ordering::SeqCst) {
            simulation.set_link_latency("gateway", "service", Duration::from_millis(400));
            slow.store(true, Ordering::SeqCst);
        }
    }
}

#[test]
fn a_call_under_way_when_its_service_dies_is_unavailable_and_not_sent_again() {
    let mut simulation = simulation();
    let effects = replica(&mut simulation, "service");
    let (under_way, seen) = (effects.clone(), effects.clone());
    simulation.client("gateway", async move {
        let channel = channel(&["service"]);
        assert_eq!(call(&channel, 1, SECOND).await, Ok(()));
        assert_eq!(call(&channel, 5_000, SECOND * 30).await, Err(Code::Unavailable));
        assert_eq!(seen.load(Ordering::SeqCst), 2, "whether it had an effect only its caller can find out");
        let took = until_answered(&channel).await;
        assert!(took < SECOND * 8, "{took:?}");
        Ok(())
    });
    let mut died = false;
    while !simulation.step().expect("as it must be") {
        if !died && under_way.load(Ordering::SeqCst) == 2 {
            died = true;
            simulation.crash("service");
            simulation.bounce("service");
        }
    }
    assert!(died);
    assert_eq!(effects.load(Ordering::SeqCst), 3);
}

#[test]
fn a_replica_behind_a_partition_gets_no_calls_once_it_is_found_out() {
    let mut simulation = simulation();
    let (one, two) = (replica(&mut simulation, "one"), replica(&mut simulation, "two"));
    let (first, second) = (one.clone(), two.clone());
    simulation.client("gateway", async move {
        let channel = channel(&["one", "two"]);
        sleep(SECOND).await;
        for _ in 0..20 {
            assert_eq!(call(&channel, 1, SECOND).await, Ok(()));
        }
        assert!(first.load(Ordering::SeqCst) >= 5 && second.load(Ordering::SeqCst) >= 5, "both get their share");
        turmoil::partition("gateway", "one");
        sleep(FOUND_OUT).await;
        let before = first.load(Ordering::SeqCst);
        for _ in 0..20 {
            assert_eq!(call(&channel, 1, SECOND).await, Ok(()));
        }
        assert_eq!(first.load(Ordering::SeqCst), before);
        turmoil::repair("gateway", "one");
        sleep(SECOND * 10).await;
        for _ in 0..20 {
            assert_eq!(call(&channel, 1, SECOND).await, Ok(()));
        }
        assert!(first.load(Ordering::SeqCst) >= before + 5, "it is back");
        Ok(())
    });
    simulation.run().expect("as it must be");
    assert_eq!(one.load(Ordering::SeqCst) + two.load(Ordering::SeqCst), 60, "each call once");
}
