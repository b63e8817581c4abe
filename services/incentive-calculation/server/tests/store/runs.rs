//! Runs and statements: locks, order, pages.

use incentive_calculation_domain::run::{Run, RunMode, RunState, Statement};
use incentive_calculation_server::ports::{StatementCursor, StatementOrder};
use tributary_core::{Currency, MinorAmount, ResourceId, Timestamp};
use tributary_sql::StoreError;

use crate::support::{stores, tenant};

pub fn run(id: &str, period: &str) -> Run {
    Run {
        id: id.to_owned(),
        programme: Some(ResourceId::parse("g").expect("id")),
        period: period.to_owned(),
        mode: RunMode::Final,
        state: RunState::Running,
        snapshot_batch: 7,
        snapshot_arrival: 9,
        plan_versions: vec!["plans/p/versions/1".to_owned()],
        plan: None,
        digest: String::new(),
        fact_count: 0,
        statement_count: 0,
        line_count: 0,
        totals: Vec::new(),
        actor: "me".to_owned(),
        create_time: Timestamp(1),
        end_time: None,
        failure: String::new(),
        named: None,
        year: None,
        version: 0,
        period_locked: false,
        closed: Vec::new(),
        stating_runs: Vec::new(),
        true_up_count: 0,
        release: String::new(),
        carried_from: String::new(),
    }
}

pub fn statement(
    id: &str,
    key: &str,
    currency: &str,
    total: i64,
) -> (Statement, Vec<incentive_calculation_domain::run::StatementLine>) {
    let statement = Statement {
        id: id.to_owned(),
        run: "r1".to_owned(),
        partner: format!("partners/{key}"),
        partner_display_name: key.to_owned(),
        partner_business_key: key.to_owned(),
        partner_external_refs: Vec::new(),
        period: "2012-Q3".to_owned(),
        total: MinorAmount { currency: Currency::parse(currency).expect("known"), value: total },
    };
    (statement, Vec::new())
}

#[tokio::test]
async fn one_final_run_holds_a_period_at_a_time() {
    for opened in stores().await {
        let store = &opened.store;
        let mut tx = store.begin().await.expect("begin");
        tx.lock_run(&tenant(), &run("r1", "2012-Q3")).await.expect("lock");
        tx.lock_run(&tenant(), &run("r2", "2012-Q4")).await.expect("another period");
        tx.commit().await.expect("commit");
        let mut tx = store.begin().await.expect("begin");
        let second = tx.lock_run(&tenant(), &run("r3", "2012-Q3")).await;
        assert!(matches!(second, Err(StoreError::AlreadyExists(_))), "{second:?}");
        drop(tx);
        let mut tx = store.begin().await.expect("begin");
        tx.unlock_run(&tenant(), &run("r1", "2012-Q3")).await.expect("unlock");
        tx.lock_run(&tenant(), &run("r3", "2012-Q3")).await.expect("lock");
    }
}

#[tokio::test]
async fn runs_come_newest_first() {
    for opened in stores().await {
        let store = &opened.store;
        let mut tx = store.begin().await.expect("begin");
        for id in ["r1", "r2", "r3"] {
            tx.insert_run(&tenant(), &run(id, "2012-Q3")).await.expect("insert");
        }
        let ended = Run { state: RunState::Succeeded, digest: "d".to_owned(), ..run("r2", "2012-Q3") };
        tx.update_run(&tenant(), &ended).await.expect("update");
        tx.commit().await.expect("commit");
        let ids = |list: Vec<Run>| list.into_iter().map(|r| r.id).collect::<Vec<_>>();
        assert_eq!(ids(store.runs(&tenant(), "", "", None, 2).await.expect("list")), ["r3", "r2"]);
        assert_eq!(ids(store.runs(&tenant(), "g", "2012-Q3", Some("r2"), 2).await.expect("list")), ["r1"]);
        assert_eq!(ids(store.runs(&tenant(), "x", "", None, 2).await.expect("list")), Vec::<String>::new());
        assert_eq!(store.run(&tenant(), "r2").await.expect("read"), Some(ended));
    }
}

#[tokio::test]
async fn statements_page_by_partner_and_by_total() {
    for opened in stores().await {
        let store = &opened.store;
        let all = [
            statement("s1", "b", "CNY", 300),
            statement("s2", "a", "USD", 300),
            statement("s3", "a", "CNY", -5),
            statement("s4", "c", "CNY", 900),
        ];
        let mut tx = store.begin().await.expect("begin");
        tx.insert_statements(&tenant(), &all).await.expect("insert");
        tx.commit().await.expect("commit");
        for (order, expected) in [
            (StatementOrder::ByPartner, ["s3", "s2", "s1", "s4"]),
            (StatementOrder::ByTotalDescending, ["s4", "s2", "s1", "s3"]),
        ] {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = store.statements(&tenant(), "r1", "", order, after.as_ref(), 1).await.expect("page");
                let Some((last, _)) = page.last() else { break };
                after = Some(StatementCursor {
                    total: last.total.value,
                    business_key: last.partner_business_key.clone(),
                    currency: last.total.currency.code().to_owned(),
                });
                seen.push(last.id.clone());
            }
            assert_eq!(seen, expected, "{order:?}");
        }
        let of_a = store.statements(&tenant(), "r1", "a", StatementOrder::ByPartner, None, 10).await.expect("page");
        assert_eq!(of_a.len(), 2);
        assert_eq!(store.statement(&tenant(), "s4").await.expect("read").map(|(s, _)| s), Some(all[3].0.clone()));
    }
}
