//! Reads plans: every violation at once, under the path of the message's field. What the annotations of the messages
//! guarantee already (required fields, known enum values) is not said twice; what they cannot say is said here, where
//! the domain has no place for it: a policy that one of two cases needs, an amount beside a choice that has none.

mod enums;
mod example;
mod measure;
mod modifier;
mod reader;
mod reward;
mod table;

use incentive_calculation_domain::{
    assignment::{Assignment, AssignmentTarget},
    plan::{self, Conversion, Limits, Marginal, NegativeMeasure, PlanSpec, Reward, Rule, SharedCap, TierTable},
};
use tributary_core::Violations;
use tributary_proto::tributary::incentive::v1::{self as pb, assignment::Target};

pub(super) use enums::Choice;
use reader::Reader;

pub use super::plan_out::{assignment_to_proto, plan_version_to_proto, programme_to_proto, spec_to_proto};

/// Reads a plan.
///
/// # Errors
/// Everything that cannot be read, by path.
pub fn plan_spec(spec: &pb::PlanSpec) -> Result<PlanSpec, Violations> {
    let mut r = Reader::default();
    let read = PlanSpec {
        title: spec.title.clone(),
        description: spec.description.clone(),
        rules: r.each(&spec.rules, "rules", Reader::rule),
        assignments: r.each(&spec.assignments, "assignments", Reader::assignment),
        effective_from: r.date(spec.effective_from.as_ref(), "effective_from"),
        effective_to: r.date(spec.effective_to.as_ref(), "effective_to"),
        rounding: Choice::from_proto(spec.rounding()),
        currency_policy: Choice::from_proto(spec.currency_policy()),
        examples: r.each(&spec.examples, "examples", Reader::example),
        conversion: spec.conversion.as_ref().and_then(|c| r.conversion(c, "conversion")),
        shared_caps: r.some(&spec.shared_caps, "shared_caps", Reader::shared_cap),
    };
    let found = r.found();
    if found.is_empty() { Ok(read) } else { Err(with_the_rest(found, read)) }
}

/// Reads assignments; what cannot be read is told under "assignments".
pub fn assignments(list: &[pb::Assignment], violations: &mut Violations) -> Vec<Assignment> {
    let mut r = Reader::default();
    let read = r.each(list, "assignments", Reader::assignment);
    violations.extend(r.found());
    read
}

/// Adds what the domain refuses in the parts that could be read, so that a caller sees everything at once. A rule that
/// only lacks its policy below zero is read; examples are left out: a plan that lacks something earns something else.
fn with_the_rest(found: Violations, read: PlanSpec) -> Violations {
    let part = |field: &str| field.split('.').next().unwrap_or_default().to_owned();
    let found = found.into_vec();
    let unread: Vec<String> =
        found.iter().filter(|v| !v.field.ends_with(".negative_measure")).map(|v| part(&v.field)).collect();
    let rest = plan::validate(&PlanSpec { examples: Vec::new(), ..read }).into_vec();
    let rest = rest.into_iter().filter(|v| !unread.contains(&part(&v.field)));
    let mut all = Violations::new();
    for violation in found.into_iter().chain(rest) {
        all.add(violation.field, violation.description);
    }
    all
}

impl Reader {
    fn assignment(&mut self, assignment: &pb::Assignment, path: &str) -> Assignment {
        let target = match assignment.target.clone() {
            Some(Target::Partner(v)) => AssignmentTarget::Partner(v),
            Some(Target::Label(v)) => AssignmentTarget::Label(v),
            Some(Target::Tier(v)) => AssignmentTarget::Tier(v),
            Some(Target::Kind(v)) => AssignmentTarget::Kind(v),
            Some(Target::Region(v)) => AssignmentTarget::Region(v),
            Some(Target::All(true)) | None => AssignmentTarget::All,
            Some(Target::All(false)) => {
                self.add(format!("{path}.all"), "false assigns the plan to nobody; set it to true or leave it out");
                AssignmentTarget::All
            }
        };
        Assignment { target, priority: assignment.priority }
    }

    fn conversion(&mut self, conversion: &pb::Conversion, path: &str) -> Option<Conversion> {
        Some(Conversion {
            rate_table: conversion.rate_table.clone(),
            date_rule: Choice::from_proto(conversion.date_rule()),
            into: self.currency(&conversion.into, &format!("{path}.into"))?,
        })
    }

    fn shared_cap(&mut self, cap: &pb::SharedCap, path: &str) -> Option<SharedCap> {
        let amount = self.decimal(cap.amount.as_ref(), &format!("{path}.amount"));
        Some(SharedCap {
            id: cap.id.clone(),
            title: cap.title.clone(),
            rules: cap.rules.clone(),
            amount,
            currency: self.currency(&cap.currency, &format!("{path}.currency"))?,
            scope: Choice::from_proto(cap.scope()),
            yearly: cap.yearly,
        })
    }

    fn rule(&mut self, rule: &pb::Rule, path: &str) -> Rule {
        let at = |field: &str| format!("{path}.{field}");
        let nothing = || {
            Reward::Marginal(Marginal { table: TierTable::default(), first_flat_at_zero: false, retrospective: None })
        };
        Rule {
            id: rule.id.clone(),
            title: rule.title.clone(),
            measure: rule.measure.as_ref().map(|m| self.measure(m, &at("measure"))),
            negative_measure: self.negative_measure(rule, &at("negative_measure")),
            // Without a reward, or with one that cannot be read, there is a violation and the rule is never used.
            reward: rule.reward.as_ref().and_then(|r| self.reward(r, path)).unwrap_or_else(nothing),
            target: rule.target.as_ref().map(|t| self.target(t, &at("target"))),
            gates: self.each(&rule.gates, &at("gates"), Self::gate),
            multipliers: self.each(&rule.multipliers, &at("multipliers"), Self::multiplier),
            proration: Choice::from_proto(rule.proration()),
            limits: rule.limits.as_ref().map_or_else(Limits::default, |l| self.limits(l, &at("limits"))),
            less_stated: rule.less_stated,
            split: rule.split.as_ref().map(|s| self.split(s, &at("split"))),
            in_kind: rule.in_kind.as_ref().map(|k| self.in_kind(k, &at("in_kind"))),
            holds: self.each(&rule.holds, &at("holds"), Self::hold),
            effective_from: self.date(rule.effective_from.as_ref(), &at("effective_from")),
            effective_to: self.date(rule.effective_to.as_ref(), &at("effective_to")),
        }
    }

    /// Compulsory with a measure, without meaning else.
    fn negative_measure(&mut self, rule: &pb::Rule, path: &str) -> NegativeMeasure {
        let said = rule.negative_measure();
        match (&rule.measure, said) {
            (Some(_), pb::NegativeMeasure::Unspecified) => {
                self.add(path, "is missing; say what a measure below zero earns: SIGNED, ZERO or CARRY");
            }
            (None, pb::NegativeMeasure::Unspecified) | (Some(_), _) => {}
            (None, _) => self.add(path, "is not used without a measure; leave it out"),
        }
        Choice::from_proto(said)
    }
}
