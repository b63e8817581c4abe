//! Facts: natural keys, batches, pages.

use incentive_calculation_server::ports::{FactKey, FactQuery};
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use tributary_testkit::Engine;

use crate::support::{day, fact, other_tenant, stores, tenant};

fn key(id: &str) -> FactKey {
    FactKey { source_system: "erp".to_owned(), source_id: id.to_owned() }
}

#[tokio::test]
async fn a_fact_comes_back_as_it_was_kept() {
    for opened in stores().await {
        let store = &opened.store;
        let kept = fact("a", "2012-07-31", 1, 1);
        let mut tx = store.begin().await.expect("begin");
        tx.insert_facts(&tenant(), std::slice::from_ref(&kept)).await.expect("insert");
        tx.commit().await.expect("commit");
        assert_eq!(store.fact(&tenant(), &key("a")).await.expect("read"), Some(kept));
        assert_eq!(store.fact(&other_tenant(), &key("a")).await.expect("read"), None);
    }
}

/// As 0100 wrote it, and as a process of an earlier version still writes while a new one starts.
const WITHOUT_ORDER: &str = "INSERT INTO facts (tenant, source_system, source_id, partner_id, kind, occurred_on, \
    currency, net, gross, cost, quantity, sku, product_line, region, channel, sub_channel, original_source_id, labels, \
    content_hash, batch, record_time) VALUES ('default', 'erp', 'old', 'p', 1, 15552, 'CNY', -20565620600, NULL, 7, \
    2500000, 'sku', 'line', 'CN/GD', 0, '', '', '{\"k\":\"v\"}', $1, 1, 1000001)";

#[tokio::test]
async fn facts_from_before_have_neither_order_nor_customer() {
    for opened in stores().await {
        let hash = vec![1_u8; 32];
        match opened.database.engine() {
            Engine::Sqlite => {
                let mut connection = SqliteConnection::connect(opened.database.url()).await.expect("connected");
                sqlx::query(WITHOUT_ORDER).bind(hash).execute(&mut connection).await.expect("inserted");
            }
            Engine::Postgres => {
                let mut connection = PgConnection::connect(opened.database.url()).await.expect("connected");
                sqlx::query(WITHOUT_ORDER).bind(hash).execute(&mut connection).await.expect("inserted");
            }
        }
        // Python: (date(2012, 7, 31) - date(1970, 1, 1)).days == 15552
        let mut expected = fact("old", "2012-07-31", 1, 1);
        (expected.fact.order_id, expected.fact.customer_key) = (String::new(), String::new());
        assert_eq!(opened.store.fact(&tenant(), &key("old")).await.expect("read"), Some(expected));
    }
}

/// More rows than one statement takes, so that the order of the bound values is that of the columns in each of them.
#[tokio::test]
async fn many_facts_keep_their_own_order_and_customer() {
    for opened in stores().await {
        let store = &opened.store;
        let facts: Vec<_> = (0..1_001)
            .map(|n| {
                let mut fact = fact(&format!("{n:04}"), "2012-07-01", 1, 1);
                (fact.fact.order_id, fact.fact.customer_key) = (format!("SO{}", n / 3), format!("c-{n}"));
                fact
            })
            .collect();
        let mut tx = store.begin().await.expect("begin");
        assert_eq!(tx.insert_facts(&tenant(), &facts).await.expect("insert").len(), 1_001);
        tx.commit().await.expect("commit");
        let all = FactQuery { limit: 2_000, ..FactQuery::default() };
        assert_eq!(store.facts(&tenant(), &all).await.expect("page"), facts);
        assert_eq!(store.batch_facts(&tenant(), 1, None, 2_000).await.expect("batch"), facts);
    }
}

#[tokio::test]
async fn only_new_keys_are_inserted_and_named() {
    for opened in stores().await {
        let store = &opened.store;
        let mut tx = store.begin().await.expect("begin");
        let new = tx.insert_facts(&tenant(), &[fact("b", "2012-01-01", 1, 1), fact("a", "2012-01-01", 1, 1)]).await;
        assert_eq!(new.expect("insert").len(), 2);
        tx.commit().await.expect("commit");

        let mut tx = store.begin().await.expect("begin");
        let again = [fact("a", "2012-01-01", 9, 2), fact("c", "2012-01-01", 3, 2)];
        assert_eq!(tx.insert_facts(&tenant(), &again).await.expect("insert"), [key("c")]);
        let hashes = tx.content_hashes(&tenant(), &[key("a"), key("nowhere")]).await.expect("hashes");
        assert_eq!(hashes, [(key("a"), [1; 32])]);
        tx.commit().await.expect("commit");
        assert_eq!(store.fact(&tenant(), &key("a")).await.expect("read").map(|f| f.batch), Some(1));
    }
}

#[tokio::test]
async fn batch_numbers_have_no_gaps_and_a_rollback_gives_its_number_back() {
    for opened in stores().await {
        let store = &opened.store;
        assert_eq!(store.newest_batch(&tenant()).await.expect("read"), 0);
        for expected in 1..=2 {
            let mut tx = store.begin().await.expect("begin");
            assert_eq!(tx.next_batch(&tenant()).await.expect("number"), expected);
            tx.commit().await.expect("commit");
        }
        let mut dropped = store.begin().await.expect("begin");
        assert_eq!(dropped.next_batch(&tenant()).await.expect("number"), 3);
        drop(dropped);
        let mut tx = store.begin().await.expect("begin");
        assert_eq!(tx.next_batch(&tenant()).await.expect("number"), 3);
        assert_eq!(tx.next_batch(&other_tenant()).await.expect("number"), 1);
        tx.commit().await.expect("commit");
        assert_eq!(store.newest_batch(&tenant()).await.expect("read"), 3);
    }
}

#[tokio::test]
async fn queries_page_in_bytes_order_of_the_key() {
    for opened in stores().await {
        let store = &opened.store;
        // Bytes order: upper case before lower case, "é" after both; a locale would mix them.
        let ids = ["a", "B", "é", "b", "A"];
        let facts: Vec<_> = ids.iter().map(|id| fact(id, "2012-07-01", 1, 1)).collect();
        let mut tx = store.begin().await.expect("begin");
        tx.insert_facts(&tenant(), &facts).await.expect("insert");
        tx.insert_facts(&tenant(), &[fact("z", "2012-10-01", 1, 2)]).await.expect("insert");
        tx.commit().await.expect("commit");

        let mut query = FactQuery {
            windows: vec![(day("2012-07-01"), day("2012-10-01"))],
            partner_id: Some("p".to_owned()),
            currency: Some("CNY".to_owned()),
            limit: 2,
            ..FactQuery::default()
        };
        let mut seen = Vec::new();
        loop {
            let page = store.facts(&tenant(), &query).await.expect("page");
            let Some(last) = page.last() else { break };
            query.after = Some(last.key());
            seen.extend(page.iter().map(|f| f.fact.source_id.clone()));
        }
        assert_eq!(seen, ["A", "B", "a", "b", "é"]);
        let first = FactQuery { up_to_batch: Some(1), limit: 10, ..FactQuery::default() };
        assert_eq!(store.facts(&tenant(), &first).await.expect("page").len(), 5);
        let two = [(day("2012-01-01"), day("2012-07-01")), (day("2012-10-01"), day("2013-01-01"))];
        let late = FactQuery { windows: two.to_vec(), limit: 10, ..FactQuery::default() };
        assert_eq!(store.facts(&tenant(), &late).await.expect("page").len(), 1);
        assert_eq!(store.batch_facts(&tenant(), 2, None, 10).await.expect("batch").len(), 1);
        assert_eq!(store.batch_facts(&tenant(), 2, Some(&key("z")), 10).await.expect("batch").len(), 0);
    }
}

/// Two batches with the same keys in opposite orders: neither deadlocks, each key is recorded once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_batches_record_each_key_once() {
    for opened in stores().await {
        let ids: Vec<String> = (0..400).map(|i| format!("{i:03}")).collect();
        let mut tasks = Vec::new();
        for worker in 0..8 {
            let (store, mut ids) = (opened.store.clone(), ids.clone());
            if worker % 2 == 1 {
                ids.reverse();
            }
            tasks.push(tokio::spawn(async move {
                let facts: Vec<_> = ids.iter().map(|id| fact(id, "2012-01-01", 1, worker)).collect();
                let mut tx = store.begin().await.expect("begin");
                let new = tx.insert_facts(&tenant(), &facts).await.expect("insert").len();
                tx.commit().await.expect("commit");
                new
            }));
        }
        let mut recorded = 0;
        for task in tasks {
            recorded += task.await.expect("task");
        }
        assert_eq!(recorded, 400);
    }
}
