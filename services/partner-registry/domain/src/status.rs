//! The state machine of a partner:
//! prospect → applicant → admitted → active → (probation | frozen) → exiting → exited; or rejected.

use std::fmt;

use serde::{Deserialize, Serialize};
use tributary_core::Fault;

use crate::faults::STATUS_TRANSITION_REFUSED;

/// Where a partner stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PartnerStatus {
    /// Known, no application yet.
    Prospect,
    /// Has applied.
    Applicant,
    /// Passed admission, not yet trading.
    Admitted,
    /// Trading.
    Active,
    /// Trading under observation.
    Probation,
    /// Stopped for now.
    Frozen,
    /// Leaving, in the buffer period.
    Exiting,
    /// Gone. Final.
    Exited,
    /// Application refused. May apply again.
    Rejected,
}

impl PartnerStatus {
    /// Every status in the order of its number, from 1.
    pub const ALL: [Self; 9] = [
        Self::Prospect,
        Self::Applicant,
        Self::Admitted,
        Self::Active,
        Self::Probation,
        Self::Frozen,
        Self::Exiting,
        Self::Exited,
        Self::Rejected,
    ];

    /// The name in filters and stores. Example: "PROBATION".
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prospect => "PROSPECT",
            Self::Applicant => "APPLICANT",
            Self::Admitted => "ADMITTED",
            Self::Active => "ACTIVE",
            Self::Probation => "PROBATION",
            Self::Frozen => "FROZEN",
            Self::Exiting => "EXITING",
            Self::Exited => "EXITED",
            Self::Rejected => "REJECTED",
        }
    }

    /// The status of a name.
    ///
    /// # Errors
    /// A sentence with the value and every name.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|s| s.as_str() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            format!("{text:?} is not a partner status; use one of {names}")
        })
    }

    /// The number in the proto enum.
    #[must_use]
    pub fn number(self) -> i32 {
        Self::ALL.iter().zip(1..).find_map(|(s, n)| (*s == self).then_some(n)).unwrap_or(0)
    }

    /// The status of a number of the proto enum.
    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.number() == number)
    }
}

impl fmt::Display for PartnerStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What can be done to a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StatusVerb {
    /// Prospect or rejected → applicant.
    SubmitApplication,
    /// Applicant → admitted.
    Admit,
    /// Applicant → rejected.
    Reject,
    /// Admitted or probation → active.
    Activate,
    /// Active → probation.
    PlaceOnProbation,
    /// Active, probation or exiting → frozen.
    Freeze,
    /// Frozen → the status before the freeze.
    Unfreeze,
    /// Active, probation or frozen → exiting.
    StartExit,
    /// Exiting → exited.
    CompleteExit,
}

impl StatusVerb {
    /// Every verb.
    pub const ALL: [Self; 9] = [
        Self::SubmitApplication,
        Self::Admit,
        Self::Reject,
        Self::Activate,
        Self::PlaceOnProbation,
        Self::Freeze,
        Self::Unfreeze,
        Self::StartExit,
        Self::CompleteExit,
    ];

    /// The name of its method, as messages show it. Example: "AdmitPartner".
    #[must_use]
    pub fn method(self) -> &'static str {
        match self {
            Self::SubmitApplication => "SubmitPartnerApplication",
            Self::Admit => "AdmitPartner",
            Self::Reject => "RejectPartner",
            Self::Activate => "ActivatePartner",
            Self::PlaceOnProbation => "PlacePartnerOnProbation",
            Self::Freeze => "FreezePartner",
            Self::Unfreeze => "UnfreezePartner",
            Self::StartExit => "StartPartnerExit",
            Self::CompleteExit => "CompletePartnerExit",
        }
    }
}

/// A status with what unfreezing needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    status: PartnerStatus,
    /// Set exactly while frozen.
    before_freeze: Option<PartnerStatus>,
}

impl Standing {
    /// The standing a new partner starts with. One taken over as frozen unfreezes to active.
    #[must_use]
    pub fn initial(status: PartnerStatus) -> Self {
        let before_freeze = (status == PartnerStatus::Frozen).then_some(PartnerStatus::Active);
        Self { status, before_freeze }
    }

    /// The standing that was stored; `None` unless a status before the freeze comes with FROZEN and only with it.
    #[must_use]
    pub fn restore(status: PartnerStatus, before_freeze: Option<PartnerStatus>) -> Option<Self> {
        let sound = before_freeze.is_some() == (status == PartnerStatus::Frozen);
        sound.then_some(Self { status, before_freeze })
    }

    /// The status.
    #[must_use]
    pub fn status(self) -> PartnerStatus {
        self.status
    }

    /// The status to which unfreezing returns; set exactly while frozen.
    #[must_use]
    pub fn before_freeze(self) -> Option<PartnerStatus> {
        self.before_freeze
    }

    /// Where a verb leads from here, `None` if it is not possible.
    #[must_use]
    pub fn after(self, verb: StatusVerb) -> Option<Self> {
        use PartnerStatus as S;
        let to = match (verb, self.status) {
            (StatusVerb::SubmitApplication, S::Prospect | S::Rejected) => S::Applicant,
            (StatusVerb::Admit, S::Applicant) => S::Admitted,
            (StatusVerb::Reject, S::Applicant) => S::Rejected,
            (StatusVerb::Activate, S::Admitted | S::Probation) => S::Active,
            (StatusVerb::PlaceOnProbation, S::Active) => S::Probation,
            (StatusVerb::Freeze, S::Active | S::Probation | S::Exiting) => S::Frozen,
            (StatusVerb::Unfreeze, S::Frozen) => self.before_freeze.unwrap_or(S::Active),
            (StatusVerb::StartExit, S::Active | S::Probation | S::Frozen) => S::Exiting,
            (StatusVerb::CompleteExit, S::Exiting) => S::Exited,
            _ => return None,
        };
        let before_freeze = (to == S::Frozen).then_some(self.status);
        Some(Self { status: to, before_freeze })
    }

    /// The verbs that are possible from here.
    #[must_use]
    pub fn possible(self) -> Vec<StatusVerb> {
        StatusVerb::ALL.into_iter().filter(|v| self.after(*v).is_some()).collect()
    }

    /// Applies a verb.
    ///
    /// # Errors
    /// `STATUS_TRANSITION_REFUSED` with the present status and what is possible from it.
    pub fn apply(self, verb: StatusVerb) -> Result<Self, Fault> {
        self.after(verb).ok_or_else(|| {
            let possible = self.possible().into_iter().map(StatusVerb::method).collect::<Vec<_>>().join(", ");
            let remedy = if possible.is_empty() {
                "nothing is possible from it any more".to_owned()
            } else {
                format!("possible from it: {possible}")
            };
            let message = format!("{} is not possible in status {}; {remedy}", verb.method(), self.status);
            Fault::new(STATUS_TRANSITION_REFUSED, message)
                .with("status", self.status.as_str())
                .with("verb", verb.method())
                .with("possible", possible)
        })
    }
}
