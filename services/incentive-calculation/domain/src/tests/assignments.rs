//! Which plan pays whom.

use super::support::{day, in_run, marginal, plan, rule, run, sale, table};
use crate::{
    assignment::{Assignment, AssignmentTarget as Target, Attributes, best, undecided, winner},
    plan::{EdgeSide, PlanSpec},
};

fn spec(assignments: &[(Target, i32)]) -> PlanSpec {
    let assignments =
        assignments.iter().map(|(target, priority)| Assignment { target: target.clone(), priority: *priority });
    let mut spec = plan(vec![rule("r", marginal(table(&[("0", "0.1", "0")], EdgeSide::LowerInclusive)))]);
    spec.assignments = assignments.collect();
    spec
}

fn partner() -> Target {
    Target::Partner("partners/acme".to_owned())
}

fn label(text: &str) -> Target {
    Target::Label(text.to_owned())
}

fn region(text: &str) -> Target {
    Target::Region(text.to_owned())
}

fn acme() -> Attributes {
    Attributes {
        partner: "partners/acme".to_owned(),
        business_key: "acme".to_owned(),
        display_name: "Acme".to_owned(),
        kind: "DEALER".to_owned(),
        region: "CN/GD/Guangzhou".to_owned(),
        tier: Some("advanced".to_owned()),
        labels: [("segment".to_owned(), "road".to_owned())].into(),
        revision: 4,
    }
}

#[test]
fn the_most_specific_assignment_wins_then_the_priority() {
    // Most specific first; each beats all that follow, whatever their priority.
    let order = [
        partner(),
        label("segment=road"),
        Target::Tier("advanced".to_owned()),
        Target::Kind("DEALER".to_owned()),
        region("CN/GD"),
        Target::All,
    ];
    for (i, higher) in order.iter().enumerate() {
        for lower in order.iter().skip(i + 1) {
            let (a, b) = (spec(&[(lower.clone(), 9)]), spec(&[(higher.clone(), -9)]));
            let won = winner(&[("a", &a), ("b", &b)], &acme()).expect("decided").expect("fits");
            assert_eq!((won.0, &won.1.target), (1, higher));
        }
        let (a, b) = (spec(&[(higher.clone(), 1)]), spec(&[(higher.clone(), 2)]));
        assert_eq!(winner(&[("a", &a), ("b", &b)], &acme()).expect("decided").map(|w| w.0), Some(1));
    }
}

#[test]
fn a_plan_fits_by_its_best_assignment_or_not_at_all() {
    let two = spec(&[(Target::All, 5), (region("CN"), 0), (region("CN/GD"), 1)]);
    assert_eq!(best(&two, &acme()).map(|a| a.target.to_string()).as_deref(), Some("region CN/GD"));
    for target in [label("segment=race"), label("other=road"), region("CN/GDX"), Target::Tier("basic".to_owned())] {
        assert_eq!(best(&spec(&[(target, 0)]), &acme()), None);
    }
    assert_eq!(best(&spec(&[]), &acme()).map(|a| a.target.clone()), Some(Target::All));
    assert_eq!(winner(&[("a", &spec(&[(region("US"), 0)]))], &acme()), Ok(None));
}

#[test]
fn a_tie_is_a_fault_unless_a_better_plan_decides() {
    let (a, b, c) = (spec(&[]), spec(&[(Target::All, 0)]), spec(&[(Target::All, 1)]));
    let fault = winner(&[("plans/a", &a), ("plans/b", &b)], &acme()).expect_err("undecided");
    assert_eq!(fault.reason().code, "ASSIGNMENT_UNDECIDED");
    assert!(fault.message().contains("plans/a") && fault.message().contains("partners/acme"), "{fault}");
    for plans in [[("a", &a), ("b", &b), ("c", &c)], [("c", &c), ("a", &a), ("b", &b)]] {
        let at = plans.iter().position(|(name, _)| *name == "c");
        assert_eq!(winner(&plans, &acme()).expect("decided").map(|w| w.0), at);
    }
}

#[test]
fn undecided_pairs_are_those_that_could_fit_one_partner() {
    for (a, b, both) in [
        (Target::All, Target::All, true),
        (partner(), partner(), true),
        (partner(), Target::Partner("partners/other".to_owned()), false),
        (label("segment=road"), label("segment=race"), false), // a partner has one value per key
        (label("segment=road"), label("size=big"), true),
        (Target::Tier("basic".to_owned()), Target::Tier("advanced".to_owned()), false),
        (Target::Kind("DEALER".to_owned()), Target::Kind("DEALER".to_owned()), true),
        (region("CN/GD"), region("CN"), true),
        (region("CN/GD"), region("CN/GX"), false),
        (Target::All, region("CN"), false),
    ] {
        assert_eq!(undecided(&spec(&[(a.clone(), 0)]), &spec(&[(b.clone(), 0)])).is_some(), both, "{a} {b}");
        assert_eq!(undecided(&spec(&[(a, 0)]), &spec(&[(b, 1)])), None);
    }
    let (mut early, mut late) = (spec(&[]), spec(&[]));
    early.effective_to = Some(day("2012-07-01"));
    late.effective_from = Some(day("2012-07-01"));
    assert_eq!(undecided(&early, &late), None);
    assert_eq!(undecided(&late, &early), None);
    late.effective_from = Some(day("2012-06-30"));
    assert!(undecided(&early, &late).is_some());
}

#[test]
fn one_plan_pays_per_slot_and_the_trace_says_why() {
    let special = spec(&[(Target::Partner("partners/p0".to_owned()), 0)]);
    let plans = vec![in_run("a", spec(&[])), in_run("b", spec(&[])), in_run("a", special)];
    let mut other = sale("2", "2012-07-01", "20");
    other.payee = 1;
    let lines = run("2012-Q3", plans, &[sale("1", "2012-07-01", "10"), other]).expect("runs");
    let seen: Vec<String> = lines
        .iter()
        .map(|l| {
            format!(
                "{} {} {:?}",
                l.business_key,
                l.slot,
                l.trace.attributes.iter().map(|a| (&a.attribute, &a.value, a.revision)).collect::<Vec<_>>()
            )
        })
        .collect();
    assert_eq!(seen, ["p0 a [(\"partner\", \"partners/p0\", 3)]", "p0 b []", "p1 a []", "p1 b []"]);
}
