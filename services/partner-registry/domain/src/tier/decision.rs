//! From findings to a decision: a rise counts at once, a fall after the days of grace.

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Fault, ResourceId, Timestamp};

use super::{
    evaluate::{Inputs, Standing, earned},
    programme::Programme,
};
use crate::partner::resource_name;

/// What a partner holds by decisions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The tier; empty: none.
    pub tier: String,
    /// While in grace: the first day on which an evaluation takes the tier.
    pub grace_until: Option<Date>,
}

/// How a tier moves: numbers as in `tributary.partner.v1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// To a higher tier.
    Up,
    /// To a lower tier, or to none.
    Down,
    /// Not at all.
    Same,
}

/// A decision about a partner on a day. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The partner.
    pub partner: ResourceId,
    /// Counts the decisions about the partner, from 1.
    pub ordinal: i64,
    /// The day.
    pub day: Date,
    /// The version of the programme.
    pub version: i64,
    /// What was held before.
    pub before: Held,
    /// What is held from the day on.
    pub after: Held,
    /// The tier earned; empty: none.
    pub earned: String,
    /// The places of the tiers held before and after in that version; none for no tier and for an unknown one.
    pub ranks: (Option<usize>, Option<usize>),
    /// What was found.
    pub standings: Vec<Standing>,
    /// All batches of facts up to this number were in.
    pub facts_batch: i64,
    /// Who evaluated.
    pub actor: String,
    /// When it was recorded.
    pub record_time: Timestamp,
}

/// What every decision of one call has in common.
#[derive(Debug, Clone)]
pub struct Occasion<'a> {
    /// The programme in force on the day.
    pub programme: &'a Programme,
    /// Its version.
    pub version: i64,
    /// The day.
    pub day: Date,
    /// All batches of facts up to this number are in.
    pub facts_batch: i64,
    /// Who evaluates.
    pub actor: &'a str,
    /// The time.
    pub now: Timestamp,
}

/// What came of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A new decision.
    New(Box<Decision>),
    /// The newest decision is of this day and says the same.
    Unchanged,
    /// The newest decision is of a later day.
    Later,
}

impl Occasion<'_> {
    /// Decides about a partner, whose newest decision is given.
    #[must_use]
    pub fn decide(&self, partner: &ResourceId, newest: Option<&Decision>, inputs: &Inputs) -> Outcome {
        if newest.is_some_and(|newest| newest.day > self.day) {
            return Outcome::Later;
        }
        // A decision of the same day is made anew from what was held before it, so that repeating changes nothing.
        let before = match newest {
            Some(newest) if newest.day == self.day => newest.before.clone(),
            Some(newest) => newest.after.clone(),
            None => Held::default(),
        };
        let standings = inputs.standings(self.programme, self.day);
        let earned = earned(&standings).to_owned();
        let after = held(self.programme, self.day, &before, &earned);
        let made = Decision {
            partner: partner.clone(),
            ordinal: newest.map_or(0, |newest| newest.ordinal).saturating_add(1),
            day: self.day,
            version: self.version,
            ranks: (self.programme.rank(&before.tier), self.programme.rank(&after.tier)),
            before,
            after,
            earned,
            standings,
            facts_batch: self.facts_batch,
            actor: self.actor.to_owned(),
            record_time: self.now,
        };
        match newest {
            Some(newest) if newest.says_the_same(&made) => Outcome::Unchanged,
            _ => Outcome::New(Box::new(made)),
        }
    }
}

impl Decision {
    /// Its resource name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/tierDecisions/{}", resource_name(&self.partner), self.ordinal)
    }

    /// How the tier moved.
    #[must_use]
    pub fn moved(&self) -> Move {
        movement((&self.before.tier, self.ranks.0), (&self.after.tier, self.ranks.1))
    }

    /// Whether the tier held before is one that the version does not know.
    #[must_use]
    pub fn was_unknown(&self) -> bool {
        !self.before.tier.is_empty() && self.ranks.0.is_none()
    }

    /// Checks the first day on which this, the newest decision, is to be in force in the place of overrides. On earlier days
    /// others stood, and nothing rewrites what they said.
    ///
    /// # Errors
    /// `INVALID_REQUEST` with the field for a day before that of the decision.
    pub fn check_first_day(&self, field: &str, from: Date) -> Result<(), Fault> {
        if from >= self.day {
            return Ok(());
        }
        let (day, name) = (self.day, self.name());
        let message =
            format!("{from} is before {day}, the day of {name}, the newest decision; give {day} or a later day");
        Err(Fault::invalid_field(field, message))
    }

    /// Whether what is held or earned differs from the decision before; without one nothing was.
    #[must_use]
    pub fn changes(&self, previous: Option<&Self>) -> bool {
        match previous {
            Some(previous) => (&previous.after, &previous.earned) != (&self.after, &self.earned),
            None => self.after != Held::default() || !self.earned.is_empty(),
        }
    }

    fn says_the_same(&self, other: &Self) -> bool {
        let of =
            |d: &Self| (d.day, d.version, d.before.clone(), d.after.clone(), d.earned.clone(), d.standings.clone());
        of(self) == of(other)
    }
}

/// How a tier moves from one to another, each with its rank. No tier has none, and neither has one that the programme does
/// not know; both are below all, but who held the latter and holds none now has lost it.
#[must_use]
pub fn movement((before, was): (&str, Option<usize>), (after, is): (&str, Option<usize>)) -> Move {
    match is.cmp(&was) {
        std::cmp::Ordering::Greater => Move::Up,
        std::cmp::Ordering::Less => Move::Down,
        std::cmp::Ordering::Equal if after.is_empty() && !before.is_empty() => Move::Down,
        std::cmp::Ordering::Equal => Move::Same,
    }
}

/// What is held from a day on: what is earned, if that is not below; else what was held, until the days of grace are over. A
/// tier that the programme does not know is below all and given up at once.
fn held(programme: &Programme, day: Date, before: &Held, earned: &str) -> Held {
    let taken = Held { tier: earned.to_owned(), grace_until: None };
    if programme.rank(earned) >= programme.rank(&before.tier) {
        return taken;
    }
    let until = before.grace_until.unwrap_or_else(|| day.plus_days(programme.grace_days.into()));
    if until <= day { taken } else { Held { grace_until: Some(until), ..before.clone() } }
}
