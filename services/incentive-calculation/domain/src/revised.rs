//! What is corrected instead of adjusted: figures, rates, lines of an older system. Each content of a key is a revision
//! that is kept for ever; the newest one holds. What arrived together has one number, so that a run sees what had arrived
//! when it was asked for.

use std::collections::HashMap;
use std::hash::Hash;

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Days, Period, Timestamp, Violations};

/// Something that has revisions.
pub trait Revised: Clone + PartialEq {
    /// By what it is known again.
    type Key: Clone + Eq + Hash + Ord;

    /// Its key.
    fn key(&self) -> Self::Key;

    /// Its resource name.
    fn name(&self) -> String;

    /// The days it says something about.
    fn days(&self) -> Days;
}

/// A revision as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision<T> {
    /// What it says.
    pub content: T,
    /// Counts the contents of its key, from 1.
    pub revision: i64,
    /// Subject who recorded it.
    pub author: String,
    /// When it was recorded.
    pub record_time: Timestamp,
    /// Number of its arrival.
    pub arrival: i64,
}

/// What is the same for everything that arrives together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Its number.
    pub number: i64,
    /// Subject who records.
    pub author: String,
    /// The present.
    pub now: Timestamp,
}

/// What became of a row that was not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// A new key.
    Recorded,
    /// A known key with other content.
    Corrected,
    /// A known key with the same content.
    Duplicate,
}

/// Compares rows with what holds now: what became of each, its revision, and the revisions to keep, oldest first. Of
/// several rows with one key each is compared with the one before.
pub fn revise<T: Revised>(
    rows: Vec<T>,
    current: Vec<Revision<T>>,
    arrival: &Arrival,
) -> (Vec<(Change, i64)>, Vec<Revision<T>>) {
    let mut known: HashMap<T::Key, (T, i64)> =
        current.into_iter().map(|held| (held.content.key(), (held.content, held.revision))).collect();
    let (mut changes, mut revisions) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        let key = row.key();
        let (change, revision) = match known.get(&key) {
            None => (Change::Recorded, 1),
            Some((held, revision)) if *held == row => (Change::Duplicate, *revision),
            Some((_, revision)) => (Change::Corrected, revision.saturating_add(1)),
        };
        changes.push((change, revision));
        if change != Change::Duplicate {
            known.insert(key, (row.clone(), revision));
            revisions.push(Revision {
                content: row,
                revision,
                author: arrival.author.clone(),
                record_time: arrival.now,
                arrival: arrival.number,
            });
        }
    }
    (changes, revisions)
}

/// The key of a row in the system that states it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct SourceKey {
    /// The system.
    pub system: String,
    /// The key there.
    pub id: String,
}

impl SourceKey {
    /// The key in a resource name such as "figures/crm/quota-1", `None` for another form.
    #[must_use]
    pub fn of_name(collection: &str, name: &str) -> Option<Self> {
        let (system, id) = name.strip_prefix(collection)?.strip_prefix('/')?.split_once('/')?;
        (!system.is_empty() && !id.is_empty()).then(|| Self { system: system.to_owned(), id: id.to_owned() })
    }

    /// Adds what is wrong with it.
    pub fn check(&self, v: &mut Violations) {
        for (field, value, most) in [("source_system", &self.system, 63), ("source_id", &self.id, 200)] {
            let length = value.chars().count();
            if length == 0 {
                v.add(field, "is missing; by it the row is known again when it is corrected");
            } else if length > most {
                v.add(field, format!("{length} characters are more than {most}; shorten it"));
            }
            if value.chars().any(char::is_control) {
                v.add(field, format!("{value:?} has a control character; remove it"));
            }
        }
        // The name of a row separates the two by the first slash.
        if self.system.contains('/') {
            v.add("source_system", format!("{:?} has a slash; name the system without one", self.system));
        }
    }
}

/// First and last day that is taken for a day of business.
const BOUNDS: ((i32, i32, i32), (i32, i32, i32)) = ((1970, 1, 1), (2199, 12, 31));

/// Refuses a day that is most likely a mistake.
pub(crate) fn plausible(day: Date) -> Result<Date, String> {
    let (first, last) = BOUNDS;
    if (first..=last).contains(&day.ymd()) {
        Ok(day)
    } else {
        Err(format!("{day} is outside 1970-01-01 to 2199-12-31; check the date"))
    }
}

/// The days that a row stands for: those of a period, or from and to.
pub(crate) fn days_of(
    (from, to): (Option<Date>, Option<Date>),
    period: Option<Result<Period, String>>,
    v: &mut Violations,
) -> Option<Days> {
    match (from, to, period) {
        (None, None, Some(period)) => v.check("period", period).map(|p| (p.from(), p.to())),
        (None, None, None) => {
            v.add("period", "is missing; state the period, or the days in from and to");
            None
        }
        (_, _, Some(_)) => {
            v.add("period", "is stated beside from and to; keep one of the two");
            None
        }
        (from, to, None) => {
            let mut day = |field: &str, day: Option<Date>| match day {
                Some(day) => v.check(field, plausible(day)),
                None => {
                    v.add(field, "is missing; state both the first day and the first day no longer");
                    None
                }
            };
            let (from, to) = (day("from", from), day("to", to));
            let days = from.zip(to)?;
            if days.0 >= days.1 {
                v.add("to", format!("{} is not after from, {}; it is the first day no longer", days.1, days.0));
                return None;
            }
            Some(days)
        }
    }
}
