//! The verbs: a proof, its acceptance or return, a waiver, another due day.

use contract_risk_domain::{
    Obligation, ObligationVerb, Party, ProofDraft,
    obligation::{RawDay, day_of, obligation_not_found},
    obligation_name,
};
use tributary_core::{Fault, RequestContext, ResourceId, Violations};
use tributary_sql::{RequestKey, answer, recall_answer};

use super::{Moment, Obligations, Seen};

/// What is done to an obligation.
#[derive(Debug, Clone)]
pub enum Change {
    /// Files a proof.
    SubmitProof(ProofDraft),
    /// Accepts what was filed.
    Accept,
    /// Refuses what was filed.
    Return,
    /// Forgoes it.
    Waive,
    /// Moves the due day; unset is refused.
    Reschedule(Option<RawDay>),
}

impl Change {
    /// Its verb.
    #[must_use]
    pub fn verb(&self) -> ObligationVerb {
        match self {
            Self::SubmitProof(_) => ObligationVerb::SubmitProof,
            Self::Accept => ObligationVerb::Accept,
            Self::Return => ObligationVerb::Return,
            Self::Waive => ObligationVerb::Waive,
            Self::Reschedule(_) => ObligationVerb::Reschedule,
        }
    }
}

/// A change of an obligation that the caller has read.
#[derive(Debug, Clone)]
pub struct ObligationChange {
    /// The contract.
    pub contract: ResourceId,
    /// The obligation.
    pub id: ResourceId,
    /// Etag of what was read.
    pub etag: String,
    /// Why.
    pub reason: String,
    /// What is done.
    pub change: Change,
    /// Remembers the answer, `None` when the caller gave no `request_id`.
    pub key: Option<RequestKey>,
}

impl Obligations {
    /// Makes a change; a repeat of the same request gets the first answer. A partner's own user files proofs of what its partner
    /// owes; other obligations are not there for it.
    ///
    /// # Errors
    /// `OBLIGATION_NOT_FOUND`, `ETAG_MISMATCH`, `OBLIGATION_TRANSITION_REFUSED`, `MAKER_IS_CHECKER`,
    /// `PAYMENT_INCOMPLETE`, `PROOFS_FULL`, `INVALID_REQUEST` with every violation, `REQUEST_ID_REUSED`.
    pub async fn change(&self, caller: &RequestContext, request: ObligationChange) -> Result<Seen, Fault> {
        let ObligationChange { contract, id, etag, reason, change, key } = request;
        self.shown(caller, Some(&contract)).await?;
        let mut tx = self.store.begin_obligations().await?;
        let moment = self.moment();
        if let Some(key) = &key
            && let Some(first) = recall_answer(tx.recall(key, moment.now).await?)?
        {
            return Ok(first);
        }
        let found = tx.lock_obligation(&caller.tenant, &contract, &id).await?;
        let owed = |found: &Obligation| !caller.scope.is_own() || found.duty.debtor == Party::Partner;
        let before = found.filter(owed).ok_or_else(|| obligation_not_found(&obligation_name(&contract, &id)))?;
        before.check_etag(&etag)?;
        let after = decide(&before, change, &caller.subject, moment)?;
        tx.update_obligation(&caller.tenant, before.revision, &after).await?;
        self.record(tx.as_mut(), caller, Some(before.state), &after, &reason, moment.today).await?;
        let seen = Seen { obligation: after, today: moment.today };
        if let Some(key) = &key {
            tx.remember(key, &answer(&seen)?).await?;
        }
        tx.commit().await?;
        (self.wake)();
        Ok(seen)
    }
}

fn decide(before: &Obligation, change: Change, actor: &str, moment: Moment) -> Result<Obligation, Fault> {
    let Moment { now, today } = moment;
    before.allows(change.verb())?;
    match change {
        Change::SubmitProof(draft) => {
            let proof = draft.check(&before.duty, actor, now, today).map_err(|found| {
                let mut v = Violations::new();
                v.nest("proof", found);
                Fault::invalid(v)
            })?;
            before.with_proof(proof, now)
        }
        Change::Accept => before.accepted(actor, now),
        Change::Return => before.returned(now),
        Change::Waive => before.waived(now),
        Change::Reschedule(raw) => before.rescheduled(day_of("due_on", raw).map_err(Fault::invalid)?, now),
    }
}
