//! What the service says about a refused row, as faults of the row: with the value that stands in the file, and what
//! to do about it.

use tributary_core::Violation;
use tributary_proto::google::rpc::Status;
use tributary_rpc::status::{describe, to_tonic};

use crate::mapping::{Mapping, Row, RowFault, Target};

/// Turns the status of one item into faults of its row.
pub(super) fn row_faults(status: &Status, mapping: &Mapping, row: &Row) -> Vec<RowFault> {
    let described = describe(&to_tonic(status));
    let remedy = remedy(&described.reason);
    // What looks like personal data is not said again.
    let value_of = |field: &str| match described.reason.as_str() {
        "PERSONAL_DATA" => String::new(),
        _ => mapping.value_of(field, row),
    };
    if described.violations.is_empty() {
        let named = described.metadata.get("field").map(String::as_str);
        let field = named.unwrap_or_else(|| field_of(&described.reason, mapping.target()));
        let reason = &described.reason;
        let text = if reason.is_empty() { described.message } else { format!("{reason}: {}", described.message) };
        return vec![RowFault::from_sentence(field, &value_of(field), &text, remedy)];
    }
    let fault = |violation: &Violation| {
        let field = match mapping.target() {
            Target::Record(_) => violation.field.as_str(),
            Target::Facts | Target::Partners => inner(&violation.field),
        };
        RowFault::from_sentence(field, &value_of(field), &violation.description, remedy)
    };
    described.violations.iter().map(fault).collect()
}

/// The field within the fact or partner.
fn inner(field: &str) -> &str {
    let field = ["facts[", "items["].iter().fold(field, |f, list| match f.strip_prefix(list) {
        Some(rest) => rest.split_once("].").map_or(f, |(_, inner)| inner),
        None => f,
    });
    field.strip_prefix("fact.").or_else(|| field.strip_prefix("partner.")).unwrap_or(field)
}

fn field_of(reason: &str, target: Target) -> &'static str {
    if let Target::Record(record) = target {
        return record.refusals.iter().find(|(known, _)| *known == reason).map_or("row", |(_, field)| field);
    }
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
