//! The ready-made mappings, in the binary by name, and mappings from files.

use super::{Mapping, parse};
use crate::document::{FileFault, FileFaults, nearest};

/// The ready-made mappings: name and text.
pub const READY: &[(&str, &str)] = &[
    ("order-lines", include_str!("../../../../deploy/mappings/order-lines.yaml")),
    ("resellers", include_str!("../../../../deploy/mappings/resellers.yaml")),
    ("invoices-with-credit-notes", include_str!("../../../../deploy/mappings/invoices-with-credit-notes.yaml")),
    ("invoice-customers", include_str!("../../../../deploy/mappings/invoice-customers.yaml")),
    ("pos-export", include_str!("../../../../deploy/mappings/pos-export.yaml")),
    ("contracts", include_str!("../../../../deploy/mappings/contracts.yaml")),
    ("obligations", include_str!("../../../../deploy/mappings/obligations.yaml")),
    ("journeys", include_str!("../../../../deploy/mappings/journeys.yaml")),
    ("touchpoints", include_str!("../../../../deploy/mappings/touchpoints.yaml")),
    ("costs", include_str!("../../../../deploy/mappings/costs.yaml")),
    ("quotas", include_str!("../../../../deploy/mappings/quotas.yaml")),
    ("rep-quotas", include_str!("../../../../deploy/mappings/rep-quotas.yaml")),
    ("fx-rates", include_str!("../../../../deploy/mappings/fx-rates.yaml")),
    ("stated", include_str!("../../../../deploy/mappings/stated.yaml")),
    ("statements", include_str!("../../../../deploy/mappings/statements.yaml")),
];

/// Reads a mapping by the name of a ready-made one, or from a file.
///
/// # Errors
/// Every fault of the file, or that there is none.
pub fn load(name: &str) -> Result<Mapping, FileFaults> {
    if let Some((name, text)) = READY.iter().find(|(ready, _)| *ready == name) {
        return parse(name, text);
    }
    let text = std::fs::read_to_string(name).map_err(|e| {
        let hint = nearest(name, READY.iter().map(|(ready, _)| *ready));
        let message = format!("cannot be read ({e}); name a file or a ready-made mapping; {hint}");
        FileFaults { file: name.to_owned(), faults: vec![FileFault { path: String::new(), line: None, message }] }
    })?;
    parse(name, &text)
}

#[cfg(test)]
mod tests;
