//! Which rules make sense.

use super::world::{decimal, spec};
use crate::alert::{Condition, Expiring, OnTimeRate, Overdue, Pace, RuleSpec, check};

/// The fields of the violations, in the order found.
fn wrong(spec: &RuleSpec) -> Vec<String> {
    check(spec).into_vec().into_iter().map(|v| v.field).collect()
}

fn pace(trigger: &str, clear: &str, critical: Option<&str>, elapsed: &str) -> RuleSpec {
    spec(Condition::CommitmentPace(Pace {
        trigger_below: decimal(trigger),
        clear_from: decimal(clear),
        critical_below: critical.map(decimal),
        minimum_elapsed: decimal(elapsed),
    }))
}

#[test]
fn levels_of_a_pace_are_in_order() {
    for good in
        [pace("0.8", "0.9", Some("0.5"), "0.1"), pace("0.8", "0.8", Some("0.8"), "0"), pace("1.2", "1.5", None, "1")]
    {
        assert_eq!(wrong(&good), [""; 0]);
    }
    for (bad, fields) in [
        (pace("0", "0.9", None, "0.1"), &["commitment_pace.trigger_below"][..]),
        (pace("0.8", "0.79", None, "0.1"), &["commitment_pace.clear_from"]),
        (pace("0.8", "0.9", Some("0.81"), "0.1"), &["commitment_pace.critical_below"]),
        (pace("0.8", "0.9", Some("0"), "0.1"), &["commitment_pace.critical_below"]),
        (pace("0.8", "0.9", None, "1.1"), &["commitment_pace.minimum_elapsed"]),
        (
            pace("-1", "-2", Some("2"), "-0.1"),
            &[
                "commitment_pace.trigger_below",
                "commitment_pace.clear_from",
                "commitment_pace.critical_below",
                "commitment_pace.minimum_elapsed",
            ],
        ),
    ] {
        assert_eq!(wrong(&bad), fields);
    }
}

#[test]
fn levels_of_days_are_in_order() {
    let late = |trigger_days, critical_days, clear_days| {
        wrong(&spec(Condition::PaymentLate(Overdue { trigger_days, critical_days, clear_days })))
    };
    assert_eq!(late(7, 30, 0), [""; 0]);
    assert_eq!(late(7, 7, 6), [""; 0]);
    assert_eq!(late(7, 0, 0), [""; 0]);
    assert_eq!(late(7, 6, 7), ["payment_late.critical_days", "payment_late.clear_days"]);
    let expiring = |trigger_days, critical_days| {
        wrong(&spec(Condition::ContractExpiring(Expiring { trigger_days, critical_days })))
    };
    assert_eq!(expiring(60, 60), [""; 0]);
    assert_eq!(expiring(60, 61), ["contract_expiring.critical_days"]);
}

#[test]
fn a_rate_is_at_most_1() {
    let rate = |trigger: &str, clear: &str| {
        let (trigger_below, clear_from) = (decimal(trigger), decimal(clear));
        let condition = OnTimeRate { trigger_below, clear_from, critical_below: None, months: 6, minimum_due: 5 };
        wrong(&spec(Condition::OnTimeRate(condition)))
    };
    assert_eq!(rate("0.8", "1"), [""; 0]);
    assert_eq!(rate("0.8", "1.1"), ["on_time_rate.clear_from"]);
    assert_eq!(rate("1.1", "1.1"), ["on_time_rate.trigger_below", "on_time_rate.clear_from"]);
}

#[test]
fn texts_are_said_and_clean() {
    let mut bad = pace("0.8", "0.9", None, "0.1");
    bad.title = " ".to_owned();
    bad.owner = "a\nb".to_owned();
    assert_eq!(wrong(&bad), ["title", "owner"]);
}
