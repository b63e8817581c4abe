//! Which transactions of the ledger are about a statement: those done for it or for its settlement, the accrual of its run,
//! and whatever takes one of them back.

use std::collections::BTreeSet;

use crate::{ledger::NewTransaction, settlement::RunAccrual};

/// The causes of transactions about a statement, last part of its name: itself, and its settlement, which has the same id.
#[must_use]
pub fn causes(statement: &str) -> [String; 2] {
    [format!("statements/{statement}"), format!("settlements/{statement}")]
}

/// Whether a transaction is about a statement (last part of its name) of a run (resource name); `known` are the ids of
/// earlier transactions that are.
pub(super) fn is_about(transaction: &NewTransaction, (statement, run): (&str, &str), known: &BTreeSet<String>) -> bool {
    let accrued =
        || transaction.cause == run && RunAccrual::ids_of(statement).is_ok_and(|own| own.contains(&transaction.id));
    let takes_back = || transaction.reverses.as_ref().is_some_and(|of| known.contains(of.as_str()));
    causes(statement).contains(&transaction.cause) || accrued() || takes_back()
}
