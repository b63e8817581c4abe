//! Writes programmes and plan versions. Writing cannot fail; every choice is written out, also a default.

mod example;
mod measure;
mod modifier;
mod reward;
mod table;

use incentive_calculation_domain::{
    assignment::{Assignment, AssignmentTarget},
    plan::{Conversion, MeasureField, PlanSpec, Rule, SharedCap},
    plan_version::{PlanVersion, PlanVersionState},
    programme::Programme,
};
use tributary_core::Rounding;
use tributary_proto::tributary::incentive::v1::{self as pb, assignment::Target};
use tributary_rpc::convert::{date_to_proto, decimal_to_proto, timestamp_to_proto};

use super::plan::Choice as _;

/// Writes a programme.
#[must_use]
pub fn programme_to_proto(programme: &Programme) -> pb::Programme {
    pb::Programme {
        name: programme.name(),
        uid: programme.uid.clone(),
        display_name: programme.display_name.clone(),
        slots: programme.slots.iter().map(|s| pb::Slot { id: s.id.to_string(), title: s.title.clone() }).collect(),
        create_time: Some(timestamp_to_proto(programme.create_time)),
        etag: format!("r{}", programme.revision),
        calendar: programme.calendar.as_ref().map(|id| format!("calendars/{id}")).unwrap_or_default(),
    }
}

/// Writes a plan version.
#[must_use]
pub fn plan_version_to_proto(version: &PlanVersion) -> pb::PlanVersion {
    let state = match version.state {
        PlanVersionState::Draft => pb::PlanVersionState::Draft,
        PlanVersionState::Approved => pb::PlanVersionState::Approved,
        PlanVersionState::Active => pb::PlanVersionState::Active,
        PlanVersionState::Retired => pb::PlanVersionState::Retired,
    };
    pb::PlanVersion {
        name: version.name(),
        uid: version.uid.clone(),
        programme: format!("programmes/{}", version.programme),
        slot: version.slot.to_string(),
        spec: Some(spec_to_proto(&version.spec)),
        state: state.into(),
        author: version.author.clone(),
        approver: version.approver.clone().unwrap_or_default(),
        create_time: Some(timestamp_to_proto(version.create_time)),
        approve_time: version.approve_time.map(timestamp_to_proto),
        spec_digest: version.spec_digest.clone(),
        etag: version.etag(),
    }
}

/// Writes a plan.
#[must_use]
pub fn spec_to_proto(spec: &PlanSpec) -> pb::PlanSpec {
    pb::PlanSpec {
        title: spec.title.clone(),
        description: spec.description.clone(),
        rules: spec.rules.iter().map(rule).collect(),
        assignments: spec.assignments.iter().map(assignment_to_proto).collect(),
        effective_from: spec.effective_from.map(date_to_proto),
        effective_to: spec.effective_to.map(date_to_proto),
        rounding: spec.rounding.number(),
        currency_policy: spec.currency_policy.number(),
        examples: spec.examples.iter().map(example::example).collect(),
        conversion: spec.conversion.as_ref().map(conversion),
        shared_caps: spec.shared_caps.iter().map(shared_cap).collect(),
    }
}

/// Writes a rounding mode.
pub(super) fn rounding(mode: Rounding) -> pb::RoundingMode {
    mode.to_proto()
}

/// Writes a measure's field.
pub(super) fn measure_field(field: MeasureField) -> pb::MeasureField {
    field.to_proto()
}

/// Writes an assignment.
#[must_use]
pub fn assignment_to_proto(assignment: &Assignment) -> pb::Assignment {
    let target = match assignment.target.clone() {
        AssignmentTarget::All => Target::All(true),
        AssignmentTarget::Partner(v) => Target::Partner(v),
        AssignmentTarget::Label(v) => Target::Label(v),
        AssignmentTarget::Tier(v) => Target::Tier(v),
        AssignmentTarget::Kind(v) => Target::Kind(v),
        AssignmentTarget::Region(v) => Target::Region(v),
    };
    pb::Assignment { target: Some(target), priority: assignment.priority }
}

fn conversion(conversion: &Conversion) -> pb::Conversion {
    pb::Conversion {
        rate_table: conversion.rate_table.clone(),
        date_rule: conversion.date_rule.number(),
        into: conversion.into.code().to_owned(),
    }
}

fn shared_cap(cap: &SharedCap) -> pb::SharedCap {
    pb::SharedCap {
        id: cap.id.clone(),
        title: cap.title.clone(),
        rules: cap.rules.clone(),
        amount: Some(decimal_to_proto(cap.amount)),
        currency: cap.currency.code().to_owned(),
        scope: cap.scope.number(),
        yearly: cap.yearly,
    }
}

fn rule(rule: &Rule) -> pb::Rule {
    pb::Rule {
        id: rule.id.clone(),
        title: rule.title.clone(),
        measure: rule.measure.as_ref().map(measure::measure),
        // Without a measure it has no meaning and reading refuses it.
        negative_measure: if rule.measure.is_some() { rule.negative_measure.number() } else { 0 },
        reward: Some(reward::reward(&rule.reward)),
        target: rule.target.as_ref().map(measure::target),
        gates: rule.gates.iter().map(modifier::gate).collect(),
        multipliers: rule.multipliers.iter().map(modifier::multiplier).collect(),
        proration: rule.proration.number(),
        limits: modifier::limits(&rule.limits),
        less_stated: rule.less_stated,
        split: rule.split.as_ref().map(modifier::split),
        in_kind: rule.in_kind.as_ref().map(modifier::in_kind),
        holds: rule.holds.iter().map(modifier::hold).collect(),
        effective_from: rule.effective_from.map(date_to_proto),
        effective_to: rule.effective_to.map(date_to_proto),
    }
}
