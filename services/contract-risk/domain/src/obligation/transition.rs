//! The history of an obligation.

use tributary_core::{Date, Timestamp};

use super::{Obligation, ObligationState};

/// Something that happened to an obligation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObligationTransition {
    /// Counts what happened to one obligation, from 1: its revision afterwards.
    pub ordinal: i64,
    /// State before; `None` when it was created.
    pub from: Option<ObligationState>,
    /// State afterwards.
    pub to: ObligationState,
    /// Due day afterwards.
    pub due_on: Date,
    /// Who.
    pub actor: String,
    /// When.
    pub time: Timestamp,
    /// Why, as given.
    pub reason: String,
}

impl ObligationTransition {
    /// What led from a state (`None`: nothing) to an obligation as it is.
    #[must_use]
    pub fn to(after: &Obligation, from: Option<ObligationState>, actor: &str, reason: &str) -> Self {
        Self {
            ordinal: after.revision,
            from,
            to: after.state,
            due_on: after.duty.due_on,
            actor: actor.to_owned(),
            time: after.update_time,
            reason: reason.to_owned(),
        }
    }
}
