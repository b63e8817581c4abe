//! Checks a plan when it is published, so that nothing is left to find at pay time.

use std::collections::HashSet;

use tributary_core::{Decimal, ResourceId, Violations};

use super::{
    Growth, GrowthBase, GrowthOn, Measure, NoBasePolicy, PlanSpec, Reward, Rule, examples,
    tiers::{TableKind, check_decimals, check_table},
};
use crate::assignment::{AssignmentTarget, PARTNER_KINDS};

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
        check_title(&format!("{path}.title"), &rule.title, &mut v);
        if let Some(measure) = &rule.measure {
            check_measure(&format!("{path}.measure"), measure, &mut v);
        }
        check_reward(&path, rule, &mut v);
    }
    for (i, assignment) in spec.assignments.iter().enumerate() {
        check_target(&format!("assignments[{i}]"), &assignment.target, &mut v);
    }
    if let Some((from, to)) = spec.effective_from.zip(spec.effective_to).filter(|(from, to)| to <= from) {
        v.add("effective_to", format!("{to} is not after effective_from {from}; no period lies between them"));
    }
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

fn check_measure(path: &str, measure: &Measure, v: &mut Violations) {
    if measure.kinds.is_empty() {
        v.add(format!("{path}.kinds"), "there is no kind; name those that count, such as SELL_IN and RETURN");
    }
    unique(&format!("{path}.kinds"), &measure.kinds, v);
    unique(&format!("{path}.channels"), &measure.channels, v);
    let lists = [("product_lines", &measure.product_lines), ("skus", &measure.skus), ("regions", &measure.regions)];
    for (name, list) in lists {
        unique(&format!("{path}.{name}"), list, v);
        for (i, _) in list.iter().enumerate().filter(|(_, item)| item.is_empty()) {
            v.add(format!("{path}.{name}[{i}]"), "is empty; name one or leave the entry out");
        }
    }
    for (i, region) in measure.regions.iter().enumerate() {
        check_region(&format!("{path}.regions[{i}]"), region, v);
    }
}

fn unique<T: Eq + std::hash::Hash + std::fmt::Debug>(path: &str, items: &[T], v: &mut Violations) {
    let mut seen = HashSet::new();
    for (i, item) in items.iter().enumerate() {
        if !seen.insert(item) {
            v.add(format!("{path}[{i}]"), format!("{item:?} is named twice; leave one out"));
        }
    }
}

fn check_region(path: &str, region: &str, v: &mut Violations) {
    if region.starts_with('/') || region.ends_with('/') || region.contains("//") {
        v.add(path, format!("{region:?} has an empty part; write it broad to narrow, such as \"CN/GD\""));
    }
}

fn check_reward(path: &str, rule: &Rule, v: &mut Violations) {
    let money = rule.measure.as_ref().is_some_and(|m| m.field.is_money());
    match &rule.reward {
        Reward::Marginal(marginal) => {
            check_table(&format!("{path}.marginal.table"), &marginal.table, TableKind::Measure { money }, v);
        }
        Reward::WholeVolume(whole) => {
            check_table(&format!("{path}.whole_volume.table"), &whole.table, TableKind::Measure { money }, v);
        }
        Reward::Growth(growth) => check_growth(&format!("{path}.growth"), growth, money, v),
        _ => v.add(path, format!("{} is not calculated yet", rule.reward.rule_type())),
    }
}

fn check_growth(path: &str, growth: &Growth, money: bool, v: &mut Violations) {
    let increment = growth.on == GrowthOn::Increment;
    check_table(&format!("{path}.table"), &growth.table, TableKind::Growth { money, increment }, v);
    let needed = growth.base == GrowthBase::Given || growth.no_base == NoBasePolicy::DefaultBase;
    let field = format!("{path}.given_base");
    match growth.given_base {
        None if needed => v.add(field, "is missing; a given or default base needs a number above 0"),
        Some(base) if !needed => {
            v.add(field, format!("{base} is not used; leave it out, or set base GIVEN or no_base DEFAULT_BASE"))
        }
        Some(base) if base <= Decimal::ZERO => {
            v.add(field, format!("{base} is not above 0; growth has no value there"))
        }
        Some(base) => check_decimals(&field, base, v),
        None => {}
    }
}

fn check_target(path: &str, target: &AssignmentTarget, v: &mut Violations) {
    match target {
        AssignmentTarget::All => {}
        AssignmentTarget::Partner(partner) => {
            if ResourceId::from_name("partners", partner).is_err() {
                let remedy = "write it as \"partners/progressive-sports\"";
                v.add(format!("{path}.partner"), format!("{partner:?} is not the name of a partner; {remedy}"));
            }
        }
        AssignmentTarget::Label(label) => {
            let sound = |key: &str, value: &str| !key.is_empty() && !value.is_empty();
            if !label.split_once('=').is_some_and(|(k, w)| sound(k, w)) || label.chars().any(char::is_control) {
                let remedy = "write it as key=value, such as \"segment=road\"";
                v.add(format!("{path}.label"), format!("{label:?} is not a label; {remedy}"));
            }
        }
        AssignmentTarget::Tier(tier) => {
            if ResourceId::parse(tier).is_err() {
                v.add(format!("{path}.tier"), format!("{tier:?} is not a tier; write it as \"advanced\""));
            }
        }
        AssignmentTarget::Kind(kind) => {
            if !PARTNER_KINDS.contains(&kind.as_str()) {
                let known = PARTNER_KINDS.join(", ");
                v.add(format!("{path}.kind"), format!("{kind:?} is not a kind of partner; use one of {known}"));
            }
        }
        AssignmentTarget::Region(region) => {
            if region.is_empty() {
                v.add(format!("{path}.region"), "is empty; write it broad to narrow, such as \"CN/GD\"");
            }
            check_region(&format!("{path}.region"), region, v);
        }
    }
}
