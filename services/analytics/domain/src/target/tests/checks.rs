//! What a target may say.

use tributary_core::{Decimal, Violations};

use super::{decimal, gmv, growth, plain, target, value};
use crate::{
    metric::{Condition, Dimension},
    target::{AimDraft, Goal, Scope, ScopeDraft, Target},
};

fn fields(violations: Violations) -> Vec<String> {
    violations.into_vec().into_iter().map(|v| v.field).collect()
}

/// The only thing that is wrong: its field and what is said.
fn wrong(scope: ScopeDraft) -> (String, String) {
    match <[_; 1]>::try_from(scope.check().expect_err("refused").into_vec()) {
        Ok([only]) => (only.field, only.description),
        Err(more) => panic!("{more:?}"),
    }
}

fn said(draft: AimDraft, scope: Option<&Scope>) -> Vec<String> {
    fields(draft.check(scope).expect_err("refused"))
}

#[test]
fn an_unknown_metric_is_refused_with_near_names() {
    for (metric, near) in [
        ("return_rat", "did you mean return_rate?"),
        ("GMW", "did you mean gmv?"),
        ("customer", "did you mean customers, new_customers, repeat_customers?"),
        ("satisfaction", "not a metric; ListMetrics names them all"),
    ] {
        let (field, description) = wrong(plain(metric, "2026"));
        assert_eq!(field, "metric");
        assert!(description.contains(near), "{description}");
    }
}

#[test]
fn money_has_a_currency_a_ratio_of_money_may_and_nothing_else_has() {
    for (metric, code, field) in [
        ("gmv", "", Some("currency_code")),
        ("aov", "", Some("currency_code")),
        ("gmv", "ZZZ", Some("currency_code")),
        ("orders", "CNY", Some("currency_code")),
        ("quantity", "CNY", Some("currency_code")),
        ("conversion_rate", "CNY", Some("currency_code")),
        ("gmv", "CNY", None),
        ("return_rate", "CNY", None),
        ("return_rate", "", None),
        ("orders", "", None),
    ] {
        let scope = ScopeDraft { currency_code: code.to_owned(), ..plain(metric, "2026") };
        let refused = scope.check().err().map(|v| fields(v).join(","));
        assert_eq!(refused.as_deref(), field, "{metric} {code:?}");
    }
}

#[test]
fn the_filter_names_dimensions_that_the_metric_knows() {
    let filtered = |metric: &str, condition| ScopeDraft { condition: Some(condition), ..plain(metric, "2026") };
    let sku = || Condition::Is(Dimension::Sku, "A-1".to_owned());
    let channel = || Condition::Is(Dimension::Channel, "ONLINE".to_owned());
    let (field, description) = wrong(filtered("visits", sku()));
    assert_eq!(field, "filter");
    assert!(description.contains("visits cannot be filtered by sku"), "{description}");
    // A share is one of all channels.
    let (field, description) = wrong(plain("channel_share", "2026"));
    assert_eq!(
        (&*field, &*description),
        ("filter", "names no channel, and channel_share is the share of one; add channel = \"ONLINE\"")
    );
    for scope in [filtered("visits", channel()), filtered("orders", sku()), filtered("channel_share", channel())] {
        assert!(scope.clone().check().is_ok(), "{scope:?}");
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    assert_eq!(fields(ScopeDraft::default().check().expect_err("empty")), ["period", "metric"]);
    assert_eq!(
        fields(ScopeDraft { currency_code: String::new(), ..gmv("2026-13") }.check().expect_err("two")),
        ["period", "currency_code"]
    );
    let long = AimDraft {
        title: "t".repeat(201),
        owner: "o\u{7}".to_owned(),
        value: Some(Decimal::ZERO),
        tolerance: Some(decimal("1.01")),
        ..AimDraft::default()
    };
    assert_eq!(said(long, None), ["title", "owner", "tolerance", "value"]);
}

#[test]
fn a_value_or_a_growth_but_not_both() {
    assert_eq!(said(AimDraft::default(), None), ["value"]);
    assert_eq!(said(AimDraft { growth: Some(decimal("0.2")), ..value("1") }, None), ["growth"]);
    for bad in ["0", "-1", "0.0000001"] {
        assert_eq!(said(value(bad), None), ["value"], "{bad}");
    }
    for bad in ["-1", "-2", "0.1234567"] {
        assert_eq!(said(growth(bad), None), ["growth"], "{bad}");
    }
    let goal = |draft: AimDraft| draft.check(None).expect("an aim").goal;
    assert_eq!(goal(growth("-0.999999")), Goal::Growth(decimal("-0.999999")));
    assert_eq!(goal(value("0.12")), Goal::Value(decimal("0.12")));
}

#[test]
fn money_is_stated_in_whole_minor_units() {
    let scope = |code: &str| ScopeDraft { currency_code: code.to_owned(), ..gmv("2026") }.check().expect("a scope");
    for (code, number, fits) in [
        ("CNY", "10.05", true),
        ("CNY", "10.050", true),
        ("CNY", "10.055", false),
        ("JPY", "10.5", false),
        ("JPY", "10", true),
        ("BHD", "0.001", true),
    ] {
        let refused = value(number).check(Some(&scope(code))).err().map(fields);
        assert_eq!(refused.is_none(), fits, "{number} {code}");
    }
    // A ratio of money is no money.
    let ratio =
        ScopeDraft { currency_code: "JPY".to_owned(), ..plain("return_rate", "2026") }.check().expect("a scope");
    assert!(value("0.031").check(Some(&ratio)).is_ok());
}

#[test]
fn the_tolerance_is_five_per_cent_unless_stated() {
    let tolerance = |text: Option<&str>| {
        AimDraft { tolerance: text.map(decimal), ..value("1") }.check(None).map(|aim| aim.tolerance)
    };
    assert_eq!(tolerance(None), Ok(decimal("0.05")));
    for fits in ["0", "1", "0.000001"] {
        assert_eq!(tolerance(Some(fits)), Ok(decimal(fits)));
    }
    for bad in ["-0.000001", "1.000001", "0.0000001"] {
        assert!(tolerance(Some(bad)).is_err(), "{bad}");
    }
}

#[test]
fn a_target_is_remembered_as_it_was() {
    let stated = ScopeDraft {
        filter: "channel = ONLINE".to_owned(),
        basis: Some(crate::metric::Basis::SellOut),
        ..gmv("2026-W05")
    };
    for target in [target(stated, value("10.05")), target(plain("orders", "2026-Q3"), growth("0.2"))] {
        let text = serde_json::to_string(&target).expect("json");
        assert_eq!(serde_json::from_str::<Target>(&text).expect("read"), target, "{text}");
    }
    let text = serde_json::to_string(&target(plain("orders", "2026-Q3"), growth("0.2"))).expect("json");
    assert!(serde_json::from_str::<Target>(&text.replace("2026-Q3", "2026-Q5")).is_err());
}
