//! SQLite finds the rights that may conflict through indexes, one way each, and never reads every right of a tenant; and of
//! the decisions of a page of partners it looks for the newest ones once, not once for each decision.

use partner_registry_domain::territory::Point;
use sqlx::{AssertSqlSafe, QueryBuilder, Row as _};
use tributary_core::{Date, Decimal, ResourceId, TenantId};
use tributary_sql::PoolOptions;
use tributary_testkit::{Engine, TestDatabase};

use super::{Db, MIGRATIONS, Pool, right_rows::select, tier_known::newest_decisions};
use crate::ports::{Decided, Reach, RightQuery, Span};

async fn migrated() -> (Pool, TestDatabase) {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let pool = Pool::open(database.place(), PoolOptions::for_service("test")).await.expect("opens");
    pool.migrate(&MIGRATIONS).await.expect("migrates");
    (pool, database)
}

/// The steps of a query, one a line.
async fn plan(pool: &Pool, query: QueryBuilder<Db>) -> String {
    let text = query.into_sql();
    let steps =
        sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", text.as_str()))).fetch_all(pool.reader()).await;
    let steps: Vec<String> = steps.expect("a plan").iter().map(|row| row.get("detail")).collect();
    steps.join("\n")
}

#[tokio::test]
async fn the_newest_decisions_are_looked_for_once() {
    let (pool, _database) = migrated().await;
    let id = |text| ResourceId::parse(text).expect("an id");
    let span = Span { first: id("a"), last: id("z") };
    for decided in [Decided::Ever, Decided::By(Date::from_days(9))] {
        let plan = plan(&pool, newest_decisions(&TenantId::default_tenant(), &span, decided)).await;
        assert!(plan.contains("(tenant=? AND partner_id>? AND partner_id<?)"), "{plan}");
        assert!(plan.contains("(tenant=? AND partner_id=? AND ordinal=?)"), "{plan}");
        assert!(!plan.contains("CORRELATED") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}

#[tokio::test]
async fn rights_are_found_through_indexes() {
    let (pool, _database) = migrated().await;
    let point = Point::new(Decimal::from(31), Decimal::from(117)).expect("a point");
    let paths = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
    // What a proposal asks: an exclusive right of one partner to a line, on some days, in one of the ways of `reach`.
    let of = |reach| RightQuery {
        not_partner: ResourceId::parse("a").ok(),
        product_lines: vec!["bikes".to_owned()],
        days: Some((Date::from_days(1), Some(Date::from_days(9)))),
        exclusive: true,
        reach: Some(reach),
        ..RightQuery::default()
    };
    let by_id = "SEARCH r USING INDEX sqlite_autoindex_territory_rights_1 (tenant=? AND id=?)";
    let own = RightQuery { id: ResourceId::parse("r").ok(), ..RightQuery::default() };
    for (query, steps) in [
        (of(Reach { at: paths(&["cn/", "cn/34/"]), ..Reach::default() }), [by_id, "p USING"]),
        (of(Reach { below: paths(&["cn/34/", "cn/31/"]), ..Reach::default() }), [by_id, "p USING"]),
        (
            of(Reach { circles: vec![point.around(3_000)], ..Reach::default() }),
            ["territory_rights_south (tenant=? AND kind=? AND south<?)", ""],
        ),
        (own, [by_id, "SEARCH v USING"]),
    ] {
        let plan = plan(&pool, select(&TenantId::default_tenant(), &query)).await;
        assert!(steps.iter().all(|step| plan.contains(step)) && !plan.contains("SCAN"), "{query:?}\n{plan}");
    }
}
