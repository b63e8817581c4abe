//! The use cases: decide (domain), then save state, event and the request's answer in one transaction.

pub mod alerts;
mod contracts;
pub mod copies;
mod obligations;

pub use contracts::{
    Compared, ContractAct, ContractChange, ContractImported, ContractRow, ContractRowDraft, Contracts, CreateContract,
    RenewContract, UpdateContract,
};
pub use obligations::{
    Change, ContractKey, CreateObligation, ObligationChange, ObligationImported, ObligationRowDraft, Obligations,
    Rates, ScheduleObligations, Seen,
};
