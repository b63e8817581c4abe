//! Gateways of one installation tell each other of keys that were revoked.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tonic::{Code, Request};
use tributary_core::{Role, SystemClock};
use tributary_gateway::{Gateway, ports::KeyNews};
use tributary_lifecycle::CancellationToken;
use tributary_proto::tributary::gateway::v1::{
    GetCallerRequest, RevokeApiKeyRequest, api_key_service_client::ApiKeyServiceClient,
};
use tributary_redis::Notices;
use tributary_rpc::client::{self, Backend};
use tributary_testkit::RedisServer;

use crate::support::{Running, World};

/// Longest wait for a word.
const SOON: Duration = Duration::from_secs(30);

fn client(gateway: &Gateway) -> ApiKeyServiceClient<Backend> {
    ApiKeyServiceClient::new(client::local(gateway.router.clone()))
}

fn with_key<T>(key: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("x-api-key", key.parse().expect("a value"));
    request
}

#[tokio::test]
async fn a_key_revoked_at_one_gateway_is_forgotten_by_the_others() {
    let Some(server) = RedisServer::start() else { return };
    let news = || Arc::new(Notices::new(&server.url(), "t", "keys", Arc::new(SystemClock)).expect("a url"));
    let world = World::new().await;
    let (ours, theirs) = (news(), news());
    let here = world.beside(ours.clone()).await;
    let mut there = world.beside(theirs).await;
    let listener = there.workers.iter().position(|worker| worker.name == "key-news").expect("listens");
    let listening = Running::new(CancellationToken::new());
    tokio::spawn((there.workers.remove(listener).run)(listening.token()));
    let begun = Instant::now();
    while Notices::tell(&ours, "nobody").await.unwrap_or(0) == 0 {
        assert!(begun.elapsed() < SOON, "nobody listens");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    let (admin, key) = (world.key(&[Role::Admin], None).await, world.key(&[Role::Finance], None).await);
    let call = async |gateway: &Gateway| {
        let answer = client(gateway).get_caller(with_key(&key, GetCallerRequest {})).await;
        answer.map(drop).map_err(|status| status.code())
    };
    assert_eq!((call(&here).await, call(&there).await), (Ok(()), Ok(())));
    let name = format!("apiKeys/{}", key.split('_').nth(1).expect("a prefix"));
    client(&here).revoke_api_key(with_key(&admin, RevokeApiKeyRequest { name })).await.expect("revoked");
    assert_eq!(call(&here).await, Err(Code::Unauthenticated), "at once");
    // The clock stands still, so that nothing is forgotten for its age.
    let begun = Instant::now();
    while call(&there).await.is_ok() {
        assert!(begun.elapsed() < SOON, "the word was not heard");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(call(&there).await, Err(Code::Unauthenticated));
}

#[tokio::test]
async fn without_redis_a_revocation_is_as_good_where_it_is_made() {
    let world = World::new().await;
    let news: Arc<dyn KeyNews> =
        Arc::new(Notices::new("redis+unix:///nowhere", "t", "keys", Arc::new(SystemClock)).expect("a url"));
    let here = world.beside(news).await;
    let (admin, key) = (world.key(&[Role::Admin], None).await, world.key(&[Role::Finance], None).await);
    let name = format!("apiKeys/{}", key.split('_').nth(1).expect("a prefix"));
    client(&here).revoke_api_key(with_key(&admin, RevokeApiKeyRequest { name })).await.expect("revoked");
    let refused = client(&here).get_caller(with_key(&key, GetCallerRequest {})).await.expect_err("revoked");
    assert_eq!(refused.code(), Code::Unauthenticated);
}
