//! What a rule needs and forbids, by itself.

use tributary_core::Decimal;

use super::super::support::{day, dec, growth, marginal, measure, rule, table};
use super::{TWO, attribute, bounds, curve, fields, gated, kpi, of, scaled, sound, target, two};
use crate::plan::{
    Baseline, Condition, Curve, CurveEnd, CurveOf, EdgeScale, EdgeSide, FactorStep, FrozenNode, Gate, Hold, HoldUntil,
    InKind, InKindSort, Indicator, Limits, Marginal, Matrix, Measure, MeasureField, MissingIndicator, MissingTarget,
    Multiplier, NegativeMeasure, Override, OverrideLevel, PaidOn, PartStep, PerFact, PerFactOn, ProfitShare,
    Retrospective, Reward, Rule, ScoreCard, ScoreItem, ScoreOf, Step, Target, TargetOf, WholeVolume, Window,
};

#[test]
fn a_measure_names_facts_or_a_figure() {
    let with = |change: &dyn Fn(&mut Measure)| {
        let mut rule = sound();
        change(rule.measure.as_mut().expect("a measure"));
        of(rule)
    };
    let figure =
        |m: &mut Measure| (m.field, m.kinds, m.figure) = (MeasureField::Figure, Vec::new(), "footfall".to_owned());
    assert_eq!(with(&figure), Vec::<String>::new());
    assert_eq!(
        with(&|m| m.field = MeasureField::Figure),
        [
            "rules[0].measure.figure: \"\" is not the name of a figure; write it as \"quota\"",
            "rules[0].measure.kinds: is not used; a figure counts no facts, so leave it empty",
        ]
    );
    assert_eq!(
        with(&|m| m.figure = "quota".to_owned()),
        ["rules[0].measure.figure: \"quota\" is not used; leave it out, or set field FIGURE"]
    );
    assert_eq!(
        with(&|m| m.window = Window::TrailingMonths(121)),
        ["rules[0].measure.window.trailing_months: 121 are more than 120; leave some out"]
    );
    assert_eq!(with(&|m| m.sub_channels = vec!["tmall".to_owned(), "tmall".to_owned()]).len(), 1);
    assert_eq!(of(Rule { measure: None, ..sound() }), ["rules[0].measure: is missing; R01 marginal looks at one"]);
}

#[test]
fn a_target_stands_where_something_is_measured_against_it() {
    let missing = |what: &str| vec![format!("rules[0].target: is missing; {what} is measured against it")];
    assert_eq!(of(rule("r", marginal(scaled()))), missing("a share of a target"));
    assert_eq!(of(Rule { target: target("100"), ..rule("r", marginal(scaled())) }), Vec::<String>::new());
    let on_target = Reward::WholeVolume(WholeVolume { table: two(), paid_on: PaidOn::Target });
    assert_eq!(of(rule("r", on_target)), missing("a rate paid on the target"));
    let asks = Condition::Not(Box::new(bounds(Indicator::Attainment, Some("1"), None)));
    assert_eq!(of(gated(asks.clone())), missing("attainment"));
    assert_eq!(
        of(Rule { holds: vec![Hold { title: String::new(), until: HoldUntil::Condition(Box::new(asks)) }], ..sound() }),
        missing("attainment")
    );
    assert_eq!(
        of(Rule { target: target("100"), ..sound() }),
        ["rules[0].target: is not used; leave it out, or set edge_scale SHARE_OF_TARGET or an indicator of attainment"]
    );
    assert_eq!(
        of(Rule { target: target("0"), ..rule("r", marginal(scaled())) }),
        ["rules[0].target.amount: 0 is not above 0; use a number above 0"]
    );
    let named = Target { of: TargetOf::Figure("Quota!".to_owned()), missing: MissingTarget::Skip };
    assert_eq!(fields(Rule { target: Some(named), ..rule("r", marginal(scaled())) }), ["target.figure"]);
}

#[test]
fn what_earlier_periods_stated_needs_a_window_with_a_fixed_beginning() {
    let with = |window, policy| {
        let mut rule = Rule { less_stated: true, negative_measure: policy, ..sound() };
        rule.measure.as_mut().expect("a measure").window = window;
        fields(rule)
    };
    let signed = NegativeMeasure::Signed;
    for window in [Window::YearToDate, Window::Since(day("2026-01-01")), Window::SinceJoining] {
        assert_eq!(with(window, signed), Vec::<String>::new());
    }
    assert_eq!(with(Window::Period, signed), ["measure.window"]);
    assert_eq!(with(Window::TrailingMonths(3), signed), ["measure.window.trailing_months"]);
    assert_eq!(with(Window::YearToDate, NegativeMeasure::Carry), ["negative_measure"]);
}

#[test]
fn a_negative_measure_is_carried_only_where_there_is_one() {
    let carried = |reward| fields(Rule { negative_measure: NegativeMeasure::Carry, ..rule("r", reward) });
    assert_eq!(carried(marginal(two())), Vec::<String>::new());
    assert_eq!(carried(Reward::PerFact(PerFact { rate: dec("0.1"), ..PerFact::default() })), ["negative_measure"]);
    let share =
        ProfitShare { rate: dec("0.1"), baseline: Baseline::None, guaranteed: Decimal::ZERO, carry_losses: true };
    assert_eq!(carried(Reward::ProfitShare(share)), ["negative_measure"]);
}

#[test]
fn retrospective_rates_never_fall() {
    let with = |tiers, from| {
        let table = table(tiers, EdgeSide::LowerInclusive);
        of(rule("r", Reward::Marginal(Marginal { table, first_flat_at_zero: false, retrospective: Some(from) })))
    };
    assert_eq!(with(TWO, Retrospective::FirstUnit), Vec::<String>::new());
    assert_eq!(
        with(&[("0", "0.02", "0"), ("1000", "0.01", "0")], Retrospective::FirstUnit),
        ["rules[0].marginal.table.tiers[1].rate: 0.01 is below 0.02 of the tier before; \
          a rate that is paid from further back must not fall"]
    );
    assert_eq!(
        with(TWO, Retrospective::Point(dec("-1"))),
        ["rules[0].marginal.retrospective.point: -1 is below 0; use 0 or more"]
    );
}

#[test]
fn a_per_fact_reward_says_one_thing() {
    let with = |reward| fields(rule("r", Reward::PerFact(reward)));
    let flat = || PerFact { rate: dec("0.1"), ..PerFact::default() };
    assert_eq!(with(flat()), Vec::<String>::new());
    assert_eq!(with(PerFact::default()), ["per_fact"]);
    assert_eq!(
        with(PerFact { rate: dec("1.1"), per_unit: dec("-1"), ..flat() }),
        ["per_fact.rate", "per_fact.per_unit"]
    );
    assert_eq!(with(PerFact { table: Some(two()), ..flat() }), ["per_fact.rate"]);
    assert_eq!(with(PerFact { on: PerFactOn::RunningTotal, ..flat() }), ["per_fact.on"]);
    assert_eq!(with(PerFact { floor: Some(dec("5")), cap: Some(dec("4")), ..flat() }), ["per_fact.floor"]);
    assert_eq!(with(PerFact { cap: Some(dec("0")), ..flat() }), ["per_fact.cap"]);
    let mut distinct = rule("r", Reward::PerFact(flat()));
    distinct.measure = Some(Measure { window: Window::YearToDate, ..measure(MeasureField::DistinctOrders) });
    assert_eq!(fields(distinct), ["measure.field", "measure.window"]);
}

#[test]
fn curves_ascend_and_never_lead_below_zero() {
    let with = |curve| of(rule("r", Reward::Curve(curve)));
    let good = || curve(&[("0", "0.01"), ("100", "0.02")]);
    assert_eq!(with(good()), Vec::<String>::new());
    assert_eq!(with(curve(&[("0", "0.01")])), ["rules[0].curve.points: 1 are fewer than 2; add at least 2"]);
    assert_eq!(
        with(curve(&[("100", "0.01"), ("100", "1.5")])),
        [
            "rules[0].curve.points[1].at: 100 is not above 100, the one before; list the lowest first",
            "rules[0].curve.points[1].value: 1.5 is above 1, which is 100 %; \"0.15\" is 15 %",
        ]
    );
    // Paid on a given amount a rate may be more than all of it.
    let bonus = Curve { paid_on: PaidOn::Amount(dec("100")), ..curve(&[("0", "0.5"), ("100", "1.5")]) };
    assert_eq!(with(bonus.clone()), Vec::<String>::new());
    assert_eq!(with(Curve { paid_on: PaidOn::Amount(dec("0")), ..bonus.clone() }).len(), 1);
    assert_eq!(with(Curve { of: CurveOf::Amount, ..bonus }).len(), 1);
    let falling = curve(&[("100", "0.02"), ("200", "0.01")]);
    assert_eq!(
        with(Curve { above: CurveEnd::Continue, ..falling.clone() }),
        ["rules[0].curve.above: the line falls and would go below 0; use NOTHING or LEVEL"]
    );
    assert_eq!(with(Curve { below: CurveEnd::Continue, ..falling }), Vec::<String>::new());
    // 1 % at 100, 2 % at 150: 0 at 50 already.
    let steep = Curve { below: CurveEnd::Continue, ..curve(&[("100", "0.01"), ("150", "0.02")]) };
    assert_eq!(
        with(steep),
        ["rules[0].curve.below: the line goes below 0 before 0; start lower, or use NOTHING or LEVEL"]
    );
}

#[test]
fn steps_matrices_shares_and_levels_have_their_shape() {
    let step = Step {
        above: dec("-1"),
        step: dec("0"),
        amount: dec("-1"),
        part_step: PartStep::Nothing,
        max_steps: 0,
        edge_scale: EdgeScale::Absolute,
    };
    assert_eq!(fields(rule("r", Reward::Step(step))), ["step.above", "step.step", "step.amount"]);
    let matrix = Matrix {
        column: Indicator::Figure("no name".to_owned()),
        row_edges: vec![dec("1"), dec("1")],
        column_edges: vec![dec("0"), dec("5")],
        rows: vec![vec![dec("0.1")]],
        of: CurveOf::Rate,
        edge_side: EdgeSide::LowerInclusive,
    };
    let expected = "matrix.column.figure matrix.row_edges[1] matrix.row_edges[0] matrix.rows matrix.rows[0].cells";
    assert_eq!(fields(rule("r", Reward::Matrix(matrix))), expected.split(' ').collect::<Vec<_>>());
    let share = ProfitShare {
        rate: dec("2"),
        baseline: Baseline::Figure(String::new()),
        guaranteed: dec("-1"),
        carry_losses: false,
    };
    let expected = ["profit_share.rate", "profit_share.baseline_figure", "profit_share.guaranteed"];
    assert_eq!(fields(rule("r", Reward::ProfitShare(share))), expected);
    let levels = [(1, "0.03"), (3, "0.01")].map(|(level, rate)| OverrideLevel { level, rate: dec(rate) }).to_vec();
    assert_eq!(
        of(rule("r", Reward::Override(Override { levels, frozen: FrozenNode::Skip }))),
        ["rules[0].override.levels[1].level: 3 is not 2; list the levels from 1 on, without gaps"]
    );
    let mut grown = growth(table(&[("0", "0.01", "0")], EdgeSide::LowerInclusive));
    (grown.table.edge_scale, grown.base_figure) = (EdgeScale::ShareOfTarget, "prior".to_owned());
    assert_eq!(fields(rule("r", Reward::Growth(grown))), ["growth.table.edge_scale", "growth.base_figure"]);
}

#[test]
fn conditions_name_what_is_known_and_can_hold() {
    let with = |when| of(gated(when));
    let told = |text: &str| vec![format!("rules[0].gates[0].when{text}")];
    assert_eq!(with(attribute("label:certification", &["gold"])), Vec::<String>::new());
    assert_eq!(with(bounds(kpi(), Some("5"), Some("5.01"))), Vec::<String>::new());
    assert_eq!(
        with(attribute("grade", &["A"])),
        told(
            ".attribute.attribute: \"grade\" is not an attribute; use \"tier\", \"kind\", \"region\" or \"label:KEY\", \
              such as \"label:certification\""
        )
    );
    assert_eq!(with(attribute("kind", &["SHOP"])).len(), 1);
    assert_eq!(with(attribute("region", &["CN//GD"])).len(), 1);
    assert_eq!(with(bounds(kpi(), None, None)), told(".indicator: has no bound; set at_least, below or both"));
    assert_eq!(with(Condition::All(Vec::new())), told(".all.conditions: 0 are fewer than 1; add at least 1"));
    assert_eq!(
        with(bounds(kpi(), Some("5"), Some("5"))),
        told(": can never hold: no number is at least 5 and below 5")
    );
    let both = |a, b| Condition::All(vec![a, b]);
    let tier = |values: &[&str]| attribute("tier", values);
    assert_eq!(
        with(both(tier(&["basic"]), tier(&["advanced", "top"]))),
        told(": can never hold: its conditions on \"tier\" exclude each other")
    );
    assert_eq!(with(both(tier(&["basic", "top"]), tier(&["advanced", "top"]))), Vec::<String>::new());
    let not = |condition| Condition::Not(Box::new(condition));
    assert_eq!(with(both(tier(&["basic"]), not(tier(&["basic", "top"])))).len(), 1);
    assert_eq!(with(both(tier(&["basic", "top"]), not(tier(&["basic"])))), Vec::<String>::new());
    let region = |values: &[&str]| attribute("region", values);
    assert_eq!(with(both(region(&["CN"]), region(&["CN/GD"]))), Vec::<String>::new());
    assert_eq!(with(both(region(&["CN/GX"]), region(&["CN/GD"]))).len(), 1);
    // Through nested conditions, and on one indicator.
    assert_eq!(
        with(both(bounds(kpi(), Some("5"), None), both(not(bounds(kpi(), Some("3"), None)), tier(&["top"])))),
        told(": can never hold: no number is at least 5 and below 3")
    );
    // A missing indicator is neither at least 5 nor below 5.
    assert_eq!(
        with(both(not(bounds(kpi(), Some("5"), None)), not(bounds(kpi(), None, Some("5"))))),
        Vec::<String>::new()
    );
    let orders = Indicator::Measure(measure(MeasureField::DistinctOrders));
    assert_eq!(with(bounds(orders, None, Some("0"))), told(": can never hold: it is never below 0"));
    let nobody = || bounds(kpi(), Some("5"), Some("5"));
    assert_eq!(with(Condition::Any(vec![nobody(), tier(&["top"])])), Vec::<String>::new());
    assert_eq!(with(Condition::Any(vec![nobody(), nobody()])).len(), 1);
    let four = not(not(not(tier(&["top"]))));
    assert_eq!(with(four.clone()), Vec::<String>::new());
    assert_eq!(with(not(four)), told(".not.not.not.not: lies more than 4 conditions deep; write it flatter"));
}

#[test]
fn a_score_has_weights_targets_and_a_most() {
    let card = |weight: &str, cap: Option<&str>| {
        let item = ScoreItem {
            title: String::new(),
            of: ScoreOf::Figure("kpi".to_owned()),
            weight: dec(weight),
            target: dec("100"),
            cap: cap.map(dec),
        };
        Indicator::ScoreCard(ScoreCard { items: vec![item.clone(), ScoreItem { weight: dec("1"), ..item }] })
    };
    let with = |card, at_least| of(gated(bounds(card, Some(at_least), None)));
    assert_eq!(with(card("2", None), "1"), Vec::<String>::new());
    assert_eq!(
        with(card("2", None), "1.01"),
        ["rules[0].gates[0].when: can never hold: the score is at most 1, never at least 1.01"]
    );
    assert_eq!(with(card("2", Some("1.5")), "1.5"), Vec::<String>::new());
    assert_eq!(
        with(card("0", None), "1"),
        [
            "rules[0].gates[0].when.indicator.indicator.score_card.items[0].weight: 0 is not above 0; use a number above 0"
        ]
    );
}

#[test]
fn factors_limits_goods_and_holds_are_in_range() {
    let steps = [("1", "1.2"), ("1", "-1")].map(|(from, factor)| FactorStep { from: dec(from), factor: dec(factor) });
    let multiplier = Multiplier {
        title: String::new(),
        by: kpi(),
        steps: steps.to_vec(),
        linear: false,
        missing: MissingIndicator::Neutral,
    };
    assert_eq!(
        fields(Rule { multipliers: vec![multiplier], ..sound() }),
        ["multipliers[0].steps[1].from", "multipliers[0].steps[1].factor"]
    );
    let limits = Limits {
        period_cap: Some(dec("10")),
        period_floor: Some(dec("20")),
        year_cap: Some(dec("15")),
        year_floor: Some(dec("-1")),
    };
    assert_eq!(
        of(Rule { limits, ..sound() }),
        [
            "rules[0].limits.year_floor: -1 is below 0; use 0 or more",
            "rules[0].limits.period_floor: 20 is above period_cap 10; use at most 10",
            "rules[0].limits.period_floor: 20 is above year_cap 15; use at most 15",
        ]
    );
    let gate = Gate { title: String::new(), when: attribute("tier", &["top"]), otherwise: dec("1") };
    assert_eq!(
        of(Rule { gates: vec![gate], ..sound() }),
        ["rules[0].gates[0].otherwise: 1 leaves the reward whole or more; use less than 1"]
    );
    let in_kind = InKind { sort: InKindSort::Goods, item: String::new(), title: String::new(), unit_value: dec("-1") };
    let limits = Limits { period_cap: Some(dec("5")), ..Limits::default() };
    assert_eq!(
        fields(Rule { in_kind: Some(in_kind), limits, ..sound() }),
        ["in_kind.item", "in_kind.unit_value", "limits"]
    );
    assert_eq!(
        fields(Rule { holds: vec![Hold { title: String::new(), until: HoldUntil::Days(0) }], ..sound() }),
        ["holds[0].days"]
    );
}
