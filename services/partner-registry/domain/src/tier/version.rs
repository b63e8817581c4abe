//! Versions of the programme: drafted by one, approved by another, in force from a day on. What a version says never
//! changes.

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Fault, Timestamp};

use super::programme::Programme;
use crate::{
    etag,
    faults::{MAKER_IS_CHECKER, TIER_PROGRAMME_STATE_REFUSED},
};

/// Where a version stands: numbers and names as in `tributary.partner.v1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProgrammeState {
    /// Written.
    Draft,
    /// Approved by another subject.
    Approved,
    /// In force from its first day on.
    Active,
}

impl ProgrammeState {
    /// The name in stores and faults. Example: "DRAFT".
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Approved => "APPROVED",
            Self::Active => "ACTIVE",
        }
    }
}

/// A version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its number, from 1.
    pub number: i64,
    /// What it says.
    pub programme: Programme,
    /// Where it stands.
    pub state: ProgrammeState,
    /// Who drafted it.
    pub author: String,
    /// Who approved it.
    pub approver: Option<String>,
    /// First day in force.
    pub effective_from: Option<Date>,
    /// Counts changes, from 1.
    pub revision: i64,
    /// When it was drafted.
    pub create_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
}

/// The resource name of a version.
#[must_use]
pub fn version_name(number: i64) -> String {
    format!("tierProgrammeVersions/{number}")
}

impl Version {
    /// A draft.
    #[must_use]
    pub fn draft(number: i64, programme: Programme, author: String, now: Timestamp) -> Self {
        Self {
            number,
            programme,
            state: ProgrammeState::Draft,
            author,
            approver: None,
            effective_from: None,
            revision: 1,
            create_time: now,
            update_time: now,
        }
    }

    /// Its resource name.
    #[must_use]
    pub fn name(&self) -> String {
        version_name(self.number)
    }

    /// Its fingerprint.
    #[must_use]
    pub fn etag(&self) -> String {
        etag::of(self.revision)
    }

    /// Checks the etag of a caller.
    ///
    /// # Errors
    /// `ETAG_MISMATCH`.
    pub fn check_etag(&self, etag: &str) -> Result<(), Fault> {
        etag::check(etag, self.revision, "tier_programme_version", self.name())
    }

    /// The draft approved.
    ///
    /// # Errors
    /// `TIER_PROGRAMME_STATE_REFUSED`; `MAKER_IS_CHECKER` for its author.
    pub fn approve(self, approver: String, now: Timestamp) -> Result<Self, Fault> {
        self.require(ProgrammeState::Draft, "approved")?;
        if approver == self.author {
            let message = format!("{} was drafted by {approver}; another subject must approve it", self.name());
            let fault = Fault::new(MAKER_IS_CHECKER, message);
            return Err(fault.with("tier_programme_version", self.name()).with("subject", approver));
        }
        Ok(self.changed(ProgrammeState::Approved, now, |version| version.approver = Some(approver)))
    }

    /// The approved version, in force from a day on. Of the versions in force or to come, `last` is the last first day and
    /// the last time one was activated: this one is activated after it even when the clock stands still or goes back, because
    /// of two with one first day the one activated last decides.
    ///
    /// # Errors
    /// `TIER_PROGRAMME_STATE_REFUSED`; `INVALID_REQUEST` for a day before the last first day.
    pub fn activate(self, from: Date, last: Option<(Date, Timestamp)>, now: Timestamp) -> Result<Self, Fault> {
        self.require(ProgrammeState::Approved, "activated")?;
        if let Some((last, _)) = last.filter(|(last, _)| from < *last) {
            let message =
                format!("{from} is before {last}, the first day of the last version; give that or a later one");
            return Err(Fault::invalid_field("effective_from", message));
        }
        let now = last.map_or(now, |(_, time)| now.max(time.plus_micros(1)));
        Ok(self.changed(ProgrammeState::Active, now, |version| version.effective_from = Some(from)))
    }

    /// Checks a tier to assign from a day on which this version is in force.
    ///
    /// # Errors
    /// A sentence with the tiers that there are.
    pub fn check_tier(&self, tier: &str, day: Date) -> Result<(), String> {
        if self.programme.tier(tier).is_some() {
            return Ok(());
        }
        let known: Vec<&str> = self.programme.tiers.iter().map(|tier| tier.id.as_str()).collect();
        let (name, known) = (self.name(), known.join(", "));
        Err(format!("{tier:?} is no tier of {name}, which is in force on {day}; use one of {known}"))
    }

    fn require(&self, wanted: ProgrammeState, verb: &str) -> Result<(), Fault> {
        if self.state == wanted {
            return Ok(());
        }
        let (name, state, wanted) = (self.name(), self.state.as_str(), wanted.as_str());
        let message = format!("{name} is {state}; only one that is {wanted} can be {verb}");
        Err(Fault::new(TIER_PROGRAMME_STATE_REFUSED, message).with("tier_programme_version", name).with("state", state))
    }

    fn changed(mut self, state: ProgrammeState, now: Timestamp, change: impl FnOnce(&mut Self)) -> Self {
        self.state = state;
        self.revision = self.revision.saturating_add(1);
        self.update_time = now;
        change(&mut self);
        self
    }
}
