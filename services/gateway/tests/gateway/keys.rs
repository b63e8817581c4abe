//! The gateway's own service through its own door, and what stands open beside it.

use std::time::Duration;

use crate::support::{GET_PARTNER, World};
use http::HeaderValue;
use tonic::{Code, Request, Status};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};
use tributary_core::Role;
use tributary_gateway::{Deps, Options, Settings, build, door::Backends};
use tributary_proto::tributary::{
    common::v1::Role as RoleProto,
    gateway::v1::{
        CreateApiKeyRequest, GetCallerRequest, ListApiKeysRequest, RevokeApiKeyRequest,
        api_key_service_client::ApiKeyServiceClient,
    },
};
use tributary_rpc::{
    client::{self, Backend},
    status,
    token::TokenSigner,
};
use tributary_sql::StoreUrl;

fn client(world: &World) -> ApiKeyServiceClient<Backend> {
    ApiKeyServiceClient::new(client::local(world.gateway.router.clone()))
}

fn with_key<T>(key: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("x-api-key", key.parse().expect("a value"));
    request
}

fn reason(status: &Status) -> (Code, String) {
    (status.code(), status::describe(status).reason)
}

#[tokio::test]
async fn keys_are_made_used_listed_and_revoked() {
    let world = World::new().await;
    let admin = world.key(&[Role::Admin], None).await;
    let mut client = client(&world);
    world.clock.advance(Duration::from_secs(1));
    let new = CreateApiKeyRequest {
        subject: "li.wei".to_owned(),
        roles: vec![RoleProto::Finance.into()],
        ..CreateApiKeyRequest::default()
    };
    let made = client.create_api_key(with_key(&admin, new)).await.expect("made").into_inner();
    let key = made.api_key.expect("a key");
    assert_eq!(made.secret.split('_').nth(1), key.name.strip_prefix("apiKeys/"));
    assert_eq!((key.subject.as_str(), key.roles.as_slice()), ("li.wei", [2].as_slice()));
    // 2012-07-01T00:00:01Z
    assert_eq!(key.create_time.map(|t| t.seconds), Some(1_341_100_801));

    let caller = client.get_caller(with_key(&made.secret, GetCallerRequest {})).await.expect("known").into_inner();
    assert_eq!((caller.subject, caller.tenant, caller.roles), ("li.wei".to_owned(), "default".to_owned(), vec![2]));
    let denied =
        client.list_api_keys(with_key(&made.secret, ListApiKeysRequest::default())).await.expect_err("no admin");
    assert_eq!(reason(&denied), (Code::PermissionDenied, "PERMISSION_DENIED".to_owned()));

    let page = |token: &str| with_key(&admin, ListApiKeysRequest { page_size: 1, page_token: token.to_owned() });
    let first = client.list_api_keys(page("")).await.expect("a page").into_inner();
    assert_eq!((first.api_keys.len(), first.api_keys[0].subject.as_str()), (1, "erp"));
    let second = client.list_api_keys(page(&first.next_page_token)).await.expect("a page").into_inner();
    assert_eq!((second.api_keys[0].name.as_str(), second.next_page_token.as_str()), (key.name.as_str(), ""));
    let foreign = client.list_api_keys(page("AAAA")).await.expect_err("refused");
    assert_eq!(reason(&foreign), (Code::InvalidArgument, "PAGE_TOKEN_INVALID".to_owned()));

    let revoke = |name: &str| with_key(&admin, RevokeApiKeyRequest { name: name.to_owned() });
    let revoked = client.revoke_api_key(revoke(&key.name)).await.expect("revoked").into_inner();
    assert_eq!(revoked.revoke_time.map(|t| t.seconds), Some(1_341_100_801));
    // At once, although the key was used a moment ago and the clock stands still.
    let refused = client.get_caller(with_key(&made.secret, GetCallerRequest {})).await.expect_err("revoked");
    assert_eq!(reason(&refused), (Code::Unauthenticated, "UNAUTHENTICATED".to_owned()));
    assert!(refused.message().contains("was revoked at"), "{}", refused.message());
    world.clock.advance(Duration::from_secs(5));
    let again = client.revoke_api_key(revoke(&key.name)).await.expect("the same answer").into_inner();
    assert_eq!(again.revoke_time, revoked.revoke_time);
    let missing = client.revoke_api_key(revoke("apiKeys/k0")).await.expect_err("missing");
    assert_eq!(reason(&missing), (Code::NotFound, "API_KEY_NOT_FOUND".to_owned()));
}

#[tokio::test]
async fn a_repeated_request_makes_one_key_and_says_which() {
    let world = World::new().await;
    let admin = world.key(&[Role::Admin], None).await;
    let mut client = client(&world);
    let new = |subject: &str, seconds: i64| CreateApiKeyRequest {
        partners: vec![],
        subject: subject.to_owned(),
        roles: vec![RoleProto::Finance.into()],
        expire_time: Some(prost_types::Timestamp { seconds, nanos: 0 }),
        request_id: "5f0c".to_owned(),
    };
    // A minute after the clock's 2012-07-01T00:00:00Z.
    let end = 1_341_100_860;
    let made = client.create_api_key(with_key(&admin, new("li.wei", end))).await.expect("made").into_inner();
    let name = made.api_key.expect("a key").name;
    // Also when its end has passed, which a first call would be told.
    for _ in 0..2 {
        let refused = client.create_api_key(with_key(&admin, new("li.wei", end))).await.expect_err("made before");
        assert_eq!(reason(&refused), (Code::AlreadyExists, "API_KEY_EXISTS".to_owned()));
        assert!(refused.message().contains(&name) && refused.message().contains("revoke it"), "{}", refused.message());
        assert_eq!(status::describe(&refused).metadata["name"], name);
        world.clock.advance(Duration::from_secs(60));
    }
    let other = client.create_api_key(with_key(&admin, new("li.lei", end + 600))).await.expect_err("another body");
    assert_eq!(reason(&other), (Code::FailedPrecondition, "REQUEST_ID_REUSED".to_owned()));
    // The key of the test itself and the one that was made.
    let all = client.list_api_keys(with_key(&admin, ListApiKeysRequest::default())).await.expect("listed").into_inner();
    assert_eq!(all.api_keys.len(), 2);
    // Whoever remembers requests must also forget them.
    assert!(world.gateway.workers.iter().any(|worker| worker.name == "forget-requests"));
}

#[tokio::test]
async fn a_key_revoked_elsewhere_ends_within_two_seconds() {
    let world = World::new().await;
    let key = world.key(&[Role::Admin], None).await;
    let call = async || world.call(GET_PARTNER, &[("x-api-key", &key)], b"\x00\x00\x00\x00\x00").await.status().code();
    assert_eq!(call().await, Code::Ok);
    let mut tx = world.ports.store.begin().await.expect("begun");
    let now = tributary_core::Clock::now(&*world.clock);
    let prefix = key.split('_').nth(1).expect("a prefix");
    tx.revoke(&tributary_core::TenantId::default_tenant(), prefix, now).await.expect("revoked").expect("known");
    tx.commit().await.expect("kept");
    world.clock.advance(Duration::from_secs(2));
    assert_eq!(call().await, Code::Unauthenticated);
}

#[tokio::test]
async fn keys_that_may_not_be_are_not_made() {
    let world = World::new().await;
    let admin = world.key(&[Role::Admin], None).await;
    let past = prost_types::Timestamp { seconds: 1_341_100_800, nanos: 0 };
    for (roles, expire_time, field) in [
        (vec![], None, "roles"),
        (vec![RoleProto::Service.into()], None, "roles"),
        (vec![99], None, "roles"),
        (vec![RoleProto::Admin.into()], Some(past), "expire_time"),
    ] {
        let new = CreateApiKeyRequest { subject: "x".to_owned(), roles, expire_time, ..CreateApiKeyRequest::default() };
        let refused = client(&world).create_api_key(with_key(&admin, new)).await.expect_err(field);
        let described = status::describe(&refused);
        assert_eq!(described.reason, "INVALID_REQUEST");
        assert!(described.violations.iter().any(|v| v.field.starts_with(field)), "{described:?}");
    }
}

#[tokio::test]
async fn the_first_start_makes_the_first_key() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("bootstrap.key");
    let start = async || {
        let signer = std::sync::Arc::new(TokenSigner::generate().expect("a key"));
        let deps = Deps {
            clock: std::sync::Arc::new(tributary_core::SystemClock),
            ids: std::sync::Arc::new(tributary_core::SystemIds),
            verifier: signer.verifier(),
            signer,
            backends: Backends::default(),
            limiter: std::sync::Arc::new(tributary_limits::LocalLimiter::new()),
            news: std::sync::Arc::new(tributary_gateway::ports::NoNews),
            bus: std::sync::Arc::new(tributary_bus::InProcessBus::new(std::sync::Arc::new(
                tributary_core::SystemClock,
            ))),
        };
        let store = StoreUrl::Sqlite(directory.path().join("gateway.db"));
        build(Settings { store, bootstrap_key_file: Some(file.clone()), options: Options::default() }, deps)
            .await
            .expect("a gateway")
    };
    let first = start().await;
    let key = first.bootstrap_key.clone().expect("made");
    assert_eq!(std::fs::read_to_string(&file).expect("written"), format!("{key}\n"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
    }
    let again = start().await;
    assert_eq!(again.bootstrap_key, None);
    let mut client = ApiKeyServiceClient::new(client::local(again.router));
    let caller = client.get_caller(with_key(&key, GetCallerRequest {})).await.expect("known").into_inner();
    assert_eq!((caller.subject.as_str(), caller.tenant.as_str(), caller.roles), ("bootstrap", "default", vec![1]));
}

#[tokio::test]
async fn health_is_open_and_says_how_each_service_is() {
    let world = World::new().await;
    world.gateway.health.refresh().await;
    let mut health = HealthClient::new(client::local(world.gateway.router.clone()));
    let mut check = async |service: &str| {
        let answer = health.check(HealthCheckRequest { service: service.to_owned() }).await;
        answer.map(|answer| answer.into_inner().status()).map_err(|status| status.code())
    };
    assert_eq!(check("").await, Ok(ServingStatus::Serving));
    assert_eq!(check("gateway").await, Ok(ServingStatus::Serving));
    assert_eq!(check("tributary.gateway.v1.ApiKeyService").await, Ok(ServingStatus::Serving));
    assert_eq!(check("analytics").await, Ok(ServingStatus::NotServing), "it has no backend");
    assert_eq!(check("tributary.analytics.v1.MetricService").await, Ok(ServingStatus::NotServing));
    assert_eq!(check("nobody").await, Err(Code::NotFound));
    world.gateway.health.stop().await;
    world.gateway.health.refresh().await;
    assert_eq!(check("").await, Ok(ServingStatus::NotServing));
    assert_eq!(check("gateway").await, Ok(ServingStatus::NotServing), "once stopped it stays so");
}

#[tokio::test]
async fn reflection_is_open_and_knows_every_service() {
    let world = World::new().await;
    let mut reflection = ServerReflectionClient::new(client::local(world.gateway.router.clone()));
    let ask = |message| ServerReflectionRequest { host: String::new(), message_request: Some(message) };
    let questions = [
        ask(MessageRequest::ListServices(String::new())),
        ask(MessageRequest::FileContainingSymbol("tributary.partner.v1.PartnerService".to_owned())),
    ];
    let answers = reflection.server_reflection_info(tokio_stream::iter(questions)).await.expect("open");
    assert!(answers.metadata().get("x-request-id").is_some());
    let mut answers = answers.into_inner();
    let Some(MessageResponse::ListServicesResponse(list)) =
        answers.message().await.expect("an answer").expect("one").message_response
    else {
        panic!("not a list")
    };
    let names: Vec<&str> = list.service.iter().map(|service| service.name.as_str()).collect();
    for service in tributary_proto::pool().services() {
        assert!(names.contains(&service.full_name()), "{}", service.full_name());
    }
    assert!(names.contains(&"grpc.health.v1.Health"));
    let file = answers.message().await.expect("an answer").expect("one").message_response;
    assert!(matches!(file, Some(MessageResponse::FileDescriptorResponse(_))), "{file:?}");
}

#[tokio::test]
async fn a_forged_internal_token_opens_nothing() {
    let world = World::new().await;
    let stranger = TokenSigner::generate().expect("a key");
    let context = client::service_context("partner-registry", &tributary_core::TenantId::default_tenant(), "r");
    for signer in [&stranger, &*world.signer] {
        let token = signer.sign(&context, tributary_core::Clock::now(&*world.clock)).expect("signed");
        let mut request = Request::new(GetCallerRequest {});
        let bearer = HeaderValue::from_str(&format!("Bearer {token}")).expect("a value");
        request.metadata_mut().insert("authorization", bearer.to_str().expect("text").parse().expect("a value"));
        let refused = client(&world).get_caller(request).await.expect_err("refused");
        assert_eq!(refused.code(), Code::Unauthenticated, "even a good internal token is no key");
    }
}
