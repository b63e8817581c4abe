//! What a partner's own user sees of a line: nothing of other partners, and no label. Expected values by hand.

use super::{
    examples::flat_rate,
    support::{currency, day, dec, in_run, lookup, payees, period, plan, rule, sale},
};
use crate::{
    assignment::{Assignment, AssignmentTarget, Attributes},
    engine::{Engine, Figure, Inputs, LineResult, Link},
    explain::{fault_for, for_partner, line_sentences, line_table},
    plan::{
        AttributeCondition, CapScope, Condition, FrozenNode, Gate, Hold, HoldUntil, Override, OverrideLevel, PlanSpec,
        Reward, Rule, ShareOf, SharePayee, SharedCap, Split, SplitShare,
    },
    run::StatementLine,
};

fn labelled(value: &str) -> Condition {
    Condition::Attribute(AttributeCondition { attribute: "label:risk".to_owned(), values: vec![value.to_owned()] })
}

/// 10 %, half of it for whoever is not known as good, held until cleared; a fourth stays, the rest goes to the media partner by
/// what that invested. All together at most 120.00.
fn shared() -> PlanSpec {
    let share = |payee, share| SplitShare { payee, share, minimum: None };
    let shares = vec![
        share(SharePayee::Own, ShareOf::Weight(1)),
        share(SharePayee::Partner("partners/media".to_owned()), ShareOf::WeightFigure("invested".to_owned())),
    ];
    let rule = Rule {
        gates: vec![Gate { title: "standing".to_owned(), when: labelled("zzgood"), otherwise: dec("0.5") }],
        holds: vec![Hold { title: "risk".to_owned(), until: HoldUntil::Condition(Box::new(labelled("zzcleared"))) }],
        split: Some(Split { shares, less_figure: String::new() }),
        ..rule("r", flat_rate("0.1"))
    };
    let cap = SharedCap {
        id: "budget".to_owned(),
        title: "Budget of all".to_owned(),
        rules: Vec::new(),
        amount: dec("120"),
        currency: currency("CNY"),
        scope: CapScope::Plan,
        yearly: false,
    };
    let watched = Assignment { target: AssignmentTarget::Label("risk=zzwatched".to_owned()), priority: 0 };
    PlanSpec { shared_caps: vec![cap], assignments: vec![watched], ..plan(vec![rule]) }
}

fn named(key: &str) -> Attributes {
    Attributes {
        partner: format!("partners/{key}"),
        business_key: key.to_owned(),
        labels: [("risk".to_owned(), "zzwatched".to_owned())].into(),
        revision: 3,
        ..Attributes::default()
    }
}

fn lines() -> Vec<StatementLine> {
    let mut inputs = lookup(&["anqing", "baoding", "media"].map(named));
    let invested = Figure {
        from: day("2012-07-01"),
        to: day("2012-10-01"),
        currency: None,
        value: dec("3"),
        source: "figures/crm/zzinvested".to_owned(),
    };
    inputs.figures.0.insert((2, "invested".to_owned()), vec![invested]);
    let mut engine = Engine::new(period("2012-Q3"), vec![in_run("s", shared())]);
    for (payee, id, net) in [(0, "1", "1000"), (1, "2", "3000")] {
        let mut row = sale(id, "2012-07-01", net);
        row.payee = payee;
        engine.absorb(&row.as_fact());
    }
    engine.finish(&inputs).expect("runs").into_iter().map(StatementLine::from).collect()
}

/// Everything that is told of a line.
fn told(line: &StatementLine) -> String {
    format!("{line:?}\n{}\n{}", line_sentences(line, "you").join("\n"), line_table(line))
}

fn seen(mut line: StatementLine) -> StatementLine {
    for_partner(&mut line);
    line
}

#[test]
fn what_others_earned_and_labels_are_left_out() {
    // 100.00 and 300.00, halved: 50.00 and 150.00. Of 120.00 they get 30.00 and 90.00; a fourth of each stays.
    let [anqing, baoding, media]: [StatementLine; 3] = lines().try_into().expect("three");
    let amounts = [&anqing, &baoding, &media].map(|line| line.amount.number());
    assert_eq!(amounts, ["7.50", "22.50", "90.00"]);
    // What the house reads names others, their amounts and labels.
    for ours in ["media", "200.00", "zzwatched", "zzgood", "zzcleared", "zzinvested", "1 of 4 parts"] {
        assert!(told(&anqing).contains(ours), "{ours}");
    }
    for ours in ["anqing", "baoding", "30.00", "zzcleared"] {
        assert!(told(&media).contains(ours), "{ours}");
    }
    let (anqing, media) = (seen(anqing), seen(media));
    for theirs in ["media", "200.00", "120.00", "parts", "zz", "label"] {
        assert!(!told(&anqing).contains(theirs), "{theirs}: {}", told(&anqing));
    }
    for theirs in ["anqing", "baoding", "30.00", "120.00", "zz", "label"] {
        assert!(!told(&media).contains(theirs), "{theirs}: {}", told(&media));
    }
    let steps = |line: &StatementLine| {
        let step = |s: &crate::trace::StepTrace| format!("{}: {} → {}: {}", s.name, s.before, s.after, s.reason);
        line.trace.steps.iter().map(step).collect::<Vec<_>>()
    };
    assert_eq!(
        steps(&anqing),
        [
            "gate: 100 → 50: the condition \"standing\" does not hold, so 0.5 of it is left",
            "shared cap budget: 50 → 30: it bounds what several lines come to together",
            "split: 30 → 7.5: the rounded amount is split; this part is the payee's own",
        ]
    );
    assert_eq!(steps(&media), ["share: 0 → 90: the payee's parts of pools of other payees, added up"]);
    assert_eq!((media.measure, media.trace.measure.value), (dec("90"), dec("90")));
    let holds = [&anqing, &media].map(|line| line.holds[0].reason.clone());
    assert_eq!(holds, ["a condition of the plan is not met", "what it is a part of is held"]);
    assert!(anqing.trace.attributes.is_empty() && anqing.trace.measure.facts_digest.is_empty(), "{anqing:?}");
    let sentences = line_sentences(&media, "Media");
    assert!(
        sentences.contains(&"Parts of pools of other payees that are of Media: CNY 90.00.".to_owned()),
        "{sentences:?}"
    );
}

#[test]
fn a_settlement_tells_no_label_either() {
    use crate::settlement::{Hold as Held, HoldKind, Line};
    let held = |kind, reason: &str| Held { kind, reason: reason.to_owned(), author: String::new() };
    // A rule may be called as the part is.
    assert!(!crate::explain::is_part_of_pools("s.share") && crate::explain::is_part_of_pools("s.share.share"));
    let line = |id: &str| Line { id: id.to_owned(), title: String::new(), amount: 750, holds: Vec::new() };
    let mut settlement = super::settlements::settlement(vec![line("s.r"), line("s.r.share")], Vec::new(), "DEALER");
    let risk = "risk: label risk is \"zzwatched\", zzcleared is needed";
    settlement.lines[0].holds =
        vec![held(HoldKind::Rule, risk), held(HoldKind::Rule, "30 days after the end of the period")];
    settlement.lines[1].holds = vec![held(HoldKind::Rule, "attainment is 0.4, at least 1 is needed")];
    let shown = settlement.clone().for_partner();
    let reasons: Vec<&str> = shown.lines.iter().flat_map(|l| &l.holds).map(|h| h.reason.as_str()).collect();
    assert_eq!(
        reasons,
        ["a condition of the plan is not met", "30 days after the end of the period", "what it is a part of is held"]
    );
    settlement.lines[0].holds = vec![held(HoldKind::Manual, "label this first")];
    settlement.lines[1].holds.clear();
    assert_eq!(settlement.clone().for_partner(), settlement, "what a person wrote is meant for the partner");
}

#[test]
fn why_nothing_can_be_calculated_names_nobody() {
    let mut engine = Engine::new(period("2012-Q3"), vec![in_run("s", shared()), in_run("s", shared())]);
    engine.absorb(&sale("1", "2012-07-01", "10").as_fact());
    let fault = engine.finish(&lookup(&["anqing", "baoding", "media"].map(named))).expect_err("two plans fit");
    assert!(fault.message().contains("by label risk=zzwatched"), "{}", fault.message());
    assert_eq!(fault_for(false, fault.clone()), fault);
    let told = fault_for(true, fault.clone());
    assert_eq!((told.reason(), told.message().contains("zz")), (fault.reason(), false));
    assert!(told.metadata().is_empty(), "{told:?}");
    let other = tributary_core::Fault::invalid_field("period", "is wrong");
    assert_eq!(fault_for(true, other.clone()), other);
}

#[test]
fn the_hierarchy_names_nobody() {
    let level = OverrideLevel { level: 1, rate: dec("0.05") };
    let up = rule("r", Reward::Override(Override { levels: vec![level], frozen: FrozenNode::Hold }));
    let mut engine = Engine::new(period("2012-Q3"), vec![in_run("s", plan(vec![up, rule("own", flat_rate("0.1"))]))]);
    engine.absorb(&sale("1", "2012-07-01", "100").as_fact());
    let mut inputs = Inputs::of_payees(payees(2));
    let mut under = |node, parent| {
        inputs.tree.0.entry(node).or_default().push(Link { from: day("2010-01-01"), parent: Some(parent) });
    };
    under(0, 1);
    under(1, 0);
    let found: Vec<LineResult> = engine.finish(&inputs).expect("runs");
    let upline = StatementLine::from(found[1].clone());
    assert!(told(&upline).contains("\"p0\""), "{}", told(&upline));
    let upline = seen(upline);
    assert!(!told(&upline).contains("p0"), "{}", told(&upline));
    assert_eq!(
        (upline.amount.number().as_str(), upline.measure),
        ("5.00", dec("100")),
        "what it is paid on is its own"
    );

    // The seller's own lines say why nobody is credited.
    let mut inputs = Inputs::of_payees(payees(1));
    inputs.tree.0.entry(0).or_default().push(Link { from: day("2010-01-01"), parent: Some(9) });
    let found: Vec<LineResult> = engine.finish(&inputs).expect("runs");
    let own = StatementLine::from(found[0].clone());
    assert!(own.trace.not_fired[0].reason.contains("the hierarchy has a hole"), "{own:?}");
    let reason = &seen(own).trace.not_fired[0].reason;
    assert_eq!(reason, "no sale of the downline in CNY from 2012-07-01 to 2012-09-30 passes the measure");
}
