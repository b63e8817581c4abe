//! Journeys (AN-05): the touches before a purchase, or before none. A row may stand for several equal journeys.

use tributary_core::{Date, FactAmount, Fault, ResourceId, Timestamp, Violations};

use crate::{
    ingest::{Row, RowKey, RowType},
    reasons::JOURNEY_CONTENT_DIFFERS,
    text,
};

/// Most touches of a journey.
pub const MAX_TOUCHES: usize = 1_000;
/// Most journeys a row stands for.
pub const MAX_COUNT: i64 = 1_000_000_000;
/// Longest name of a channel and longest key, in characters.
const MAX_NAME: usize = 63;
const MAX_KEY: usize = 200;

/// One touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// The channel. Example: "tmall".
    pub channel: String,
    /// The partner behind it, if it is known.
    pub partner: Option<ResourceId>,
    /// When it was, if it is known.
    pub at: Option<Timestamp>,
}

/// A journey, or several equal ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journey {
    /// Key of the row; the same key again is the same row.
    pub id: String,
    /// Pseudonym of the customer; empty when it is not known, as for several journeys.
    pub customer_key: String,
    /// First touch to last, at least one.
    pub touches: Vec<Touch>,
    /// How many converted.
    pub conversions: i64,
    /// How many did not.
    pub nulls: i64,
    /// Value of the conversions.
    pub value: Option<FactAmount>,
    /// The day it ended; without one it counts in questions without a range only.
    pub ended_on: Option<Date>,
}

impl Journey {
    /// Checks what the fields say together.
    ///
    /// # Errors
    /// Every violation at once.
    pub fn checked(self) -> Result<Self, Violations> {
        let mut v = Violations::new();
        text::check(&mut v, "journey_id", &self.id, 1..=MAX_KEY);
        text::check(&mut v, "customer_key", &self.customer_key, 0..=MAX_KEY);
        if self.touches.is_empty() || self.touches.len() > MAX_TOUCHES {
            v.add("touches", format!("has {} touches; a journey has 1 to {MAX_TOUCHES}", self.touches.len()));
        }
        let mut latest: Option<Timestamp> = None;
        for (i, touch) in self.touches.iter().enumerate() {
            text::check(&mut v, format!("touches[{i}].channel"), &touch.channel, 1..=MAX_NAME);
            if let (Some(at), Some(before)) = (touch.at, latest)
                && at < before
            {
                v.add(
                    format!("touches[{i}].occurred_at"),
                    "is before the touch before it; put touches in order of time",
                );
            }
            latest = touch.at.or(latest);
        }
        for (field, count) in [("conversions", self.conversions), ("nulls", self.nulls)] {
            if !(0..=MAX_COUNT).contains(&count) {
                v.add(field, format!("{count} is not a count from 0 to {MAX_COUNT}"));
            }
        }
        if self.conversions == 0 && self.nulls == 0 {
            v.add("conversions", "is 0 and so is nulls; a journey that did not convert has nulls 1");
        }
        if let Some(value) = &self.value {
            if value.value < 0 {
                v.add("value", format!("{value} is negative; state the value of the conversions"));
            } else if value.value > 0 && self.conversions == 0 {
                v.add("value", format!("is {value} for a journey without conversions; leave it unset"));
            }
        }
        if v.is_empty() { Ok(self) } else { Err(v) }
    }
}

impl Row for Journey {
    const TYPE: RowType = RowType::Journey;

    fn key(&self) -> RowKey {
        RowKey { source_system: String::new(), source_id: self.id.clone() }
    }

    fn differs(&self, kept: &Self) -> Option<Fault> {
        (self != kept).then(|| {
            let message =
                format!("journey {} is recorded with another content; give this one an id of its own", self.id);
            Fault::new(JOURNEY_CONTENT_DIFFERS, message).with("journey_id", self.id.clone())
        })
    }
}

/// Touches as one text, the form in which they are kept and counted: a line per touch, of channel, partner and time in
/// microseconds, parted by tabs, without empty ends. Checked names hold neither.
#[must_use]
pub fn path_text(touches: &[Touch]) -> String {
    let mut text = String::new();
    for (i, touch) in touches.iter().enumerate() {
        if i > 0 {
            text.push('\n');
        }
        text.push_str(&touch.channel);
        if touch.partner.is_some() || touch.at.is_some() {
            text.push('\t');
            text.push_str(touch.partner.as_ref().map_or("", |p| p.as_str()));
        }
        if let Some(at) = touch.at {
            text.push('\t');
            text.push_str(&at.0.to_string());
        }
    }
    text
}

/// Channel and partner of each touch of a text; the partner is empty where there is none.
pub fn names_of(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split('\n').map(|line| {
        let mut parts = line.split('\t');
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
    })
}

/// The touches of a text.
///
/// # Errors
/// A sentence with the part that cannot be read.
pub fn touches_of(text: &str) -> Result<Vec<Touch>, String> {
    let touch = |line: &str| {
        let mut parts = line.split('\t');
        let mut part = || parts.next().filter(|part| !part.is_empty());
        let channel = part().ok_or("a touch has no channel")?.to_owned();
        let partner = part().map(ResourceId::parse).transpose()?;
        let micros = |at: &str| at.parse().map(Timestamp).map_err(|_| format!("{at:?} is not a time"));
        Ok(Touch { channel, partner, at: part().map(micros).transpose()? })
    };
    text.split('\n').map(touch).collect()
}
