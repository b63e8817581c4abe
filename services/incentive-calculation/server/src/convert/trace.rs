//! Writes traces.

use incentive_calculation_domain::trace::{LineTrace, MeasureTrace, NextTier, OriginTrace, SliceTrace};
use tributary_proto::tributary::incentive::v1 as pb;
use tributary_rpc::convert::{date_to_proto, decimal_to_proto, minor_to_proto};

use super::{
    kind_to_proto,
    plan_out::{measure_field, rounding},
    run::exact,
};

/// Writes a trace.
#[must_use]
pub fn trace_to_proto(trace: &LineTrace) -> pb::LineTrace {
    pb::LineTrace {
        rule: trace.rule.clone(),
        rule_type: trace.rule_type.clone(),
        plan_version: trace.plan_version.clone(),
        plan_digest: trace.plan_digest.clone(),
        measure: Some(measure(&trace.measure)),
        base: trace.base.as_ref().map(measure),
        growth: trace.growth.as_ref().map(exact),
        slices: trace.slices.iter().map(slice).collect(),
        steps: trace
            .steps
            .iter()
            .map(|s| pb::StepTrace {
                name: s.name.clone(),
                before: Some(exact(&s.before)),
                after: Some(exact(&s.after)),
                reason: s.reason.clone(),
            })
            .collect(),
        exact: Some(exact(&trace.exact)),
        rounding: rounding(trace.rounding).into(),
        amount: Some(minor_to_proto(trace.amount)),
        attributes: trace
            .attributes
            .iter()
            .map(|a| pb::AttributeTrace {
                attribute: a.attribute.clone(),
                value: a.value.clone(),
                revision: a.revision,
            })
            .collect(),
        not_fired: trace
            .not_fired
            .iter()
            .map(|n| pb::NotFired { rule: n.rule.clone(), reason: n.reason.clone() })
            .collect(),
        next_tier: trace.next_tier.as_ref().map(next_tier),
        target: trace.target.map(decimal_to_proto),
        attainment: trace.attainment.as_ref().map(exact),
        inputs: trace
            .inputs
            .iter()
            .map(|i| pb::InputTrace { input: i.input.clone(), value: Some(exact(&i.value)), source: i.source.clone() })
            .collect(),
        carried: trace.carried.as_ref().map(exact),
        origins: trace.origins.iter().map(origin).collect(),
    }
}

fn origin(origin: &OriginTrace) -> pb::TrueUpOrigin {
    let cause = &origin.cause;
    pb::TrueUpOrigin {
        period: origin.period.clone(),
        slot: origin.slot.clone(),
        rule: origin.rule.clone(),
        part: origin.part.clone(),
        stated: Some(minor_to_proto(origin.stated)),
        recomputed: Some(minor_to_proto(origin.recomputed)),
        difference: Some(minor_to_proto(origin.difference)),
        cause: Some(pb::TrueUpCause {
            late_facts: cause.late_facts,
            linked_returns: cause.linked_returns,
            attribute_changes: cause.attribute_changes,
            plan_version_before: cause.plan_version_before.clone(),
            plan_version_after: cause.plan_version_after.clone(),
            earlier_period: cause.earlier_period,
            figure_changes: cause.figure_changes,
            rate_changes: cause.rate_changes,
            opening_line_changes: cause.opening_line_changes,
        }),
    }
}

fn measure(measure: &MeasureTrace) -> pb::MeasureTrace {
    pb::MeasureTrace {
        field: measure_field(measure.field).into(),
        kinds: measure.kinds.iter().map(|k| kind_to_proto(*k)).collect(),
        filter: measure.filter.clone(),
        from: measure.from.map(date_to_proto),
        to: measure.to.map(date_to_proto),
        value: Some(decimal_to_proto(measure.value)),
        fact_count: measure.fact_count,
        facts_digest: measure.facts_digest.clone(),
    }
}

fn slice(slice: &SliceTrace) -> pb::SliceTrace {
    pb::SliceTrace {
        from: Some(decimal_to_proto(slice.from)),
        to: slice.to.map(decimal_to_proto),
        amount_in_slice: Some(decimal_to_proto(slice.amount_in_slice)),
        rate: Some(decimal_to_proto(slice.rate)),
        product: Some(exact(&slice.product)),
        flat: Some(decimal_to_proto(slice.flat)),
    }
}

pub(super) fn next_tier(next: &NextTier) -> pb::NextTier {
    pb::NextTier {
        distance: Some(decimal_to_proto(next.distance)),
        rate: Some(decimal_to_proto(next.rate)),
        gain: Some(exact(&next.gain)),
    }
}
