//! How partners stood: worked out by hand from the revisions, tiers and links of each case.

use crate::{
    assignment::Attributes,
    standing::{PartnerRevision, Record, Standing, TierSpan, Upline, uplines},
};

use super::support::day;

fn revision(number: i64, effective_on: &str, status: &str) -> PartnerRevision {
    let attributes = Attributes { region: format!("R{number}"), revision: number, ..Attributes::default() };
    PartnerRevision { effective_on: day(effective_on), standing: Standing::of(status), attributes }
}

fn record(revisions: &[(&str, &str)]) -> Record {
    let numbered = (1..).zip(revisions);
    Record { revisions: numbered.map(|(n, (on, status))| revision(n, on, status)).collect(), tiers: Vec::new() }
}

fn shown(spans: &[(tributary_core::Date, tributary_core::Date)]) -> Vec<String> {
    spans.iter().map(|(from, to)| format!("{from} {to}")).collect()
}

fn member(record: &Record) -> Option<Vec<String>> {
    record.membership().map(|spans| shown(&spans))
}

#[test]
fn membership_begins_with_activation_and_ends_with_the_notice() {
    let joined = record(&[
        ("2026-01-10", "PROSPECT"),
        ("2026-02-01", "ADMITTED"),
        ("2026-03-01", "ACTIVE"),
        ("2026-05-01", "PROBATION"),
        ("2026-06-01", "FROZEN"),
        ("2026-07-01", "ACTIVE"),
        ("2026-09-01", "EXITING"),
        ("2026-10-01", "EXITED"),
    ]);
    assert_eq!(member(&joined), Some(vec!["2026-03-01 2026-09-01".to_owned()]));
    assert_eq!(shown(&joined.frozen()), ["2026-06-01 2026-07-01"]);
    let in_days = |from: &str, to: &str| joined.was_member_in((day(from), day(to)));
    assert!(in_days("2026-02-01", "2026-03-02") && in_days("2026-08-31", "2026-09-30"));
    assert!(!in_days("2026-02-01", "2026-03-01") && !in_days("2026-09-01", "2026-12-31"));
    // Back after it had left.
    let back = record(&[("2026-01-01", "ACTIVE"), ("2026-02-01", "EXITED"), ("2026-04-01", "ACTIVE")]);
    // The first revision stands in for the time before it, back to the first day of all.
    let twice = ["1970-01-01 2026-02-01", "2026-04-01 9999-12-31"].map(str::to_owned).to_vec();
    assert_eq!(member(&back), Some(twice));
}

#[test]
fn whoever_was_never_activated_is_a_member_only_by_facts() {
    let prospect = record(&[("2026-01-10", "PROSPECT"), ("2026-02-01", "APPLICANT")]);
    assert_eq!(member(&prospect), None);
    assert!(!prospect.was_member_in((day("2026-01-01"), day("2027-01-01"))));
    // No status is known: a member, with or without facts.
    let silent = record(&[("2026-01-10", "")]);
    assert_eq!(member(&silent), None);
    assert!(silent.was_member_in((day("2026-01-01"), day("2027-01-01"))));
    // Known as gone from the first: it was no member on any day that is known.
    assert_eq!(member(&record(&[("2026-01-10", "EXITED")])), Some(Vec::new()));
    assert_eq!(member(&record(&[("2026-01-10", "ACTIVE")])), None, "always");
    assert_eq!(member(&Record::default()), None);
}

#[test]
fn the_last_revision_of_a_day_decides_and_a_late_older_one_changes_nothing() {
    let same_day = record(&[("2026-01-10", "PROSPECT"), ("2026-01-10", "ACTIVE"), ("2026-01-10", "FROZEN")]);
    assert_eq!(member(&same_day), Some(vec!["2026-01-10 9999-12-31".to_owned()]));
    assert_eq!(shown(&same_day.frozen()), ["2026-01-10 9999-12-31"]);
    let mut late = record(&[("2026-03-01", "ACTIVE"), ("2026-02-01", "EXITED")]);
    late.revisions.reverse();
    assert_eq!(member(&late), Some(vec!["1970-01-01 2026-02-01".to_owned()]));
}

#[test]
fn attributes_change_with_revisions_and_tiers() {
    let mut partner = record(&[("2026-01-01", "ACTIVE"), ("2026-02-10", "ACTIVE"), ("2026-09-01", "ACTIVE")]);
    let tier =
        |from: &str, to: Option<&str>, tier: &str| TierSpan { from: day(from), to: to.map(day), tier: tier.to_owned() };
    partner.tiers = vec![
        tier("2025-01-01", None, "basic"),
        tier("2026-02-20", Some("2026-03-01"), "strategic"),
        // Recorded last, decides wherever it holds.
        tier("2026-02-25", Some("2026-02-27"), "advanced"),
    ];
    let history = partner.history((day("2026-02-01"), day("2026-04-01")));
    let told: Vec<String> = history
        .iter()
        .map(|s| {
            format!("{} {} r{} {}", s.from, s.to, s.attributes.revision, s.attributes.tier.as_deref().unwrap_or("-"))
        })
        .collect();
    let expected = [
        "2026-02-01 2026-02-10 r1 basic",
        "2026-02-10 2026-02-20 r2 basic",
        "2026-02-20 2026-02-25 r2 strategic",
        "2026-02-25 2026-02-27 r2 advanced",
        "2026-02-27 2026-03-01 r2 strategic",
        "2026-03-01 2026-04-01 r2 basic",
    ];
    assert_eq!(told, expected);
    // An evaluation that found none took the tier, for ever: no tier is something else than one without a name.
    partner.tiers.push(tier("2026-03-20", None, ""));
    let history = partner.history((day("2026-03-10"), day("2026-04-01")));
    let tiers: Vec<_> = history.iter().map(|s| (s.from, s.attributes.tier.as_deref())).collect();
    assert_eq!(tiers, [(day("2026-03-10"), Some("basic")), (day("2026-03-20"), None)]);
    // Before it was known the first revision stands in; without one there is nothing to say.
    let before = partner.history((day("2012-01-01"), day("2012-04-01")));
    assert_eq!((before.len(), before[0].attributes.revision, before[0].attributes.tier.as_deref()), (1, 1, None));
    assert!(Record::default().history((day("2012-01-01"), day("2012-04-01"))).is_empty());
}

#[test]
fn the_link_recorded_last_decides_from_its_day_on() {
    let link = |from: &str, parent: Option<&str>| Upline { from: day(from), parent: parent.map(str::to_owned) };
    let told = |recorded: &[Upline]| -> Vec<String> {
        uplines(recorded).iter().map(|l| format!("{} {}", l.from, l.parent.as_deref().unwrap_or("-"))).collect()
    };
    assert_eq!(told(&[link("2026-01-01", Some("a")), link("2026-03-01", Some("b"))]), ["2026-01-01 a", "2026-03-01 b"]);
    // Recorded later for an earlier day: it covers what followed.
    assert_eq!(told(&[link("2026-03-01", Some("b")), link("2026-01-01", Some("a"))]), ["2026-01-01 a"]);
    let ended = [link("2026-01-01", Some("a")), link("2026-02-01", None), link("2026-04-01", Some("a"))];
    assert_eq!(told(&ended), ["2026-01-01 a", "2026-02-01 -", "2026-04-01 a"]);
    assert_eq!(told(&[link("2026-01-01", Some("a")), link("2026-02-01", Some("a"))]), ["2026-01-01 a"]);
}
