//! What the use cases need from the store. Both engines implement it; one conformance suite runs against both.

pub mod alerts;
mod contracts;
mod obligation_queries;
mod obligations;
mod sales;

pub use alerts::{
    AlertCondition, AlertQuery, AlertReads, AlertStore, AlertTx, MARKS_PER_TURN, MarkTx, OwnRules, RuleQuery, Turn,
};
pub use contracts::{
    ContractCondition, ContractHolders, ContractQuery, ContractReads, ContractStore, ContractTx, ContractWrite,
    DueContract,
};
pub use obligation_queries::{
    NoticeQuery, ObligationCondition, ObligationKey, ObligationQuery, OnTimeQuery, ReminderCondition, ReminderQuery,
    ToRemind,
};
pub use obligations::{ObligationInserted, ObligationReads, ObligationStore, ObligationTx};
pub use sales::{CopyReads, CopyStore, CopyTx, DocumentCopy};
