//! What publishing refuses: paths and words.

use tributary_core::{Currency, Decimal};

use super::support::{dec, marginal, plan, rule, table, told};
use crate::plan::{
    AttributeCondition, Condition, Curve, CurveEnd, CurveOf, CurvePoint, EdgeScale, EdgeSide, Gate, Indicator,
    IndicatorCondition, MissingTarget, PaidOn, Rule, Target, TargetOf, TierTable,
};

mod plans;
mod rules;

pub(super) const TWO: &[(&str, &str, &str)] = &[("0", "0.01", "0"), ("1000", "0.02", "0")];

pub(super) fn two() -> TierTable {
    table(TWO, EdgeSide::LowerInclusive)
}

pub(super) fn sound() -> Rule {
    rule("r", marginal(two()))
}

pub(super) fn of(rule: Rule) -> Vec<String> {
    told(&plan(vec![rule]))
}

pub(super) fn fields(rule: Rule) -> Vec<String> {
    let found = crate::plan::validate(&plan(vec![rule])).into_vec();
    found.into_iter().map(|v| v.field.trim_start_matches("rules[0].").to_owned()).collect()
}

pub(super) fn target(amount: &str) -> Option<Target> {
    Some(Target { of: TargetOf::Amount(dec(amount)), missing: MissingTarget::Skip })
}

pub(super) fn yuan() -> Currency {
    Currency::parse("CNY").expect("currency")
}

pub(super) fn scaled() -> TierTable {
    TierTable {
        edge_scale: EdgeScale::ShareOfTarget,
        ..table(&[("0", "0.01", "0"), ("1", "0.02", "0")], EdgeSide::LowerInclusive)
    }
}

pub(super) fn bounds(indicator: Indicator, at_least: Option<&str>, below: Option<&str>) -> Condition {
    Condition::Indicator(IndicatorCondition { indicator, at_least: at_least.map(dec), below: below.map(dec) })
}

pub(super) fn attribute(name: &str, values: &[&str]) -> Condition {
    let values = values.iter().map(|v| (*v).to_owned()).collect();
    Condition::Attribute(AttributeCondition { attribute: name.to_owned(), values })
}

pub(super) fn gated(when: Condition) -> Rule {
    let gate = Gate { title: String::new(), when, otherwise: Decimal::ZERO };
    Rule { gates: vec![gate], target: None, ..sound() }
}

pub(super) fn kpi() -> Indicator {
    Indicator::Figure("kpi".to_owned())
}

pub(super) fn curve(points: &[(&str, &str)]) -> Curve {
    Curve {
        points: points.iter().map(|(at, value)| CurvePoint { at: dec(at), value: dec(value) }).collect(),
        of: CurveOf::Rate,
        edge_scale: EdgeScale::Absolute,
        paid_on: PaidOn::Measure,
        below: CurveEnd::Nothing,
        above: CurveEnd::Level,
    }
}
