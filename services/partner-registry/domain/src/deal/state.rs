//! States, verbs and actions of deals: numbers and names as in `tributary.partner.v1`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a deal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DealState {
    /// Waits for a decision; the lead is protected.
    Submitted,
    /// Another deal held the lead; protects nothing.
    Conflicted,
    /// The lead is protected up to a day.
    Approved,
    /// The house refused it.
    Rejected,
    /// Given up on the partner's side.
    Withdrawn,
    /// Won.
    Converted,
    /// Lost.
    Lost,
    /// Its protection is over.
    Expired,
}

impl DealState {
    /// Every state in the order of its number, from 1.
    pub const ALL: [Self; 8] = [
        Self::Submitted,
        Self::Conflicted,
        Self::Approved,
        Self::Rejected,
        Self::Withdrawn,
        Self::Converted,
        Self::Lost,
        Self::Expired,
    ];

    /// The name in filters and stores. Example: "APPROVED".
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "SUBMITTED",
            Self::Conflicted => "CONFLICTED",
            Self::Approved => "APPROVED",
            Self::Rejected => "REJECTED",
            Self::Withdrawn => "WITHDRAWN",
            Self::Converted => "CONVERTED",
            Self::Lost => "LOST",
            Self::Expired => "EXPIRED",
        }
    }

    /// The state of a name.
    ///
    /// # Errors
    /// A sentence with the value and every name.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|s| s.as_str() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            format!("{text:?} is not a deal state; use one of {names}")
        })
    }

    /// The number in the proto enum.
    #[must_use]
    pub fn number(self) -> i32 {
        Self::ALL.iter().zip(1..).find_map(|(s, n)| (*s == self).then_some(n)).unwrap_or(0)
    }

    /// What can be done from here.
    #[must_use]
    pub fn possible(self) -> &'static [DealVerb] {
        use DealVerb::{Approve, Convert, Extend, Lose, Reject, Withdraw};
        match self {
            Self::Submitted | Self::Conflicted => &[Approve, Reject, Withdraw],
            Self::Approved => &[Reject, Withdraw, Extend, Convert, Lose],
            // An order within the protection may be told late.
            Self::Expired => &[Convert],
            Self::Rejected | Self::Withdrawn | Self::Converted | Self::Lost => &[],
        }
    }
}

impl fmt::Display for DealState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What can be done to a deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DealVerb {
    /// Submitted or conflicted → approved.
    Approve,
    /// Submitted, conflicted or approved → rejected.
    Reject,
    /// Submitted, conflicted or approved → withdrawn.
    Withdraw,
    /// Approved, for longer.
    Extend,
    /// Approved or expired → converted.
    Convert,
    /// Approved → lost.
    Lose,
}

impl DealVerb {
    /// Every verb.
    pub const ALL: [Self; 6] = [Self::Approve, Self::Reject, Self::Withdraw, Self::Extend, Self::Convert, Self::Lose];

    /// The name of its method, as messages show it.
    #[must_use]
    pub fn method(self) -> &'static str {
        match self {
            Self::Approve => "ApproveDeal",
            Self::Reject => "RejectDeal",
            Self::Withdraw => "WithdrawDeal",
            Self::Extend => "ExtendDeal",
            Self::Convert => "ConvertDeal",
            Self::Lose => "LoseDeal",
        }
    }

    /// The name of what was done, in histories and events. Example: "APPROVED".
    #[must_use]
    pub fn action(self) -> &'static str {
        match self {
            Self::Approve => "APPROVED",
            Self::Reject => "REJECTED",
            Self::Withdraw => "WITHDRAWN",
            Self::Extend => "EXTENDED",
            Self::Convert => "CONVERTED",
            Self::Lose => "LOST",
        }
    }
}
