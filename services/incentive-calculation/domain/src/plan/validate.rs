//! Checks a plan when it is published, so that nothing is left to find at pay time.

mod assignment;
mod condition;
mod measure;
mod modifier;
mod number;
mod reach;
mod reference;
mod reward;
mod rule;

use std::collections::HashSet;

use tributary_core::{ResourceId, Violations};

pub(crate) use assignment::check as check_assignment;

use super::{CurrencyPolicy, PlanSpec, examples};

const MAX_RULES: usize = 100;

/// Every violation of a plan, under the paths of the API. Example of a path: `rules[0].marginal.table.tiers[1].from`.
/// The examples are run only when the rest holds.
#[must_use]
pub fn validate(spec: &PlanSpec) -> Violations {
    let mut v = Violations::new();
    match spec.rules.len() {
        0 => v.add("rules", "there is no rule; add at least one"),
        n if n > MAX_RULES => v.add("rules", format!("{n} rules are more than {MAX_RULES}; split the plan")),
        _ => {}
    }
    check_title("title", &spec.title, &mut v);
    let mut ids = HashSet::new();
    for (i, rule) in spec.rules.iter().enumerate() {
        let path = format!("rules[{i}]");
        if let Err(e) = ResourceId::parse(&rule.id) {
            v.add(format!("{path}.id"), e);
        } else if !ids.insert(rule.id.as_str()) {
            v.add(format!("{path}.id"), format!("{:?} is the id of an earlier rule; give each rule its own", rule.id));
        }
        rule::check(&path, spec, rule, &mut v);
        reference::check_earnings(&path, spec, i, &mut v);
    }
    for (i, assignment) in spec.assignments.iter().enumerate() {
        assignment::check(&format!("assignments[{i}]"), &assignment.target, &mut v);
    }
    if let Some((from, to)) = spec.effective_from.zip(spec.effective_to).filter(|(from, to)| to <= from) {
        v.add("effective_to", format!("{to} is not after effective_from {from}; no period lies between them"));
    }
    check_conversion(spec, &mut v);
    reference::check_shared_caps(spec, &mut v);
    if v.is_empty() {
        examples::check(spec, &mut v);
    }
    v
}

/// Titles go on statements, in one line.
fn check_title(path: &str, title: &str, v: &mut Violations) {
    if title.chars().any(char::is_control) {
        v.add(path, format!("{title:?} has a control character; remove it"));
    }
}

/// R22: rates are named exactly where they are used, and amounts of the plan are in the currency they lead to.
fn check_conversion(spec: &PlanSpec, v: &mut Violations) {
    match (spec.currency_policy, &spec.conversion) {
        (CurrencyPolicy::Convert, None) => {
            v.add("conversion", "is missing; currency_policy CONVERT needs a rate table, a date rule and a currency");
        }
        (CurrencyPolicy::Nominal, Some(_)) => {
            v.add("conversion", "is not used; leave it out, or set currency_policy CONVERT");
        }
        (CurrencyPolicy::Convert, Some(conversion)) => {
            if ResourceId::from_name("rateTables", &conversion.rate_table).is_err() {
                let remedy = "write it as \"rateTables/group\"";
                let table = &conversion.rate_table;
                v.add("conversion.rate_table", format!("{table:?} is not the name of a rate table; {remedy}"));
            }
        }
        (CurrencyPolicy::Nominal, None) => {}
    }
}
