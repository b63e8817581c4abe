//! Time from outside: instants are whole microseconds since 1970-01-01 UTC, the same on both engines.

use std::{
    fmt,
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

/// An instant in microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The instant `micros` microseconds later (earlier if negative), saturating.
    #[must_use]
    pub fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// The instant `seconds` later (earlier if negative), saturating.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_micros(seconds.saturating_mul(1_000_000))
    }

    /// Whole seconds since 1970 and the rest in nanoseconds, as protobuf writes an instant.
    #[must_use]
    pub fn to_seconds_nanos(self) -> (i64, i32) {
        let nanos = i32::try_from(self.0.rem_euclid(1_000_000)).unwrap_or(0).saturating_mul(1000);
        (self.0.div_euclid(1_000_000), nanos)
    }

    /// From protobuf's seconds and nanoseconds; anything finer than a microsecond is cut.
    #[must_use]
    pub fn from_seconds_nanos(seconds: i64, nanos: i32) -> Self {
        Self(seconds.saturating_mul(1_000_000).saturating_add(i64::from(nanos / 1000)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(t) => t.fmt(f),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

/// Where "now" comes from. Tests and sandboxes set it by hand.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        let micros = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros());
        Timestamp(i64::try_from(micros).unwrap_or(i64::MAX))
    }
}

/// The machine's clock moved by a fixed span: it shows another time and ticks on from there. For sandboxes over data of
/// another year.
#[derive(Debug, Clone, Copy)]
pub struct OffsetClock {
    micros: i64,
}

impl OffsetClock {
    /// A clock that shows `start` now.
    #[must_use]
    pub fn starting_at(start: Timestamp) -> Self {
        Self::between(SystemClock.now(), start)
    }

    /// A clock that shows `shown` when the machine's shows `system`.
    fn between(system: Timestamp, shown: Timestamp) -> Self {
        Self { micros: shown.0.saturating_sub(system.0) }
    }

    /// What it shows when the machine's clock shows `system`.
    fn at(self, system: Timestamp) -> Timestamp {
        system.plus_micros(self.micros)
    }
}

impl Clock for OffsetClock {
    fn now(&self) -> Timestamp {
        self.at(SystemClock.now())
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, OffsetClock, SystemClock, Timestamp};

    #[test]
    fn a_moved_clock_ticks_with_the_machine() {
        // 2026-01-01T00:00:00Z shown as 2012-07-01T00:00:00Z, and as 2030-01-01T00:00:00Z: date -u -d … +%s.
        let system = Timestamp(1_767_225_600_000_000);
        for shown in [Timestamp(1_341_100_800_000_000), Timestamp(1_893_456_000_000_000), system] {
            let clock = OffsetClock::between(system, shown);
            assert_eq!(clock.at(system), shown);
            assert_eq!(clock.at(system.plus_micros(1)), shown.plus_micros(1));
            assert_eq!(clock.at(system.plus_seconds(86_400)), shown.plus_seconds(86_400));
            assert_eq!(clock.at(system.plus_seconds(-60)), shown.plus_seconds(-60));
        }
        // Beyond what can be shown it stands at the end instead of wrapping round.
        let clock = OffsetClock::between(Timestamp(10), Timestamp(i64::MAX));
        assert_eq!(clock.at(Timestamp(20)), Timestamp(i64::MAX));
    }

    #[test]
    fn it_starts_at_the_instant_it_was_given() {
        let start = Timestamp(1_341_100_800_000_000);
        let before = SystemClock.now();
        let clock = OffsetClock::starting_at(start);
        let shown = clock.now();
        let passed = SystemClock.now().0 - before.0;
        // Shows what has passed since it was made: less than what has passed around it.
        assert!((0..=passed).contains(&(shown.0 - start.0)), "{shown} after {passed} microseconds");
    }
}
