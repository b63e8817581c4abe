//! What the service says about a refused row, as faults of the row: with the value that stands in the file, and what
//! to do about it.

use tributary_proto::google::rpc::Status;
use tributary_rpc::status::{describe, to_tonic};

use crate::mapping::{Mapping, Row, RowFault};

/// Turns the status of one item into faults of its row.
pub(super) fn row_faults(status: &Status, mapping: &Mapping, row: &Row) -> Vec<RowFault> {
    let described = describe(&to_tonic(status));
    let remedy = remedy(&described.reason);
    if described.violations.is_empty() {
        let field = field_of(&described.reason);
        let reason = &described.reason;
        let text = if reason.is_empty() { described.message } else { format!("{reason}: {}", described.message) };
        return vec![RowFault::from_sentence(field, &mapping.value_of(field, row), &text, remedy)];
    }
    let fault = |field: &str, description: &str| {
        let field = ["facts[", "items["].iter().fold(field, |f, list| match f.strip_prefix(list) {
            Some(rest) => rest.split_once("].").map_or(f, |(_, inner)| inner),
            None => f,
        });
        let field = field.strip_prefix("fact.").or_else(|| field.strip_prefix("partner.")).unwrap_or(field);
        RowFault::from_sentence(field, &mapping.value_of(field, row), description, remedy)
    };
    described.violations.iter().map(|v| fault(&v.field, &v.description)).collect()
}

fn field_of(reason: &str) -> &'static str {
    match reason {
        "PARTNER_UNKNOWN" => "partner",
        "FACT_CONTENT_DIFFERS" => "source_id",
        "EXTERNAL_REF_TAKEN" => "external_refs[0].id",
        "REGISTRATION_TAKEN" => "registration.number",
        "PARTNER_EXISTS" => "partner_id",
        _ => "row",
    }
}

fn remedy(reason: &str) -> &'static str {
    match reason {
        "PARTNER_UNKNOWN" => "import the partner first, or correct the key",
        "FACT_CONTENT_DIFFERS" => {
            "it is recorded with other content, which never changes; record the difference as an adjustment"
        }
        "EXTERNAL_REF_TAKEN" | "REGISTRATION_TAKEN" | "PARTNER_EXISTS" => {
            "correct the key, or that of the other partner"
        }
        _ => "correct the row and import it again",
    }
}
