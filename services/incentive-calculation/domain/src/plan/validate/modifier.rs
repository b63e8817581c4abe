//! What modifies a reward: gates, factors, limits, splits, goods, holds.

use std::collections::HashSet;

use tributary_core::{Decimal, ResourceId, Violations};

use super::{
    check_title,
    condition::{check_condition, check_indicator},
    number::{ascending, count, figure, not_negative},
};
use crate::plan::{HoldUntil, InKind, Limits, Multiplier, Reward, Rule, ShareOf, SharePayee, Split};

/// Adds the violations of everything that follows the reward.
pub(super) fn check(path: &str, rule: &Rule, v: &mut Violations) {
    count(&format!("{path}.gates"), rule.gates.len(), (0, 20), v);
    for (i, gate) in rule.gates.iter().enumerate() {
        let path = format!("{path}.gates[{i}]");
        check_title(&format!("{path}.title"), &gate.title, v);
        check_condition(&format!("{path}.when"), &gate.when, v);
        let field = format!("{path}.otherwise");
        if gate.otherwise >= Decimal::ONE {
            v.add(field, format!("{} leaves the reward whole or more; use less than 1", gate.otherwise));
        } else {
            not_negative(&field, gate.otherwise, v);
        }
    }
    count(&format!("{path}.multipliers"), rule.multipliers.len(), (0, 20), v);
    for (i, multiplier) in rule.multipliers.iter().enumerate() {
        check_multiplier(&format!("{path}.multipliers[{i}]"), multiplier, v);
    }
    check_limits(&format!("{path}.limits"), &rule.limits, v);
    if let Some(split) = &rule.split {
        check_split(&format!("{path}.split"), split, v);
        check_pool(path, rule, v);
    }
    if let Some(in_kind) = &rule.in_kind {
        check_in_kind(path, rule, in_kind, v);
    }
    count(&format!("{path}.holds"), rule.holds.len(), (0, 10), v);
    for (i, hold) in rule.holds.iter().enumerate() {
        let path = format!("{path}.holds[{i}]");
        check_title(&format!("{path}.title"), &hold.title, v);
        match &hold.until {
            HoldUntil::Days(days) => {
                count(&format!("{path}.days"), usize::try_from(*days).unwrap_or(usize::MAX), (1, 3660), v);
            }
            HoldUntil::Condition(condition) => check_condition(&format!("{path}.condition"), condition, v),
        }
    }
}

fn check_multiplier(path: &str, multiplier: &Multiplier, v: &mut Violations) {
    check_title(&format!("{path}.title"), &multiplier.title, v);
    check_indicator(&format!("{path}.by"), &multiplier.by, v);
    count(&format!("{path}.steps"), multiplier.steps.len(), (1, 50), v);
    let from: Vec<Decimal> = multiplier.steps.iter().map(|s| s.from).collect();
    ascending(|i| format!("{path}.steps[{i}].from"), &from, v);
    for (i, step) in multiplier.steps.iter().enumerate() {
        not_negative(&format!("{path}.steps[{i}].factor"), step.factor, v);
    }
}

fn check_limits(path: &str, limits: &Limits, v: &mut Violations) {
    let all = [
        ("period_cap", limits.period_cap),
        ("period_floor", limits.period_floor),
        ("year_cap", limits.year_cap),
        ("year_floor", limits.year_floor),
    ];
    for (name, limit) in all {
        if let Some(limit) = limit {
            not_negative(&format!("{path}.{name}"), limit, v);
        }
    }
    let pairs = [
        ("period_floor", limits.period_floor, "period_cap", limits.period_cap),
        ("year_floor", limits.year_floor, "year_cap", limits.year_cap),
        ("period_floor", limits.period_floor, "year_cap", limits.year_cap),
    ];
    for (floor_name, floor, cap_name, cap) in pairs {
        if let Some((floor, cap)) = floor.zip(cap).filter(|(floor, cap)| floor > cap) {
            v.add(format!("{path}.{floor_name}"), format!("{floor} is above {cap_name} {cap}; use at most {cap}"));
        }
    }
}

fn check_split(path: &str, split: &Split, v: &mut Violations) {
    count(&format!("{path}.shares"), split.shares.len(), (2, 50), v);
    if !split.less_figure.is_empty() {
        figure(&format!("{path}.less_figure"), &split.less_figure, v);
    }
    let mut payees = HashSet::new();
    for (i, share) in split.shares.iter().enumerate() {
        let path = format!("{path}.shares[{i}]");
        let (field, name) = match &share.payee {
            SharePayee::Own => (format!("{path}.self"), "the partner of the facts"),
            SharePayee::Partner(partner) => (format!("{path}.partner"), partner.as_str()),
        };
        if matches!(share.payee, SharePayee::Partner(_)) && ResourceId::from_name("partners", name).is_err() {
            let remedy = "write it as \"partners/sunrise-media\"";
            v.add(&field, format!("{name:?} is not the name of a partner; {remedy}"));
        }
        if !payees.insert(name) {
            v.add(field, format!("{name:?} has an earlier share; give one share per payee"));
        }
        if let ShareOf::WeightFigure(name) = &share.share {
            figure(&format!("{path}.weight_figure"), name, v);
        }
        if let Some(minimum) = share.minimum {
            not_negative(&format!("{path}.minimum"), minimum, v);
        }
    }
    if !split.shares.is_empty() && split.shares.iter().all(|s| s.share == ShareOf::Weight(0)) {
        v.add(format!("{path}.shares"), "all weights are 0; give at least one above 0");
    }
}

/// Of a pool that earlier periods stated, the payee's line holds its own share: whatever goes on from stated lines would
/// take the share for the pool, and pay too much.
fn check_pool(path: &str, rule: &Rule, v: &mut Violations) {
    let remedy = "leave it out, or leave the split out";
    let why = "goes on from what was stated, which is the payee's own share and not the pool that is split";
    let limits = [("year_cap", rule.limits.year_cap), ("year_floor", rule.limits.year_floor)];
    for (name, limit) in limits {
        if let Some(limit) = limit {
            v.add(format!("{path}.limits.{name}"), format!("{limit} {why}; {remedy}"));
        }
    }
    if rule.less_stated {
        v.add(format!("{path}.less_stated"), format!("true {why}; {remedy}"));
    }
}

/// R29: the reward counts pieces, so that whatever needs an amount of money has nothing to work on.
fn check_in_kind(path: &str, rule: &Rule, in_kind: &InKind, v: &mut Violations) {
    check_title(&format!("{path}.in_kind.title"), &in_kind.title, v);
    if in_kind.item.is_empty() || in_kind.item.chars().any(char::is_control) {
        let item = &in_kind.item;
        v.add(format!("{path}.in_kind.item"), format!("{item:?} names nothing; write it as \"chiller-120\""));
    }
    not_negative(&format!("{path}.in_kind.unit_value"), in_kind.unit_value, v);
    let money = |name: &str, v: &mut Violations| {
        v.add(format!("{path}.{name}"), "is not used; a reward in kind counts pieces, not money: leave it out");
    };
    if rule.limits != Limits::default() {
        money("limits", v);
    }
    if rule.split.is_some() {
        money("split", v);
    }
    if rule.less_stated {
        money("less_stated", v);
    }
    if let Reward::Marginal(marginal) = &rule.reward
        && marginal.retrospective.is_some()
    {
        money("marginal.retrospective", v);
    }
}
