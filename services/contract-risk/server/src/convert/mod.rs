//! Between domain values and the messages of `tributary.contract.v1`, for answers and for events.

mod alert;
mod alert_rule;
mod contract;
mod document;
mod history;
mod obligation;

pub(crate) use alert::{alert_state_to_proto, alert_to_proto, progress_to_proto, tried_to_proto};
pub(crate) use alert_rule::{rule_spec, rule_version_to_proto};
pub(crate) use contract::{commitment_to_proto, contract_to_proto, draft, optional_date, raw_day, signature};
pub(crate) use document::document_copy;
pub(crate) use history::{
    contract_results, contract_revision_to_proto, contract_row, contract_transition_to_proto, term_change_to_proto,
};
pub(crate) use obligation::{
    duty_draft, obligation_results, obligation_row, obligation_to_proto, obligation_transition_to_proto,
    on_time_to_proto, proof_draft, reminder_to_proto,
};
