//! Revisions and what differs between them, steps in the life of a contract, results of imports.

use contract_risk_domain::{PieceKind, Revision, TermChange, Transition, resource_name};
use tributary_proto::tributary::contract::v1 as pb;
use tributary_rpc::{convert::timestamp_to_proto, status::to_rpc_status};

use super::contract::{draft, number, raw_day, terms_to_proto};
use crate::{
    DOMAIN,
    app::{ContractImported, ContractRowDraft},
};

/// Writes a revision.
pub(crate) fn contract_revision_to_proto(revision: &Revision) -> pb::ContractRevision {
    pb::ContractRevision {
        revision: number(revision.revision),
        terms: Some(terms_to_proto(&revision.terms)),
        author: revision.author.clone(),
        create_time: Some(timestamp_to_proto(revision.create_time)),
        note: revision.note.clone(),
        terms_digest: revision.terms.digest(),
    }
}

/// Writes a step.
pub(crate) fn contract_transition_to_proto(transition: Transition) -> pb::ContractTransition {
    pb::ContractTransition {
        from_state: transition.from.map_or(0, |state| state.number()),
        to_state: transition.to.number(),
        actor: transition.actor,
        transition_time: Some(timestamp_to_proto(transition.time)),
        reason: transition.reason,
        revision: number(transition.revision),
    }
}

/// Writes a difference.
pub(crate) fn term_change_to_proto(change: TermChange) -> pb::TermChange {
    let redline = change.redline.into_iter().map(|piece| pb::RedlinePiece {
        kind: match piece.kind {
            PieceKind::Kept => pb::RedlineKind::Kept,
            PieceKind::Deleted => pb::RedlineKind::Deleted,
            PieceKind::Inserted => pb::RedlineKind::Inserted,
        }
        .into(),
        text: piece.text,
    });
    pb::TermChange { field: change.field, before: change.before, after: change.after, redline: redline.collect() }
}

/// Reads a row of an import; `annotated` is what its annotations refuse.
pub(crate) fn contract_row(row: pb::ContractImport, annotated: tributary_core::Violations) -> ContractRowDraft {
    let mut contract = row.contract.unwrap_or_default();
    ContractRowDraft {
        annotated,
        name: std::mem::take(&mut contract.name),
        etag: std::mem::take(&mut contract.etag),
        draft: draft(contract),
        state: row.state,
        terminates_on: row.terminates_on.map(raw_day),
    }
}

/// Writes what became of rows.
pub(crate) fn contract_results(outcomes: Vec<ContractImported>) -> Vec<pb::ImportResult> {
    let result = |outcome| {
        let (outcome, id, error) = match outcome {
            ContractImported::Created(id) => (pb::ImportOutcome::Created, Some(id), None),
            ContractImported::Updated(id) => (pb::ImportOutcome::Updated, Some(id), None),
            ContractImported::Unchanged(id) => (pb::ImportOutcome::Unchanged, Some(id), None),
            ContractImported::Refused(fault) => (pb::ImportOutcome::Refused, None, Some(to_rpc_status(&fault, DOMAIN))),
        };
        let name = id.map(|id| resource_name(id.as_str())).unwrap_or_default();
        pb::ImportResult { outcome: outcome.into(), name, error }
    };
    outcomes.into_iter().map(result).collect()
}
