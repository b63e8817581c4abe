//! The partner itself, what can be done to it, and the revisions that come of it.

use serde::{Deserialize, Serialize};
use tributary_core::{Fault, ResourceId, Timestamp};
use uuid::Uuid;

use crate::{PartnerStatus, Profile, Standing, StatusVerb, etag};

/// A partner at one revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partner {
    /// Its id, the last part of its name.
    pub id: ResourceId,
    /// UUIDv7, stable for ever.
    pub uid: Uuid,
    /// The key that names it in digests, fixed at creation.
    pub business_key: String,
    /// What callers told about it.
    pub profile: Profile,
    /// Where it stands.
    pub standing: Standing,
    /// Counts changes, from 1.
    pub revision: i64,
    /// When it was created.
    pub create_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
}

/// The resource name of a partner id. Example: "partners/x".
#[must_use]
pub fn resource_name(id: &ResourceId) -> String {
    format!("partners/{id}")
}

/// The candidates for a business key, best first: the caller's id, else the first external ref, else the registration
/// number; the generated id always comes last. The first one that no other partner has is taken.
#[must_use]
pub fn business_keys(caller_id: Option<&ResourceId>, profile: &Profile, id: &ResourceId) -> Vec<String> {
    let first_ref = profile.external_refs.first().map(|r| format!("{}:{}", r.system, r.id));
    let number = profile.registration.as_ref().map(|r| r.number.clone());
    let mut keys: Vec<String> = caller_id.map(ToString::to_string).into_iter().chain(first_ref).chain(number).collect();
    keys.push(id.to_string());
    keys
}

impl Partner {
    /// A new partner at revision 1.
    #[must_use]
    pub fn create(
        id: ResourceId,
        uid: Uuid,
        business_key: String,
        profile: Profile,
        status: PartnerStatus,
        now: Timestamp,
    ) -> Self {
        let standing = Standing::initial(status);
        Self { id, uid, business_key, profile, standing, revision: 1, create_time: now, update_time: now }
    }

    /// Its resource name. Example: "partners/x".
    #[must_use]
    pub fn name(&self) -> String {
        resource_name(&self.id)
    }

    /// Fingerprint of this revision.
    #[must_use]
    pub fn etag(&self) -> String {
        etag::of(self.revision)
    }

    /// Checks the etag a caller sends; an empty one agrees with every revision.
    ///
    /// # Errors
    /// `ETAG_MISMATCH`.
    pub fn check_etag(&self, etag: &str) -> Result<(), Fault> {
        etag::check(etag, self.revision, "partner", self.name())
    }

    /// The partner with another profile, `None` when nothing differs.
    #[must_use]
    pub fn update(&self, profile: Profile, now: Timestamp) -> Option<Self> {
        (profile != self.profile).then(|| Self { profile, ..self.next(now) })
    }

    /// The partner after a status verb.
    ///
    /// # Errors
    /// `STATUS_TRANSITION_REFUSED`.
    pub fn change_status(&self, verb: StatusVerb, now: Timestamp) -> Result<Self, Fault> {
        let standing = self.standing.apply(verb).map_err(|f| f.with("partner", self.name()))?;
        Ok(Self { standing, ..self.next(now) })
    }

    /// The next revision; a clock that was set back never makes a revision older than the one before.
    fn next(&self, now: Timestamp) -> Self {
        Self { revision: self.revision.saturating_add(1), update_time: now.max(self.update_time), ..self.clone() }
    }
}

/// What a revision came of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Creation.
    Created,
    /// A change of the profile.
    Updated,
    /// A status verb.
    Status(StatusVerb),
}

impl Action {
    /// The name in histories and events. Example: "ADMITTED".
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Updated => "UPDATED",
            Self::Status(StatusVerb::SubmitApplication) => "APPLICATION_SUBMITTED",
            Self::Status(StatusVerb::Admit) => "ADMITTED",
            Self::Status(StatusVerb::Reject) => "REJECTED",
            Self::Status(StatusVerb::Activate) => "ACTIVATED",
            Self::Status(StatusVerb::PlaceOnProbation) => "PLACED_ON_PROBATION",
            Self::Status(StatusVerb::Freeze) => "FROZEN",
            Self::Status(StatusVerb::Unfreeze) => "UNFROZEN",
            Self::Status(StatusVerb::StartExit) => "EXIT_STARTED",
            Self::Status(StatusVerb::CompleteExit) => "EXIT_COMPLETED",
        }
    }
}

/// One revision of a partner: who did what, when, why, and what it was afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The partner after the change.
    pub partner: Partner,
    /// Tier in force on the day of the change, empty when none.
    pub tier: String,
    /// What was done. Example: "ADMITTED".
    pub action: String,
    /// Subject of the caller.
    pub actor: String,
    /// Why; empty for create and update.
    pub reason: String,
    /// When it was recorded.
    pub record_time: Timestamp,
    /// Status before the change; `None` on creation.
    pub previous_status: Option<PartnerStatus>,
}
