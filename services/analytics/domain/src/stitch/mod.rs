//! Journeys from touchpoints (AN-05): stitched while the touchpoints of each customer come in, in order of time. Pure.
//!
//! Every conversion ends a journey: the touches since the customer's conversion before it that are at most the lookback
//! older than it; without any, its own channel alone. A touch that nothing follows within the lookback ends a journey
//! without a conversion: the touches since the conversion before it that are at most the lookback older than it. That
//! journey ends with the lookback, and is one only once something later is known to have happened, to whomever. So
//! journeys follow from the touchpoints and the lookback alone: which days are asked for selects among them and changes
//! none. No touch is in two of them, because a journey reaches back over pauses of at most the lookback and the touch
//! before such a pause ends no other.

use std::collections::VecDeque;

use tributary_core::{Date, FactAmount, Timestamp};

use crate::journey::MAX_TOUCHES;

/// Lookback where none is stated, in days of 24 hours, and the longest.
pub const LOOKBACK_DAYS: (i64, i64) = (30, 365);
const DAY_MICROS: i64 = 86_400_000_000;

/// What a customer did at an instant. `T` says where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point<T> {
    /// When.
    pub at: Timestamp,
    /// The day.
    pub on: Date,
    /// Where.
    pub place: T,
    /// Set for a conversion.
    pub conversion: Option<Conversion>,
}

/// A conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conversion {
    /// Its value, if it is known.
    pub value: Option<FactAmount>,
}

/// A journey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stitched<'a, T> {
    /// First touch to last, at least one; of more than 1,000 the last.
    pub touches: &'a [Point<T>],
    /// How it ended; `None` without a conversion.
    pub conversion: Option<Conversion>,
    /// The day it ended.
    pub ended_on: Date,
}

/// What days a journey can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lookback {
    days: i64,
    micros: i64,
}

impl Lookback {
    /// Of so many days.
    #[must_use]
    pub fn of_days(days: i64) -> Self {
        Self { days, micros: days.saturating_mul(DAY_MICROS) }
    }

    /// The days whose touchpoints decide which journeys end from a day on and before another: a journey without a
    /// conversion ends a lookback after its last touch and began up to another before it. One day more at either end,
    /// because days of the clock can be longer and shorter than 24 hours.
    #[must_use]
    pub fn days_read(self, from: Option<Date>, to: Option<Date>) -> (Option<Date>, Option<Date>) {
        let before = self.days.saturating_mul(2).saturating_add(1);
        (from.map(|day| day.plus_days(before.saturating_neg())), to.map(|day| day.plus_days(1)))
    }

    /// Whether something at `later` is more than the lookback after `at`.
    fn is_over(self, at: Timestamp, later: Timestamp) -> bool {
        later > at.plus_micros(self.micros)
    }
}

/// Makes journeys of touchpoints that come ordered by customer, then time.
#[derive(Debug)]
pub struct Stitcher<T> {
    lookback: Lookback,
    /// When the newest touchpoint of all customers was.
    newest: Timestamp,
    customer: String,
    /// Touches since the last conversion that may still be in a journey.
    touches: VecDeque<Point<T>>,
}

impl<T> Stitcher<T> {
    /// Nothing seen yet. `newest` is when the newest touchpoint of all customers was.
    #[must_use]
    pub fn new(lookback: Lookback, newest: Timestamp) -> Self {
        Self { lookback, newest, customer: String::new(), touches: VecDeque::new() }
    }

    /// Takes the next touchpoint; gives the journeys that end with it or before it to `each`.
    pub fn add(&mut self, customer: &str, point: Point<T>, each: &mut impl FnMut(Stitched<'_, T>)) {
        if customer != self.customer {
            self.pause(self.newest, each);
            self.touches.clear();
            customer.clone_into(&mut self.customer);
        }
        self.pause(point.at, each);
        while self.touches.front().is_some_and(|oldest| self.lookback.is_over(oldest.at, point.at)) {
            self.touches.pop_front();
        }
        if point.conversion.is_some() {
            let (conversion, ended_on) = (point.conversion, point.on);
            let own = std::slice::from_ref(&point);
            let touches: &[Point<T>] = self.touches.make_contiguous();
            let touches = if touches.is_empty() { own } else { touches };
            each(Stitched { touches, conversion, ended_on });
            self.touches.clear();
        } else {
            if self.touches.len() == MAX_TOUCHES {
                self.touches.pop_front();
            }
            self.touches.push_back(point);
        }
    }

    /// Gives what the last customer leaves behind to `each`.
    pub fn finish(mut self, each: &mut impl FnMut(Stitched<'_, T>)) {
        self.pause(self.newest, each);
    }

    /// Nothing happened after the last touch until `next`.
    fn pause(&mut self, next: Timestamp, each: &mut impl FnMut(Stitched<'_, T>)) {
        let Some(last) = self.touches.back().filter(|last| self.lookback.is_over(last.at, next)) else { return };
        let ended_on = last.on.plus_days(self.lookback.days);
        each(Stitched { touches: self.touches.make_contiguous(), conversion: None, ended_on });
        self.touches.clear();
    }
}

#[cfg(test)]
mod tests;
