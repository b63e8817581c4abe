//! SQLite finds the rights that may conflict through indexes, one way each, and never reads every right of a tenant.

use partner_registry_domain::territory::Point;
use sqlx::{AssertSqlSafe, Row as _};
use tributary_core::{Date, Decimal, ResourceId, TenantId};
use tributary_sql::PoolOptions;
use tributary_testkit::{Engine, TestDatabase};

use super::{MIGRATIONS, Pool, right_rows::select};
use crate::ports::{Reach, RightQuery};

#[tokio::test]
async fn rights_are_found_through_indexes() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let pool = Pool::open(database.place(), PoolOptions::for_service("test")).await.expect("opens");
    pool.migrate(&MIGRATIONS).await.expect("migrates");
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
        let query_text = select(&TenantId::default_tenant(), &query).into_sql();
        let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", query_text.as_str())))
            .fetch_all(pool.reader())
            .await;
        let plan: Vec<String> = plan.expect("a plan").iter().map(|row| row.get("detail")).collect();
        let plan = plan.join("\n");
        assert!(steps.iter().all(|step| plan.contains(step)) && !plan.contains("SCAN"), "{query:?}\n{plan}");
    }
}
