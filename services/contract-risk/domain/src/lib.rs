//! The rules of contracts (CR-01), of what is owed under them (CR-05) and of early warning (CR-07). Pure.
//!
//! A contract is drafted, negotiated in numbered revisions, reviewed by legal and signed by both parties; from then on
//! the calendar moves it: in force, expiring, renewed by its successor or terminating, ended.
//!
//! `obligation` says what its parties owe each other by which day, `reminder` when they are told, `on_time` how reliably
//! it was done. `alert` judges partners by versioned rules, over their contracts, obligations, documents and `sales`.

pub mod alert;
mod contract;
mod draft;
mod named;
pub mod obligation;
mod on_time;
pub mod reasons;
pub mod reminder;
pub mod sales;
mod text;

pub use contract::{
    Approval, Attachment, CALENDAR, Cadence, Clause, Commitment, CommitmentKind, Contract, ContractState,
    CooperationModel, Deposit, ExternalRef, Party, PaymentTerms, Piece, PieceKind, RenewalTerms, Revision, Signature,
    SignatureDraft, Standing, Target, Term, TermChange, Terms, Territory, Transition, Verb, Window, compare,
    resource_name,
};
pub use draft::{
    Draft, DraftCommitment, DraftDeposit, DraftPayment, DraftRenewal, DraftTarget, MAX_REFS, MAX_TITLE, Mask, RawMoney,
};
pub use obligation::{
    Duty, DutyDraft, Obligation, ObligationKind, ObligationState, ObligationTransition, ObligationVerb, Proof,
    ProofDraft, TakenOver, obligation_name, parse_obligation_name,
};
pub use on_time::OnTimeCounts;
pub use reminder::{Reminder, ReminderStep};
pub use sales::Cells;

#[cfg(test)]
mod tests;
