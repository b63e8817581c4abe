//! One rule: what its reward needs and what it has no use for.

use tributary_core::{Date, Violations};

use super::{
    check_title, measure, modifier,
    number::{figure, positive},
    reach, reward,
};
use crate::plan::{
    Condition, EdgeScale, HoldUntil, Indicator, Limits, Measure, MeasureField, NegativeMeasure, PaidOn, PlanSpec,
    Reward, Rule, TargetOf, Window,
};

/// Adds the violations of a rule.
pub(super) fn check(path: &str, spec: &PlanSpec, rule: &Rule, v: &mut Violations) {
    let before = v.as_slice().len();
    check_title(&format!("{path}.title"), &rule.title, v);
    match &rule.measure {
        Some(measure) => measure::check(&format!("{path}.measure"), measure, v),
        None if !rule.reward.is_on_earnings() => {
            v.add(format!("{path}.measure"), format!("is missing; {} looks at one", rule.reward.rule_type()));
        }
        None => {}
    }
    reward::check(path, rule, v);
    if let Some(measure) = &rule.measure {
        check_fit(path, rule, measure, v);
    }
    check_target(path, rule, v);
    modifier::check(path, rule, v);
    if rule.reward.is_on_earnings() {
        check_on_earnings(path, rule, v);
    }
    if rule.less_stated {
        check_less_stated(path, rule, v);
    }
    check_bounds(path, spec, rule, v);
    if v.as_slice().len() == before {
        reach::check(path, rule, v);
    }
}

/// Whether the measure is one that the reward can look at, and whether what is below 0 can be carried.
fn check_fit(path: &str, rule: &Rule, measure: &Measure, v: &mut Violations) {
    let counts_per_fact =
        measure.field.is_money() || matches!(measure.field, MeasureField::Quantity | MeasureField::Count);
    let single = matches!(rule.reward, Reward::PerFact(_) | Reward::Override(_));
    if single && !counts_per_fact {
        let kind = rule.reward.rule_type();
        let text = format!(
            "{:?} belongs to no single fact; {kind} needs NET, GROSS, PROFIT, QUANTITY or COUNT",
            measure.field
        );
        v.add(format!("{path}.measure.field"), text);
    }
    if matches!(rule.reward, Reward::PerFact(_)) && measure.window != Window::Period && !rule.less_stated {
        let text = "would pay earlier facts again in every period; leave the window out, or set less_stated";
        v.add(format!("{path}.measure.window"), text);
    }
    if rule.negative_measure != NegativeMeasure::Carry {
        return;
    }
    let field = format!("{path}.negative_measure");
    match &rule.reward {
        Reward::PerFact(_) | Reward::Override(_) => {
            v.add(field, "CARRY has no one measure to lower; use SIGNED or ZERO");
        }
        Reward::ProfitShare(_) => v.add(field, "CARRY is said by carry_losses; use SIGNED or ZERO"),
        _ if measure.window != Window::Period => {
            v.add(field, "CARRY would count twice what a longer window holds anyway; use SIGNED or ZERO");
        }
        _ => {}
    }
}

fn check_target(path: &str, rule: &Rule, v: &mut Violations) {
    let needed_by = needs_target(rule);
    let path = format!("{path}.target");
    match (&rule.target, needed_by) {
        (None, Some(what)) => v.add(path, format!("is missing; {what} is measured against it")),
        (Some(_), None) => {
            let remedy = "leave it out, or set edge_scale SHARE_OF_TARGET or an indicator of attainment";
            v.add(path, format!("is not used; {remedy}"));
        }
        (Some(target), Some(_)) => match &target.of {
            TargetOf::Amount(amount) => positive(&format!("{path}.amount"), *amount, v),
            TargetOf::Figure(name) => figure(&format!("{path}.figure"), name, v),
        },
        (None, None) => {}
    }
}

/// What of a rule needs a target.
fn needs_target(rule: &Rule) -> Option<&'static str> {
    let scale = match &rule.reward {
        Reward::Curve(curve) => curve.edge_scale,
        Reward::Step(step) => step.edge_scale,
        // Edges of growth are ratios already; that is told where they are.
        Reward::Growth(_) => EdgeScale::Absolute,
        other => other.table().map_or(EdgeScale::Absolute, |table| table.edge_scale),
    };
    if scale == EdgeScale::ShareOfTarget {
        return Some("a share of a target");
    }
    let paid_on = match &rule.reward {
        Reward::WholeVolume(whole) => whole.paid_on,
        Reward::Curve(curve) => curve.paid_on,
        _ => PaidOn::Measure,
    };
    if paid_on == PaidOn::Target {
        return Some("a rate paid on the target");
    }
    let column = match &rule.reward {
        Reward::Matrix(matrix) => Some(&matrix.column),
        _ => None,
    };
    let multipliers = rule.multipliers.iter().map(|m| &m.by);
    let gates = rule.gates.iter().map(|g| &g.when);
    let holds = rule.holds.iter().filter_map(|hold| match &hold.until {
        HoldUntil::Condition(condition) => Some(condition.as_ref()),
        HoldUntil::Days(_) => None,
    });
    let attained = column.into_iter().chain(multipliers).any(|i| *i == Indicator::Attainment)
        || gates.chain(holds).any(asks_attainment);
    attained.then_some("attainment")
}

fn asks_attainment(condition: &Condition) -> bool {
    match condition {
        Condition::Indicator(bounds) => bounds.indicator == Indicator::Attainment,
        Condition::Attribute(_) => false,
        Condition::All(list) | Condition::Any(list) => list.iter().any(asks_attainment),
        Condition::Not(inner) => asks_attainment(inner),
    }
}

/// Guarantees and draws look at what other rules earned; a draw is a movement of its own that nothing modifies.
fn check_on_earnings(path: &str, rule: &Rule, v: &mut Violations) {
    let draw = matches!(rule.reward, Reward::Draw(_));
    let used = [
        ("measure", rule.measure.is_some()),
        ("less_stated", rule.less_stated),
        ("in_kind", rule.in_kind.is_some()),
        ("gates", draw && !rule.gates.is_empty()),
        ("multipliers", draw && !rule.multipliers.is_empty()),
        ("limits", draw && rule.limits != Limits::default()),
        ("split", draw && rule.split.is_some()),
    ];
    for (name, _) in used.into_iter().filter(|(_, used)| *used) {
        let kind = rule.reward.rule_type();
        v.add(format!("{path}.{name}"), format!("is not used; {kind} looks at what other rules earned: leave it out"));
    }
}

/// R04 subtracts all that was stated, so that the window must begin at a fixed point before the period.
fn check_less_stated(path: &str, rule: &Rule, v: &mut Violations) {
    match rule.measure.as_ref().map(|m| m.window) {
        Some(Window::Period) => {
            let remedy = "set a window that begins before the period, such as year_to_date";
            v.add(
                format!("{path}.measure.window"),
                format!("is the period alone, so nothing was stated before; {remedy}"),
            );
        }
        Some(Window::TrailingMonths(months)) => {
            let remedy = "use year_to_date, since or since_joining";
            let text = format!("trailing {months} months lose what was stated at their beginning; {remedy}");
            v.add(format!("{path}.measure.window.trailing_months"), text);
        }
        _ => {}
    }
}

/// R17: a rule lives inside its plan.
fn check_bounds(path: &str, spec: &PlanSpec, rule: &Rule, v: &mut Violations) {
    let (from, to) = (rule.effective_from, rule.effective_to);
    if let Some((from, to)) = from.zip(to).filter(|(from, to)| to <= from) {
        let text = format!("{to} is not after effective_from {from}; no period lies between them");
        v.add(format!("{path}.effective_to"), text);
    }
    let outside = |field: &str, day: Date, v: &mut Violations| {
        let text = format!("{day} lies outside the plan's bounds, {}; use a day inside them", spec.bounds());
        v.add(format!("{path}.{field}"), text);
    };
    let early = |day| spec.effective_from.is_some_and(|plan| day < plan);
    let late = |day| spec.effective_to.is_some_and(|plan| day > plan);
    if let Some(day) = from.filter(|day| early(*day) || late(*day)) {
        outside("effective_from", day, v);
    }
    if let Some(day) = to.filter(|day| early(*day) || late(*day)) {
        outside("effective_to", day, v);
    }
}
