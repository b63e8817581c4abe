//! Words and tables of a trace.

use super::support::{currency, growth, in_run, lookup, marginal, period, plan, rule, sale, table};
use crate::{
    assignment::{Assignment, AssignmentTarget, Attributes},
    engine::{Engine, LineResult},
    explain::{sentences, table as text_table},
    fact::FactKind,
    plan::{EdgeSide, MeasureField, PlanSpec, Reward},
    trace::LineTrace,
};

fn lines(spec: PlanSpec, sales: &[super::support::Sale]) -> Vec<LineResult> {
    let mut engine = Engine::new(period("2012-Q3"), vec![in_run("s", spec)]);
    for sale in sales {
        let sale = super::support::Sale { currency: currency("USD"), ..sale.clone() };
        engine.absorb(&sale.as_fact());
    }
    let payee = Attributes {
        business_key: "ps".to_owned(),
        tier: Some("advanced".to_owned()),
        revision: 3,
        ..Attributes::default()
    };
    engine.finish(&lookup(&[payee])).expect("runs")
}

fn standard() -> PlanSpec {
    let mut spec = plan(vec![
        rule("r", marginal(table(&[("0", "0.15", "0"), ("1000000", "0.20", "50")], EdgeSide::LowerInclusive))),
        rule("g", Reward::Growth(growth(table(&[("0", "0.03", "0")], EdgeSide::LowerInclusive)))),
    ]);
    spec.rules[0].measure.as_mut().expect("a measure").kinds = vec![FactKind::SellIn];
    spec.assignments = vec![Assignment { target: AssignmentTarget::Tier("advanced".to_owned()), priority: 0 }];
    spec
}

#[test]
fn one_sentence_per_step() {
    let found = lines(standard(), &[sale("1", "2012-07-01", "900000"), sale("2", "2012-07-02", "37700")]);
    assert_eq!(
        sentences(&found[0].trace, "Progressive Sports"),
        [
            "Net sales of Progressive Sports from 2012-07-01 to 2012-09-30: USD 937,700.00 from 2 facts.",
            "Facts that count: SELL_IN.",
            "The plan applies because of tier \"advanced\".",
            "In the tier from 0 to 1,000,000, 937,700.00 at 15 % gives 140,655.00.",
            "The line is USD 140,655.00; nothing had to be rounded.",
            "USD 62,300.00 more by 2012-09-30 reaches 20 %, which pays 9,395.00 more.",
            "Rule \"g\" of the same plan gave no line: no fact in USD from 2011-07-01 to 2011-09-30 passes the measure, \
             so there is no base; under this rule that gives no line.",
        ]
    );
    let found = lines(standard(), &[sale("1", "2012-07-01", "1000000.01")]);
    let told = sentences(&found[0].trace, "P");
    assert_eq!(
        told[3..7],
        [
            "In the tier from 0 to 1,000,000, 1,000,000.00 at 15 % gives 150,000.00.",
            "In the tier from 1,000,000 up, 0.01 at 20 % gives 0.002, plus a fixed 50.00.",
            "Together: 150,050.002.",
            "The exact value 150,050.002 is rounded half away from zero to the line of USD 150,050.00.",
        ]
    );
}

#[test]
fn growth_is_told_with_its_base() {
    let found = lines(standard(), &[sale("1", "2011-07-01", "3000"), sale("2", "2012-07-01", "4000")]);
    let told = sentences(&found[1].trace, "P");
    assert_eq!(
        told[3..7],
        [
            "The base from 2011-07-01 to 2011-09-30 is USD 3,000.00 from 1 fact.",
            "Growth is 1,000.00 ÷ 3,000.00 = 33.333333… %.",
            "In the tier from 0 % up, 1,000.00 at 3 % gives 30.00.",
            "The line is USD 30.00; nothing had to be rounded.",
        ]
    );
}

#[test]
fn units_and_steps_are_told() {
    let mut spec = plan(vec![rule("r", marginal(table(&[("0", "2.5", "0")], EdgeSide::LowerInclusive)))]);
    spec.rules[0].measure.as_mut().expect("a measure").field = MeasureField::Quantity;
    spec.rules[0].negative_measure = crate::plan::NegativeMeasure::Zero;
    let mut back = sale("1", "2012-07-01", "0");
    back.quantity = -1_500_000;
    let told = sentences(&lines(spec, &[back])[0].trace, "P");
    assert_eq!(told[0], "Quantity of P from 2012-07-01 to 2012-09-30: -1.5 units from 1 fact.");
    assert_eq!(
        told[2..4],
        [
            "In the tier from 0 up, -1.5 at 2.50 per unit gives -3.75.",
            "Negative measure: the measure is below 0; under this rule that earns nothing, so -3.75 becomes 0.00.",
        ]
    );
}

#[test]
fn the_table_is_aligned() {
    let trace = &lines(standard(), &[sale("1", "2012-07-01", "1600000")])[0].trace;
    let text = text_table(trace);
    let slices: Vec<&str> = text.lines().filter(|l| l.starts_with("  ")).collect();
    assert_eq!(
        slices,
        [
            "       from         to  amount in slice  rate     product   flat",
            "          0  1,000,000     1,000,000.00  15 %  150,000.00   0.00",
            "  1,000,000       open       600,000.00  20 %  120,000.00  50.00",
        ]
    );
    assert!(text.contains("\namount    USD 270,050.00\n"), "{text}");
}

#[test]
fn a_trace_survives_its_stored_form() {
    for line in lines(standard(), &[sale("1", "2011-07-01", "3"), sale("2", "2012-07-01", "4")]) {
        let text = serde_json::to_string(&line.trace).expect("serialises");
        assert_eq!(serde_json::from_str::<LineTrace>(&text).expect("reads"), line.trace);
    }
}
