//! Alerts and the progress of commitments.

use contract_risk_domain::{
    alert::{Alert, AlertChange, AlertState, Done, Evidence, EvidenceValue, Severity, decimal},
    sales::Unit,
};
use tributary_core::{Currency, Exact, FactAmount, ResourceId, Rounding};
use tributary_proto::{
    google::r#type as ty,
    tributary::contract::v1::{self as pb, commitment_progress::WindowTarget, evidence::Value},
};
use tributary_rpc::convert::{date_to_proto, money_to_proto, timestamp_to_proto};

use super::commitment_to_proto;
use crate::app::alerts::CommitmentProgress;

/// Decimals of ratios and quantities in answers.
const SCALE: u32 = 6;

/// Writes an alert.
pub(crate) fn alert_to_proto(alert: &Alert) -> pb::Alert {
    let by = |done: &Option<Done>| done.as_ref().map(|done| done.by.clone()).unwrap_or_default();
    let at = |done: &Option<Done>| done.as_ref().map(|done| timestamp_to_proto(done.time));
    pb::Alert {
        name: alert.name(),
        uid: alert.uid.clone(),
        rule_version: alert.rule_version_name(),
        partner: partner_name(&alert.partner),
        contract: alert.contract.as_ref().map(contract_name).unwrap_or_default(),
        subject: alert.subject.clone(),
        severity: severity_to_proto(alert.severity),
        state: alert_state_to_proto(alert.state),
        summary: alert.summary.clone(),
        evidence: alert.evidence.iter().map(evidence_to_proto).collect(),
        suggested_action: alert.suggested_action.clone(),
        owner: alert.owner.clone(),
        open_time: Some(timestamp_to_proto(alert.open_time)),
        update_time: Some(timestamp_to_proto(alert.update_time)),
        acknowledged_by: by(&alert.acknowledged),
        acknowledge_time: at(&alert.acknowledged),
        resolved_by: by(&alert.resolved),
        resolve_time: at(&alert.resolved),
        note: alert.note.clone(),
        etag: alert.etag(),
        changes: alert.changes.iter().map(change_to_proto).collect(),
    }
}

/// Writes an alert that nobody keeps: without what only kept ones have.
pub(crate) fn tried_to_proto(alert: &Alert) -> pb::Alert {
    let (name, uid, etag, changes) = Default::default();
    pb::Alert { name, uid, etag, changes, ..alert_to_proto(alert) }
}

/// The number of a state.
pub(crate) fn alert_state_to_proto(state: AlertState) -> i32 {
    state.number()
}

fn severity_to_proto(severity: Severity) -> i32 {
    severity.number()
}

fn change_to_proto(change: &AlertChange) -> pb::AlertChange {
    pb::AlertChange {
        state: alert_state_to_proto(change.state),
        severity: severity_to_proto(change.severity),
        actor: change.actor.clone(),
        change_time: Some(timestamp_to_proto(change.time)),
        text: change.text.clone(),
    }
}

fn evidence_to_proto(evidence: &Evidence) -> pb::Evidence {
    let value = match &evidence.value {
        EvidenceValue::Amount(currency, value) => money(*currency, value),
        EvidenceValue::Number(value) => Value::Number(number(value)),
        EvidenceValue::Day(day) => Value::Day(date_to_proto(*day)),
        EvidenceValue::Text(text) => Value::Text(text.clone()),
    };
    pb::Evidence { name: evidence.name.clone(), value: Some(value) }
}

/// An amount at the scale of facts; as a text where it is too large for that.
fn money(currency: Currency, value: &Exact) -> Value {
    match value.round_to(currency.fact_scale(), Rounding::HalfAwayFromZero) {
        Some(value) => Value::Amount(money_to_proto(FactAmount { currency, value })),
        None => Value::Text(format!("{} {currency}", decimal(value, SCALE))),
    }
}

fn number(value: &Exact) -> ty::Decimal {
    ty::Decimal { value: decimal(value, SCALE) }
}

/// Writes how far a commitment has got.
pub(crate) fn progress_to_proto(found: &CommitmentProgress) -> pb::CommitmentProgress {
    let progress = &found.progress;
    let target = number(&progress.window.target);
    let measured = progress.measure.is_some();
    pb::CommitmentProgress {
        contract: contract_name(&found.contract),
        partner: partner_name(&found.partner),
        commitment: Some(commitment_to_proto(&found.commitment)),
        window_from: Some(date_to_proto(progress.window.from)),
        window_to: Some(date_to_proto(progress.window.to)),
        window_target: Some(match progress.unit {
            Unit::Money(_) => WindowTarget::TargetAmount(target),
            Unit::Pieces => WindowTarget::TargetQuantity(target),
        }),
        actual: measured.then(|| number(&progress.actual)),
        elapsed: Some(number(&progress.elapsed)),
        pace: progress.pace().as_ref().map(number),
        attainment: progress.attainment().as_ref().map(number),
        measured,
    }
}

fn partner_name(id: &ResourceId) -> String {
    format!("partners/{id}")
}

fn contract_name(id: &ResourceId) -> String {
    contract_risk_domain::resource_name(id.as_str())
}
