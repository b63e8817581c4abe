//! Idempotent ingest of journeys (AN-05). One call is one transaction; every row has a result of its own.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use analytics_domain::{
    journey::Journey,
    reasons::{JOURNEY_CONTENT_DIFFERS, PERSONAL_DATA},
};
use tributary_core::{
    Clock, Fault, IdSource, RequestContext, Timestamp, Violations,
    pseudonym::{Personal, personal, personal_row_id},
};

use crate::ports::journeys::{JourneyStore, SetAside};

/// What the use cases of attribution work with.
pub struct Journeys {
    /// The store.
    pub store: Arc<dyn JourneyStore>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Ids of notes.
    pub ids: Arc<dyn IdSource>,
}

/// One row as the caller states it.
#[derive(Debug, Clone)]
pub struct StatedJourney {
    /// Its id.
    pub id: String,
    /// Pseudonym of the customer.
    pub customer_key: String,
    /// The journey, or what is wrong with it.
    pub journey: Result<Journey, Violations>,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JourneyOutcome {
    /// Recorded now.
    Recorded,
    /// Was recorded before with the same content.
    Duplicate,
    /// Not recorded, and why.
    Refused(Fault),
    /// Not recorded: personal data.
    SetAside(Fault),
}

impl Journeys {
    /// Records journeys in one transaction.
    ///
    /// # Errors
    /// Only what concerns the whole call: `STORE_UNAVAILABLE`. The call can be repeated.
    pub async fn record(
        &self,
        caller: &RequestContext,
        rows: Vec<StatedJourney>,
    ) -> Result<Vec<JourneyOutcome>, Fault> {
        let now = self.clock.now();
        let mut outcomes = Vec::with_capacity(rows.len());
        let mut notes = Vec::new();
        // Within one call the first row of an id counts; a later one is a repeat of it or differs.
        let mut firsts: HashMap<String, (usize, Journey)> = HashMap::with_capacity(rows.len());
        for (index, row) in rows.into_iter().enumerate() {
            let outcome = if let Some((field, what)) = personal_field(&row) {
                notes.push(self.note(&row, field, what, now));
                Some(JourneyOutcome::SetAside(personal_data(field, what)))
            } else {
                match row.journey {
                    Err(violations) => Some(JourneyOutcome::Refused(Fault::invalid(violations))),
                    Ok(journey) => match firsts.entry(journey.id.clone()) {
                        Entry::Occupied(first) => Some(repeat(&journey, &first.get().1)),
                        Entry::Vacant(free) => {
                            free.insert((index, journey));
                            None
                        }
                    },
                }
            };
            outcomes.push(outcome);
        }
        for (index, outcome) in self.store_all(caller, firsts, &notes, now).await? {
            if let Some(slot) = outcomes.get_mut(index) {
                *slot = Some(outcome);
            }
        }
        let missing = || JourneyOutcome::Refused(Fault::internal("a row was left without an outcome"));
        Ok(outcomes.into_iter().map(|o| o.unwrap_or_else(missing)).collect())
    }

    /// Writes what is new and decides what is a repeat.
    async fn store_all(
        &self,
        caller: &RequestContext,
        firsts: HashMap<String, (usize, Journey)>,
        notes: &[SetAside],
        now: Timestamp,
    ) -> Result<Vec<(usize, JourneyOutcome)>, Fault> {
        if firsts.is_empty() && notes.is_empty() {
            return Ok(Vec::new());
        }
        let tenant = &caller.tenant;
        let journeys: Vec<Journey> = firsts.values().map(|(_, journey)| journey.clone()).collect();
        let mut tx = self.store.begin_journeys().await?;
        let mut left = firsts;
        let mut decided = Vec::with_capacity(left.len());
        let new = tx.insert_journeys(tenant, &journeys, now).await?;
        for id in &new {
            if let Some((index, _)) = left.remove(id) {
                decided.push((index, JourneyOutcome::Recorded));
            }
        }
        let old: Vec<String> = left.keys().cloned().collect();
        for kept in tx.journeys(tenant, &old).await? {
            if let Some((index, journey)) = left.remove(&kept.id) {
                decided.push((index, repeat(&journey, &kept)));
            }
        }
        if !notes.is_empty() {
            tx.put_aside(tenant, notes).await?;
        }
        tx.drop_aside(tenant, &new).await?;
        tx.commit().await?;
        Ok(decided)
    }

    fn note(&self, row: &StatedJourney, field: &str, what: Personal, now: Timestamp) -> SetAside {
        SetAside {
            id: self.ids.uuid(),
            journey_id: if personal_row_id(&row.id).is_some() { String::new() } else { kept_id(&row.id) },
            field: field.to_owned(),
            looks_like: what.shown().to_owned(),
            create_time: now,
        }
    }
}

/// An id as a note keeps it: one that is too long for a journey is not worth keeping whole.
fn kept_id(id: &str) -> String {
    id.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// The first key that looks like personal data.
fn personal_field(row: &StatedJourney) -> Option<(&'static str, Personal)> {
    let of_key = personal(&row.customer_key).map(|what| ("customer_key", what));
    of_key.or_else(|| personal_row_id(&row.id).map(|what| ("journey_id", what)))
}

/// Names field and kind, never the key.
fn personal_data(field: &str, what: Personal) -> Fault {
    let message = format!("{field} looks like {}; send a pseudonym such as a keyed hash instead", what.shown());
    Fault::new(PERSONAL_DATA, message).with("field", field).with("looks_like", what.shown())
}

fn repeat(journey: &Journey, kept: &Journey) -> JourneyOutcome {
    if journey == kept {
        return JourneyOutcome::Duplicate;
    }
    let message = format!("journey {} is recorded with another content; give this one an id of its own", journey.id);
    JourneyOutcome::Refused(Fault::new(JOURNEY_CONTENT_DIFFERS, message).with("journey_id", journey.id.clone()))
}
