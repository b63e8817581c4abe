//! What sequences of paces do: trigger below 0.8, clear from 0.9, critical below 0.5.

use super::world::{World, day, id, pace_rule};
use crate::alert::{AlertState, RuleVersion, Severity};

#[test]
fn an_alert_is_raised_at_the_trigger_and_closes_at_the_clear_level() {
    let mut world = World::new();
    // Pace in per cent, and what comes of it.
    for (pace, expected) in [
        (95, &[][..]),
        (79, &["raised WARNING"]),
        (85, &["figures"]),
        (89, &["figures"]),
        (90, &["closed"]),
        (79, &["raised WARNING"]),
    ] {
        assert_eq!(world.pace(pace), expected, "{pace} %");
    }
    assert_eq!(world.alerts.len(), 2);
    let first = &world.alerts[0];
    assert_eq!(first.resolved.as_ref().map(|done| done.by.as_str()), Some("rule"));
    assert_eq!(first.summary, "purchases are at 90.0 % of the pace: 90,000.00 of 100,000.00 CNY");
    // Raised and closed; figures leave no trace.
    let texts: Vec<_> = first.changes.iter().map(|change| (change.state, change.text.as_str())).collect();
    let raised = "purchases are at 79.0 % of the pace: 79,000.00 of 100,000.00 CNY";
    assert_eq!(texts, [(AlertState::Open, raised), (AlertState::Resolved, first.summary.as_str())]);
    assert_eq!((first.muted, first.is_live()), (None, false));
}

#[test]
fn equal_readings_change_nothing() {
    let mut world = World::new();
    assert_eq!(world.pace(79), ["raised WARNING"]);
    assert_eq!(world.run(), [""; 0]);
    assert_eq!(world.pace(78), ["figures"]);
    let etag = world.last().etag();
    assert_eq!(world.run(), [""; 0]);
    assert_eq!(world.last().etag(), etag);
}

#[test]
fn severity_rises_at_once_and_falls_at_the_trigger_level() {
    let mut world = World::new();
    for (pace, expected) in [
        (79, &["raised WARNING"][..]),
        (50, &["figures"]),
        (49, &["now CRITICAL"]),
        // Above critical, below the trigger: it stays what it is.
        (51, &["figures"]),
        (79, &["figures"]),
        (49, &["figures"]),
        // Back at the trigger: a warning again, until it clears.
        (80, &["now WARNING"]),
        (79, &["figures"]),
        (49, &["now CRITICAL"]),
        (95, &["closed"]),
        (49, &["raised CRITICAL"]),
    ] {
        assert_eq!(world.pace(pace), expected, "{pace} %");
    }
    assert_eq!(world.alerts[0].severity, Severity::Critical, "as grave as it was when it closed");
}

#[test]
fn an_acknowledged_alert_is_reopened_only_when_it_becomes_critical() {
    let mut world = World::new();
    world.pace(79);
    world.acknowledge();
    assert_eq!(world.pace(70), ["figures"]);
    assert_eq!(world.stands(), (AlertState::Acknowledged, Severity::Warning));
    assert_eq!(world.last().note, "on it");
    assert_eq!(world.pace(49), ["now CRITICAL"]);
    assert_eq!(world.stands(), (AlertState::Open, Severity::Critical));
    assert_eq!(world.last().acknowledged, None);
    world.acknowledge();
    assert_eq!(world.pace(40), ["figures"], "critical already");
    assert_eq!(world.pace(85), ["now WARNING"]);
    assert_eq!(world.stands(), (AlertState::Acknowledged, Severity::Warning), "a fall reopens nothing");
}

#[test]
fn what_was_resolved_by_hand_is_muted_until_it_clears() {
    let mut world = World::new();
    world.pace(79);
    world.resolve();
    for (pace, expected) in
        [(79, &[][..]), (60, &[]), (85, &[]), (79, &[]), (90, &["memory"]), (79, &["raised WARNING"])]
    {
        assert_eq!(world.pace(pace), expected, "{pace} %");
    }
    let first = &world.alerts[0];
    assert_eq!(first.resolved.as_ref().map(|done| done.by.as_str()), Some("li.wei"));
    assert_eq!(first.summary, "purchases are at 79.0 % of the pace: 79,000.00 of 100,000.00 CNY", "as resolved");
}

#[test]
fn what_was_resolved_by_hand_is_raised_again_when_it_becomes_critical() {
    let mut world = World::new();
    world.pace(79);
    world.resolve();
    assert_eq!(world.pace(49), ["memory", "raised CRITICAL"]);
    assert_eq!(world.alerts.iter().filter(|alert| alert.is_live()).count(), 1);
    // Resolved while critical: it has to be back at the trigger before it can become critical again.
    world.resolve();
    for (pace, expected) in
        [(40, &[][..]), (79, &[]), (49, &[]), (80, &["memory"]), (79, &[]), (49, &["memory", "raised CRITICAL"])]
    {
        assert_eq!(world.pace(pace), expected, "{pace} %");
    }
    assert_eq!(world.alerts.len(), 3);
}

#[test]
fn what_was_resolved_while_no_longer_critical_may_become_so_again() {
    let mut world = World::new();
    world.pace(49);
    // Still shown as critical, though 76 % are not.
    assert_eq!(world.pace(76), ["figures"]);
    assert_eq!(world.stands(), (AlertState::Open, Severity::Critical));
    world.resolve();
    assert_eq!(world.pace(60), [""; 0]);
    assert_eq!(world.pace(42), ["memory", "raised CRITICAL"]);
}

#[test]
fn an_alert_closes_with_its_window() {
    let mut world = World::new();
    world.view.contracts = vec![super::world::contract("dealer", super::world::purchases("QUARTER"))];
    // The 81st of 90 days: 0.9 of 365,000.00 is 328,500.00.
    world.today = day("2026-03-22");
    world.bought(164_250);
    assert_eq!(world.run(), ["raised WARNING"]);
    assert_eq!(world.last().subject, "contracts/dealer commitment purchases window 2026-01-01");
    assert_eq!(world.last().summary, "purchases are at 50.0 % of the pace: 164,250.00 of 328,500.00 CNY");
    world.today = day("2026-04-01");
    assert_eq!(world.run(), ["closed"]);
    let why = "its window is over, or the contract or the commitment is no longer in force";
    assert_eq!(world.last().changes.last().map(|change| change.text.as_str()), Some(why));
    // The next window has 91 days: 9 of them are less than a tenth, 10 are more.
    world.today = day("2026-04-09");
    assert_eq!(world.run(), [""; 0]);
    world.today = day("2026-04-10");
    assert_eq!(world.run(), ["raised CRITICAL"]);
    assert_eq!(world.last().subject, "contracts/dealer commitment purchases window 2026-04-01");
}

#[test]
fn a_new_window_is_not_muted_by_the_one_before() {
    let mut world = World::new();
    world.view.contracts = vec![super::world::contract("dealer", super::world::purchases("QUARTER"))];
    world.today = day("2026-03-22");
    world.bought(1);
    assert_eq!(world.run(), ["raised CRITICAL"]);
    world.resolve();
    world.today = day("2026-04-10");
    assert_eq!(world.run(), ["raised CRITICAL", "memory"]);
}

#[test]
fn a_further_version_judges_what_stands() {
    let mut world = World::new();
    world.pace(79);
    let mut second = RuleVersion { version: 2, ..pace_rule() };
    second.spec.owner = "key-accounts".to_owned();
    world.rules = vec![second];
    assert_eq!(world.run(), ["figures"]);
    assert_eq!((world.last().rule_version, world.last().owner.as_str()), (2, "key-accounts"));
    let mut elsewhere = world.rules[0].clone();
    elsewhere.spec.partners = vec![id("another")];
    world.rules = vec![elsewhere];
    assert_eq!(world.run(), ["closed"]);
    assert_eq!(world.last().changes.last().map(|c| c.text.as_str()), Some("the rule no longer covers the partner"));
}

#[test]
fn a_rule_out_of_force_closes_what_it_raised() {
    let mut world = World::new();
    world.pace(79);
    world.rules.clear();
    assert_eq!(world.run(), ["closed"]);
    assert_eq!(world.last().changes.last().map(|c| c.text.as_str()), Some("the rule is no longer in force"));
    assert_eq!(world.run(), [""; 0]);
}
