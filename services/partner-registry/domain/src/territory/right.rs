//! Rights to sell in a territory. Two of different partners conflict when one of them is exclusive and they share a
//! product line, a day and a place. A right is never changed but for ending earlier; what it was before stays known.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Fault, ResourceId, Timestamp, Violations};
use uuid::Uuid;

use super::overlap::{Atlas, Overlap, Territory, overlap};
use crate::{etag, faults::TERRITORY_RIGHT_END_REFUSED, text};

/// What a right says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Whose it is; `None` in a proposal for somebody who is no partner yet.
    pub partner: Option<ResourceId>,
    /// Product lines; empty: all.
    pub product_lines: BTreeSet<String>,
    /// Where.
    pub territory: Territory,
    /// First day in force.
    pub effective_from: Date,
    /// First day no longer in force; `None`: open-ended. Not after the first day: never in force.
    pub effective_to: Option<Date>,
    /// Nobody else may hold the same.
    pub exclusive: bool,
}

/// That a right was ended early.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// Subject of the caller.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When it was recorded.
    pub record_time: Timestamp,
}

/// A right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Right {
    /// Its id.
    pub id: ResourceId,
    /// Stable for ever.
    pub uid: Uuid,
    /// What it says.
    pub terms: Terms,
    /// Why it was recorded.
    pub reason: String,
    /// Subject of the caller.
    pub actor: String,
    /// When it was recorded.
    pub record_time: Timestamp,
    /// Its end, if somebody set one.
    pub ending: Option<Ending>,
    /// Counts changes, from 1.
    pub revision: i64,
}

/// What two rights have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clash {
    /// Product lines; empty: all.
    pub product_lines: BTreeSet<String>,
    /// First day.
    pub from: Date,
    /// First day no longer; `None`: open-ended.
    pub to: Option<Date>,
    /// How the places overlap, or why that cannot be decided.
    pub explanation: String,
}

/// How two rights stand to each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Relation {
    /// They can stand beside each other.
    Free,
    /// They cannot.
    Conflict(Clash),
    /// They cannot if their places overlap, which cannot be decided.
    Undecided(Clash),
}

/// Checks the days of a right.
pub fn check_days(v: &mut Violations, from: Date, to: Option<Date>) {
    if let Some(to) = to.filter(|to| *to <= from) {
        v.add("terms.effective_to", format!("{to} is not after effective_from {from}; give a later day or none"));
    }
}

/// Checks product lines.
pub fn check_lines(v: &mut Violations, lines: &BTreeSet<String>) {
    for line in lines {
        text::required_line(v, "terms.product_lines", line, 100);
    }
}

impl Terms {
    /// Whether a day lies in its period.
    #[must_use]
    pub fn covers(&self, day: Date) -> bool {
        self.effective_from <= day && self.effective_to.is_none_or(|end| day < end)
    }

    /// Whether it is a right to a product line.
    #[must_use]
    pub fn is_for(&self, product_line: &str) -> bool {
        self.product_lines.is_empty() || self.product_lines.contains(product_line)
    }

    /// Product lines of both: an empty set for all, `None` for none.
    fn shared_lines(&self, other: &Self) -> Option<BTreeSet<String>> {
        match (self.product_lines.is_empty(), other.product_lines.is_empty()) {
            (true, _) => Some(other.product_lines.clone()),
            (_, true) => Some(self.product_lines.clone()),
            _ => {
                let both: BTreeSet<String> = self.product_lines.intersection(&other.product_lines).cloned().collect();
                (!both.is_empty()).then_some(both)
            }
        }
    }

    /// Days of both.
    fn shared_days(&self, other: &Self) -> Option<(Date, Option<Date>)> {
        let from = self.effective_from.max(other.effective_from);
        let to = match (self.effective_to, other.effective_to) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        to.is_none_or(|to| from < to).then_some((from, to))
    }

    /// How two rights stand to each other.
    #[must_use]
    pub fn relation(&self, other: &Self, atlas: &Atlas) -> Relation {
        let same = self.partner.is_some() && self.partner == other.partner;
        if same || !(self.exclusive || other.exclusive) {
            return Relation::Free;
        }
        let Some((product_lines, (from, to))) = self.shared_lines(other).zip(self.shared_days(other)) else {
            return Relation::Free;
        };
        let clash = |explanation| Clash { product_lines, from, to, explanation };
        match overlap(&self.territory, &other.territory, atlas) {
            Overlap::No => Relation::Free,
            Overlap::Yes(why) => Relation::Conflict(clash(why)),
            Overlap::Undecided(why) => Relation::Undecided(clash(why)),
        }
    }
}

impl Right {
    /// Its resource name.
    #[must_use]
    pub fn name(&self) -> String {
        right_name(&self.id)
    }

    /// Checks the etag a caller sends; an empty one agrees with every revision.
    ///
    /// # Errors
    /// `ETAG_MISMATCH`.
    pub fn check_etag(&self, etag: &str) -> Result<(), Fault> {
        etag::check(etag, self.revision, "right", self.name())
    }

    /// The right that ends on a day, the first one no longer in force.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for a day before the first one, `TERRITORY_RIGHT_END_REFUSED` when it would not end earlier.
    pub fn end(&self, day: Date, ending: Ending) -> Result<Self, Fault> {
        let mut v = Violations::new();
        text::reason(&mut v, "reason", &ending.reason);
        let from = self.terms.effective_from;
        if day < from {
            v.add(
                "effective_to",
                format!("{day} is before the first day {from}; give that day to take the right back"),
            );
        }
        v.into_result()?;
        if let Some(end) = self.terms.effective_to.filter(|end| *end <= day) {
            let message =
                format!("{} ends on {end} already, not after {day}; record a new right to extend it", self.name());
            return Err(Fault::new(TERRITORY_RIGHT_END_REFUSED, message)
                .with("right", self.name())
                .with("effective_to", end.to_string()));
        }
        let terms = Terms { effective_to: Some(day), ..self.terms.clone() };
        Ok(Self { terms, ending: Some(ending), revision: self.revision.saturating_add(1), ..self.clone() })
    }
}

/// The resource name of a right.
#[must_use]
pub fn right_name(id: &ResourceId) -> String {
    format!("territoryRights/{id}")
}
