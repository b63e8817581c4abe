//! Thin handlers: decode and check, call the use case, encode.

mod alert_filter;
mod alert_lists;
mod alerts;
mod bounded;
mod contract_filter;
mod contract_requests;
mod contracts;
mod obligation_filter;
mod obligation_lists;
mod obligations;

pub use alerts::AlertRpc;
pub use contracts::ContractRpc;
pub use obligations::ObligationRpc;
