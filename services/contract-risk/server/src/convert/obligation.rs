//! Obligations, their history and reminders.

use contract_risk_domain::{
    DutyDraft, ExternalRef, Obligation, ObligationKind, ObligationState, ObligationTransition, OnTimeCounts, Party,
    Proof, ProofDraft, Reminder,
};
use tributary_core::Date;
use tributary_proto::tributary::{common::v1 as common, contract::v1 as pb};
use tributary_rpc::{
    convert::{date_to_proto, decimal_to_proto, minor_to_proto, timestamp_to_proto},
    status::to_rpc_status,
};

use super::contract::{raw_day, raw_money};
use crate::{
    DOMAIN,
    app::{ContractKey, ObligationImported, ObligationRowDraft},
};

fn reference(r: common::ExternalRef) -> ExternalRef {
    ExternalRef { system: r.system, id: r.id }
}

/// Reads what a caller says of an obligation; fields that the server sets are passed over.
pub(crate) fn duty_draft(obligation: pb::Obligation) -> DutyDraft {
    DutyDraft {
        kind: ObligationKind::from_number(obligation.kind),
        debtor: Party::from_number(obligation.debtor),
        title: obligation.title,
        acceptance_criteria: obligation.acceptance_criteria,
        due_on: obligation.due_on.map(raw_day),
        amount: obligation.amount.map(raw_money),
        quantity: obligation.quantity.map(|quantity| quantity.value),
        unit: obligation.unit,
        external_ref: obligation.external_ref.map(reference),
        owner: obligation.owner,
    }
}

/// Reads a proof.
pub(crate) fn proof_draft(proof: pb::Proof) -> ProofDraft {
    ProofDraft {
        title: proof.title,
        sha256: proof.sha256,
        uri: proof.uri,
        fulfilled_on: proof.fulfilled_on.map(raw_day),
        amount: proof.amount.map(raw_money),
    }
}

/// Reads a row of an import, with what its annotations refuse.
pub(crate) fn obligation_row(row: pb::ObligationImport) -> ObligationRowDraft {
    use pb::obligation_import::ContractRef;
    let annotated = tributary_rpc::validate::validate(&row).err().unwrap_or_default();
    let mut obligation = row.obligation.unwrap_or_default();
    ObligationRowDraft {
        annotated,
        name: std::mem::take(&mut obligation.name),
        contract: row.contract_ref.map(|key| match key {
            ContractRef::Contract(name) => ContractKey::Name(name),
            ContractRef::ContractExternalRef(r) => ContractKey::Ref(reference(r)),
        }),
        draft: duty_draft(obligation),
        fulfilled_on: row.fulfilled_on.map(raw_day),
    }
}

/// The results of an import.
pub(crate) fn obligation_results(outcomes: impl Iterator<Item = ObligationImported>) -> Vec<pb::ImportResult> {
    let result = |outcome| {
        let (outcome, name, error) = match outcome {
            ObligationImported::Created(name) => (pb::ImportOutcome::Created, name, None),
            ObligationImported::Updated(name) => (pb::ImportOutcome::Updated, name, None),
            ObligationImported::Unchanged(name) => (pb::ImportOutcome::Unchanged, name, None),
            ObligationImported::Refused(fault) => {
                (pb::ImportOutcome::Refused, String::new(), Some(to_rpc_status(&fault, DOMAIN)))
            }
        };
        pb::ImportResult { outcome: outcome.into(), name, error }
    };
    outcomes.map(result).collect()
}

/// Writes an obligation as it is seen on a day.
pub(crate) fn obligation_to_proto(obligation: &Obligation, today: Date) -> pb::Obligation {
    let duty = &obligation.duty;
    let days_overdue = obligation.days_overdue(today);
    pb::Obligation {
        name: obligation.name(),
        uid: obligation.uid.clone(),
        partner: format!("partners/{}", obligation.partner),
        kind: duty.kind.number(),
        debtor: duty.debtor.number(),
        title: duty.title.clone(),
        acceptance_criteria: duty.acceptance_criteria.clone(),
        due_on: Some(date_to_proto(duty.due_on)),
        amount: duty.amount.map(minor_to_proto),
        quantity: duty.quantity.map(decimal_to_proto),
        unit: duty.unit.clone(),
        external_ref: duty
            .external_ref
            .as_ref()
            .map(|r| common::ExternalRef { system: r.system.clone(), id: r.id.clone() }),
        owner: duty.owner.clone(),
        state: obligation.state.number(),
        overdue: days_overdue.is_some(),
        days_overdue: days_overdue.map_or(0, |days| i32::try_from(days).unwrap_or(i32::MAX)),
        proofs: obligation.proofs.iter().map(proof_to_proto).collect(),
        filed_amount: obligation.filed().map(minor_to_proto),
        fulfilled_on: obligation.fulfilled_on.map(date_to_proto),
        create_time: Some(timestamp_to_proto(obligation.create_time)),
        update_time: Some(timestamp_to_proto(obligation.update_time)),
        etag: obligation.etag(),
        led_elsewhere: obligation.led_elsewhere,
    }
}

fn proof_to_proto(proof: &Proof) -> pb::Proof {
    pb::Proof {
        title: proof.title.clone(),
        sha256: proof.sha256.clone(),
        uri: proof.uri.clone(),
        fulfilled_on: Some(date_to_proto(proof.fulfilled_on)),
        amount: proof.amount.map(minor_to_proto),
        submitter: proof.submitter.clone(),
        submit_time: Some(timestamp_to_proto(proof.submit_time)),
        returned: proof.returned,
    }
}

/// Writes something that happened.
pub(crate) fn obligation_transition_to_proto(transition: &ObligationTransition) -> pb::ObligationTransition {
    pb::ObligationTransition {
        from_state: transition.from.map_or(0, ObligationState::number),
        to_state: transition.to.number(),
        due_on: Some(date_to_proto(transition.due_on)),
        actor: transition.actor.clone(),
        transition_time: Some(timestamp_to_proto(transition.time)),
        reason: transition.reason.clone(),
    }
}

/// Writes a reminder.
pub(crate) fn reminder_to_proto(reminder: Reminder) -> pb::Reminder {
    pb::Reminder {
        contract: format!("contracts/{}", reminder.contract),
        obligation: if reminder.obligation.is_some() { reminder.subject() } else { String::new() },
        partner: format!("partners/{}", reminder.partner),
        step: reminder.step.number(),
        due_on: Some(date_to_proto(reminder.due_on)),
        remind_on: Some(date_to_proto(reminder.remind_on())),
        create_time: Some(timestamp_to_proto(reminder.create_time)),
        text: reminder.text,
        owner: reminder.owner,
        uid: reminder.uid,
    }
}

/// Writes the on-time rate of a partner.
pub(crate) fn on_time_to_proto(counts: &OnTimeCounts) -> pb::OnTimeRate {
    pb::OnTimeRate {
        partner: format!("partners/{}", counts.partner),
        on_time_count: counts.on_time,
        late_count: counts.late,
        overdue_count: counts.overdue,
        rate: counts.rate().map(decimal_to_proto),
    }
}
