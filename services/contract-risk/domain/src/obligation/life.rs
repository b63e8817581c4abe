//! The life of an obligation: what each verb does to it.

use tributary_core::{Date, Fault, MinorAmount, Timestamp, fault::common};

use super::{Obligation, ObligationState, ObligationVerb, Proof};
use crate::reasons;

/// Most proofs of one obligation, returned ones included.
pub const MAX_PROOFS: usize = 200;

impl Obligation {
    /// Refuses an etag that is not this revision's.
    ///
    /// # Errors
    /// `ETAG_MISMATCH`.
    pub fn check_etag(&self, etag: &str) -> Result<(), Fault> {
        let (name, now) = (self.name(), self.etag());
        if etag == now {
            return Ok(());
        }
        let message = format!("{name} is at {now}, not at {etag:?}; read it again and decide anew");
        Err(Fault::new(common::ETAG_MISMATCH, message).with("obligation", name).with("etag", now))
    }

    /// With one more proof.
    ///
    /// # Errors
    /// `OBLIGATION_TRANSITION_REFUSED`, `PROOFS_FULL`; `INVALID_REQUEST` for a sum beyond 64 bits.
    pub fn with_proof(&self, proof: Proof, now: Timestamp) -> Result<Self, Fault> {
        let mut after = self.step(ObligationVerb::SubmitProof, now)?;
        if self.proofs.len() >= MAX_PROOFS {
            let message = format!("{} has {MAX_PROOFS} proofs, which is the most; combine the files", self.name());
            return Err(Fault::new(reasons::PROOFS_FULL, message).with("obligation", self.name()));
        }
        if let Some((filed, amount)) = self.filed().zip(proof.amount)
            && filed.value.checked_add(amount.value).is_none()
        {
            return Err(Fault::invalid_field("proof.amount", format!("{amount} and {filed} together are too large")));
        }
        after.proofs.push(proof);
        Ok(after)
    }

    /// Accepted by `reviewer` as done on the latest day of what was filed.
    ///
    /// # Errors
    /// `OBLIGATION_TRANSITION_REFUSED`, `MAKER_IS_CHECKER`, `PAYMENT_INCOMPLETE`.
    pub fn accepted(&self, reviewer: &str, now: Timestamp) -> Result<Self, Fault> {
        let mut after = self.step(ObligationVerb::Accept, now)?;
        let name = self.name();
        if self.standing().any(|proof| proof.submitter == reviewer) {
            let message = format!("{reviewer} filed a proof of {name} and cannot accept it; another subject must");
            return Err(Fault::new(reasons::MAKER_IS_CHECKER, message)
                .with("obligation", name)
                .with("subject", reviewer));
        }
        if let Some((missing, owed)) = self.missing().zip(self.duty.amount) {
            return Err(incomplete(&name, missing, owed));
        }
        after.fulfilled_on = self.latest_proof_day();
        Ok(after)
    }

    /// Open again; what was filed counts no more.
    ///
    /// # Errors
    /// `OBLIGATION_TRANSITION_REFUSED`.
    pub fn returned(&self, now: Timestamp) -> Result<Self, Fault> {
        let mut after = self.step(ObligationVerb::Return, now)?;
        for proof in &mut after.proofs {
            proof.returned = true;
        }
        Ok(after)
    }

    /// Forgone.
    ///
    /// # Errors
    /// `OBLIGATION_TRANSITION_REFUSED`.
    pub fn waived(&self, now: Timestamp) -> Result<Self, Fault> {
        self.step(ObligationVerb::Waive, now)
    }

    /// Due on another day; reminders begin anew.
    ///
    /// # Errors
    /// `OBLIGATION_TRANSITION_REFUSED`; `INVALID_REQUEST` for the day it is due on already.
    pub fn rescheduled(&self, due_on: Date, now: Timestamp) -> Result<Self, Fault> {
        let mut after = self.step(ObligationVerb::Reschedule, now)?;
        if due_on == self.duty.due_on {
            return Err(Fault::invalid_field("due_on", format!("{} is due on {due_on} already", self.name())));
        }
        after.duty.due_on = due_on;
        after.reminded = None;
        Ok(after)
    }

    /// Where a verb leads from here.
    ///
    /// # Errors
    /// `OBLIGATION_TRANSITION_REFUSED`.
    pub fn allows(&self, verb: ObligationVerb) -> Result<ObligationState, Fault> {
        verb.from(self.state).ok_or_else(|| self.refusal(verb.method()))
    }

    /// The next revision in the state to which a verb leads.
    fn step(&self, verb: ObligationVerb, now: Timestamp) -> Result<Self, Fault> {
        Ok(Self { state: self.allows(verb)?, led_elsewhere: false, ..self.next_revision(now) })
    }

    pub(super) fn next_revision(&self, now: Timestamp) -> Self {
        // A clock that went back does not make the change older than what it changed.
        let update_time = now.max(self.update_time);
        Self { revision: self.revision.saturating_add(1), update_time, ..self.clone() }
    }

    /// Says that something is not possible in this state, and what is.
    pub(super) fn refusal(&self, what: &str) -> Fault {
        let possible: Vec<&str> = ObligationVerb::ALL
            .into_iter()
            .filter(|verb| verb.from(self.state).is_some())
            .map(ObligationVerb::method)
            .collect();
        let possible = possible.join(", ");
        let (name, state) = (self.name(), self.state);
        let remedy = match possible.as_str() {
            "" => "nothing is possible from it any more".to_owned(),
            list => format!("possible from it: {list}"),
        };
        Fault::new(
            reasons::OBLIGATION_TRANSITION_REFUSED,
            format!("{what} is not possible for {name} in state {state}; {remedy}"),
        )
        .with("obligation", name)
        .with("state", state.as_str())
        .with("possible", possible)
    }
}

fn incomplete(name: &str, missing: MinorAmount, owed: MinorAmount) -> Fault {
    let message = format!("{missing} of {owed} are missing from what was filed for {name}; file the rest or return it");
    Fault::new(reasons::PAYMENT_INCOMPLETE, message)
        .with("obligation", name)
        .with("missing", missing.to_string())
        .with("owed", owed.to_string())
}
