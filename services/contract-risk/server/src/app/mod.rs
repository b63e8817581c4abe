//! The use cases: decide (domain), then save state, event and the request's answer in one transaction.

pub mod alerts;
mod contracts;
pub mod copies;
mod obligations;

use tributary_core::Fault;
use tributary_sql::{Recall, recall_answer};

pub use contracts::{
    Compared, ContractAct, ContractChange, ContractImported, ContractRow, ContractRowDraft, Contracts, CreateContract,
    RenewContract, UpdateContract,
};
pub use obligations::{
    Change, ContractKey, CreateObligation, ObligationChange, ObligationImported, ObligationRowDraft, Obligations,
    Rates, ScheduleObligations, Seen,
};

/// The first answer to a request that was remembered as a message.
///
/// # Errors
/// `REQUEST_ID_REUSED`; `INTERNAL` when the remembered answer cannot be read.
fn recalled<M: prost::Message + Default>(recall: Recall) -> Result<Option<M>, Fault> {
    match recall {
        Recall::Known(bytes) => M::decode(bytes.as_slice())
            .map(Some)
            .map_err(|e| Fault::internal(format!("the remembered answer cannot be read: {e}"))),
        // New: the type of the answer does not matter.
        other => recall_answer::<()>(other).map(|_| None),
    }
}
