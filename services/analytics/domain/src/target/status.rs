//! How a target stands.

use serde::{Deserialize, Serialize};

/// How a target stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// The period has not begun, or nothing can be said yet.
    Pending,
    /// The forecast reaches the target.
    OnTrack,
    /// The forecast misses it, within the tolerance.
    AtRisk,
    /// The forecast misses it by more than the tolerance.
    OffTrack,
    /// It was reached.
    Reached,
    /// The period is over and it was missed.
    Missed,
}

impl Status {
    /// Every status, in the order of the contract.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::OnTrack, Self::AtRisk, Self::OffTrack, Self::Reached, Self::Missed];

    /// Name as in the API without its prefix. Example: "OFF_TRACK".
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::OnTrack => "ON_TRACK",
            Self::AtRisk => "AT_RISK",
            Self::OffTrack => "OFF_TRACK",
            Self::Reached => "REACHED",
            Self::Missed => "MISSED",
        }
    }

    /// The status of a name.
    ///
    /// # Errors
    /// A sentence with the name.
    pub fn parse(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|status| status.name() == name);
        found.ok_or_else(|| format!("{name:?} is not a status of a target"))
    }
}
