//! Figures, rates and calendars: revisions, as known at a moment, as arrived up to a number.

use incentive_calculation_domain::{
    calendar::{Calendar, CalendarPeriod, Level},
    figure::Figure,
    rate::{Rate, RateKey},
    revised::{Revision, SourceKey},
};
use incentive_calculation_server::ports::{FigureQuery, IncentiveStore, Known, RateQuery};
use tributary_core::{Currency, Decimal, ResourceId, Timestamp};
use tributary_sql::StoreError;

use crate::support::{day, other_tenant, stores, tenant};

pub fn currency(code: &str) -> Currency {
    Currency::parse(code).expect("known")
}

pub fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).expect("decimal")
}

/// A revision that arrived as number `arrival`, that many microseconds after 1970.
pub fn figure(id: &str, (partner, name): (&str, &str), value: &str, revision: i64, arrival: i64) -> Revision<Figure> {
    let content = Figure {
        key: SourceKey { system: "crm".to_owned(), id: id.to_owned() },
        partner_id: partner.to_owned(),
        figure: name.to_owned(),
        days: (day("2026-01-01"), day("2026-04-01")),
        period: "2026-Q1".to_owned(),
        value: decimal(value),
        currency: Some(currency("CNY")),
        withdrawn: false,
    };
    Revision { content, revision, author: "mei".to_owned(), record_time: Timestamp(arrival), arrival }
}

pub async fn keep(store: &dyn IncentiveStore, revisions: &[Revision<Figure>]) {
    let mut tx = store.begin().await.expect("begin");
    tx.keep_figures(&tenant(), revisions).await.expect("keep");
    tx.commit().await.expect("commit");
}

#[tokio::test]
async fn a_figure_is_what_was_known_then() {
    for opened in stores().await {
        let store = opened.store.as_ref();
        let first = figure("q1", ("a", "quota"), "28000.5", 1, 1);
        let mut second = figure("q1", ("b", "quota"), "-0.000000000000001", 2, 3);
        second.content.currency = None;
        keep(store, std::slice::from_ref(&first)).await;
        keep(store, std::slice::from_ref(&second)).await;
        let key = first.content.key.clone();
        let one = async |known| store.figure(&tenant(), &key, known).await.expect("figure");
        assert_eq!(one(Known::Now).await, Some(second.clone()));
        assert_eq!(one(Known::At(Timestamp(0))).await, None);
        assert_eq!(one(Known::At(Timestamp(1))).await, Some(first.clone()));
        assert_eq!(one(Known::At(Timestamp(2))).await, Some(first.clone()));
        assert_eq!(one(Known::At(Timestamp(3))).await, Some(second.clone()));
        assert_eq!(store.figure(&other_tenant(), &key, Known::Now).await.expect("figure"), None);
        let mut tx = store.begin().await.expect("begin");
        assert_eq!(tx.held_figures(&tenant(), &[key]).await.expect("held"), [second]);
        assert_eq!(tx.next_arrival(&tenant()).await.expect("number"), 1);
        assert_eq!(tx.next_arrival(&other_tenant()).await.expect("number"), 1);
    }
}

#[tokio::test]
async fn a_run_sees_the_figures_that_had_arrived() {
    for opened in stores().await {
        let store = opened.store.as_ref();
        let mut gone = figure("gone", ("a", "quota"), "1", 2, 2);
        gone.content.withdrawn = true;
        let mut later = figure("later", ("a", "quota"), "7", 1, 1);
        later.content.days = (day("2026-04-01"), day("2026-07-01"));
        keep(
            store,
            &[
                figure("q", ("a", "quota"), "1", 1, 1),
                figure("k", ("a", "kpi"), "2", 1, 1),
                figure("p", ("b", "quota"), "3", 1, 1),
                figure("gone", ("a", "quota"), "4", 1, 1),
                figure("other", ("a", "other"), "5", 1, 1),
                later,
            ],
        )
        .await;
        // Two in one arrival: the first of them never holds for a run.
        keep(store, &[gone, figure("q", ("a", "quota"), "10", 2, 4), figure("q", ("a", "quota"), "11", 3, 4)]).await;
        let names = ["kpi".to_owned(), "quota".to_owned()];
        let seen = async |of: Option<&[String]>, to: &str, arrival| {
            let wanted = (names.as_slice(), (day("2026-01-01"), day(to)));
            let found = store.figures_named(&tenant(), wanted, of, arrival).await.expect("figures");
            found.iter().map(|f| format!("{} {}", f.content.key.id, f.content.value)).collect::<Vec<_>>()
        };
        assert!(seen(None, "2026-04-01", 0).await.is_empty());
        assert_eq!(seen(None, "2026-04-01", 1).await, ["k 2", "gone 4", "q 1", "p 3"]);
        assert_eq!(seen(None, "2026-04-01", 3).await, ["k 2", "q 1", "p 3"]);
        assert_eq!(seen(None, "2026-04-01", 4).await, ["k 2", "q 11", "p 3"]);
        assert_eq!(seen(None, "2026-07-01", 4).await, ["k 2", "q 11", "later 7", "p 3"]);
        // Neither one whose days go beyond, nor one whose days began before.
        assert_eq!(seen(None, "2026-06-30", 4).await, ["k 2", "q 11", "p 3"]);
        let inside = (names.as_slice(), (day("2026-01-02"), day("2026-07-01")));
        let found = store.figures_named(&tenant(), inside, None, 4).await.expect("figures");
        assert_eq!(found.iter().map(|f| f.content.key.id.as_str()).collect::<Vec<_>>(), ["later"]);
        assert_eq!(seen(Some(&["b".to_owned(), "c".to_owned()]), "2026-04-01", 4).await, ["p 3"]);
        assert!(seen(Some(&[]), "2026-04-01", 4).await.is_empty());
        let none: (&[String], _) = (&[], (day("2026-01-01"), day("2026-04-01")));
        let none = store.figures_named(&tenant(), none, None, 4).await.expect("figures");
        assert!(none.is_empty());
    }
}

#[tokio::test]
async fn figures_are_listed_by_key_under_every_condition() {
    for opened in stores().await {
        let store = opened.store.as_ref();
        let mut foreign = figure("z", ("a", "quota"), "1", 1, 1);
        foreign.content.key.system = "bi".to_owned();
        keep(
            store,
            &[
                figure("b", ("a", "quota"), "1", 1, 1),
                figure("a", ("a", "kpi"), "1", 1, 1),
                foreign,
                figure("c", ("b", "quota"), "1", 1, 2),
            ],
        )
        .await;
        let all = FigureQuery {
            partner_id: None,
            figure: None,
            source_system: None,
            as_of: None,
            known: Known::Now,
            after: None,
            limit: 10,
        };
        let list = async |query: &FigureQuery| {
            let found = store.figures(&tenant(), query).await.expect("figures");
            found.into_iter().map(|f| f.content.key.id).collect::<Vec<_>>()
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(list(&all).await, ["z", "a", "b", "c"]);
        assert_eq!(list(&FigureQuery { limit: 2, ..all.clone() }).await, ["z", "a"]);
        let after = Some(SourceKey { system: "crm".to_owned(), id: "a".to_owned() });
        assert_eq!(list(&FigureQuery { after, ..all.clone() }).await, ["b", "c"]);
        assert_eq!(list(&FigureQuery { partner_id: some("b"), ..all.clone() }).await, ["c"]);
        assert_eq!(list(&FigureQuery { figure: some("kpi"), ..all.clone() }).await, ["a"]);
        assert_eq!(list(&FigureQuery { source_system: some("bi"), ..all.clone() }).await, ["z"]);
        assert_eq!(list(&FigureQuery { known: Known::At(Timestamp(1)), ..all.clone() }).await, ["z", "a", "b"]);
        assert_eq!(list(&FigureQuery { as_of: Some(day("2026-03-31")), ..all.clone() }).await.len(), 4);
        assert!(list(&FigureQuery { as_of: Some(day("2026-04-01")), ..all }).await.is_empty());
    }
}

pub fn rate(
    (table, from, into): (&str, &str, &str),
    on: &str,
    value: &str,
    revision: i64,
    arrival: i64,
) -> Revision<Rate> {
    let key = RateKey { table: table.to_owned(), from: currency(from), into: currency(into), day: day(on) };
    let content = Rate { key, rate: decimal(value) };
    Revision { content, revision, author: "fang".to_owned(), record_time: Timestamp(arrival), arrival }
}

#[tokio::test]
async fn a_run_sees_the_rates_of_its_days_and_the_newest_before_them() {
    const USD: (&str, &str, &str) = ("group", "USD", "CNY");
    for opened in stores().await {
        let store = opened.store.as_ref();
        let mut tx = store.begin().await.expect("begin");
        let kept = [
            rate(USD, "2025-12-01", "7.10", 1, 1),
            rate(USD, "2025-12-31", "7.20", 1, 1),
            rate(USD, "2026-01-15", "7.30", 1, 1),
            rate(USD, "2026-02-01", "7.40", 1, 1),
            rate(("group", "EUR", "CNY"), "2026-01-20", "8.123456789012345678", 1, 1),
            rate(("group", "USD", "EUR"), "2026-01-15", "0.9", 1, 1),
            rate(("spot", "USD", "CNY"), "2026-01-15", "7.5", 1, 1),
            rate(USD, "2026-01-15", "7.31", 2, 2),
            // Came late, for a day before all others that count.
            rate(USD, "2026-01-01", "7.25", 1, 3),
        ];
        tx.keep_rates(&tenant(), &kept).await.expect("keep");
        let held = tx.held_rates(&tenant(), &[kept[2].content.key.clone()]).await.expect("held");
        assert_eq!(held, [kept[7].clone()]);
        tx.commit().await.expect("commit");
        let seen = async |arrival| {
            let days = (day("2026-01-01"), day("2026-02-01"));
            let found = store.rates_into(&tenant(), "group", currency("CNY"), days, arrival).await.expect("rates");
            let shown = |r: &Revision<Rate>| format!("{} {} {}", r.content.key.from, r.content.key.day, r.content.rate);
            found.iter().map(shown).collect::<Vec<_>>()
        };
        let euro = "EUR 2026-01-20 8.123456789012345678";
        assert_eq!(seen(1).await, [euro, "USD 2025-12-31 7.2", "USD 2026-01-15 7.3"]);
        assert_eq!(seen(2).await, [euro, "USD 2025-12-31 7.2", "USD 2026-01-15 7.31"]);
        assert_eq!(seen(3).await, [euro, "USD 2026-01-01 7.25", "USD 2026-01-15 7.31"]);
        assert!(seen(0).await.is_empty());

        let key = &kept[2].content.key;
        assert_eq!(store.rate(&tenant(), key, Known::Now).await.expect("rate"), Some(kept[7].clone()));
        let then = store.rate(&tenant(), key, Known::At(Timestamp(1))).await.expect("rate");
        assert_eq!(then, Some(kept[2].clone()));
        let all =
            RateQuery { table: "group".to_owned(), from: None, into: None, known: Known::Now, after: None, limit: 3 };
        let list = async |query: &RateQuery| {
            let found = store.rates(&tenant(), query).await.expect("rates");
            found
                .iter()
                .map(|r| format!("{} {} {}", r.content.key.from, r.content.key.into, r.content.key.day))
                .collect::<Vec<_>>()
        };
        assert_eq!(list(&all).await, ["EUR CNY 2026-01-20", "USD CNY 2025-12-01", "USD CNY 2025-12-31"]);
        let next = RateQuery { after: Some(kept[1].content.key.clone()), ..all.clone() };
        assert_eq!(list(&next).await, ["USD CNY 2026-01-01", "USD CNY 2026-01-15", "USD CNY 2026-02-01"]);
        assert_eq!(list(&RateQuery { into: Some(currency("EUR")), ..all.clone() }).await, ["USD EUR 2026-01-15"]);
        assert_eq!(list(&RateQuery { from: Some(currency("EUR")), ..all }).await.len(), 1);
        let tables = store.rate_tables(&tenant(), "", 10).await.expect("tables");
        let shown: Vec<_> =
            tables.iter().map(|t| format!("{} {} {} {}", t.id, t.rates, t.first_day, t.last_day)).collect();
        assert_eq!(shown, ["group 7 2025-12-01 2026-02-01", "spot 1 2026-01-15 2026-01-15"]);
        assert_eq!(store.rate_tables(&tenant(), "group", 10).await.expect("tables").len(), 1);
    }
}

#[tokio::test]
async fn a_calendar_is_replaced_by_who_saw_it() {
    for opened in stores().await {
        let store = opened.store.as_ref();
        let calendar = |revision| Calendar {
            id: ResourceId::parse("fiscal").expect("id"),
            display_name: format!("r{revision}"),
            grace_days: 5,
            periods: vec![CalendarPeriod {
                name: "FY2026".to_owned(),
                level: Level::Year,
                days: (day("2026-02-01"), day("2027-02-01")),
                close_date: Some(day("2027-02-10")),
                grace_days: Some(0),
            }],
            revision,
            update_time: Timestamp(revision),
        };
        let mut tx = store.begin().await.expect("begin");
        tx.insert_calendar(&tenant(), &calendar(1)).await.expect("insert");
        tx.commit().await.expect("commit");
        let mut tx = store.begin().await.expect("begin");
        let again = tx.insert_calendar(&tenant(), &calendar(1)).await;
        assert!(matches!(again, Err(StoreError::AlreadyExists(_))), "{again:?}");
        drop(tx);
        let mut tx = store.begin().await.expect("begin");
        tx.update_calendar(&tenant(), &calendar(2)).await.expect("update");
        assert_eq!(tx.update_calendar(&tenant(), &calendar(2)).await, Err(StoreError::Conflict));
        tx.commit().await.expect("commit");
        assert_eq!(store.calendar(&tenant(), "fiscal").await.expect("read"), Some(calendar(2)));
        assert_eq!(store.calendar(&other_tenant(), "fiscal").await.expect("read"), None);
        assert_eq!(store.calendars(&tenant(), "", 10).await.expect("list"), [calendar(2)]);
        assert!(store.calendars(&tenant(), "fiscal", 10).await.expect("list").is_empty());
    }
}
