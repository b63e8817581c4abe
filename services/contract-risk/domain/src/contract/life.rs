//! What people do to a contract: each verb gives the contract afterwards, or says why not.

use tributary_core::{Date, Fault, ResourceId, Timestamp, Violations, fault::common::ETAG_MISMATCH};

use super::{Approval, Contract, ContractState, Party, Signature, Terms, Verb, resource_name};
use crate::{
    reasons::{
        CONTRACT_LED_HERE, CONTRACT_NOT_APPROVED, CONTRACT_NOT_EDITABLE, CONTRACT_OPEN_ENDED,
        CONTRACT_TRANSITION_REFUSED, MAKER_IS_CHECKER, SIGNATURE_EXISTS, SUCCESSOR_EXISTS,
    },
    text,
};

/// Most days that a notice of termination may lie back.
const NOTICE_DAYS_BACK: i64 = 30;

/// What a party says of its signature, unchecked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureDraft {
    /// Which party.
    pub party: Party,
    /// The person.
    pub signer: String,
    /// In which capacity.
    pub capacity: String,
    /// The day.
    pub signed_on: Date,
    /// The digest that was signed.
    pub terms_digest: String,
}

impl Contract {
    /// Checks the etag a caller sends.
    ///
    /// # Errors
    /// `ETAG_MISMATCH`.
    pub fn check_etag(&self, etag: &str) -> Result<(), Fault> {
        let current = self.etag();
        if etag == current {
            return Ok(());
        }
        let message = format!("{} is at {current:?}, not at {etag:?}; read it again and decide anew", self.name());
        Err(Fault::new(ETAG_MISMATCH, message).with("contract", self.name()).with("etag", current))
    }

    /// The next version; a clock that was set back never makes a change older than the one before.
    pub(super) fn next(&self, now: Timestamp) -> Self {
        Self { version: self.version.saturating_add(1), change_time: Some(now.max(self.update_time())), ..self.clone() }
    }

    /// The same for something that a person does here: from now on it is led here.
    fn next_here(&self, now: Timestamp) -> Self {
        Self { led_elsewhere: false, ..self.next(now) }
    }

    /// The contract after a verb that changes nothing but the state: negotiate, submit, return or withdraw. What goes
    /// back is neither approved nor signed any more.
    ///
    /// # Errors
    /// `CONTRACT_TRANSITION_REFUSED`.
    pub fn step(&self, verb: Verb, now: Timestamp) -> Result<Self, Fault> {
        let state = self.allowed(verb)?;
        let mut next = Self { state, ..self.next_here(now) };
        if verb == Verb::Return {
            next.approval = None;
            next.signatures.clear();
        }
        Ok(next)
    }

    fn allowed(&self, verb: Verb) -> Result<ContractState, Fault> {
        verb.apply(self.state).map_err(|fault| fault.with("contract", self.name()))
    }

    /// The contract with other terms, `None` when they are the same. A draft changes in place and a contract under
    /// negotiation gets the next revision; in every other state only what the partner never signs may change (external
    /// refs, owner, labels, places of attachments), which is no revision.
    ///
    /// # Errors
    /// `CONTRACT_NOT_EDITABLE`.
    pub fn update(&self, terms: Terms, author: &str, now: Timestamp) -> Result<Option<Self>, Fault> {
        if terms == self.terms {
            return Ok(None);
        }
        match self.state {
            ContractState::Draft => Ok(Some(Self { terms, author: author.to_owned(), ..self.next_here(now) })),
            ContractState::Negotiating => Ok(Some(self.revise(terms, author, now))),
            _ if terms.binds_like(&self.terms) => Ok(Some(Self { terms, ..self.next(now) })),
            _ => Err(self.not_editable()),
        }
    }

    /// The contract with a further revision of its terms, whatever its state. An approval is void then, and so are
    /// signatures that did not make it a signed contract yet.
    #[must_use]
    pub fn revise(&self, terms: Terms, author: &str, now: Timestamp) -> Self {
        let mut next = Self {
            terms,
            author: author.to_owned(),
            revision: self.revision.saturating_add(1),
            approval: None,
            ..self.next_here(now)
        };
        if !next.state.is_signed() {
            next.signatures.clear();
        }
        next
    }

    /// That its state does not allow other terms.
    #[must_use]
    pub fn not_editable(&self) -> Fault {
        let remedy = match self.state {
            ContractState::LegalReview => "let legal return it first",
            ContractState::Ended | ContractState::Withdrawn => "create another contract",
            _ => "renew or terminate it; external_refs, owner and labels may still change",
        };
        let message = format!("{} is {}, so its terms stay as they are; {remedy}", self.name(), self.state);
        Fault::new(CONTRACT_NOT_EDITABLE, message).with("contract", self.name()).with("state", self.state.as_str())
    }

    /// That no import changes it any more.
    #[must_use]
    pub fn led_here(&self) -> Fault {
        let message = format!(
            "{} is led here, and the row differs from it; change it by the methods of ContractService, or leave the row out",
            self.name()
        );
        Fault::new(CONTRACT_LED_HERE, message).with("contract", self.name()).with("state", self.state.as_str())
    }

    /// The contract with the approval of legal.
    ///
    /// # Errors
    /// `CONTRACT_TRANSITION_REFUSED`, also when it is approved already; `MAKER_IS_CHECKER` for the author of the
    /// revision.
    pub fn approve(&self, reviewer: &str, comment: &str, now: Timestamp) -> Result<Self, Fault> {
        let state = self.allowed(Verb::Approve)?;
        if let Some(approval) = &self.approval {
            let by = &approval.reviewer;
            let message = format!("{by:?} has approved revision {} already; sign or return it", self.revision);
            return Err(Fault::new(CONTRACT_TRANSITION_REFUSED, message)
                .with("contract", self.name())
                .with("state", self.state.as_str())
                .with("verb", Verb::Approve.method())
                .with("possible", "SignContract, ReturnContract, WithdrawContract"));
        }
        if reviewer == self.author {
            let message = format!("{reviewer:?} wrote revision {}; another subject must approve it", self.revision);
            return Err(Fault::new(MAKER_IS_CHECKER, message).with("contract", self.name()).with("subject", reviewer));
        }
        let mut next = Self { state, ..self.next_here(now) };
        next.approval = Some(Approval {
            reviewer: reviewer.to_owned(),
            approve_time: next.update_time(),
            revision: self.revision,
            comment: comment.to_owned(),
        });
        Ok(next)
    }

    /// The contract with the signature of a party; signed with the second one.
    ///
    /// # Errors
    /// `CONTRACT_TRANSITION_REFUSED`, `CONTRACT_NOT_APPROVED`, `SIGNATURE_EXISTS`; `INVALID_REQUEST` for another digest
    /// or a day to come.
    pub fn sign(&self, draft: SignatureDraft, recorder: &str, today: Date, now: Timestamp) -> Result<Self, Fault> {
        let signed = self.allowed(Verb::Sign)?;
        if self.approval.is_none() {
            let message = format!("revision {} is not approved; let legal approve it first", self.revision);
            return Err(Fault::new(CONTRACT_NOT_APPROVED, message).with("contract", self.name()));
        }
        if self.signatures.iter().any(|signature| signature.party == draft.party) {
            let message = format!("{} has signed already; the other party is missing", draft.party);
            return Err(Fault::new(SIGNATURE_EXISTS, message)
                .with("contract", self.name())
                .with("party", draft.party.as_str()));
        }
        self.check_signature(&draft, today).into_result()?;
        let mut next = self.next_here(now);
        next.signatures.push(Signature {
            party: draft.party,
            signer: draft.signer,
            capacity: draft.capacity,
            signed_on: draft.signed_on,
            terms_digest: draft.terms_digest,
            recorded_by: recorder.to_owned(),
            record_time: next.update_time(),
        });
        if Party::ALL.iter().all(|party| next.signatures.iter().any(|signature| signature.party == *party)) {
            next.state = signed;
        }
        Ok(next)
    }

    fn check_signature(&self, draft: &SignatureDraft, today: Date) -> Violations {
        let mut v = Violations::new();
        text::required_line(&mut v, "signature.signer", &draft.signer, 200, "name the person who signed");
        text::line(&mut v, "signature.capacity", &draft.capacity, 200);
        if draft.signed_on > today {
            v.add(
                "signature.signed_on",
                format!("{} is after today, {today}; state the day it was signed", draft.signed_on),
            );
        }
        let digest = self.terms.digest();
        if draft.terms_digest != digest {
            v.add(
                "signature.terms_digest",
                format!(
                    "{:?} is not the terms_digest of revision {}, {digest}; sign what is approved",
                    draft.terms_digest, self.revision
                ),
            );
        }
        v
    }

    /// The contract with a successor drafted.
    ///
    /// # Errors
    /// `SUCCESSOR_EXISTS`, `CONTRACT_TRANSITION_REFUSED`, `CONTRACT_OPEN_ENDED`.
    pub fn renew(&self, successor: &ResourceId, now: Timestamp) -> Result<Self, Fault> {
        if let Some(known) = &self.successor {
            let known = resource_name(known.as_str());
            let message = format!("{known} follows {} already; go on with it or withdraw it", self.name());
            return Err(Fault::new(SUCCESSOR_EXISTS, message).with("contract", self.name()).with("successor", known));
        }
        let state = self.allowed(Verb::Renew)?;
        if self.terms.effective_to.is_none() {
            let message = format!("{} has no end, so nothing can follow it; terminate it instead", self.name());
            return Err(Fault::new(CONTRACT_OPEN_ENDED, message).with("contract", self.name()));
        }
        Ok(Self { state, successor: Some(successor.clone()), ..self.next_here(now) })
    }

    /// The contract after a notice of termination: it ends after its buffer, at the latest with its term.
    ///
    /// # Errors
    /// `CONTRACT_TRANSITION_REFUSED`; `INVALID_REQUEST` for a notice to come, before the term or more than 30
    /// days back.
    pub fn terminate(&self, notice_on: Date, today: Date, now: Timestamp) -> Result<Self, Fault> {
        let state = self.allowed(Verb::Terminate)?;
        let earliest = today.plus_days(NOTICE_DAYS_BACK.saturating_neg()).max(self.terms.effective_from);
        if !(earliest..=today).contains(&notice_on) {
            let message =
                format!("{notice_on} is not between {earliest} and today, {today}; state the day of the notice");
            return Err(Fault::invalid_field("notice_on", message));
        }
        let buffer = i32::try_from(self.terms.buffer_months()).unwrap_or(i32::MAX);
        let ends_on = notice_on.plus_months(buffer);
        let ends_on = self.terms.effective_to.map_or(ends_on, |to| to.min(ends_on));
        Ok(Self { state, terminates_on: Some(ends_on), ..self.next_here(now) })
    }
}
