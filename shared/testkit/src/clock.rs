//! A clock that stands still until it is moved.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use tributary_core::{Clock, Timestamp};

/// A clock set by hand; share it in an `Arc`.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// Stands at an instant.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.0))
    }

    /// Stands at an instant given in whole seconds since 1970. Example: 1 341 073 800 is 2012-06-30T16:30:00Z.
    #[must_use]
    pub fn at_seconds(seconds: i64) -> Self {
        Self::new(Timestamp(0).plus_seconds(seconds))
    }

    /// Moves it to an instant, forwards or backwards.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.0, Ordering::SeqCst);
    }

    /// Moves it forwards.
    pub fn advance(&self, span: Duration) {
        self.0.fetch_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }
}

impl Default for ManualClock {
    /// 2012-07-01T00:00:00Z.
    fn default() -> Self {
        Self::at_seconds(1_341_100_800)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tributary_core::{Clock, Timestamp};

    use super::ManualClock;

    #[test]
    fn it_moves_only_by_hand() {
        let clock = ManualClock::default();
        assert_eq!(clock.now().to_string(), "2012-07-01T00:00:00Z");
        clock.advance(Duration::from_millis(1500));
        assert_eq!(clock.now(), Timestamp(1_341_100_801_500_000));
        clock.set(Timestamp(7));
        assert_eq!(clock.now(), Timestamp(7));
    }
}
