//! What a reward is asked with: the measure, and every number that was looked up for it.

use tributary_core::Exact;

use super::Base;
use crate::plan::PaidOn;

/// The measure of a rule for one payee and currency, and what else its reward needs. What a reward does not need stays
/// at its default.
#[derive(Debug, Clone, Default)]
pub struct Terms<'a> {
    /// The measure, with what an earlier period carried over already taken off.
    pub x: Exact,
    /// The target; `None`: the rule has none, or the payee has none and attainment counts as 0.
    pub target: Option<Exact>,
    /// The base of a growth reward.
    pub base: Option<Base>,
    /// The measure of the same period last year, where a retrospective rate starts from it (R03).
    pub last_year: Option<Exact>,
    /// The indicator that picks the column of a matrix; `None`: missing.
    pub column: Option<Exact>,
    /// The baseline of a profit share.
    pub baseline: Exact,
    /// The losses that earlier periods carried into a profit share, at or above 0.
    pub losses: Exact,
    /// The measure per level of an override, in the order of its levels.
    pub levels: &'a [Exact],
    /// The single facts of a per-fact reward, in the order of day, source system, source id.
    pub facts: &'a [FactValue],
}

impl Terms<'_> {
    /// The measure as a share of the target; 0 without one.
    pub(super) fn attainment(&self) -> Exact {
        let target = self.target.as_ref().filter(|t| t.is_positive());
        target.and_then(|target| self.x.checked_div(target)).unwrap_or_default()
    }

    /// What a rate is paid on.
    pub(super) fn paid_on(&self, on: PaidOn) -> Exact {
        match on {
            PaidOn::Measure => self.x.clone(),
            PaidOn::Target => self.target.clone().unwrap_or_default(),
            PaidOn::Amount(amount) => amount.into(),
        }
    }
}

/// A fact as a per-fact reward sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactValue {
    /// Its value of the measure's field.
    pub value: Exact,
    /// Its quantity.
    pub quantity: Exact,
    /// For a return or adjustment that is linked to a sale: that sale's value and what it earned (R13).
    pub sale: Option<(Exact, Exact)>,
}
