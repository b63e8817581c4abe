//! Targets (AN-03): what a metric is to reach in a scope and period, how far it has got and how it stands. Pure.
//!
//! A [`Target`] has a [`Scope`], which says what is measured and never changes, and an [`Aim`], which says what is to be
//! reached and may. [`Progress`] compares the exact values that the metric layer measured with the aim. Whether a target is
//! reached, on track, at risk or missed is decided on exact fractions, never on rounded or floating values; only the
//! interval of a forecast is a float.

mod aim;
mod mask;
mod moment;
mod progress;
mod scope;
mod status;

use serde::{Deserialize, Serialize};
use tributary_core::{Fault, ResourceId, Timestamp, fault::common::ETAG_MISMATCH};

pub use aim::{Aim, AimDraft, Goal};
pub use mask::Mask;
pub use moment::Moment;
pub use progress::{Forecast, MIN_OBSERVED_DAYS, Measured, Method, Progress};
pub use scope::{Scope, ScopeDraft, basis};
pub use status::Status;

/// A target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Its id.
    pub id: ResourceId,
    /// What is measured.
    pub scope: Scope,
    /// What is to be reached.
    pub aim: Aim,
    /// Counts its changes, from 1.
    pub revision: i64,
    /// When it was set.
    pub create_time: Timestamp,
    /// When it was last changed.
    pub update_time: Timestamp,
}

/// The resource name of an id. Example: "targets/gmv-2026-online".
#[must_use]
pub fn resource_name(id: &ResourceId) -> String {
    format!("targets/{id}")
}

impl Target {
    /// A new target.
    #[must_use]
    pub fn new(id: ResourceId, scope: Scope, aim: Aim, now: Timestamp) -> Self {
        Self { id, scope, aim, revision: 1, create_time: now, update_time: now }
    }

    /// Its resource name.
    #[must_use]
    pub fn name(&self) -> String {
        resource_name(&self.id)
    }

    /// Fingerprint of this revision.
    #[must_use]
    pub fn etag(&self) -> String {
        format!("r{}", self.revision)
    }

    /// Checks the etag a caller sends; an empty one agrees with every revision.
    ///
    /// # Errors
    /// `ETAG_MISMATCH`.
    pub fn check_etag(&self, etag: &str) -> Result<(), Fault> {
        let (name, current) = (self.name(), self.etag());
        if etag.is_empty() || etag == current {
            return Ok(());
        }
        let message = format!("{name} is at {current:?}, not at {etag:?}; read it again and decide anew");
        Err(Fault::new(ETAG_MISMATCH, message).with("target", name).with("etag", current))
    }

    /// The target with another aim, `None` when nothing differs.
    #[must_use]
    pub fn update(&self, aim: Aim, now: Timestamp) -> Option<Self> {
        (aim != self.aim).then(|| Self {
            aim,
            revision: self.revision.saturating_add(1),
            // The clock may stand still or go back; a change is never before the one before it.
            update_time: now.max(self.update_time),
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests;
