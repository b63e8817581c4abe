//! Tiers that can never pay, or never pay more: behind a gate that shuts before them, or above a cap that is full.

use tributary_core::{Decimal, Exact, Violations};

use crate::{
    plan::{
        Condition, EdgeScale, Indicator, IndicatorCondition, Limits, PaidOn, Proration, Reward, Rule, TargetOf,
        TierTable,
    },
    reward::{Terms, pay},
};

/// Adds the violations of a rule over a table of tiers that is sound in itself.
pub(super) fn check(path: &str, rule: &Rule, v: &mut Violations) {
    let (name, table, whole) = match &rule.reward {
        Reward::Marginal(marginal) => ("marginal", &marginal.table, false),
        Reward::WholeVolume(whole) => ("whole_volume", &whole.table, true),
        _ => return,
    };
    let path = format!("{path}.{name}.table");
    for (i, gate) in rule.gates.iter().enumerate().filter(|(_, gate)| gate.otherwise.is_zero()) {
        let mut bounds = Vec::new();
        must_hold(&gate.when, &mut bounds);
        for bound in bounds {
            check_gate(&path, (rule, table, whole), (i, bound), v);
        }
    }
    check_cap(&path, rule, table, v);
}

/// The indicator bounds without which a condition does not hold.
fn must_hold<'a>(condition: &'a Condition, out: &mut Vec<&'a IndicatorCondition>) {
    match condition {
        Condition::Indicator(bounds) => out.push(bounds),
        Condition::All(list) => list.iter().for_each(|inner| must_hold(inner, out)),
        _ => {}
    }
}

/// Tiers that pay, but lie wholly outside what a gate lets pass.
fn check_gate(
    path: &str,
    (rule, table, whole): (&Rule, &TierTable, bool),
    (gate, bound): (usize, &IndicatorCondition),
    v: &mut Violations,
) {
    let Some(unit) = unit(rule, table, &bound.indicator) else { return };
    let edge = |from: Decimal| Exact::from(from) * unit.clone();
    for (i, tier) in table.tiers.iter().enumerate() {
        let pays = !tier.rate.is_zero() || !tier.flat.is_zero();
        let field = format!("{path}.tiers[{i}]");
        if let Some(below) = bound.below.filter(|below| pays && edge(tier.from) >= Exact::from(*below)) {
            v.add(field, format!("is never paid: gates[{gate}] lets nothing pass from {below} on"));
        } else if let Some((at_least, to)) = bound.at_least.zip(table.tiers.get(i.saturating_add(1)).map(|t| t.from))
            // A graduated tier below the gate still pays its slice.
            && whole
            && pays
            && edge(to) <= Exact::from(at_least)
        {
            v.add(field, format!("is never paid: gates[{gate}] lets nothing pass below {at_least}"));
        }
    }
}

/// By what an edge is multiplied to stand on the scale of an indicator; `None` where the two cannot be compared.
fn unit(rule: &Rule, table: &TierTable, indicator: &Indicator) -> Option<Exact> {
    let target = || match &rule.target.as_ref()?.of {
        TargetOf::Amount(amount) => Some(Exact::from(*amount)),
        TargetOf::Figure(_) => None,
    };
    let same_measure = matches!(indicator, Indicator::Measure(m) if Some(m) == rule.measure.as_ref());
    match (table.edge_scale, indicator) {
        (EdgeScale::ShareOfTarget, Indicator::Attainment) => Some(Exact::from(1)),
        (EdgeScale::Absolute, Indicator::Attainment) => Exact::from(1).checked_div(&target()?),
        (EdgeScale::Absolute, Indicator::Measure(_)) if same_measure => Some(Exact::from(1)),
        (EdgeScale::ShareOfTarget, Indicator::Measure(_)) if same_measure => target(),
        _ => None,
    }
}

/// Tiers from whose edge on the cap is full, on both sides of it: entering them changes nothing. Only where nothing comes
/// between the reward and the cap.
fn check_cap(path: &str, rule: &Rule, table: &TierTable, v: &mut Violations) {
    let alone = rule.multipliers.is_empty() && rule.proration == Proration::None && !rule.less_stated;
    let Limits { period_cap: Some(cap), .. } = rule.limits else { return };
    let target = match (&rule.target, table.edge_scale) {
        (_, EdgeScale::Absolute) => None,
        (Some(target), EdgeScale::ShareOfTarget) => match &target.of {
            TargetOf::Amount(amount) => Some(Exact::from(*amount)),
            TargetOf::Figure(_) => return,
        },
        (None, EdgeScale::ShareOfTarget) => return,
    };
    let on_figure = matches!(&rule.reward, Reward::WholeVolume(w) if w.paid_on == PaidOn::Target && target.is_none());
    if !alone || on_figure {
        return;
    }
    let cap = Exact::from(cap);
    let mut lower = TierTable { tiers: Vec::new(), ..table.clone() };
    for (i, tier) in table.tiers.iter().enumerate() {
        let x = Exact::from(tier.from) * target.clone().unwrap_or_else(|| Exact::from(1));
        let terms = Terms { x, target: target.clone(), ..Terms::default() };
        let paid = |table: &TierTable| pay(&with_table(rule, table), &terms).map(|o| o.exact >= cap);
        let before = i > 0 && paid(&lower) == Ok(true);
        lower.tiers.push(tier.clone());
        if before && paid(&TierTable { edge_side: crate::plan::EdgeSide::LowerInclusive, ..lower.clone() }) == Ok(true)
        {
            let text = format!(
                "pays nothing more: limits.period_cap {cap} is reached before it; raise the cap or drop the tier"
            );
            v.add(format!("{path}.tiers[{i}]"), text);
        }
    }
}

/// The rule with another table, without what its retrospective rate adds.
fn with_table(rule: &Rule, table: &TierTable) -> Rule {
    let mut rule = rule.clone();
    match &mut rule.reward {
        Reward::Marginal(marginal) => {
            marginal.retrospective = None;
            marginal.table = table.clone();
        }
        Reward::WholeVolume(whole) => whole.table = table.clone(),
        _ => {}
    }
    rule
}
