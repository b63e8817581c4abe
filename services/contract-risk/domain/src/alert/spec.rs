//! What a rule says: a title, whom it covers, and one condition with its levels.

use serde::{Deserialize, Serialize};
use tributary_core::{Decimal, ResourceId};

use crate::ObligationKind;

/// What a rule says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSpec {
    /// Title. Example: "Purchases behind the commitment".
    pub title: String,
    /// What to do about it.
    #[serde(default)]
    pub suggested_action: String,
    /// Who should look.
    #[serde(default)]
    pub owner: String,
    /// Only these partners; empty: all.
    #[serde(default)]
    pub partners: Vec<ResourceId>,
    /// The condition.
    pub condition: Condition,
}

impl RuleSpec {
    /// Whether the rule looks at a partner.
    #[must_use]
    pub fn covers(&self, partner: &ResourceId) -> bool {
        self.partners.is_empty() || self.partners.contains(partner)
    }
}

/// What a rule looks at, and its levels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Condition {
    /// Sales or purchases below commitment: one alert per contract, commitment and window.
    CommitmentPace(Pace),
    /// Payments late: one alert per contract.
    PaymentLate(Overdue),
    /// Other obligations overdue: one alert per contract and kind.
    ObligationOverdue {
        /// The levels.
        #[serde(flatten)]
        overdue: Overdue,
        /// Only these kinds; empty: all but payments.
        #[serde(default)]
        kinds: Vec<ObligationKind>,
    },
    /// A contract near its end: one alert per contract.
    ContractExpiring(Expiring),
    /// A document near its end: one alert per document.
    DocumentExpiring {
        /// The levels.
        #[serde(flatten)]
        expiring: Expiring,
        /// Only these kinds, as the registry names them; empty: all.
        #[serde(default)]
        kinds: Vec<String>,
    },
    /// A partner that does not keep its days: one alert per partner.
    OnTimeRate(OnTimeRate),
}

/// Levels of a pace: actual ÷ (target × elapsed part of the window).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// Raised below.
    pub trigger_below: Decimal,
    /// Closes from here on.
    pub clear_from: Decimal,
    /// Critical below; `None`: never.
    #[serde(default)]
    pub critical_below: Option<Decimal>,
    /// Judged from this part of a window on.
    #[serde(default = "a_tenth")]
    pub minimum_elapsed: Decimal,
}

/// The part of a window from which on a pace is judged when the rule does not say: 0.1.
#[must_use]
pub fn a_tenth() -> Decimal {
    Decimal::new(1, 1)
}

/// Levels of days overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overdue {
    /// Raised when the oldest is overdue by so many days.
    pub trigger_days: i32,
    /// Critical from so many days; 0: never.
    #[serde(default)]
    pub critical_days: i32,
    /// Closes when the oldest is overdue by at most so many days.
    #[serde(default)]
    pub clear_days: i32,
}

/// Levels of days to a last day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiring {
    /// Raised so many days before the last day.
    pub trigger_days: i32,
    /// Critical from so many days before. 0: for a contract never, for a document once it is no longer valid.
    #[serde(default)]
    pub critical_days: i32,
}

/// Levels of an on-time rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnTimeRate {
    /// Raised below.
    pub trigger_below: Decimal,
    /// Closes from here on.
    pub clear_from: Decimal,
    /// Critical below; `None`: never.
    #[serde(default)]
    pub critical_below: Option<Decimal>,
    /// Months before today.
    pub months: i32,
    /// Not judged with fewer obligations due.
    pub minimum_due: i64,
}
