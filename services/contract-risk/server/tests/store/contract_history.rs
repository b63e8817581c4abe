//! Revisions and transitions of contracts, what the migration makes of older contracts, and that the hot queries go
//! through their indexes.

use contract_risk_domain::{Contract, ContractState as S, Revision, Transition};
use contract_risk_server::store;
use sqlx::{AssertSqlSafe, Row};
use tributary_core::Timestamp;
use tributary_sql::PoolOptions;
use tributary_testkit::{Engine, TestDatabase, engines};

use crate::support::{contract, id, other_tenant, stores, tenant};

#[tokio::test]
async fn revisions_are_kept_whole_and_drafts_change_in_place() {
    for opened in stores().await {
        let mut written = contract("a", "p", &[]);
        opened.insert(&tenant(), &written).await.expect("in");
        let mut kept = Vec::new();
        for (number, title) in [(1, "one"), (1, "one again"), (2, "two"), (3, "three")] {
            written.revision = number;
            written.terms.title = title.to_owned();
            written.author = format!("author of {title}");
            let revision = Revision::of(&written, &format!("note on {title}"));
            let mut tx = opened.begin().await;
            tx.put_revisions(&tenant(), &[(id("a"), revision.clone())]).await.expect("kept");
            tx.commit().await.expect("commit");
            kept.retain(|r: &Revision| r.revision != number);
            kept.insert(0, revision);
        }
        let store = &opened.open.store;
        let read =
            async |before, limit| store.contract_revisions(&tenant(), &id("a"), before, limit).await.expect("read");
        assert_eq!(read(None, 10).await, kept, "newest first");
        assert_eq!(read(Some(3), 1).await, kept[1..2]);
        assert!(store.contract_revisions(&other_tenant(), &id("a"), None, 10).await.expect("read").is_empty());
    }
}

#[tokio::test]
async fn the_history_is_kept_in_order() {
    for opened in stores().await {
        let first = contract("a", "p", &[]);
        opened.insert(&tenant(), &first).await.expect("in");
        let second = Contract { version: 2, state: S::Negotiating, change_time: Some(Timestamp(7)), ..first.clone() };
        let steps =
            [Transition::to(&first, None, "zhao", ""), Transition::to(&second, Some(S::Draft), "qian", "let us talk")];
        let mut tx = opened.begin().await;
        let rows = steps.clone().map(|step| (id("a"), step));
        tx.add_transitions(&tenant(), &rows).await.expect("kept");
        tx.commit().await.expect("commit");
        let read = async |after, limit| {
            opened.open.store.contract_transitions(&tenant(), &id("a"), after, limit).await.expect("read")
        };
        assert_eq!(read(0, 10).await, steps);
        assert_eq!(read(1, 10).await, steps[1..]);
        assert_eq!(read(0, 1).await, steps[..1]);
    }
}

/// What the first version wrote, letter by letter. Both days are in the body only.
const OLD: &str = "INSERT INTO contracts (tenant, contract_id, partner_id, revision, create_time, body) VALUES
    ('default', 'a', 'zhang-san', 1, 1341100800000000, '{\"id\":\"a\",\"uid\":\"u-1\",\"terms\":{\"partner\":\"zhang-san\",\"title\":\"合同\",\"effective_from\":\"2026-01-01\",\"effective_to\":\"2027-01-01\",\"external_refs\":[{\"system\":\"erp\",\"id\":\"V-1\"}]},\"state\":\"DRAFT\",\"create_time\":1341100800000000,\"revision\":1}'),
    ('default', 'b', 'zhang-san', 1, 1341100800000001, '{\"id\":\"b\",\"uid\":\"u-2\",\"terms\":{\"partner\":\"zhang-san\",\"title\":\"Open\",\"effective_from\":\"1969-12-31\",\"effective_to\":null,\"external_refs\":[]},\"state\":\"DRAFT\",\"create_time\":1341100800000001,\"revision\":1}')";

/// Runs up to the first version, writes its rows, then opens the store as it is now. A macro, because the pools of the
/// engines are types of their own.
macro_rules! upgraded {
    ($engine:ident, $database:expr) => {{
        let pool = tributary_sql::$engine::Pool::open($database.place(), PoolOptions::for_service("test"))
            .await
            .expect("opens");
        let first = store::$engine::MIGRATIONS.iter().filter(|m| m.version <= 100).cloned().collect();
        pool.migrate(&sqlx::migrate::Migrator::with_migrations(first)).await.expect("the first version");
        let mut tx = pool.begin().await.expect("begin");
        sqlx::query(OLD).execute(tx.conn()).await.expect("old rows");
        tributary_sql::UnitOfWork::commit(Box::new(tx)).await.expect("commit");
        pool.close().await;
    }};
}

#[tokio::test]
async fn contracts_of_the_first_version_are_taken_along() {
    for engine in engines() {
        let database = TestDatabase::create(engine).await;
        match engine {
            Engine::Sqlite => upgraded!(sqlite, database),
            Engine::Postgres => upgraded!(postgres, database),
        }
        let url = database.url().parse().expect("a store url");
        let open = store::open(&url, PoolOptions::for_service("test")).await.expect("the store opens");
        let a = open.store.contract(&tenant(), "a").await.expect("read").expect("there");
        assert_eq!((&*a.terms.title, a.state, a.version, a.revision), ("合同", S::Draft, 1, 1));

        let revisions = open.store.contract_revisions(&tenant(), &id("a"), None, 10).await.expect("read");
        let expected = Revision {
            revision: 1,
            terms: a.terms.clone(),
            author: String::new(),
            create_time: Timestamp(1_341_100_800_000_000),
            note: String::new(),
        };
        assert_eq!(revisions, [expected]);
        let steps = open.store.contract_transitions(&tenant(), &id("a"), 0, 10).await.expect("read");
        assert_eq!((steps.len(), steps[0].from, steps[0].to, steps[0].version), (1, None, S::Draft, 1));

        // Python: (date(2026, 1, 1) - date(1970, 1, 1)).days == 20454, 20819 a year later, -1 for 1969-12-31
        let days = columns(&database, "SELECT effective_from, effective_to FROM contracts ORDER BY contract_id").await;
        assert_eq!(days, [(20_454, 20_819), (-1, i64::MAX)]);

        // And it can be changed.
        let after = Contract { version: 2, state: S::Negotiating, ..a.clone() };
        let write = contract_risk_server::ports::ContractWrite { before: Some(a), after };
        let mut tx = open.store.begin().await.expect("begin");
        tx.write_contracts(&tenant(), &[write]).await.expect("written");
        tx.commit().await.expect("commit");
    }
}

/// Rows of two numbers, read past the ports.
async fn columns(database: &TestDatabase, sql: &'static str) -> Vec<(i64, i64)> {
    macro_rules! read {
        ($engine:ident) => {{
            let options = PoolOptions::for_service("test");
            let pool = tributary_sql::$engine::Pool::open(database.place(), options).await.expect("opens");
            let rows = sqlx::query(sql).fetch_all(pool.reader()).await.expect("rows");
            rows.iter().map(|row| (row.get(0), row.get(1))).collect()
        }};
    }
    match database.engine() {
        Engine::Sqlite => read!(sqlite),
        Engine::Postgres => read!(postgres),
    }
}

#[tokio::test]
async fn hot_queries_go_through_their_indexes() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let url = database.url().parse().expect("a store url");
    store::open(&url, PoolOptions::for_service("test")).await.expect("the store opens");
    let pool =
        tributary_sql::sqlite::Pool::open(database.place(), PoolOptions::for_service("test")).await.expect("opens");
    let page = |condition: &str| {
        format!(
            "SELECT body FROM contracts c WHERE tenant = 't' AND contract_id > '' AND {condition} ORDER BY contract_id LIMIT 51"
        )
    };
    for (sql, index) in [
        (page("state IN ('ACTIVE', 'EXPIRING', 'RENEWED', 'TERMINATING')"), "contracts_in_force"),
        (page("(state = 'ACTIVE')"), "contracts_by_state"),
        (page("(model = 'CO_BRANDING')"), "contracts_by_model"),
        (page("(owner = 'li.wei')"), "contracts_by_owner"),
        (page("(partner_id = 'p')"), "contracts_by_partner"),
        (
            "SELECT next_move_on, tenant, contract_id FROM contracts
             WHERE next_move_on IS NOT NULL AND next_move_on <= 1 AND (next_move_on, tenant, contract_id) > (0, '', '')
             ORDER BY next_move_on, tenant, contract_id LIMIT 100"
                .to_owned(),
            "contracts_due",
        ),
    ] {
        let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"))).fetch_all(pool.reader()).await;
        let steps: Vec<String> = plan.expect("a plan").iter().map(|row| row.get(3)).collect();
        let plan = steps.join("; ");
        assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{index}: {plan}");
    }
}
