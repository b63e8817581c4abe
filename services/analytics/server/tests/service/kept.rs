//! Answers are kept, and never older than the data: the next call after a write sees it, whoever wrote and whatever became
//! of the Redis in between.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tributary_cache::{Cache, Key, LocalCache, RedisCache};
use tributary_core::SystemClock;
use tributary_proto::tributary::analytics::v1::{
    AttributeRequest, ClassifyVolumesRequest, JourneySource, MetricDimension, QueryMetricsRequest,
    TouchpointKind as Kind,
};
use tributary_proto::tributary::incentive::v1::{FactKind::SellIn, SalesFact};
use tributary_testkit::{RedisServer, TestDatabase, engines};

use crate::{
    attribution::{journey, record},
    incentive::fact,
    ingest::{cost, spent, touched, touchpoint},
    support::{Running, analyst, asked, service, shown},
};

/// A cache that counts what it gave out.
#[derive(Debug)]
struct Counting<C> {
    inner: C,
    given: AtomicUsize,
}

impl<C> Counting<C> {
    fn over(inner: C) -> Arc<Self> {
        Arc::new(Self { inner, given: AtomicUsize::new(0) })
    }

    /// How often something was found since the last time.
    fn given(&self) -> usize {
        self.given.swap(0, Ordering::SeqCst)
    }
}

#[tonic::async_trait]
impl<C: Cache> Cache for Counting<C> {
    async fn get(&self, key: &Key) -> Option<prost::bytes::Bytes> {
        let found = self.inner.get(key).await;
        self.given.fetch_add(usize::from(found.is_some()), Ordering::SeqCst);
        found
    }

    async fn put(&self, entries: Vec<(Key, prost::bytes::Bytes)>, live: std::time::Duration) {
        self.inner.put(entries, live).await;
    }
}

/// The service on every engine, over a cache that counts.
async fn services() -> Vec<(Running, Arc<Counting<LocalCache>>)> {
    let mut running = Vec::new();
    for engine in engines() {
        let cache = Counting::over(LocalCache::default());
        let database = Arc::new(TestDatabase::create(engine).await);
        running.push((service(database, Arc::default(), cache.clone()).await, cache));
    }
    running
}

fn sold(id: &str, partner: &str, units: i64) -> SalesFact {
    SalesFact { source_id: id.to_owned(), ..fact(partner, (2012, 7, 1), SellIn, "CNY", (units, 0), "1") }
}

/// One partner a page.
fn page(token: &str) -> QueryMetricsRequest {
    QueryMetricsRequest {
        page_size: 1,
        page_token: token.to_owned(),
        ..asked(&["net_sales"], &[MetricDimension::Partner])
    }
}

/// The one row of a page, through which batch, and the token of the next.
async fn read(service: &Running, token: &str) -> (String, i64, String) {
    let answer = service.query("default", page(token)).await.expect("rows");
    assert_eq!(answer.rows.len(), 1, "{answer:?}");
    (answer.rows.iter().map(shown).collect(), answer.through_batch, answer.next_page_token)
}

fn row(text: &str, batch: i64) -> (String, i64) {
    (text.to_owned(), batch)
}

#[tokio::test]
async fn pages_are_counted_once_until_a_fact_comes() {
    for (service, cache) in services().await {
        let first = vec![sold("1", "a", 10), sold("2", "b", 20), sold("3", "c", 30)];
        service.record("default", 1, first).await.expect("delivered");
        let (a, batch, to_b) = read(&service, "").await;
        assert_eq!(((a, batch), cache.given()), (row("partners/a CNY | 10", 1), 0), "counted");
        let (b, batch, to_c) = read(&service, &to_b).await;
        assert_eq!(((b, batch), cache.given()), (row("partners/b CNY | 20", 1), 1), "counted with the first page");
        let (c, batch, end) = read(&service, &to_c).await;
        assert_eq!(((c, batch), cache.given()), (row("partners/c CNY | 30", 1), 1));
        assert_eq!(end, "");
        read(&service, "").await;
        assert_eq!(cache.given(), 1, "asked once more");

        service.record("default", 2, vec![sold("4", "b", 7)]).await.expect("delivered");
        let (b, batch, _) = read(&service, &to_b).await;
        assert_eq!(((b, batch), cache.given()), (row("partners/b CNY | 27", 2), 0), "a fact between two pages");
        let (c, batch, _) = read(&service, &to_c).await;
        assert_eq!(((c, batch), cache.given()), (row("partners/c CNY | 30", 2), 1));
        // Even a batch without facts says how far the copy is.
        service.record("default", 3, Vec::new()).await.expect("delivered");
        assert_eq!((read(&service, "").await.1, cache.given()), (3, 0));
    }
}

#[tokio::test]
async fn every_question_and_tenant_has_answers_of_its_own() {
    for (service, cache) in services().await {
        for (tenant, units) in [("default", 10), ("acme", 5)] {
            service.record(tenant, 1, vec![sold("1", "a", units)]).await.expect("delivered");
        }
        let rows = async |tenant: &str, request| service.rows(tenant, request).await.0;
        let question = asked(&["net_sales"], &[]);
        for _ in 0..2 {
            assert_eq!(rows("default", question.clone()).await, ["CNY | 10"]);
            assert_eq!(rows("acme", question.clone()).await, ["CNY | 5"]);
            assert_eq!(rows("default", asked(&["net_sales", "lines"], &[])).await, ["CNY | 10 1"]);
            let none = QueryMetricsRequest { filter: "partner = partners/z".to_owned(), ..question.clone() };
            assert_eq!(rows("default", none).await, [""; 0]);
        }
        assert_eq!(cache.given(), 4);
        // The most a page takes is a thousand rows: another way to say the same.
        let more = QueryMetricsRequest { page_size: 5_000, ..question };
        assert_eq!((rows("default", more).await, cache.given()), (vec!["CNY | 10".to_owned()], 1));
        // Nobody ever wrote anything here: there is no state to keep an answer under.
        for _ in 0..2 {
            assert_eq!(rows("nobody", asked(&["net_sales"], &[])).await, [""; 0]);
        }
        assert_eq!(cache.given(), 0);
    }
}

#[tokio::test]
async fn touchpoints_and_costs_are_seen_at_once() {
    for (service, cache) in services().await {
        let rows = async || service.rows("default", asked(&["visits", "marketing_cost"], &[])).await.0;
        let sales = async || service.rows("default", asked(&["lines"], &[])).await.0;
        let visit = |id: &str| touchpoint(id, "k-1", Kind::Visit, "tmall", 0);
        service.record("default", 1, vec![sold("1", "a", 10)]).await.expect("delivered");
        touched(&service, "default", vec![visit("1")]).await;
        assert_eq!((rows().await, sales().await), (vec![" | 1 -".to_owned()], vec![" | 1".to_owned()]));
        touched(&service, "default", vec![visit("1"), visit("2")]).await;
        assert_eq!((rows().await, cache.given()), (vec![" | 2 -".to_owned()], 0));
        spent(&service, vec![cost("1", 25)]).await;
        assert_eq!((rows().await, cache.given()), (vec![" | 2 -".to_owned(), "CNY | - 25".to_owned()], 0));
        assert_eq!((sales().await, cache.given()), (vec![" | 1".to_owned()], 1), "sales are as they were");
        // Repeats change nothing.
        touched(&service, "default", vec![visit("2")]).await;
        spent(&service, vec![cost("1", 25)]).await;
        assert_eq!((rows().await.len(), cache.given()), (2, 1));
    }
}

#[tokio::test]
async fn attribution_is_computed_once_until_a_journey_comes() {
    for (service, cache) in services().await {
        let recorded = AttributeRequest::default();
        let stitched = AttributeRequest { source: JourneySource::Touchpoints.into(), ..recorded.clone() };
        let conversions = async |request: &AttributeRequest| {
            let answer = service.attribution.clone().attribute(analyst("default", request.clone())).await;
            answer.expect("results").into_inner().totals.expect("totals").conversions
        };
        record(&service, vec![journey("1", "ab", 3, 1, 30)]).await;
        let bought = |id: &str| touchpoint(id, &format!("k-{id}"), Kind::Conversion, "tmall", 0);
        touched(&service, "default", vec![bought("1")]).await;
        for given in [0, 2] {
            assert_eq!((conversions(&recorded).await, conversions(&stitched).await), (3, 1));
            assert_eq!(cache.given(), given);
        }
        record(&service, vec![journey("2", "b", 2, 0, 0)]).await;
        assert_eq!((conversions(&recorded).await, cache.given()), (5, 0));
        assert_eq!((conversions(&stitched).await, cache.given()), (1, 1));
        touched(&service, "default", vec![bought("2")]).await;
        assert_eq!((conversions(&stitched).await, cache.given()), (2, 0));
        record(&service, vec![journey("2", "b", 2, 0, 0)]).await;
        assert_eq!((conversions(&recorded).await, cache.given()), (5, 1), "a repeat");
        let items = AttributeRequest { max_proof_items: 1_000, ..recorded };
        assert_eq!((conversions(&items).await, cache.given()), (5, 1), "what it means when nothing is said");
    }
}

#[tokio::test]
async fn classes_are_made_once_for_all_pages() {
    for (service, cache) in services().await {
        let facts = vec![sold("1", "a", 80), sold("2", "b", 15), sold("3", "c", 5)];
        service.record("default", 1, facts).await.expect("delivered");
        let (mut found, mut token) = (Vec::new(), String::new());
        loop {
            let request = ClassifyVolumesRequest { page_size: 1, page_token: token, ..Default::default() };
            let answer = service.client.clone().classify_volumes(analyst("default", request)).await;
            let answer = answer.expect("classes").into_inner();
            found.extend(answer.rows.into_iter().map(|row| row.member));
            token = answer.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(found, ["partners/a", "partners/b", "partners/c"]);
        assert_eq!(cache.given(), 2);
    }
}

#[tokio::test]
async fn replicas_share_what_they_computed_and_miss_no_write_whatever_becomes_of_redis() {
    for engine in engines() {
        let Some(mut server) = RedisServer::start() else { return };
        let over = || Counting::over(RedisCache::new(&server.url(), "t", Arc::new(SystemClock)).expect("a url"));
        let (database, ids) = (Arc::new(TestDatabase::create(engine).await), Arc::default());
        let (first, second, third) = (over(), over(), over());
        let one = service(database.clone(), Arc::clone(&ids), first.clone()).await;
        let two = service(database.clone(), Arc::clone(&ids), second.clone()).await;
        let three = service(database, ids, third.clone()).await;

        one.record("default", 1, vec![sold("1", "a", 10), sold("2", "b", 20)]).await.expect("delivered");
        let (a, _, to_b) = read(&one, "").await;
        assert_eq!((a.as_str(), first.given()), ("partners/a CNY | 10", 0));
        let (a, _, _) = read(&two, "").await;
        let (b, _, _) = read(&two, &to_b).await;
        assert_eq!((a.as_str(), b.as_str(), second.given()), ("partners/a CNY | 10", "partners/b CNY | 20", 2));

        two.record("default", 2, vec![sold("3", "b", 1)]).await.expect("delivered");
        let (b, batch, _) = read(&one, &to_b).await;
        assert_eq!(((b, batch), first.given()), (row("partners/b CNY | 21", 2), 0), "written by another replica");

        server.flush();
        let (b, batch, _) = read(&three, &to_b).await;
        assert_eq!(((b, batch), third.given()), (row("partners/b CNY | 21", 2), 0), "Redis was emptied");
        server.stop();
        let (a, batch, _) = read(&two, "").await;
        assert_eq!(((a, batch), second.given()), (row("partners/a CNY | 10", 2), 0), "Redis is away");
        read(&two, "").await;
        assert_eq!(second.given(), 1, "kept in the process meanwhile");
        one.record("default", 3, vec![sold("4", "a", 5)]).await.expect("delivered");
        let (a, batch, _) = read(&two, "").await;
        assert_eq!(((a, batch), second.given()), (row("partners/a CNY | 15", 3), 0), "and still no write is missed");
    }
}
