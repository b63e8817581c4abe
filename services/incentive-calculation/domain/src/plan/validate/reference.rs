//! Rules that look at other rules: guarantees, draws, shared caps. They name earlier rules only, so nothing runs in a
//! circle.

use std::collections::HashSet;

use tributary_core::{Currency, Decimal, ResourceId, Violations};

use super::{
    check_title,
    measure::unique,
    number::{figure, not_negative, positive},
};
use crate::plan::{Amount, CapScope, Draw, PlanSpec, Reward, SharedCap};

/// Adds the violations of a guarantee or a draw, the rule at `index`.
pub(super) fn check_earnings(path: &str, spec: &PlanSpec, index: usize, v: &mut Violations) {
    let Some(rule) = spec.rules.get(index) else { return };
    let (path, amount, rules, currency) = match &rule.reward {
        Reward::Guarantee(g) => (format!("{path}.guarantee"), &g.guaranteed, &g.rules, g.currency),
        Reward::Draw(d) => {
            let path = format!("{path}.draw");
            check_draw(&path, d, v);
            (path, &d.drawn, &d.rules, d.currency)
        }
        _ => return,
    };
    match amount {
        Amount::Given(amount) => positive(&format!("{path}.amount"), *amount, v),
        Amount::Figure(name) => figure(&format!("{path}.figure"), name, v),
    }
    check_currency(&format!("{path}.currency"), spec, currency, v);
    if rules.is_empty() && index == 0 {
        v.add(&path, "no rule stands before it, so nothing is earned; put it after the rules it looks at");
    }
    unique(&format!("{path}.rules"), rules, v);
    for (i, id) in rules.iter().enumerate() {
        let field = format!("{path}.rules[{i}]");
        match spec.rules.iter().position(|r| r.id == *id) {
            None => v.add(field, unknown(spec, id)),
            Some(at) if at == index => v.add(field, format!("{id:?} is this rule itself; name rules before it")),
            Some(at) if at > index => {
                v.add(
                    field,
                    format!("{id:?} is paid after this rule; put this rule after it, so nothing runs in a circle"),
                );
            }
            Some(at) => check_earns_money(&field, spec, at, v),
        }
    }
}

fn check_draw(path: &str, draw: &Draw, v: &mut Violations) {
    let field = format!("{path}.recovery_share");
    if draw.recovery_share > Decimal::ONE {
        v.add(field, format!("{} is above 1, which is all of it; use at most 1", draw.recovery_share));
    } else if draw.recoverable {
        positive(&field, draw.recovery_share, v);
    } else {
        not_negative(&field, draw.recovery_share, v);
    }
    if !draw.recoverable && draw.forgive_after_periods > 0 {
        let text = format!("{} is not used; nothing is owed unless it is recoverable", draw.forgive_after_periods);
        v.add(format!("{path}.forgive_after_periods"), text);
    }
}

/// R10: bounds over several rules.
pub(super) fn check_shared_caps(spec: &PlanSpec, v: &mut Violations) {
    let mut ids = HashSet::new();
    for (i, cap) in spec.shared_caps.iter().enumerate() {
        let path = format!("shared_caps[{i}]");
        if let Err(e) = ResourceId::parse(&cap.id) {
            v.add(format!("{path}.id"), e);
        } else if !ids.insert(cap.id.as_str()) {
            v.add(format!("{path}.id"), format!("{:?} is the id of an earlier cap; give each its own", cap.id));
        } else if spec.rules.iter().any(|rule| rule.id == cap.id) {
            v.add(format!("{path}.id"), format!("{:?} is the id of a rule; give the cap its own", cap.id));
        }
        check_title(&format!("{path}.title"), &cap.title, v);
        not_negative(&format!("{path}.amount"), cap.amount, v);
        check_currency(&format!("{path}.currency"), spec, cap.currency, v);
        unique(&format!("{path}.rules"), &cap.rules, v);
        for (j, id) in cap.rules.iter().enumerate() {
            let field = format!("{path}.rules[{j}]");
            match spec.rules.iter().position(|rule| rule.id == *id) {
                None => v.add(field, unknown(spec, id)),
                Some(at) => check_earns_money(&field, spec, at, v),
            }
        }
        if cap.yearly && cap.scope == CapScope::Payee {
            check_no_pool(&path, spec, cap, v);
        }
    }
}

/// What a payee was stated of a pool that is split is its own share, which is less than what the cap bounds.
fn check_no_pool(path: &str, spec: &PlanSpec, cap: &SharedCap, v: &mut Violations) {
    let bounded = |id: &String| cap.rules.is_empty() || cap.rules.contains(id);
    for rule in spec.rules.iter().filter(|rule| rule.split.is_some() && bounded(&rule.id)) {
        let field = match cap.rules.iter().position(|id| *id == rule.id) {
            Some(at) => format!("{path}.rules[{at}]"),
            None => format!("{path}.rules"),
        };
        let why = "is split, and earlier periods of the year stated the payee's own share of it, not the pool";
        let remedy = "name other rules, or set scope PLAN, which counts all shares";
        v.add(field, format!("{:?} {why}; {remedy}", rule.id));
    }
}

fn check_earns_money(field: &str, spec: &PlanSpec, at: usize, v: &mut Violations) {
    if let Some(rule) = spec.rules.get(at).filter(|rule| rule.in_kind.is_some()) {
        v.add(field, format!("{:?} gives pieces, not money; leave it out", rule.id));
    }
}

fn unknown(spec: &PlanSpec, id: &str) -> String {
    let known: Vec<&str> = spec.rules.iter().map(|rule| rule.id.as_str()).collect();
    format!("{id:?} is no rule of this plan; use one of {}", known.join(", "))
}

/// Under CONVERT all lines are in one currency.
fn check_currency(field: &str, spec: &PlanSpec, currency: Currency, v: &mut Violations) {
    if let Some(conversion) = spec.conversion.as_ref().filter(|c| c.into != currency) {
        v.add(
            field,
            format!("{currency} is not {}, into which the plan converts; use {}", conversion.into, conversion.into),
        );
    }
}
