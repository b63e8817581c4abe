//! Early warning (CR-07): versioned rules look at a partner and raise alerts. Pure.
//!
//! A rule ([`RuleSpec`]) finds ([`findings`]) a reading at each of its subjects (a commitment's window, a contract's
//! payments, a document …); [`evaluate`] holds the findings of a partner against its alerts.

mod check;
mod evaluate;
mod expiry;
mod figures;
mod finding;
mod late;
mod life;
mod pace;
mod rate;
mod spec;
mod version;

pub use check::check;
pub use evaluate::{Effect, NewAlert, Step, evaluate};
pub use figures::decimal;
pub use finding::{Evidence, EvidenceValue, ExpiringDocument, Finding, Level, OverdueDuty, PartnerView, findings};
pub use life::{Alert, AlertChange, AlertState, Done, MAX_CHANGES, RULE_ACTOR, Severity, resource_name};
pub use pace::Progress;
pub use spec::{Condition, Expiring, OnTimeRate, Overdue, Pace, RuleSpec, a_tenth};
pub use version::{RuleState, RuleVersion, STANDARD_AUTHOR, parse_name, resource_name as version_name};

#[cfg(test)]
mod tests;
