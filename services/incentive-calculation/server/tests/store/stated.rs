//! What earlier periods stated: by final runs, by an older system, as it had arrived.

use incentive_calculation_domain::{
    opening::OpeningLine,
    revised::{Revision, SourceKey},
    run::{Run, StatementLine},
    trace::LineTrace,
};
use incentive_calculation_server::ports::{IncentiveStore, StatedQuery};
use tributary_core::{Decimal, Exact, MinorAmount, Period, Timestamp};

use crate::{
    figures::currency,
    runs::{run, statement},
    support::{day, stores, tenant},
};

pub fn line(rule: &str, part: &str, cents: i64, carried: Option<Exact>) -> StatementLine {
    let amount = MinorAmount { currency: currency("CNY"), value: cents };
    let trace: LineTrace = serde_json::from_value(serde_json::json!({
        "rule": rule, "rule_type": "R01 marginal", "plan_version": "", "plan_digest": "",
        "measure": {
            "field": "NET", "kinds": [], "filter": "", "from": null, "to": null, "value": "0", "fact_count": 0,
            "facts_digest": "",
        },
        "base": null, "growth": null, "slices": [], "steps": [], "exact": "0/1", "rounding": "HALF_AWAY_FROM_ZERO",
        "amount": amount, "attributes": [], "not_fired": [], "next_tier": null,
    }))
    .expect("a trace");
    StatementLine {
        slot: "bonus".to_owned(),
        rule: rule.to_owned(),
        title: String::new(),
        measure: Decimal::ZERO,
        base: None,
        amount,
        exact: Exact::zero(),
        fact_count: 0,
        part: part.to_owned(),
        in_kind: None,
        holds: Vec::new(),
        trace: LineTrace { carried, ..trace },
    }
}

/// A final run of a period with one statement of `lines` for payee "a".
pub async fn state(store: &dyn IncentiveStore, id: &str, period: &str, lines: Vec<StatementLine>) {
    let run = Run { id: id.to_owned(), ..run(id, period) };
    let (mut statement, _) = statement(&format!("s-{id}"), "a", "CNY", 0);
    statement.run = id.to_owned();
    let days: Period = period.parse().expect("period");
    let mut tx = store.begin().await.expect("begin");
    tx.insert_run(&tenant(), &run).await.expect("run");
    tx.insert_statements(&tenant(), &[(statement, lines)]).await.expect("statement");
    tx.mark_stated(&tenant(), &run, (days.from(), days.to())).await.expect("mark");
    tx.commit().await.expect("commit");
}

pub fn opening(id: &str, period: &str, cents: i64, revision: i64, arrival: i64) -> Revision<OpeningLine> {
    let days: Period = period.parse().expect("period");
    let content = OpeningLine {
        key: SourceKey { system: "old".to_owned(), id: id.to_owned() },
        programme: "g".to_owned(),
        slot: "bonus".to_owned(),
        rule: "year".to_owned(),
        part: "advance".to_owned(),
        partner_id: "a".to_owned(),
        period: period.to_owned(),
        days: (days.from(), days.to()),
        amount: MinorAmount { currency: currency("CNY"), value: cents },
        carried: Decimal::new(-25, 1),
        withdrawn: false,
    };
    Revision { content, revision, author: "fang".to_owned(), record_time: Timestamp(arrival), arrival }
}

async fn seen(store: &dyn IncentiveStore, from: &str, before: &str, arrival: i64) -> Vec<String> {
    seen_of(store, from, before, arrival, None).await
}

/// The lines of named runs, or of the newest ones.
async fn seen_of(
    store: &dyn IncentiveStore,
    from: &str,
    before: &str,
    arrival: i64,
    runs: Option<&[&str]>,
) -> Vec<String> {
    let query = StatedQuery {
        programme: "g".to_owned(),
        from: day(from),
        before: day(before),
        up_to_arrival: arrival,
        runs: runs.map(|runs| runs.iter().map(|run| (*run).to_owned()).collect()),
    };
    let rows = store.stated_lines(&tenant(), &query).await.expect("stated");
    rows.iter()
        .map(|r| {
            let (value, carried) = (r.amount.value, r.carried.display());
            format!("{} {} {}.{}.{} {value} {carried} {}", r.days.0, r.partner_id, r.slot, r.rule, r.part, r.source)
        })
        .collect()
}

#[tokio::test]
async fn the_newest_final_run_of_each_earlier_period_counts() {
    for opened in stores().await {
        let store = opened.store.as_ref();
        let third = Exact::new(1.into(), 3.into());
        state(store, "r1", "2026-02", vec![line("year", "", 100, None)]).await;
        state(store, "r2", "2026-01", vec![line("year", "", 50, Some(third)), line("draw", "advance", 7, None)]).await;
        state(store, "r3", "2026-02", vec![line("year", "", 120, None)]).await;
        let january = [
            "2026-01-01 a bonus.year. 50 0.333333333333333333… statements/s-r2/lines/bonus.year",
            "2026-01-01 a bonus.draw.advance 7 0 statements/s-r2/lines/bonus.draw.advance",
        ];
        let february =
            |cents: i64, run: &str| format!("2026-02-01 a bonus.year. {cents} 0 statements/s-{run}/lines/bonus.year");
        assert!(seen(store, "2026-01-01", "2026-03-01", 0).await.is_empty());
        assert_eq!(seen(store, "2026-01-01", "2026-03-01", 1).await, [february(100, "r1")]);
        let both = [january[0].to_owned(), january[1].to_owned(), february(100, "r1")];
        assert_eq!(seen(store, "2026-01-01", "2026-03-01", 2).await, both);
        let newest = [january[0].to_owned(), january[1].to_owned(), february(120, "r3")];
        assert_eq!(seen(store, "2026-01-01", "2026-03-01", 9).await, newest);
        // Runs that are named count, whatever is newer.
        let named = seen_of(store, "2026-01-01", "2026-03-01", 9, Some(&["r1"])).await;
        assert_eq!(named, [february(100, "r1")]);
        // Neither a period that began before, nor one that is not over.
        assert_eq!(seen(store, "2026-01-02", "2026-03-01", 9).await, [february(120, "r3")]);
        assert_eq!(seen(store, "2026-01-01", "2026-02-28", 9).await, january);
    }
}

#[tokio::test]
async fn an_older_system_counts_until_a_run_states_the_period() {
    for opened in stores().await {
        let store = opened.store.as_ref();
        let mut gone = opening("gone", "2026-01", 9, 2, 2);
        gone.content.withdrawn = true;
        let mut elsewhere = opening("elsewhere", "2026-01", 9, 1, 1);
        elsewhere.content.programme = "other".to_owned();
        let kept = [
            opening("x", "2026-01", 11, 1, 1),
            opening("y", "2026-02", 22, 1, 1),
            opening("gone", "2026-01", 9, 1, 1),
            elsewhere,
            opening("x", "2026-01", 12, 2, 2),
            gone.clone(),
        ];
        let mut tx = store.begin().await.expect("begin");
        tx.keep_opening_lines(&tenant(), &kept).await.expect("keep");
        let held = tx.held_opening_lines(&tenant(), &[gone.content.key.clone()]).await.expect("held");
        assert_eq!(held, [gone.clone()]);
        for number in 1..=2 {
            assert_eq!(tx.next_arrival(&tenant()).await.expect("number"), number);
        }
        tx.commit().await.expect("commit");
        state(store, "r1", "2026-02", vec![line("year", "", 100, None)]).await;

        let old = |day: &str, cents: i64, id: &str, revision: i64| {
            format!("{day} a bonus.year.advance {cents} -2.5 openingLines/old/{id}, revision {revision}")
        };
        let own = "2026-02-01 a bonus.year. 100 0 statements/s-r1/lines/bonus.year".to_owned();
        let (first, second) = (old("2026-01-01", 11, "x", 1), old("2026-02-01", 22, "y", 1));
        let lost = old("2026-01-01", 9, "gone", 1);
        assert_eq!(seen(store, "2026-01-01", "2026-03-01", 1).await, [lost, first, second.clone()]);
        let corrected = old("2026-01-01", 12, "x", 2);
        assert_eq!(seen(store, "2026-01-01", "2026-03-01", 2).await, [corrected.clone(), second]);
        assert_eq!(seen(store, "2026-01-01", "2026-03-01", 3).await, [corrected, own]);

        assert_eq!(store.opening_line(&tenant(), &gone.content.key).await.expect("line"), Some(gone));
        let list = async |programme, partner, after: Option<&SourceKey>| {
            let found = store.opening_lines(&tenant(), programme, partner, after, 10).await.expect("lines");
            found.into_iter().map(|l| l.content.key.id).collect::<Vec<_>>()
        };
        assert_eq!(list(None, None, None).await, ["elsewhere", "gone", "x", "y"]);
        assert_eq!(list(Some("g"), Some("a"), Some(&kept[0].content.key)).await, ["y"]);
        assert!(list(Some("g"), Some("b"), None).await.is_empty());
    }
}
