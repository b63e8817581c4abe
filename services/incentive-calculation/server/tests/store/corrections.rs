//! What holds after one arrival and not after the other, of figures, rates and lines of an older system; and which
//! arrivals had been recorded by a time.

use incentive_calculation_domain::{figure::Figure, opening::OpeningLine, rate::RateKey, revised::Revision, run::Run};
use incentive_calculation_server::ports::{Arrivals, IncentiveStore, StatedQuery};
use tributary_core::Timestamp;

use crate::{
    figures::{currency, figure, keep, rate},
    runs::run,
    stated::{line, opening, state},
    support::{day, other_tenant, partner, stores, tenant},
};

fn counts(found: Vec<(String, i64)>) -> Vec<String> {
    found.into_iter().map(|(partner, count)| format!("{partner} {count}")).collect()
}

#[tokio::test]
async fn figures_that_changed_are_counted_by_key_and_partner() {
    for opened in stores().await {
        let store = opened.store.as_ref();
        let with = |kept: Revision<Figure>, change: fn(&mut Figure)| {
            let mut kept = kept;
            change(&mut kept.content);
            kept
        };
        let quota =
            |id: &str, of: &str, value: &str, revision, arrival| figure(id, (of, "quota"), value, revision, arrival);
        keep(
            store,
            &[
                quota("q", "a", "1", 1, 1),
                figure("other", ("a", "other"), "1", 1, 1),
                with(quota("year", "a", "1", 1, 1), |f| f.days.1 = day("2027-01-01")),
                with(quota("before", "a", "1", 1, 1), |f| f.days.0 = day("2025-12-31")),
            ],
        )
        .await;
        // Corrected twice in one arrival, and back in the next one.
        keep(store, &[quota("q", "a", "2", 2, 2), quota("q", "a", "3", 3, 2)]).await;
        keep(store, &[quota("q", "a", "1", 4, 3)]).await;
        // Somebody else's; withdrawn; and never there.
        keep(store, &[quota("q", "b", "1", 5, 4)]).await;
        keep(store, &[with(quota("q", "b", "1", 6, 5), |f| f.withdrawn = true)]).await;
        keep(store, &[with(quota("new", "c", "1", 1, 6), |f| f.withdrawn = true)]).await;
        // In the days, and then no longer.
        keep(store, &[with(quota("year", "a", "1", 2, 7), |f| f.days.1 = day("2026-02-01"))]).await;
        keep(store, &[figure("q", ("b", "kpi"), "1", 7, 8)]).await;

        let names = ["kpi".to_owned(), "quota".to_owned()];
        let changed = async |names: &[String], between| {
            let wanted = (names, (day("2026-01-01"), day("2026-04-01")));
            counts(store.figures_changed(&tenant(), wanted, between).await.expect("changed"))
        };
        assert_eq!(changed(&names, (0, 1)).await, ["a 1"]);
        assert!(changed(&names, (1, 1)).await.is_empty());
        assert_eq!(changed(&names, (1, 2)).await, ["a 1"]);
        // There and back are other revisions: the one that says so is looked at.
        assert_eq!(changed(&names, (1, 3)).await, ["a 1"]);
        assert_eq!(changed(&names, (3, 4)).await, ["a 1", "b 1"]);
        assert_eq!(changed(&names, (4, 5)).await, ["b 1"]);
        assert_eq!(changed(&names, (3, 5)).await, ["a 1"]);
        assert!(changed(&names, (5, 6)).await.is_empty());
        assert_eq!(changed(&names, (6, 7)).await, ["a 1"]);
        assert_eq!(changed(&names, (7, 8)).await, ["b 1"]);
        assert_eq!(changed(&names, (5, 8)).await, ["a 1", "b 1"]);
        assert_eq!(changed(&names[1..], (5, 8)).await, ["a 1"]);
        assert!(changed(&[], (0, 9)).await.is_empty());
        let wanted = (names.as_slice(), (day("2026-01-01"), day("2026-04-01")));
        assert!(store.figures_changed(&other_tenant(), wanted, (0, 9)).await.expect("changed").is_empty());
    }
}

#[tokio::test]
async fn rates_that_changed_are_those_that_some_day_sees() {
    const USD: (&str, &str, &str) = ("group", "USD", "CNY");
    for opened in stores().await {
        let store = opened.store.as_ref();
        let kept = [
            rate(USD, "2025-11-30", "7", 1, 1),
            rate(USD, "2025-12-31", "7", 1, 1),
            rate(USD, "2026-02-01", "7", 1, 1),
            rate(("spot", "USD", "CNY"), "2026-01-02", "7", 1, 1),
            rate(("group", "USD", "EUR"), "2026-01-02", "7", 1, 1),
            rate(("group", "EUR", "CNY"), "2025-11-30", "8", 1, 1),
            // Followed by another one before January; the newest before; none of January's days; in another table.
            rate(USD, "2025-11-30", "7.1", 2, 2),
            rate(USD, "2025-12-31", "7.1", 2, 3),
            rate(USD, "2026-02-01", "7.1", 2, 4),
            rate(("spot", "USD", "CNY"), "2026-01-02", "7.1", 2, 4),
            // The newest euro before; then one that follows it, on the first day.
            rate(("group", "EUR", "CNY"), "2025-11-30", "8.1", 2, 5),
            rate(("group", "EUR", "CNY"), "2026-01-01", "8.2", 1, 6),
            rate(("group", "EUR", "CNY"), "2025-11-30", "8.3", 3, 7),
            rate(USD, "2026-01-31", "7.2", 1, 8),
        ];
        let mut tx = store.begin().await.expect("begin");
        tx.keep_rates(&tenant(), &kept).await.expect("keep");
        tx.commit().await.expect("commit");
        let changed = async |since, up_to| {
            let days = (day("2026-01-01"), day("2026-02-01"));
            let found = store.rates_changed(&tenant(), ("group", currency("CNY")), days, (since, up_to)).await;
            found.expect("changed").iter().map(RateKey::name).collect::<Vec<_>>()
        };
        let name = |rate: &str| format!("rateTables/group/rates/{rate}");
        assert_eq!(changed(0, 1).await.len(), 3);
        assert!(changed(1, 2).await.is_empty());
        assert_eq!(changed(2, 3).await, [name("USD-CNY-2025-12-31")]);
        assert!(changed(3, 4).await.is_empty());
        assert_eq!(changed(4, 5).await, [name("EUR-CNY-2025-11-30")]);
        assert_eq!(changed(5, 6).await, [name("EUR-CNY-2026-01-01")]);
        assert!(changed(6, 7).await.is_empty());
        assert_eq!(changed(7, 8).await, [name("USD-CNY-2026-01-31")]);
        let euros = [name("EUR-CNY-2025-11-30"), name("EUR-CNY-2026-01-01")];
        assert_eq!(changed(4, 7).await, euros);
        let days = (day("2026-01-01"), day("2026-02-01"));
        let elsewhere = store.rates_changed(&other_tenant(), ("group", currency("CNY")), days, (0, 9)).await;
        assert!(elsewhere.expect("changed").is_empty());
    }
}

async fn keep_lines(store: &dyn IncentiveStore, lines: &[Revision<OpeningLine>]) {
    let mut tx = store.begin().await.expect("begin");
    tx.keep_opening_lines(&tenant(), lines).await.expect("keep");
    tx.commit().await.expect("commit");
}

#[tokio::test]
async fn lines_of_an_older_system_that_changed_are_those_that_no_run_states() {
    for opened in stores().await {
        let store = opened.store.as_ref();
        let mut elsewhere = opening("elsewhere", "2026-01", 9, 1, 11);
        elsewhere.content.programme = "other".to_owned();
        let mut gone = opening("x", "2026-01", 12, 3, 13);
        gone.content.withdrawn = true;
        let mut theirs = opening("y", "2026-02", 5, 2, 14);
        theirs.content.partner_id = "b".to_owned();
        keep_lines(store, &[opening("x", "2026-01", 11, 1, 11), opening("y", "2026-02", 5, 1, 11), elsewhere]).await;
        keep_lines(store, &[opening("x", "2026-01", 12, 2, 12), gone, theirs]).await;
        state(store, "r1", "2026-02", vec![line("year", "", 100, None)]).await;

        let changed = async |(from, before), (since, up_to), runs: &[&str]| {
            let query = StatedQuery {
                programme: "g".to_owned(),
                from: day(from),
                before: day(before),
                up_to_arrival: up_to,
                runs: Some(runs.iter().map(|run| (*run).to_owned()).collect()),
            };
            counts(store.opening_lines_changed(&tenant(), &query, since).await.expect("changed"))
        };
        let year = ("2026-01-01", "2026-03-01");
        assert_eq!(changed(year, (0, 11), &[]).await, ["a 2"]);
        assert_eq!(changed(year, (11, 12), &[]).await, ["a 1"]);
        assert_eq!(changed(year, (12, 13), &[]).await, ["a 1"]);
        // Moved from one partner to another.
        assert_eq!(changed(year, (13, 14), &[]).await, ["a 1", "b 1"]);
        assert_eq!(changed(year, (11, 14), &[]).await, ["a 2", "b 1"]);
        assert_eq!(changed(year, (11, 14), &["r1"]).await, ["a 1"]);
        assert!(changed(year, (14, 20), &[]).await.is_empty());
        assert_eq!(changed(("2026-01-02", "2026-03-01"), (0, 11), &[]).await, ["a 1"]);
        assert_eq!(changed(("2026-01-01", "2026-02-28"), (0, 11), &[]).await, ["a 1"]);
        assert!(changed(("2026-01-01", "2026-01-31"), (0, 14), &[]).await.is_empty());
    }
}

#[tokio::test]
async fn what_was_recorded_here_and_what_the_registry_recorded_have_numbers_of_their_own() {
    for opened in stores().await {
        let store = opened.store.as_ref();
        // Recorded at 10, 20, 30, 40 and 50 microseconds after 1970; the copy of a partner of long ago comes last.
        let mut tx = store.begin().await.expect("begin");
        for number in 1..=4 {
            assert_eq!(tx.next_arrival(&tenant()).await.expect("number"), number);
        }
        let mut first = figure("q", ("a", "quota"), "1", 1, 1);
        first.record_time = Timestamp(10);
        let mut second = rate(("group", "USD", "CNY"), "2026-01-01", "7", 1, 2);
        second.record_time = Timestamp(20);
        let mut third = opening("x", "2026-01", 11, 1, 3);
        third.record_time = Timestamp(30);
        let mut again = figure("q", ("a", "quota"), "2", 2, 4);
        again.record_time = Timestamp(40);
        tx.keep_figures(&tenant(), &[first]).await.expect("keep");
        tx.keep_rates(&tenant(), &[second]).await.expect("keep");
        tx.keep_opening_lines(&tenant(), &[third]).await.expect("keep");
        tx.keep_figures(&tenant(), &[again]).await.expect("keep");
        let stating = Run { end_time: Some(Timestamp(50)), ..run("r1", "2026-02") };
        tx.insert_run(&tenant(), &stating).await.expect("run");
        tx.mark_stated(&tenant(), &stating, (day("2026-02-01"), day("2026-03-01"))).await.expect("mark");
        tx.keep_partner(&tenant(), &partner("a", 1, "2012-01-01", &[])).await.expect("kept");
        tx.commit().await.expect("commit");
        let expected =
            [(0, 0, 0), (1, 6, 0), (9, 6, 0), (10, 6, 1), (29, 6, 2), (30, 6, 3), (40, 6, 4), (49, 6, 4), (50, 6, 5)];
        for (time, partners, inputs) in expected {
            let found = store.arrivals_at(&tenant(), Timestamp(time)).await.expect("arrivals");
            assert_eq!(found, Arrivals { partners, inputs }, "{time}");
        }
        let elsewhere = store.arrivals_at(&other_tenant(), Timestamp(99)).await.expect("arrivals");
        assert_eq!(elsewhere, Arrivals::up_to(0));
    }
}
