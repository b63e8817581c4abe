//! Rewards over tables with edge sides, targets and retrospective rates, curves, steps and matrices. Expected values by
//! hand.

use tributary_core::Exact;

use super::support::{dec, marginal, rule, table};
use crate::{
    plan::{
        Curve, CurveEnd, CurveOf, CurvePoint, EdgeScale, EdgeSide, Indicator, Marginal, Matrix, NegativeMeasure,
        PaidOn, PartStep, Retrospective, Reward, Rule, Step, TierTable, WholeVolume,
    },
    reward::{Outcome, Terms, next_tier, pay},
};

pub fn exact(text: &str) -> Exact {
    dec(text).into()
}

pub fn at(x: &str) -> Terms<'static> {
    Terms { x: exact(x), ..Terms::default() }
}

fn against(x: &str, target: &str) -> Terms<'static> {
    Terms { target: Some(exact(target)), ..at(x) }
}

fn outcome(reward: Reward, terms: &Terms<'_>) -> Outcome {
    pay(&rule("r", reward), terms).expect("few digits")
}

pub fn pays(reward: Reward, terms: &Terms<'_>) -> String {
    outcome(reward, terms).exact.display()
}

/// Distance, rate and gain of the next edge.
fn next(reward: Reward, terms: &Terms<'_>) -> Option<(String, String, String)> {
    let rule = rule("r", reward);
    let now = pay(&rule, terms).expect("few digits");
    let next = next_tier(&rule, terms, 2, &now)?;
    Some((next.distance.to_string(), next.rate.normalize().to_string(), next.gain.display()))
}

fn told(distance: &str, rate: &str, gain: &str) -> Option<(String, String, String)> {
    Some((distance.to_owned(), rate.to_owned(), gain.to_owned()))
}

const QUOTA: &[(&str, &str, &str)] =
    &[("0", "0.06", "0"), ("1", "0.08", "0"), ("1.25", "0.10", "0"), ("1.5", "0.12", "0")];

fn of_target(tiers: &[(&str, &str, &str)]) -> TierTable {
    TierTable { edge_scale: EdgeScale::ShareOfTarget, ..table(tiers, EdgeSide::LowerInclusive) }
}

#[test]
fn a_tier_may_have_a_side_of_its_own() {
    // 20 % from 15,000 to 16,000, both edges inside.
    let mut sections = table(&[("0", "0", "0"), ("15000", "0.20", "0"), ("16000", "0", "0")], EdgeSide::LowerInclusive);
    sections.tiers[2].edge_side = Some(EdgeSide::UpperInclusive);
    let whole =
        |x| pays(Reward::WholeVolume(WholeVolume { table: sections.clone(), paid_on: PaidOn::Measure }), &at(x));
    let paid = ["14999.99", "15000", "15100", "16000", "16000.01"].map(whole);
    assert_eq!(paid, ["0", "3000", "3020", "3200", "0"]);
    // A flat of the upper tier follows the same edge.
    sections.tiers[2].flat = dec("7");
    let graduated = |x| pays(marginal(sections.clone()), &at(x));
    assert_eq!(graduated("16000"), "200");
    assert_eq!(graduated("16000.01"), "207");
}

#[test]
fn bands_of_attainment_slice_the_measure() {
    // 375,000 × 6 % + 93,750 × 8 % + 31,250 × 10 %.
    let quota = outcome(marginal(of_target(QUOTA)), &against("500000", "375000"));
    assert_eq!(quota.exact.display(), "33125");
    let edges: Vec<_> = quota.slices.iter().map(|s| (s.from.to_string(), s.to.map(|t| t.to_string()))).collect();
    assert_eq!(edges[1], ("375000".to_owned(), Some("468750".to_owned())));
    assert_eq!(quota.tier, Some(2));
    // Exactly on the quota the second band is reached, but has nothing in it.
    let whole = |x, target| {
        pays(
            Reward::WholeVolume(WholeVolume { table: of_target(QUOTA), paid_on: PaidOn::Measure }),
            &against(x, target),
        )
    };
    assert_eq!(whole("375000", "375000"), "30000");
    assert_eq!(whole("374999.99", "375000"), "22499.9994");
    // Without a target attainment is 0: the first band holds all.
    assert_eq!(pays(marginal(of_target(QUOTA)), &at("500000")), "30000");
    assert_eq!(next(marginal(of_target(QUOTA)), &against("374999.99", "375000")), told("0.01", "0.08", "0.0006"));
    assert_eq!(next(marginal(of_target(QUOTA)), &at("500000")), None);
}

#[test]
fn a_rate_may_be_paid_on_the_target_or_on_an_amount() {
    let on = |paid_on, terms: &Terms<'_>| {
        let table = of_target(&[("0", "0", "0"), ("0.9", "0.5", "0"), ("1", "1", "200")]);
        pays(Reward::WholeVolume(WholeVolume { table, paid_on }), terms)
    };
    assert_eq!(on(PaidOn::Target, &against("95", "100")), "50");
    assert_eq!(on(PaidOn::Target, &against("130", "100")), "300");
    assert_eq!(on(PaidOn::Amount(dec("4000")), &against("100", "100")), "4200");
    assert_eq!(on(PaidOn::Amount(dec("4000")), &against("89.99", "100")), "0");
    // Below 0 no rate is paid on the measure, so nothing is taken back.
    assert_eq!(on(PaidOn::Amount(dec("4000")), &against("-50", "100")), "0");
}

#[test]
fn the_reached_rate_may_be_paid_from_further_back() {
    let tiers = table(&[("0", "0", "0"), ("1000", "0.02", "10"), ("5000", "0.05", "0")], EdgeSide::LowerInclusive);
    let total = |from, terms: &Terms<'_>| {
        let marginal = Marginal { table: tiers.clone(), first_flat_at_zero: false, retrospective: Some(from) };
        let outcome = outcome(Reward::Marginal(marginal), terms);
        let sum: Exact = outcome.extra_slices.iter().map(|s| s.product.clone() + s.flat.into()).sum();
        assert_eq!(outcome.extra.as_ref(), Some(&sum));
        (outcome.exact.display(), sum.display())
    };
    let pair = |line: &str, total: &str| (line.to_owned(), total.to_owned());
    // Graduated: 4,000 × 2 % + 10 + 1,000 × 5 % = 140.
    assert_eq!(total(Retrospective::FirstUnit, &at("6000")), pair("140", "310"));
    assert_eq!(total(Retrospective::LowestBracket, &at("6000")), pair("140", "260"));
    // 2,000 × 2 % + 10 + 3,000 × 5 %.
    assert_eq!(total(Retrospective::Point(dec("3000")), &at("6000")), pair("140", "200"));
    let grown = Terms { last_year: Some(exact("3000")), ..at("6000") };
    assert_eq!(total(Retrospective::StartOfGrowth, &grown), pair("140", "200"));
    assert_eq!(total(Retrospective::StartOfGrowth, &at("6000")), pair("140", "310"));
    // A point above the measure, or inside the reached tier, adds nothing.
    assert_eq!(total(Retrospective::Point(dec("9000")), &at("6000")), pair("140", "140"));
    assert_eq!(total(Retrospective::Point(dec("5500")), &at("6000")), pair("140", "140"));
    // On the edge the rate is reached.
    assert_eq!(total(Retrospective::FirstUnit, &at("5000")), pair("90", "260"));
    assert_eq!(total(Retrospective::FirstUnit, &at("4999.99")), pair("89.9998", "109.9998"));
}

fn points(points: &[(&str, &str)]) -> Vec<CurvePoint> {
    points.iter().map(|(at, value)| CurvePoint { at: dec(at), value: dec(value) }).collect()
}

fn curve(of: CurveOf, list: &[(&str, &str)]) -> Curve {
    Curve {
        points: points(list),
        of,
        edge_scale: EdgeScale::Absolute,
        paid_on: PaidOn::Measure,
        below: CurveEnd::Nothing,
        above: CurveEnd::Level,
    }
}

#[test]
fn a_curve_runs_linearly_between_its_points() {
    let amounts = curve(CurveOf::Amount, &[("0", "0"), ("1000", "10"), ("3000", "50"), ("8000", "150")]);
    let pay = |curve: &Curve, x| pays(Reward::Curve(curve.clone()), &at(x));
    assert_eq!(
        ["0", "200", "1000", "1200", "3000", "4500", "8000", "9000"].map(|x| pay(&amounts, x)),
        ["0", "2", "10", "14", "50", "80", "150", "150"]
    );
    let continued = Curve { above: CurveEnd::Continue, ..amounts.clone() };
    assert_eq!(pay(&continued, "9000"), "170");
    let nothing = Curve { above: CurveEnd::Nothing, ..amounts };
    assert_eq!([pay(&nothing, "8000"), pay(&nothing, "8000.01")], ["150", "0"]);
    // A rate: at 2,000 halfway between 1 % and 2 %.
    let rates = curve(CurveOf::Rate, &[("1000", "0.01"), ("3000", "0.02")]);
    assert_eq!(["999.99", "1000", "2000", "3000", "4000"].map(|x| pay(&rates, x)), ["0", "10", "30", "60", "80"]);
    let level = Curve { below: CurveEnd::Level, ..rates.clone() };
    assert_eq!(pay(&level, "500"), "5");
    let down = Curve { below: CurveEnd::Continue, ..rates };
    // 0.5 % at 0, so 0.75 % at 500.
    assert_eq!(pay(&down, "500"), "3.75");
    assert_eq!(pay(&down, "-1000"), "-5");
}

#[test]
fn a_rate_without_an_end_as_a_decimal_stays_exact() {
    // At 1 of 3: a third of 1 % more; 4/300 × 1.
    let thirds = curve(CurveOf::Rate, &[("0", "0.01"), ("3", "0.02")]);
    let outcome = outcome(Reward::Curve(thirds), &at("1"));
    assert_eq!(outcome.exact, Exact::new(1.into(), 75.into()));
    assert!(outcome.slices.is_empty());
    assert_eq!(outcome.steps[0].after, outcome.exact);
    assert!(outcome.steps[0].reason.contains("gives 1/75"), "{}", outcome.steps[0].reason);
}

#[test]
fn a_curve_of_attainment_pays_on_what_it_says() {
    // Below 90 % nothing, then from 50 % of the bonus to all of it at the target, on to 120 %.
    let bonus = Curve {
        edge_scale: EdgeScale::ShareOfTarget,
        paid_on: PaidOn::Amount(dec("10000")),
        above: CurveEnd::Continue,
        ..curve(CurveOf::Rate, &[("0.9", "0.5"), ("1", "1")])
    };
    let pay = |x| pays(Reward::Curve(bonus.clone()), &against(x, "200"));
    assert_eq!(["179.99", "180", "190", "200", "208"].map(pay), ["0", "5000", "7500", "10000", "12000"]);
    assert_eq!(next(Reward::Curve(bonus.clone()), &against("190", "200")), told("10", "1", "2500"));
    assert_eq!(next(Reward::Curve(bonus.clone()), &against("200", "200")), None);
    assert_eq!(pays(Reward::Curve(bonus), &at("190")), "0");
}

fn step(above: &str, size: &str, amount: &str, part_step: PartStep, max_steps: u64) -> Step {
    Step {
        above: dec(above),
        step: dec(size),
        amount: dec(amount),
        part_step,
        max_steps,
        edge_scale: EdgeScale::Absolute,
    }
}

#[test]
fn steps_count_full_parts_or_shares() {
    let pay = |step: &Step, x| pays(Reward::Step(step.clone()), &at(x));
    let down = step("0", "10", "100", PartStep::Nothing, 0);
    assert_eq!(["0", "9.99", "10", "121"].map(|x| pay(&down, x)), ["0", "0", "100", "1200"]);
    let up = step("0", "10", "100", PartStep::Whole, 0);
    assert_eq!(["0", "0.01", "10", "10.01", "121"].map(|x| pay(&up, x)), ["0", "100", "100", "200", "1300"]);
    let share = step("0", "10", "100", PartStep::Share, 0);
    assert_eq!(["0", "5", "121"].map(|x| pay(&share, x)), ["0", "50", "1210"]);
    // 200 are free; at most two steps.
    let bounded = step("200", "10", "100", PartStep::Nothing, 2);
    assert_eq!(
        ["121", "209.99", "210", "219.99", "220", "500"].map(|x| pay(&bounded, x)),
        ["0", "0", "100", "100", "200", "200"]
    );
    // What comes back takes back what it earned.
    assert_eq!(pay(&down, "-121"), "-1200");
    assert_eq!(pay(&bounded, "-211"), "-100");
    // 5 % of the target per step above it: 10 per 50 above 1,000.
    let scaled = Step { edge_scale: EdgeScale::ShareOfTarget, ..step("1", "0.05", "10", PartStep::Nothing, 0) };
    assert_eq!(pays(Reward::Step(scaled.clone()), &against("1149.99", "1000")), "20");
    assert_eq!(pays(Reward::Step(scaled), &at("1149.99")), "0");
}

#[test]
fn the_next_step_is_told() {
    let of = |part, max, x| next(Reward::Step(step("200", "10", "100", part, max)), &at(x));
    assert_eq!(of(PartStep::Nothing, 0, "211.5"), told("8.5", "0", "100"));
    assert_eq!(of(PartStep::Nothing, 0, "100"), told("110", "0", "100"));
    assert_eq!(of(PartStep::Nothing, 2, "220"), None);
    // A part counts as a whole: one hundredth above the edge is enough.
    assert_eq!(of(PartStep::Whole, 0, "211.5"), told("8.51", "0", "100"));
    assert_eq!(of(PartStep::Whole, 0, "220"), told("0.01", "0", "100"));
    assert_eq!(of(PartStep::Share, 0, "215"), told("5", "0", "50"));
}

fn grid(of: CurveOf) -> Matrix {
    let row = |cells: [&str; 2]| cells.map(dec).to_vec();
    Matrix {
        column: Indicator::Figure("share-of-shelf".to_owned()),
        row_edges: vec![dec("0"), dec("1000")],
        column_edges: vec![dec("0.5"), dec("0.8")],
        rows: vec![row(["0.01", "0.02"]), row(["0.03", "0.04"])],
        of,
        edge_side: EdgeSide::LowerInclusive,
    }
}

#[test]
fn a_matrix_picks_row_and_column() {
    let under = |matrix: &Matrix, x, column: Option<&str>| {
        pays(Reward::Matrix(matrix.clone()), &Terms { column: column.map(exact), ..at(x) })
    };
    let rates = grid(CurveOf::Rate);
    assert_eq!(under(&rates, "999.99", Some("0.5")), "9.9999");
    assert_eq!(under(&rates, "1000", Some("0.79")), "30");
    assert_eq!(under(&rates, "1000", Some("0.8")), "40");
    assert_eq!(under(&rates, "1000", Some("0.49")), "0");
    assert_eq!(under(&rates, "1000", None), "0");
    assert_eq!(under(&rates, "-1000", Some("0.8")), "-20");
    let upper = Matrix { edge_side: EdgeSide::UpperInclusive, ..rates.clone() };
    assert_eq!(under(&upper, "1000", Some("0.8")), "10");
    assert_eq!(under(&upper, "1000", Some("0.5")), "0");
    let amounts = grid(CurveOf::Amount);
    assert_eq!(under(&amounts, "5000", Some("0.9")), "0.04");
    assert_eq!(under(&amounts, "-5000", Some("0.9")), "0");
    let terms = Terms { column: Some(exact("0.8")), ..at("999") };
    // 1,000 × 4 % − 999 × 2 %.
    assert_eq!(next(Reward::Matrix(rates.clone()), &terms), told("1", "0.04", "20.02"));
    assert_eq!(next(Reward::Matrix(rates), &Terms { x: exact("1000"), ..terms }), None);
}

#[test]
fn what_is_below_zero_is_owed_dropped_or_carried() {
    let under = |policy, reward: Reward| {
        let outcome = pay(&Rule { negative_measure: policy, ..rule("r", reward) }, &at("-100")).expect("few digits");
        (outcome.exact.display(), outcome.carried.map(|c| c.display()))
    };
    let flat_rate = || marginal(table(&[("0", "0.1", "3")], EdgeSide::LowerInclusive));
    let none = |amount: &str| (amount.to_owned(), None);
    assert_eq!(under(NegativeMeasure::Signed, flat_rate()), none("-10"));
    assert_eq!(under(NegativeMeasure::Zero, flat_rate()), none("0"));
    assert_eq!(under(NegativeMeasure::Carry, flat_rate()), ("0".to_owned(), Some("100".to_owned())));
    let steps = || Reward::Step(step("0", "10", "1", PartStep::Nothing, 0));
    assert_eq!(under(NegativeMeasure::Signed, steps()), none("-10"));
    assert_eq!(under(NegativeMeasure::Zero, steps()), none("0"));
    let amounts = || Reward::Curve(curve(CurveOf::Amount, &[("0", "5"), ("10", "6")]));
    assert_eq!(under(NegativeMeasure::Signed, amounts()), none("0"));
    assert_eq!(under(NegativeMeasure::Carry, amounts()), ("0".to_owned(), Some("100".to_owned())));
}
