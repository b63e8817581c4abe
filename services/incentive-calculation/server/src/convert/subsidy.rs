//! The messages of subsidies.

use incentive_calculation_domain::subsidy::{Claim, ClaimState, Limit, Payout, Proof, ProofKind, State, Step, Subsidy};
use tributary_proto::tributary::incentive::v1 as pb;
use tributary_rpc::convert::{date_to_proto, minor_to_proto, timestamp_to_proto};

use super::{channel_to_proto, fund::terms_to_proto};

/// Writes a state.
#[must_use]
pub fn state_to_proto(state: State) -> pb::SubsidyState {
    match state {
        State::Requested => pb::SubsidyState::Requested,
        State::Approved => pb::SubsidyState::Approved,
        State::Claimed => pb::SubsidyState::Claimed,
        State::Settled => pb::SubsidyState::Settled,
        State::Rejected => pb::SubsidyState::Rejected,
        State::Withdrawn => pb::SubsidyState::Withdrawn,
        State::Refused => pb::SubsidyState::Refused,
        State::Expired => pb::SubsidyState::Expired,
    }
}

/// Reads a state; unspecified is none.
#[must_use]
pub fn state(value: pb::SubsidyState) -> Option<State> {
    match value {
        pb::SubsidyState::Unspecified => None,
        pb::SubsidyState::Requested => Some(State::Requested),
        pb::SubsidyState::Approved => Some(State::Approved),
        pb::SubsidyState::Claimed => Some(State::Claimed),
        pb::SubsidyState::Settled => Some(State::Settled),
        pb::SubsidyState::Rejected => Some(State::Rejected),
        pb::SubsidyState::Withdrawn => Some(State::Withdrawn),
        pb::SubsidyState::Refused => Some(State::Refused),
        pb::SubsidyState::Expired => Some(State::Expired),
    }
}

fn claim_state_to_proto(state: ClaimState) -> pb::SubsidyClaimState {
    match state {
        ClaimState::Filed => pb::SubsidyClaimState::Filed,
        ClaimState::Accepted => pb::SubsidyClaimState::Accepted,
        ClaimState::Returned => pb::SubsidyClaimState::Returned,
        ClaimState::Refused => pb::SubsidyClaimState::Refused,
        ClaimState::Withdrawn => pb::SubsidyClaimState::Withdrawn,
        ClaimState::Paid => pb::SubsidyClaimState::Paid,
        ClaimState::Reversed => pb::SubsidyClaimState::Reversed,
    }
}

fn limit_to_proto(limit: Limit) -> pb::SubsidyLimit {
    match limit {
        Limit::Rate => pb::SubsidyLimit::Rate,
        Limit::ProjectCap => pb::SubsidyLimit::ProjectCap,
        Limit::Allowance => pb::SubsidyLimit::Allowance,
        Limit::Fund => pb::SubsidyLimit::Fund,
        Limit::Approved => pb::SubsidyLimit::Approved,
        Limit::Decision => pb::SubsidyLimit::Decision,
    }
}

/// Reads a proof; the contract asks for a kind.
#[must_use]
pub fn proof(value: &pb::SubsidyProof) -> Proof {
    let kind = match value.kind() {
        pb::SubsidyProofKind::Invoice => ProofKind::Invoice,
        pb::SubsidyProofKind::Photo => ProofKind::Photo,
        pb::SubsidyProofKind::Report => ProofKind::Report,
        pb::SubsidyProofKind::Contract => ProofKind::Contract,
        pb::SubsidyProofKind::Unspecified | pb::SubsidyProofKind::Other => ProofKind::Other,
    };
    Proof {
        sha256: value.sha256.clone(),
        file_name: value.file_name.clone(),
        kind,
        issuer: value.issuer.clone(),
        invoice_number: value.invoice_number.clone(),
    }
}

fn proof_to_proto(proof: &Proof) -> pb::SubsidyProof {
    let kind = match proof.kind {
        ProofKind::Invoice => pb::SubsidyProofKind::Invoice,
        ProofKind::Photo => pb::SubsidyProofKind::Photo,
        ProofKind::Report => pb::SubsidyProofKind::Report,
        ProofKind::Contract => pb::SubsidyProofKind::Contract,
        ProofKind::Other => pb::SubsidyProofKind::Other,
    };
    pb::SubsidyProof {
        sha256: proof.sha256.clone(),
        file_name: proof.file_name.clone(),
        kind: kind.into(),
        issuer: proof.issuer.clone(),
        invoice_number: proof.invoice_number.clone(),
    }
}

fn payout_to_proto(subsidy: &Subsidy, payout: &Payout) -> pb::SubsidyPayout {
    let money = |value| Some(minor_to_proto(subsidy.money(value)));
    let limits = payout
        .limits
        .iter()
        .map(|(limit, amount)| pb::SubsidyPayoutLimit { limit: limit_to_proto(*limit).into(), amount: money(*amount) });
    pb::SubsidyPayout {
        cost: money(payout.cost),
        limits: limits.collect(),
        amount: money(payout.amount),
        limited_by: limit_to_proto(payout.by).into(),
        explanation: payout.words(subsidy.currency),
    }
}

fn claim_to_proto(subsidy: &Subsidy, claim: &Claim) -> pb::SubsidyClaim {
    let transaction = claim.payout.as_ref().and_then(|_| subsidy.transaction_id(claim).ok());
    let reversed = claim.state == ClaimState::Reversed;
    let reversal = reversed.then(|| subsidy.reversal_id(claim).ok()).flatten();
    pb::SubsidyClaim {
        number: i32::try_from(claim.number).unwrap_or(i32::MAX),
        cost: Some(minor_to_proto(subsidy.money(claim.cost))),
        proofs: claim.proofs.iter().map(proof_to_proto).collect(),
        note: claim.note.clone(),
        state: claim_state_to_proto(claim.state).into(),
        author: claim.author.clone(),
        create_time: Some(timestamp_to_proto(claim.create_time)),
        payout: claim.payout.as_ref().map(|payout| payout_to_proto(subsidy, payout)),
        decider: claim.decider.clone(),
        decision_reason: claim.decision_reason.clone(),
        end_time: claim.end_time.map(timestamp_to_proto),
        transaction: transaction.map(|id| id.name()).unwrap_or_default(),
        payment_reference: claim.payment.as_ref().map(|payment| payment.reference.clone()).unwrap_or_default(),
        paid_on: claim.payment.as_ref().map(|payment| date_to_proto(payment.paid_on)),
        reversal: reversal.map(|id| id.name()).unwrap_or_default(),
    }
}

fn step_to_proto(step: &Step) -> pb::SubsidyStep {
    pb::SubsidyStep {
        state: state_to_proto(step.state).into(),
        what: step.what.clone(),
        actor: step.actor.clone(),
        time: Some(timestamp_to_proto(step.time)),
        reason: step.reason.clone(),
    }
}

/// Writes a subsidy.
#[must_use]
pub fn subsidy_to_proto(subsidy: &Subsidy) -> pb::Subsidy {
    let money = |value| Some(minor_to_proto(subsidy.money(value)));
    pb::Subsidy {
        name: subsidy.name(),
        fund: format!("funds/{}", subsidy.fund),
        partner: format!("partners/{}", subsidy.partner),
        channel: channel_to_proto(Some(subsidy.channel)),
        use_reserve: subsidy.reserve,
        project: subsidy.project.clone(),
        first_day: Some(date_to_proto(subsidy.first_day)),
        end_day: Some(date_to_proto(subsidy.end_day)),
        planned_cost: money(subsidy.planned_cost),
        state: state_to_proto(subsidy.state).into(),
        approved: money(subsidy.approved()),
        approval: subsidy.approval.as_ref().map(|approval| payout_to_proto(subsidy, approval)),
        committed: money(subsidy.committed()),
        paid: money(subsidy.paid()),
        claim_end_day: subsidy.claim_end_day.map(date_to_proto),
        terms: Some(terms_to_proto(subsidy.currency, &subsidy.terms)),
        claims: subsidy.claims.iter().map(|claim| claim_to_proto(subsidy, claim)).collect(),
        steps: subsidy.steps.iter().map(step_to_proto).collect(),
        create_time: Some(timestamp_to_proto(subsidy.create_time)),
        etag: subsidy.etag(),
    }
}
