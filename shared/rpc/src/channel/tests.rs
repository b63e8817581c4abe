//! Several real servers on the loopback, under load, while they come, go and grow old.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures::FutureExt as _;
use tokio::{net::TcpListener, task::JoinHandle};
use tonic::{Code, body::Body};
use tower::ServiceExt as _;
use tributary_lifecycle::CancellationToken;

use super::{Channel, Network, Resolve, Target, target};
use crate::serve::{Age, serve_aged};

/// A replica that says who it is, after a moment.
struct Replica {
    address: SocketAddr,
    stop: CancellationToken,
    served: JoinHandle<Result<(), String>>,
}

impl Replica {
    async fn start(name: &'static str, at: Option<SocketAddr>, age: Age) -> Self {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("set");
        socket.bind(at.unwrap_or_else(|| "127.0.0.1:0".parse().expect("an address"))).expect("free");
        Self::on(name, socket.listen(64).expect("listens"), age)
    }

    fn on(name: &'static str, listener: TcpListener, age: Age) -> Self {
        let router = axum::Router::new().fallback(move || async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            http::Response::builder().header("x-replica", name).body(axum::body::Body::empty()).expect("an answer")
        });
        let (address, stop) = (listener.local_addr().expect("bound"), CancellationToken::new());
        let served = tokio::spawn(serve_aged(listener, router, age, None, stop.clone()));
        Self { address, stop, served }
    }

    async fn stop(self) -> SocketAddr {
        self.stop.cancel();
        tokio::time::timeout(Duration::from_secs(10), self.served)
            .await
            .expect("in time")
            .expect("ran")
            .expect("ended");
        self.address
    }
}

/// Who answered one call.
async fn ask(channel: &Channel) -> Result<String, tonic::Status> {
    let request = http::Request::post("/a.B/C").body(Body::empty()).expect("a request");
    let answer = channel.clone().oneshot(request).await?;
    Ok(answer.headers()["x-replica"].to_str().expect("text").to_owned())
}

/// How many calls each replica answered, and what failed.
type Seen = (BTreeMap<String, usize>, Vec<String>);

/// Calls without a pause until told to end; how many each replica answered, and what failed.
struct Load {
    end: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<Seen>>,
}

impl Load {
    fn on(channel: &Channel) -> Self {
        let end = Arc::new(AtomicBool::new(false));
        let tasks = (0..8).map(|_| {
            let (channel, end) = (channel.clone(), end.clone());
            tokio::spawn(async move {
                let (mut answered, mut failed) = (BTreeMap::new(), Vec::new());
                while !end.load(Ordering::Relaxed) {
                    match ask(&channel).await {
                        Ok(name) => *answered.entry(name).or_default() += 1,
                        Err(status) => failed.push(status.to_string()),
                    }
                }
                (answered, failed)
            })
        });
        Self { tasks: tasks.collect(), end }
    }

    async fn end(self) -> BTreeMap<String, usize> {
        self.end.store(true, Ordering::Relaxed);
        let mut all = BTreeMap::new();
        for task in self.tasks {
            let (answered, failed) = task.await.expect("no panic");
            assert!(failed.is_empty(), "{} calls failed: {:?}", failed.len(), failed.first());
            for (name, count) in answered {
                *all.entry(name).or_default() += count;
            }
        }
        all
    }
}

async fn moment(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

/// Waits until a replica has answered once; how long that took.
async fn until_answers(channel: &Channel, name: &str) -> Duration {
    let begun = Instant::now();
    while ask(channel).await.ok().as_deref() != Some(name) {
        assert!(begun.elapsed() < Duration::from_secs(10), "{name} gets no call");
        moment(1).await;
    }
    begun.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_are_restarted_one_after_the_other_and_no_call_fails() {
    let mut replicas = Vec::new();
    for name in ["one", "two", "three"] {
        replicas.push((name, Replica::start(name, None, Age::default()).await));
    }
    let list = replicas.iter().map(|(_, r)| format!("http://{}", r.address)).collect::<Vec<_>>().join(",");
    let channel = Channel::open(&list).expect("addresses");
    for (name, _) in &replicas {
        until_answers(&channel, name).await;
    }
    let load = Load::on(&channel);
    for (name, replica) in replicas {
        moment(150).await;
        let address = replica.stop().await;
        moment(150).await;
        let again = Replica::start(name, Some(address), Age::default()).await;
        until_answers(&channel, name).await;
        drop(again.served);
    }
    let answered = load.end().await;
    let all: usize = answered.values().sum();
    assert_eq!(answered.len(), 3, "{answered:?}");
    assert!(answered.values().all(|count| *count > all / 6), "each gets its share: {answered:?}");
}

/// A name whose addresses change.
fn named(addresses: &Arc<Mutex<Vec<SocketAddr>>>, asked: &Arc<AtomicUsize>) -> (Vec<Target>, Resolve) {
    let (addresses, asked) = (addresses.clone(), asked.clone());
    let resolve: Resolve = Arc::new(move |host, port| {
        assert_eq!((host, port), ("registry", 7421));
        asked.fetch_add(1, Ordering::Relaxed);
        let now = addresses.lock().expect("not poisoned").clone();
        async move { if now.is_empty() { Err(io::Error::other("no such name")) } else { Ok(now) } }.boxed()
    });
    (vec![target("http://registry:7421").expect("an address")], resolve)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_is_resolved_again_and_new_replicas_get_calls() {
    let one = Replica::start("one", None, Age::default()).await;
    let (addresses, asked) = (Arc::new(Mutex::new(vec![one.address])), Arc::default());
    let (targets, resolve) = named(&addresses, &asked);
    let channel = Channel::through(Network::System, targets, resolve, Duration::from_millis(100));
    until_answers(&channel, "one").await;
    let load = Load::on(&channel);
    let two = Replica::start("two", None, Age::default()).await;
    addresses.lock().expect("not poisoned").push(two.address);
    until_answers(&channel, "two").await;
    // A name server that is away ends nothing.
    addresses.lock().expect("not poisoned").clear();
    moment(300).await;
    // One leaves the name and then stops.
    *addresses.lock().expect("not poisoned") = vec![two.address];
    moment(300).await;
    one.stop().await;
    moment(100).await;
    let answered = load.end().await;
    assert!(answered["one"] > 10 && answered["two"] > 10, "{answered:?}");
    assert!(asked.load(Ordering::Relaxed) >= 5);
    // The task that resolves ends with the channel.
    drop(channel);
    moment(300).await;
    let before = asked.load(Ordering::Relaxed);
    moment(300).await;
    assert_eq!(asked.load(Ordering::Relaxed), before);
}

/// Behind one address there may be several servers: a load balancer of the network, say. Old connections end, and with
/// them the share of those who were there first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_connections_are_replaced_without_a_failed_call() {
    let age = Age { limit: Duration::from_millis(200), grace: Duration::from_secs(5) };
    let accepted = Arc::new(AtomicUsize::new(0));
    let one = Replica::start("one", None, age).await;
    // Counts connections by counting what the balancer in between accepts.
    let front = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = front.local_addr().expect("bound");
    let count = accepted.clone();
    let behind = one.address;
    tokio::spawn(async move {
        loop {
            let (mut from, _) = front.accept().await.expect("accepted");
            count.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                let mut to = tokio::net::TcpStream::connect(behind).await.expect("connected");
                drop(tokio::io::copy_bidirectional(&mut from, &mut to).await);
            });
        }
    });
    // Two ways to it, so that there is one while the other is made anew.
    let channel = Channel::open(&format!("http://{address},http://localhost:{}", address.port())).expect("addresses");
    until_answers(&channel, "one").await;
    moment(100).await;
    let load = Load::on(&channel);
    moment(1_500).await;
    let answered = load.end().await;
    assert!(answered["one"] > 100, "{answered:?}");
    let connections = accepted.load(Ordering::Relaxed);
    assert!((8..=40).contains(&connections), "{connections} connections in about seven lives of two");
}

#[tokio::test]
async fn a_call_that_outlives_the_grace_is_cut_and_one_within_it_is_not() {
    let slow = |millis: u64| {
        axum::Router::new().fallback(move || async move {
            moment(millis).await;
            http::Response::builder().header("x-replica", "slow").body(axum::body::Body::empty()).expect("an answer")
        })
    };
    for (millis, fine) in [(400, true), (3_000, false)] {
        let age = Age { limit: Duration::from_millis(100), grace: Duration::from_millis(800) };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let channel = Channel::open(&format!("http://{}", listener.local_addr().expect("bound"))).expect("an address");
        tokio::spawn(serve_aged(listener, slow(millis), age, None, CancellationToken::new()));
        let answered = ask(&channel).await;
        assert_eq!(answered.is_ok(), fine, "{millis} ms: {answered:?}");
        if let Err(status) = answered {
            assert_eq!(status.code(), Code::Unavailable, "{status:?}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_reached_is_said_at_once_and_found_when_it_comes() {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("bound");
    let channel = Channel::open(&format!("http://{free}")).expect("an address");
    let begun = Instant::now();
    let status = ask(&channel).await.expect_err("nobody there");
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    let come = Replica::start("late", Some(free), Age::default()).await;
    assert!(until_answers(&channel, "late").await < Duration::from_secs(3));
    come.stop().await;

    let (targets, resolve) = named(&Arc::default(), &Arc::default());
    let nameless = Channel::through(Network::System, targets, resolve, Duration::from_secs(60));
    let status = ask(&nameless).await.expect_err("no such name");
    assert!(status.message().contains("registry:7421 cannot be resolved: no such name"), "{status:?}");
}

#[tokio::test]
async fn a_call_ends_with_its_timeout_when_nobody_answers() {
    // Accepts and says nothing.
    let deaf = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let channel = Channel::open(&format!("http://{}", deaf.local_addr().expect("bound"))).expect("an address");
    let mut request = http::Request::post("/a.B/C").body(Body::empty()).expect("a request");
    request.headers_mut().insert("grpc-timeout", "200m".parse().expect("a value"));
    let begun = Instant::now();
    let status = channel.oneshot(request).await.expect_err("late");
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status:?}");
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}
