//! Who may call what, made from the contract: every method × every caller × every protocol, against the running suite. What is
//! expected follows from the annotations alone; so does the document for people.

mod document;
mod methods;
mod partners;
mod tenants;
mod wire;

use std::path::Path;

use futures::{StreamExt as _, stream};
use tonic::transport::Channel;
use tributary::{settings::SuiteSettings, suite::RunningSuite};
use tributary_core::{Role, TenantId};
use tributary_gateway::{
    app::create_key::{NewKey, create_key},
    ports::{Ports, SystemEntropy},
};
use tributary_rpc::policy::PartnerScope;
use tributary_sql::StoreUrl;

use self::{
    methods::{Method, OWN},
    wire::{Protocol, Told},
};

/// Calls at once.
const AT_ONCE: usize = 16;
/// Who may be given a key.
const ROLES: [Role; 7] =
    [Role::Admin, Role::Finance, Role::Legal, Role::ChannelManager, Role::Analyst, Role::Partner, Role::Auditor];

/// A suite on SQLite with a connection to it.
struct World {
    suite: RunningSuite,
    channel: Channel,
    keys: Ports,
    _directory: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let settings = SuiteSettings {
            data_dir: directory.path().to_owned(),
            listen: ([127, 0, 0, 1], 0).into(),
            ..SuiteSettings::default()
        };
        let suite = RunningSuite::start(settings).await.expect("starts");
        let channel = Channel::from_shared(suite.endpoint.clone()).expect("a url").connect().await.expect("it answers");
        let keys = ports(directory.path()).await;
        Self { suite, channel, keys, _directory: directory }
    }

    /// A key of a tenant with a role; that of a partner is bound to its own.
    async fn key(&self, tenant: &str, role: Role) -> String {
        let subject = format!("{role:?}").to_lowercase();
        let partners = if role == Role::Partner { vec![format!("partners/{OWN}")] } else { Vec::new() };
        self.key_of(tenant, &subject, role, partners).await
    }

    async fn key_of(&self, tenant: &str, subject: &str, role: Role, partners: Vec<String>) -> String {
        let context = tributary_core::RequestContext {
            tenant: TenantId::parse(tenant).expect("a tenant"),
            subject: "test".to_owned(),
            roles: vec![Role::Admin],
            scope: tributary_core::Scope::Tenant,
            request_id: String::new(),
        };
        let new = NewKey { subject: subject.to_owned(), roles: vec![role], partners, expire_time: None };
        create_key(&self.keys, &context, new, "").await.expect("a key").1.reveal()
    }

    async fn keys(&self, tenant: &str) -> Vec<(Role, String)> {
        let mut keys = Vec::new();
        for role in ROLES {
            keys.push((role, self.key(tenant, role).await));
        }
        keys
    }
}

/// The store of keys, beside the running gateway: there is no method that makes a key for another tenant.
async fn ports(data: &Path) -> Ports {
    let store = tributary_gateway::store::open(&StoreUrl::Sqlite(data.join("gateway.db"))).await.expect("the store");
    Ports {
        store,
        clock: std::sync::Arc::new(tributary_core::SystemClock),
        entropy: std::sync::Arc::new(SystemEntropy),
    }
}

/// One call, and what the contract says of it.
struct Call<'a> {
    method: &'a Method,
    protocol: Protocol,
    key: Option<&'a str>,
    said: String,
    request: wire::Sent,
    expected: Told,
}

/// Every call of a method by somebody with a role.
fn calls<'a>(method: &'a Method, role: Role, key: &'a str) -> Vec<Call<'a>> {
    let mut calls = Vec::new();
    let mut call = |protocol, what: &str, request, expected| {
        calls.push(Call { method, protocol, key: Some(key), said: format!("{role:?}, {what}"), request, expected });
    };
    let allowed = method.policy.roles.contains(&role);
    let json = |id: &str| method.json(id);
    if !allowed {
        // Before existence and validation: nothing, what cannot be read, and what is not there are refused alike.
        call(Protocol::Grpc, "a request that cannot be read", wire::message(b"\xff\xff"), Told::Denied);
        call(Protocol::Web, "an empty request", wire::message(b""), Told::Denied);
        call(Protocol::Json, "what is not there", json("none"), Told::Denied);
        return calls;
    }
    match method.policy.own.as_ref().filter(|_| role == Role::Partner).map(|own| own.scope) {
        Some(PartnerScope::Request) => {
            for protocol in [Protocol::Grpc, Protocol::Web] {
                call(protocol, "nobody's rows", wire::message(b""), Told::Denied);
                call(protocol, "a request that cannot be read", wire::message(b"\xff\xff"), Told::Denied);
                call(protocol, "rows of another", wire::message(&method.about("other")), Told::Denied);
                call(protocol, "its own rows", wire::message(&method.about(OWN)), Told::Through);
            }
            call(Protocol::Json, "rows of another", json("other"), Told::Denied);
            call(Protocol::Json, "its own rows", json(OWN), Told::Through);
        }
        Some(PartnerScope::Row) => {
            call(Protocol::Grpc, "an empty request", wire::message(b""), Told::Through);
            call(Protocol::Web, "an empty request", wire::message(b""), Told::Through);
        }
        _ => {
            call(Protocol::Grpc, "an empty request", wire::message(b""), Told::Through);
            call(Protocol::Web, "an empty request", wire::message(b""), Told::Through);
            call(Protocol::Json, "what is not there", json("none"), Told::Through);
        }
    }
    calls
}

/// Every call of a method by nobody, and by somebody with a key that is none.
fn strangers(method: &Method) -> Vec<Call<'_>> {
    let mut calls = Vec::new();
    let none = [(Protocol::Grpc, None), (Protocol::Web, None), (Protocol::Json, None)];
    for (protocol, key) in none.into_iter().chain([(Protocol::Grpc, Some("trib_nobody_x"))]) {
        let request = if protocol == Protocol::Json { method.json("none") } else { wire::message(b"") };
        calls.push(Call { method, protocol, key, said: format!("with {key:?}"), request, expected: Told::Unknown });
    }
    calls
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_by_every_caller_and_protocol() {
    let world = World::start().await;
    let methods = methods::all();
    let keys = world.keys("default").await;
    let mut all = Vec::new();
    for method in &methods {
        all.extend(strangers(method));
        for (role, key) in &keys {
            all.extend(calls(method, *role, key));
        }
    }
    let count = all.len();
    let channel = &world.channel;
    let answered =
        stream::iter(all.into_iter().filter(|call| call.protocol != Protocol::Json || call.method.has_json()))
            .map(|call| async move {
                let answer = wire::told(channel, call.protocol, &call.method.path, call.key, &call.request).await;
                let path = &call.method.path;
                (answer != call.expected).then(|| format!("{path} by {:?}, {}: {answer:?}", call.protocol, call.said))
            })
            .buffer_unordered(AT_ONCE);
    let mut wrong: Vec<String> = answered.filter_map(async |wrong| wrong).collect().await;
    wrong.sort();
    assert!(wrong.is_empty(), "{} of {count} calls are not answered as the contract says: {wrong:#?}", wrong.len());
    assert!(methods.len() > 150 && count > 4_000, "{} methods, {count} calls", methods.len());
    world.suite.stop().await.expect("cleanly");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tenant_sees_nothing_under_the_same_names() {
    let world = World::start().await;
    tenants::see_only_their_own(&world).await;
    world.suite.stop().await.expect("cleanly");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_partner_sees_nothing_of_the_rows_of_one() {
    let world = World::start().await;
    partners::see_only_their_own(&world).await;
    world.suite.stop().await.expect("cleanly");
}

#[test]
fn a_key_of_a_partner_is_made_by_the_command() {
    let directory = tempfile::tempdir().expect("a directory");
    let keys = |arguments: &[&str]| {
        let output = crate::command::tributary(directory.path(), &[&["keys"], arguments].concat());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, made, err) = keys(&["create", "portal", "--role", "partner", "--partner", "anqing", "--json"]);
    let made: serde_json::Value = serde_json::from_str(&made).expect("JSON");
    assert_eq!((code, &made["apiKey"]["partners"]), (Some(0), &serde_json::json!(["partners/anqing"])), "{err}");
    let (code, _, err) = keys(&["create", "portal", "--role", "partner"]);
    assert!(code == Some(2) && err.contains("partners: is empty"), "{code:?} {err}");
    let (_, listed, _) = keys(&["list"]);
    assert!(listed.lines().any(|line| line.contains("portal") && line.contains("anqing")), "{listed}");
}
