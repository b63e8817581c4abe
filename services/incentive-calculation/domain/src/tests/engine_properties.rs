//! What must hold for any facts, numbering of payees and shards, under a plan that uses everything at once.

use proptest::{collection::vec, prelude::*};
use tributary_core::Exact;

use super::{
    examples::flat_rate,
    support::{Sale, currency, day, dec, in_run, lookup, payees, period, plan, rule, sale, table, whole},
};
use crate::{
    digest::run_digest,
    engine::{Engine, Inputs, LineResult, Link, PlanInRun},
    fact::FactKind,
    plan::{
        CapScope, Condition, EdgeSide, FrozenNode, Gate, Indicator, IndicatorCondition, MeasureField, NegativeMeasure,
        Override, OverrideLevel, PerFact, PlanSpec, Reward, Rule, ShareOf, SharePayee, SharedCap, Split, SplitShare,
        Window,
    },
};

/// Payees 0 to 4 sell, 5 and 6 stand above them, 7 shares what 0 to 4 earn.
const PAYEES: u32 = 8;

fn everything() -> Vec<PlanInRun> {
    let tiers = table(&[("0", "0.01", "0"), ("500", "0.025", "1")], EdgeSide::LowerInclusive);
    let mut shared = rule("shared", whole(tiers));
    let share = |payee, weight| SplitShare { payee, share: ShareOf::Weight(weight), minimum: None };
    let shares = vec![share(SharePayee::Own, 2), share(SharePayee::Partner("partners/p7".to_owned()), 1)];
    shared.split = Some(Split { shares, less_figure: String::new() });
    let mut gated = rule("gated", flat_rate("0.03"));
    let mut sold = super::support::measure(MeasureField::DistinctOrders);
    sold.window = Window::YearToDate;
    let when = Condition::Indicator(IndicatorCondition {
        indicator: Indicator::Measure(sold),
        at_least: Some(dec("3")),
        below: None,
    });
    gated.gates = vec![Gate { title: String::new(), when, otherwise: dec("0.5") }];
    let per_fact = PerFact { rate: dec("0.0333"), cap: Some(dec("20")), ..PerFact::default() };
    let single = Rule { negative_measure: NegativeMeasure::Signed, ..rule("single", Reward::PerFact(per_fact)) };
    let level = |level, rate| OverrideLevel { level, rate: dec(rate) };
    let above = Override { levels: vec![level(1, "0.01"), level(2, "0.007")], frozen: FrozenNode::Compress };
    let cap = |id: &str, amount, scope| SharedCap {
        id: id.to_owned(),
        title: String::new(),
        rules: Vec::new(),
        amount: dec(amount),
        currency: currency("CNY"),
        scope,
        yearly: false,
    };
    let spec = PlanSpec {
        shared_caps: vec![cap("each", "90", CapScope::Payee), cap("all", "200", CapScope::Plan)],
        ..plan(vec![shared, gated, single, rule("above", Reward::Override(above))])
    };
    let joined = {
        let mut r = rule("joined", flat_rate("0.01"));
        r.measure.as_mut().expect("a measure").window = Window::SinceJoining;
        r
    };
    vec![in_run("a", spec), in_run("b", plan(vec![joined]))]
}

fn inputs(turn: u32) -> Inputs {
    let mut attributes = payees(PAYEES);
    attributes.rotate_right(usize::try_from(turn).expect("small"));
    let mut inputs = lookup(&attributes);
    let number = |n: u32| (n + turn) % PAYEES;
    for n in 0..5 {
        let links = [
            Link { from: day("2010-01-01"), parent: Some(number(5)) },
            Link { from: day("2012-08-01"), parent: Some(number(6)) },
        ];
        inputs.tree.0.insert(number(n), links.to_vec());
    }
    inputs.tree.0.insert(number(6), vec![Link { from: day("2012-08-15"), parent: Some(number(5)) }]);
    inputs.payees.get_mut(&number(6)).expect("there").frozen = vec![(day("2012-08-10"), day("2012-08-12"))];
    inputs.payees.get_mut(&number(1)).expect("there").membership = Some(vec![(day("2012-08-03"), day("2199-01-01"))]);
    inputs
}

/// Rows of (payee, cents, days after 1 June 2012, whether it returns the row before).
fn facts(rows: &[(u32, i64, i64, bool)]) -> Vec<Sale> {
    let row = |(i, (payee, cents, after, back)): (usize, &(u32, i64, i64, bool))| {
        let mut fact = sale(&format!("{i:04}"), "2012-06-01", "0");
        (fact.payee, fact.net, fact.day) = (*payee, cents * 10_000, fact.day.plus_days(*after));
        fact.hash = [u8::try_from(i).expect("few rows"); 32];
        if *back && i > 0 {
            (fact.kind, fact.net, fact.original) = (FactKind::Return, -fact.net.abs(), format!("{:04}", i - 1));
            fact.payee = rows[i - 1].0;
        }
        fact
    };
    rows.iter().enumerate().map(row).collect()
}

fn sales_wanted(engine: &mut Engine, facts: &[Sale], turn: u32) {
    let wanted = engine.wanted_sales();
    for fact in facts.iter().filter(|f| wanted.iter().any(|(_, id)| *id == f.id)) {
        engine.absorb_sale(&turned(fact, turn).as_fact());
    }
}

fn turned(fact: &Sale, turn: u32) -> Sale {
    Sale { payee: (fact.payee + turn) % PAYEES, ..fact.clone() }
}

fn measured(facts: &[Sale], turn: u32) -> Vec<LineResult> {
    let mut engine = Engine::new(period("2012-Q3"), everything());
    facts.iter().for_each(|f| engine.absorb(&turned(f, turn).as_fact()));
    sales_wanted(&mut engine, facts, turn);
    engine.finish(&inputs(turn)).expect("runs")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn numbering_and_shards_leave_lines_and_digest_alone(
        rows in vec((0..5_u32, -20_000..60_000_i64, 0..120_i64, any::<bool>()), 1..40),
        turn in 1..PAYEES,
        shards in 2..5_u32,
    ) {
        let facts = facts(&rows);
        let lines = measured(&facts, 0);
        prop_assert_eq!(run_digest(&lines), run_digest(&measured(&facts, turn)));
        let mut engines: Vec<Engine> = (0..shards).map(|_| Engine::new(period("2012-Q3"), everything())).collect();
        for fact in &facts {
            engines[usize::try_from(fact.payee % shards).expect("small")].absorb(&fact.as_fact());
        }
        let mut merged = engines.pop().expect("one");
        for engine in engines {
            merged.merge(engine).expect("other payees");
        }
        sales_wanted(&mut merged, &facts, 0);
        prop_assert_eq!(&lines, &merged.finish(&inputs(0)).expect("runs"));
    }

    #[test]
    fn every_line_follows_from_its_slices_and_steps_and_pools_are_shared_whole(
        rows in vec((0..5_u32, -20_000..60_000_i64, 0..120_i64, any::<bool>()), 1..40),
    ) {
        let lines = measured(&facts(&rows), 0);
        let (mut pools, mut shares) = (0, 0);
        for line in &lines {
            let trace = &line.trace;
            let mut running: Exact = trace.slices.iter().map(|s| s.product.clone() + s.flat.into()).sum();
            for step in &trace.steps {
                if !trace.slices.is_empty() || step.name == "share" {
                    prop_assert_eq!(&step.before, &running, "{} {}: {:?}", line.rule, line.part, trace.steps);
                }
                running = step.after.clone();
            }
            if trace.slices.is_empty() && trace.steps.is_empty() { continue; }
            prop_assert_eq!(&running, &line.exact, "{} {}", line.rule, line.part);
            prop_assert_eq!(line.exact.round_to(2, trace.rounding), Some(line.amount.value));
            let split = trace.steps.iter().find(|s| s.name == "split");
            if let Some(split) = split {
                // What was split is the rounded amount before, exact or cut to the cent.
                pools += split.before.round_to(2, trace.rounding).expect("small");
                shares += line.amount.value;
            }
            if line.part == "share" { shares += line.amount.value; }
        }
        prop_assert_eq!(pools, shares);
        // No payee has more than 90 under the cap of each, nor all together more than 200.
        let total: i64 = lines.iter().filter(|l| l.slot == "a").map(|l| l.amount.value).sum();
        prop_assert!(total <= 20_000, "{total}");
    }
}
