//! Notes of what was put aside: one per row until it is recorded, and those that were kept of journeys before.

use analytics_domain::ingest::{RowKey, RowType};
use analytics_server::{ports::ingest::SetAside, store};
use sqlx::{AssertSqlSafe, migrate::Migrator};
use tributary_core::Timestamp;
use tributary_sql::PoolOptions;
use tributary_testkit::{Engine, TestDatabase, engines};
use uuid::Uuid;

use crate::{
    ingest::key,
    support::{Opened, other_tenant, stores, tenant},
};

fn note(number: u128, of: RowType, key: RowKey) -> SetAside {
    SetAside {
        id: Uuid::from_u128(number),
        row_type: of,
        key,
        field: "customer_key".to_owned(),
        looks_like: "a phone number".to_owned(),
        create_time: Timestamp(3),
    }
}

async fn put(opened: &Opened, notes: &[SetAside]) {
    let mut tx = opened.ingest.begin_ingest().await.expect("begin");
    tx.put_aside(&tenant(), notes).await.expect("write");
    tx.commit().await.expect("commit");
}

async fn listed(opened: &Opened, of: Option<RowType>, after: Option<u128>, limit: u32) -> Vec<u128> {
    let notes = opened.ingest.set_aside(&tenant(), of, after.map(Uuid::from_u128), limit).await.expect("read");
    notes.into_iter().map(|n| n.id.as_u128()).collect()
}

#[tokio::test]
async fn a_row_has_one_note_until_it_is_recorded() {
    use RowType::{Cost, Journey, Touchpoint};
    for opened in stores().await {
        let unknown = RowKey::default();
        let all = [
            note(1, Journey, key("", "a")),
            note(2, Touchpoint, key("web", "a")),
            note(3, Touchpoint, key("app", "a")),
            note(4, Touchpoint, unknown.clone()),
            note(5, Touchpoint, unknown.clone()),
            note(6, Touchpoint, key("web", "a")),
            note(7, Cost, key("web", "a")),
        ];
        put(&opened, &all).await;
        put(&opened, &[note(8, Journey, key("", "a"))]).await;
        assert_eq!(listed(&opened, None, None, 9).await, [1, 2, 3, 4, 5, 7]);
        assert_eq!(listed(&opened, Some(Touchpoint), None, 9).await, [2, 3, 4, 5]);
        assert_eq!(listed(&opened, Some(Touchpoint), Some(2), 2).await, [3, 4]);
        assert_eq!(opened.ingest.set_aside(&tenant(), None, None, 2).await.expect("read"), all[..2]);
        assert_eq!(opened.ingest.set_aside(&other_tenant(), None, None, 9).await.expect("read"), []);

        let mut tx = opened.ingest.begin_ingest().await.expect("begin");
        tx.drop_aside(&tenant(), Touchpoint, &[key("web", "a"), unknown.clone()]).await.expect("drop");
        tx.drop_aside(&tenant(), Cost, &[key("app", "a")]).await.expect("drop");
        tx.drop_aside(&other_tenant(), Journey, &[key("", "a")]).await.expect("drop");
        tx.drop_aside(&tenant(), Journey, &[]).await.expect("drop");
        tx.commit().await.expect("commit");
        assert_eq!(listed(&opened, None, None, 9).await, [1, 3, 4, 5, 7], "a note without a key is nobody's");
    }
}

/// The migrations that there were before this table.
fn before(all: &Migrator) -> Migrator {
    Migrator::with_migrations(all.iter().filter(|m| m.version < 130).cloned().collect())
}

#[tokio::test]
async fn notes_of_journeys_move_to_the_notes_of_rows() {
    for engine in engines() {
        let database = TestDatabase::create(engine).await;
        let options = PoolOptions::for_service("test");
        let number = "019a0000-0000-7000-8000-000000000001";
        let insert = |id: &str| {
            AssertSqlSafe(format!(
                "INSERT INTO set_aside_journeys (tenant, set_aside_id, journey_id, field, looks_like, create_time) \
                 VALUES ('default', {id}, 'j-1', 'customer_key', 'a phone number', 3)"
            ))
        };
        match engine {
            Engine::Sqlite => {
                let pool = tributary_sql::sqlite::Pool::open(database.place(), options.clone()).await.expect("opens");
                pool.migrate(&before(&store::sqlite::MIGRATIONS)).await.expect("migrates");
                let mut tx = pool.begin().await.expect("begin");
                let id = format!("x'{}'", number.replace('-', ""));
                sqlx::query(insert(&id)).execute(tx.conn()).await.expect("a note");
                tributary_sql::UnitOfWork::commit(Box::new(tx)).await.expect("commit");
                pool.close().await;
            }
            Engine::Postgres => {
                let pool = tributary_sql::postgres::Pool::open(database.place(), options.clone()).await.expect("opens");
                pool.migrate(&before(&store::postgres::MIGRATIONS)).await.expect("migrates");
                let mut tx = pool.begin().await.expect("begin");
                sqlx::query(insert(&format!("'{number}'"))).execute(tx.conn()).await.expect("a note");
                tributary_sql::UnitOfWork::commit(Box::new(tx)).await.expect("commit");
                pool.close().await;
            }
        }
        let open = store::open(&database.url().parse().expect("a store url"), options).await.expect("migrates on");
        let kept = SetAside {
            id: number.parse().expect("uuid"),
            ..note(0, RowType::Journey, RowKey { source_system: String::new(), source_id: "j-1".to_owned() })
        };
        assert_eq!(open.ingest.set_aside(&tenant(), None, None, 9).await.expect("read"), [kept]);
    }
}
