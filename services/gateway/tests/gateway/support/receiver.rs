//! A receiver of webhooks that answers as told, and calls by JSON that must succeed.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use http::Method;
use serde_json::{Value as Json, json};
use tokio::sync::Semaphore;
use tributary_gateway::ports::webhooks::{Outgoing, Post, Reply};
use tributary_testkit::engines;

use super::World;

/// Longest wait for something to be sent.
const SOON: Duration = Duration::from_secs(30);

/// Answers as told, 200 when nothing is told. An URL with "hole" in it never answers.
#[derive(Debug, Default)]
pub struct Receiver {
    script: Mutex<VecDeque<Result<Reply, String>>>,
    got: Mutex<Vec<Outgoing>>,
    slow: Mutex<Duration>,
    gate: Mutex<Option<Arc<Semaphore>>>,
}

impl Receiver {
    pub fn answers(&self, status: u16, times: usize) {
        let reply = Reply { status, retry_after: None, body: format!("status {status}") };
        self.script.lock().expect("not poisoned").extend(vec![Ok(reply); times]);
    }

    pub fn refuses(&self, why: &str) {
        self.script.lock().expect("not poisoned").push_back(Err(why.to_owned()));
    }

    pub fn slow(&self, pause: Duration) {
        *self.slow.lock().expect("not poisoned") = pause;
    }

    /// Holds answers back until the gate is given a permit for each.
    pub fn gate(&self) -> Arc<Semaphore> {
        let gate = Arc::new(Semaphore::new(0));
        *self.gate.lock().expect("not poisoned") = Some(gate.clone());
        gate
    }

    pub fn got(&self) -> Vec<Outgoing> {
        self.got.lock().expect("not poisoned").clone()
    }

    /// What came to URLs that end so.
    pub fn got_at(&self, end: &str) -> Vec<Outgoing> {
        self.got().into_iter().filter(|sent| sent.url.ends_with(end)).collect()
    }
}

#[async_trait::async_trait]
impl Post for Receiver {
    async fn post(&self, request: &Outgoing) -> Result<Reply, String> {
        self.got.lock().expect("not poisoned").push(request.clone());
        if request.url.contains("hole") {
            std::future::pending::<()>().await;
        }
        let (slow, gate) = (*self.slow.lock().expect("not poisoned"), self.gate.lock().expect("not poisoned").clone());
        tokio::time::sleep(slow).await;
        if let Some(gate) = gate {
            gate.acquire().await.expect("open").forget();
        }
        let told = self.script.lock().expect("not poisoned").pop_front();
        told.unwrap_or_else(|| Ok(Reply { status: 200, retry_after: None, body: "thanks".to_owned() }))
    }

    async fn check(&self, url: &str) -> Result<(), String> {
        if url.contains("inside") { Err(format!("{url:?} leads inside")) } else { Ok(()) }
    }
}

pub async fn each<F: AsyncFn(World, Arc<Receiver>)>(check: F) {
    for engine in engines() {
        let receiver = Arc::new(Receiver::default());
        check(World::on(engine, receiver.clone()).await, receiver).await;
    }
}

pub async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !done().await {
        assert!(begun.elapsed() < SOON, "{what}: not in time");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

impl World {
    pub async fn ask(&self, key: &str, method: Method, path: &str, body: &Json) -> Json {
        let bodiless = [Method::GET, Method::DELETE].contains(&method);
        let body = if bodiless { String::new() } else { body.to_string() };
        let reply = self.json(key, method, &format!("/v1/{path}"), &body).await;
        assert_eq!(reply.http, 200, "{path}: {}", reply.text);
        reply.json
    }

    pub async fn hook(&self, key: &str, id: &str, stated: Json) -> Json {
        self.ask(key, Method::POST, &format!("webhooks?webhookId={id}"), &stated).await
    }

    pub async fn one(&self, key: &str, name: &str) -> Json {
        self.ask(key, Method::GET, name, &json!({})).await
    }
}

pub fn header<'a>(request: &'a Outgoing, name: &str) -> &'a str {
    request.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str()).expect("a header")
}
