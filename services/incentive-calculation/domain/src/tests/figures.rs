//! Rows that are corrected: what is refused, and what becomes a revision.

use tributary_core::{Period, Timestamp, Violations};

use crate::{
    fact::MoneyParts,
    figure::{self, Figure, FigureDraft},
    opening::{self, OpeningDraft},
    rate::{self, RateDraft, RateKey},
    revised::{Arrival, Change, Revised as _, Revision, SourceKey, revise},
};

use super::support::{currency, day, dec};

fn key(id: &str) -> SourceKey {
    SourceKey { system: "crm".to_owned(), id: id.to_owned() }
}

fn quota(id: &str, value: &str) -> FigureDraft {
    FigureDraft {
        key: key(id),
        figure: "quota".to_owned(),
        period: "2026-Q1".to_owned(),
        value: Some(value.to_owned()),
        currency: "CNY".to_owned(),
        ..FigureDraft::default()
    }
}

fn checked(draft: FigureDraft) -> Result<Figure, Vec<String>> {
    let period = (!draft.period.is_empty()).then(|| draft.period.parse::<Period>());
    figure::check(draft, period).map_err(told)
}

fn told(v: Violations) -> Vec<String> {
    v.into_vec().into_iter().map(|v| format!("{}: {}", v.field, v.description)).collect()
}

#[test]
fn a_figure_stands_for_the_days_of_its_period_or_for_given_ones() {
    let of_period = checked(quota("a", "28000.0000")).expect("sound");
    assert_eq!(of_period.days, (day("2026-01-01"), day("2026-04-01")));
    assert_eq!((of_period.value, of_period.currency), (dec("28000"), Some(currency("CNY"))));
    assert_eq!(of_period.name(), "figures/crm/a");
    let given = FigureDraft {
        from: Some(day("2026-02-01")),
        to: Some(day("2026-02-08")),
        period: String::new(),
        currency: String::new(),
        ..quota("b/7", "0.985")
    };
    let given = checked(given).expect("sound");
    assert_eq!((given.days, given.currency), ((day("2026-02-01"), day("2026-02-08")), None));
    assert_eq!(SourceKey::of_name("figures", &given.name()), Some(key("b/7")));
}

#[test]
fn every_violation_of_a_figure_is_told_at_once() {
    let wrong = FigureDraft {
        key: SourceKey { system: "c/m".to_owned(), id: String::new() },
        figure: "Quota".to_owned(),
        from: Some(day("2026-01-01")),
        period: "2026-Q5".to_owned(),
        value: Some("1e3".to_owned()),
        currency: "RMB".to_owned(),
        ..FigureDraft::default()
    };
    let told = checked(wrong).expect_err("wrong");
    let fields: Vec<&str> = told.iter().filter_map(|t| t.split_once(':')).map(|(field, _)| field).collect();
    assert_eq!(fields, ["source_id", "source_system", "figure", "period", "value", "currency"], "{told:?}");
    assert!(told[3].contains("beside from and to"), "{told:?}");
    let told = checked(FigureDraft { period: String::new(), value: None, ..quota("a", "1") }).expect_err("wrong");
    assert_eq!(told.len(), 2, "{told:?}");
    let backwards = FigureDraft {
        period: String::new(),
        from: Some(day("2026-02-08")),
        to: Some(day("2026-02-08")),
        ..quota("a", "1")
    };
    assert!(checked(backwards).expect_err("wrong")[0].starts_with("to: 2026-02-08 is not after from"));
    let long = FigureDraft { period: String::new(), from: Some(day("1812-01-01")), ..quota("a", "1.0000000000000001") };
    let told = checked(long).expect_err("wrong");
    assert_eq!(told.len(), 3, "{told:?}");
}

#[test]
fn other_content_is_a_revision_and_the_same_content_is_none() {
    let figure = |id: &str, value: &str| checked(quota(id, value)).expect("sound");
    let arrival = Arrival { number: 9, author: "mei".to_owned(), now: Timestamp(5) };
    let held = vec![Revision {
        content: figure("a", "100"),
        revision: 3,
        author: "fang".to_owned(),
        record_time: Timestamp(1),
        arrival: 2,
    }];
    // 100.00 is 100; of two rows with one key each follows the other.
    let rows = vec![figure("a", "100.00"), figure("b", "1"), figure("a", "101"), figure("b", "1"), figure("a", "100")];
    let (changes, kept) = revise(rows, held, &arrival);
    let expected = [
        (Change::Duplicate, 3),
        (Change::Recorded, 1),
        (Change::Corrected, 4),
        (Change::Duplicate, 1),
        (Change::Corrected, 5),
    ];
    assert_eq!(changes, expected);
    let kept: Vec<_> = kept.iter().map(|k| (k.content.key.id.as_str(), k.revision, k.arrival)).collect();
    assert_eq!(kept, [("b", 1, 9), ("a", 4, 9), ("a", 5, 9)]);
}

#[test]
fn a_rate_has_two_currencies_and_is_above_zero() {
    let draft = RateDraft {
        table: "rateTables/group".to_owned(),
        from: "USD".to_owned(),
        into: "CNY".to_owned(),
        day: Some(day("2026-03-02")),
        rate: Some("7.0288".to_owned()),
    };
    let rate = rate::check(&draft).expect("sound");
    assert_eq!(rate.name(), "rateTables/group/rates/USD-CNY-2026-03-02");
    assert_eq!(RateKey::of_name(&rate.name()), Some(rate.key));
    for wrong in ["group", "rateTables/group/rates/USD-CNY", "rateTables/group/rates/USD-RMB-2026-03-02"] {
        assert_eq!(RateKey::of_name(wrong), None, "{wrong}");
    }
    let wrong = RateDraft {
        table: "group".to_owned(),
        into: "USD".to_owned(),
        day: None,
        rate: Some("0".to_owned()),
        ..draft.clone()
    };
    let found = told(rate::check(&wrong).expect_err("wrong"));
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found[1].contains("USD is converted into itself") && found[3].contains("0 is not above 0"), "{found:?}");
}

#[test]
fn a_line_of_an_older_system_names_rule_period_and_whole_cents() {
    let draft = OpeningDraft {
        key: key("2026-03/a/bonus"),
        programme: "programmes/dealers".to_owned(),
        slot: "bonus".to_owned(),
        rule: "year-bonus".to_owned(),
        period: "2026-03".to_owned(),
        amount: Some(MoneyParts { currency: "CNY".to_owned(), units: -12, nanos: -340_000_000 }),
        carried: Some("-0.5".to_owned()),
        ..OpeningDraft::default()
    };
    let line = opening::check(draft.clone(), "2026-03".parse()).expect("sound");
    assert_eq!((line.amount.value, line.carried, line.days.1), (-1234, dec("-0.5"), day("2026-04-01")));
    let wrong = OpeningDraft {
        programme: "dealers".to_owned(),
        slot: String::new(),
        part: "Advance".to_owned(),
        amount: Some(MoneyParts { currency: "CNY".to_owned(), units: 0, nanos: 5_000_000 }),
        ..draft
    };
    let told = told(opening::check(wrong, Err("no period".to_owned())).expect_err("wrong"));
    let fields: Vec<&str> = told.iter().filter_map(|t| t.split_once(':')).map(|(field, _)| field).collect();
    assert_eq!(fields, ["programme", "slot", "part", "period", "amount"], "{told:?}");
}
