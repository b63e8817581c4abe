//! Deals, their history and the policy.

use partner_registry_domain::{
    Deal, DealPolicy, DealRevision, DealState, Registration,
    deal::{
        Conflict, Conversion, Customer, DealDecision, DealDraft, DealRules, POLICY_NAME, SimilarDeal, order_violations,
    },
};
use tributary_core::Violations;
use tributary_proto::{google::r#type as google, tributary::partner::v1 as pb};
use tributary_rpc::convert::{date, date_to_proto, decimal_to_proto, minor_amount, minor_to_proto, timestamp_to_proto};

use crate::app::Holding;

/// A deal as callers see it.
pub(crate) fn deal_to_proto(deal: Deal) -> pb::Deal {
    let (name, etag, lead_free_from) = (deal.name.to_string(), deal.etag(), free_from(deal.conflict.as_ref()));
    let content = deal.content;
    pb::Deal {
        name,
        uid: deal.uid.to_string(),
        customer: Some(pb::DealCustomer {
            display_name: content.customer.display_name,
            registration: content
                .customer
                .registration
                .map(|Registration { scheme, number }| pb::Registration { scheme, number }),
        }),
        product_line: content.product_line,
        value: Some(minor_to_proto(content.value)),
        note: content.note,
        expected_close: content.expected_close.map(date_to_proto),
        state: deal.state.number(),
        registrant: deal.registrant,
        decide_by: Some(date_to_proto(deal.decide_by)),
        protection_end: deal.protection_end.map(date_to_proto),
        extension_count: deal.extension_count,
        lead_free_from,
        conflict: deal.conflict.map(conflict_to_proto),
        similar: deal.similar.into_iter().map(similar_to_proto).collect(),
        decision: deal.decision.map(decision_to_proto),
        conversion: deal.conversion.map(conversion_to_proto),
        closing_reason: deal.closing_reason,
        revision: deal.revision,
        create_time: Some(timestamp_to_proto(deal.create_time)),
        update_time: Some(timestamp_to_proto(deal.update_time)),
        etag,
    }
}

/// First day on which a lead is free again; unset while it is not decided.
fn free_from(conflict: Option<&Conflict>) -> Option<google::Date> {
    conflict.and_then(|conflict| conflict.protection_end).map(date_to_proto)
}

fn conflict_to_proto(conflict: Conflict) -> pb::DealConflict {
    pb::DealConflict {
        deal: conflict.deal.to_string(),
        customer: conflict.customer,
        state: conflict.state.number(),
        protection_end: conflict.protection_end.map(date_to_proto),
        create_time: Some(timestamp_to_proto(conflict.create_time)),
    }
}

fn similar_to_proto(similar: SimilarDeal) -> pb::SimilarDeal {
    let similarity = Some(decimal_to_proto(similar.similarity));
    pb::SimilarDeal { deal: similar.deal.to_string(), customer: similar.customer, similarity }
}

fn decision_to_proto(decision: DealDecision) -> pb::DealDecision {
    let decide_time = Some(timestamp_to_proto(decision.time));
    pb::DealDecision { reviewer: decision.reviewer, decide_time, note: decision.note }
}

fn conversion_to_proto(conversion: Conversion) -> pb::DealConversion {
    pb::DealConversion {
        order_reference: conversion.order_reference,
        amount: Some(minor_to_proto(conversion.amount)),
        order_date: Some(date_to_proto(conversion.order_date)),
    }
}

/// What a caller says about a deal. Output-only fields are ignored; what cannot be read is noted under its field.
pub(crate) fn deal_draft(deal: pb::Deal, violations: &mut Violations) -> DealDraft {
    DealDraft {
        customer: customer(deal.customer.unwrap_or_default()),
        product_line: deal.product_line,
        value: deal.value.and_then(|value| violations.check("value", minor_amount(&value))),
        note: deal.note,
        expected_close: deal.expected_close.and_then(|day| violations.check("expected_close", date(&day))),
    }
}

/// A customer.
pub(crate) fn customer(customer: pb::DealCustomer) -> Customer {
    let registration = customer.registration.map(|pb::Registration { scheme, number }| Registration { scheme, number });
    Customer { display_name: customer.display_name, registration }
}

/// An order; `None` when a part of it is missing or cannot be read. What is wrong is noted under its field.
pub(crate) fn conversion(conversion: pb::DealConversion, violations: &mut Violations) -> Option<Conversion> {
    let amount = conversion.amount.ok_or_else(|| "is required; give the amount of the order".to_owned());
    let amount = violations.check("conversion.amount", amount.and_then(|amount| minor_amount(&amount)));
    let day = conversion.order_date.ok_or_else(|| "is required; give the day of the order".to_owned());
    let order_date = violations.check("conversion.order_date", day.and_then(|day| date(&day)));
    order_violations(violations, &conversion.order_reference, amount);
    Some(Conversion { order_reference: conversion.order_reference, amount: amount?, order_date: order_date? })
}

/// A revision with the whole deal.
pub(crate) fn deal_revision_to_proto(revision: DealRevision) -> pb::DealRevision {
    pb::DealRevision {
        deal: Some(deal_to_proto(revision.deal)),
        action: revision.action,
        actor: revision.actor,
        reason: revision.reason,
        record_time: Some(timestamp_to_proto(revision.record_time)),
        previous_state: revision.previous_state.map_or(0, DealState::number),
        previous_protection_end: revision.previous_protection_end.map(date_to_proto),
    }
}

/// Who holds a lead.
pub(crate) fn holding_to_proto(holding: Holding) -> pb::FindDealConflictsResponse {
    let Holding { own, met } = holding;
    pb::FindDealConflictsResponse {
        free: met.conflict.is_none(),
        own,
        free_from: free_from(met.conflict.as_ref()),
        conflict: met.conflict.map(conflict_to_proto),
        similar: met.similar.into_iter().map(similar_to_proto).collect(),
    }
}

/// The policy as callers see it.
pub(crate) fn deal_policy_to_proto(policy: DealPolicy) -> pb::DealPolicy {
    let etag = policy.etag();
    let rules = policy.rules;
    pb::DealPolicy {
        name: POLICY_NAME.to_owned(),
        protection_days: rules.protection_days,
        decision_days: rules.decision_days,
        max_extensions: rules.max_extensions,
        extension_days: rules.extension_days,
        automatic_approval: rules.automatic_approval,
        revision: policy.revision,
        actor: policy.actor,
        reason: policy.reason,
        update_time: policy.update_time.map(timestamp_to_proto),
        etag,
    }
}

/// The rules of a policy. Output-only fields are ignored.
pub(crate) fn deal_rules(policy: &pb::DealPolicy) -> DealRules {
    DealRules {
        protection_days: policy.protection_days,
        decision_days: policy.decision_days,
        max_extensions: policy.max_extensions,
        extension_days: policy.extension_days,
        automatic_approval: policy.automatic_approval,
    }
}
