//! The audit: what calls leave behind, by every protocol, and what happens when the store is away.

use std::{sync::Arc, time::Duration};

use http::Method;
use sha2::{Digest as _, Sha256};
use tributary_core::{Role, TenantId, Timestamp};
use tributary_gateway::{
    app::audit::AuditLog,
    ports::{AuditEntry, AuditFilter, AuditStore},
    store,
};
use tributary_lifecycle::CancellationToken;
use tributary_sql::StoreError;
use tributary_testkit::{CountingIds, ManualClock, TestDatabase, engines};

use crate::support::{GET_PARTNER, World};

const FREEZE: &str = "/tributary.partner.v1.PartnerService/FreezePartner";
/// Field 1 "partners/x", in one message.
const MESSAGE: &[u8] = b"\x00\x00\x00\x00\x0c\x0a\x0apartners/x";

impl World {
    /// The entries of tenant "default", the latest first, once there are so many.
    async fn entries(&self, count: usize) -> Vec<AuditEntry> {
        let (tenant, any) = (TenantId::default_tenant(), AuditFilter::default());
        let read = async {
            loop {
                let all = self.ports.store.entries(&tenant, &any, None, 100).await.expect("read");
                if all.len() >= count {
                    return all;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let all = tokio::time::timeout(Duration::from_secs(5), read).await.expect("in time");
        assert_eq!(all.len(), count, "{all:#?}");
        all
    }
}

#[tokio::test]
async fn a_change_is_in_the_audit_before_its_answer_ends() {
    let world = World::new().await;
    let key = world.key(&[Role::Admin], None).await;
    let prefix = key.split('_').nth(1).expect("a prefix").to_owned();
    world.call(GET_PARTNER, &[("x-api-key", &key)], MESSAGE).await;
    world.call(FREEZE, &[("x-api-key", &key), ("x-request-id", "r-1")], MESSAGE).await;
    // No waiting: the answer had to.
    let all = world.ports.store.entries(&TenantId::default_tenant(), &AuditFilter::default(), None, 100).await;
    let [entry]: [AuditEntry; 1] = all.expect("read").try_into().expect("the read leaves no trail, the change one");
    assert_eq!(entry.method, "tributary.partner.v1.PartnerService/FreezePartner");
    assert_eq!((entry.subject.as_str(), entry.api_key, entry.resource.as_str()), ("erp", prefix, "partners/x"));
    assert_eq!((entry.code, entry.reason.as_str(), entry.protocol, entry.call_count), (0, "", 1, 1));
    assert_eq!((entry.request_id.as_str(), entry.request_digest), ("r-1", hex::encode(Sha256::digest(MESSAGE))));
    assert_eq!(entry.answer_time, tributary_core::Clock::now(&*world.clock));
}

#[tokio::test]
async fn who_was_refused_is_in_the_audit_by_every_protocol() {
    let world = World::new().await;
    let key = world.key(&[Role::Partner], None).await;
    world.call(FREEZE, &[("x-api-key", &key)], MESSAGE).await;
    world.json(&key, Method::POST, "/v1/partners/x:freeze", "{}").await;
    world.call(GET_PARTNER, &[("x-api-key", "trib_kxyz_0")], MESSAGE).await;
    let all = world.entries(3).await;
    let said: Vec<_> = all.iter().map(|e| (e.subject.as_str(), e.reason.as_str(), e.code, e.protocol)).collect();
    let denied = |protocol| ("erp", "PERMISSION_DENIED", 7, protocol);
    assert_eq!(said, [("", "UNAUTHENTICATED", 16, 1), denied(3), denied(1)]);
    assert_eq!((all[0].api_key.as_str(), all[0].request_digest.as_str()), ("kxyz", ""));
    assert_eq!(all[1].method, "tributary.partner.v1.PartnerService/FreezePartner");
}

#[tokio::test]
async fn a_caller_who_goes_away_leaves_a_trail() {
    let world = World::in_front_of(tributary_gateway::door::Area::Partner, crate::support::upstream::deaf()).await;
    let key = world.key(&[Role::Admin], None).await;
    let headers = [("x-api-key", key.as_str())];
    let call = world.call(FREEZE, &headers, MESSAGE);
    assert!(tokio::time::timeout(Duration::from_millis(300), call).await.is_err(), "it is not answered");
    let all = world.entries(1).await;
    assert_eq!((all[0].code, all[0].method.as_str()), (1, "tributary.partner.v1.PartnerService/FreezePartner"));
}

#[tokio::test]
async fn what_was_made_is_named_and_the_list_is_filtered() {
    let world = World::new().await;
    let key = world.key(&[Role::Admin], None).await;
    let made = world.json(&key, Method::POST, "/v1/apiKeys", r#"{"subject":"crm","roles":["ROLE_ANALYST"]}"#).await;
    let name = made.json["apiKey"]["name"].as_str().expect("a name").to_owned();
    world.json(&key, Method::POST, &format!("/v1/{name}:revoke"), "").await;
    world.json(&key, Method::POST, "/v1/apiKeys/k0:revoke", "").await;
    let list = async |filter: &str| {
        let query: String = form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        world.json(&key, Method::GET, &format!("/v1/auditEntries?filter={query}"), "").await.json["auditEntries"]
            .clone()
    };
    let all = list("").await;
    let codes: Vec<_> = all.as_array().expect("a list").iter().map(|e| e["code"].as_str().unwrap_or("OK")).collect();
    assert_eq!(codes, ["NOT_FOUND", "OK", "OK"], "{all}");
    assert_eq!(all[2]["resource"], name.as_str(), "the name of what was made is in the answer");
    assert_eq!(list(&format!("resource = \"{name}\"")).await[0]["resource"], name.as_str());
    assert_eq!(list("code = NOT_FOUND").await[0]["reason"], "API_KEY_NOT_FOUND");
    let one = list("subject = erp AND method = \"tributary.gateway.v1.ApiKeyService/CreateApiKey\"").await;
    assert_eq!((one.as_array().map(Vec::len), &one[0]["protocol"]), (Some(1), &"PROTOCOL_JSON".into()), "{one}");
    assert_eq!(list("answer_time < \"2012-07-01T00:00:00Z\"").await, serde_json::Value::Null);
    assert_eq!(list("answer_time >= \"2012-07-01T00:00:00Z\"").await.as_array().map(Vec::len), Some(3));
    for wrong in ["subject = a OR subject = b", "answer_time < yesterday", "colour = red"] {
        let query: String = form_urlencoded::byte_serialize(wrong.as_bytes()).collect();
        let reply = world.json(&key, Method::GET, &format!("/v1/auditEntries?filter={query}"), "").await;
        assert_eq!((reply.http, reply.reason()), (400, "FILTER_INVALID"), "{wrong}");
    }
}

fn entry(tenant: &str, id: u32, at: i64) -> AuditEntry {
    AuditEntry {
        tenant: TenantId::parse(tenant).expect("a tenant"),
        id: format!("0193-{id:031}"),
        answer_time: Timestamp(at),
        subject: format!("s{}", id % 2),
        code: if id.is_multiple_of(3) { 7 } else { 0 },
        request_digest: "0".repeat(64),
        ..AuditEntry::unknown()
    }
}

#[tokio::test]
async fn both_engines_keep_and_find_alike() {
    for engine in engines() {
        let database = TestDatabase::create(engine).await;
        let store = store::open(&database.url().parse().expect("a store url")).await.expect("opens");
        let mine: Vec<AuditEntry> = (0..10).map(|n| entry("default", n, i64::from(n) * 10)).collect();
        store.append(&mine).await.expect("kept");
        store.append(&[entry("other", 3, 5)]).await.expect("kept");
        let changed = AuditEntry { subject: "somebody else".to_owned(), ..mine[4].clone() };
        store.append(&[changed]).await.expect("nothing happens");
        let ids = async |filter: AuditFilter, before: Option<&str>, limit: u32| {
            let found = store.entries(&TenantId::default_tenant(), &filter, before, limit).await.expect("read");
            found.into_iter().map(|e| usize::try_from(e.answer_time.0 / 10).expect("small")).collect::<Vec<_>>()
        };
        let any = AuditFilter::default;
        assert_eq!(ids(any(), None, 100).await, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
        assert_eq!(ids(any(), Some(&mine[3].id), 2).await, [2, 1]);
        assert_eq!(ids(AuditFilter { subject: "s1".to_owned(), ..any() }, None, 2).await, [9, 7]);
        assert_eq!(ids(AuditFilter { code: Some(7), ..any() }, None, 100).await, [9, 6, 3, 0]);
        let times = AuditFilter { from: Some(Timestamp(20)), until: Some(Timestamp(50)), ..any() };
        assert_eq!(ids(times, None, 100).await, [4, 3, 2]);
        let all = store.entries(&TenantId::default_tenant(), &any(), None, 100).await.expect("read");
        assert_eq!(all.iter().rev().collect::<Vec<_>>(), mine.iter().collect::<Vec<_>>(), "as they were");
    }
}

/// A store that is away for a while.
#[derive(Default)]
struct Away(std::sync::Mutex<(usize, Vec<AuditEntry>)>);

#[async_trait::async_trait]
impl AuditStore for Away {
    async fn append(&self, entries: &[AuditEntry]) -> Result<(), StoreError> {
        let mut state = self.0.lock().expect("not poisoned");
        state.0 += 1;
        if state.0 <= 3 {
            return Err(StoreError::Unavailable("away".to_owned()));
        }
        state.1.extend_from_slice(entries);
        Ok(())
    }

    async fn entries(
        &self,
        _: &TenantId,
        _: &AuditFilter,
        _: Option<&str>,
        _: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        Ok(self.0.lock().expect("not poisoned").1.clone())
    }
}

#[tokio::test]
async fn a_store_that_is_away_loses_nothing_and_a_flood_is_counted() {
    let store = Arc::new(Away::default());
    let log = AuditLog::new(store.clone(), Arc::new(ManualClock::default()), Arc::new(CountingIds::new()));
    for n in 0..10_007_u32 {
        log.note(log.stamped(AuditEntry { subject: n.to_string(), ..AuditEntry::unknown() }));
    }
    let stop = CancellationToken::new();
    let writing = tokio::spawn((log.worker().run)(stop.clone()));
    log.keep(AuditEntry { subject: "last".to_owned(), ..AuditEntry::unknown() }).await;
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(5), writing).await.expect("it stops").expect("it ran");
    let all = store.entries(&TenantId::default_tenant(), &AuditFilter::default(), None, 0).await.expect("read");
    let overflow: Vec<i64> = all.iter().filter(|e| e.reason == "AUDIT_OVERFLOW").map(|e| e.call_count).collect();
    assert_eq!((all.len(), overflow.as_slice()), (10_002, [7].as_slice()), "10,000 fit, 7 are counted, one waited");
    assert_eq!(all.iter().filter(|e| e.subject == "last").count(), 1);
}
