//! Stops calling who does not answer. After some failures in a row nothing is sent for a while; then one call tries, and the
//! while doubles until one succeeds.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Failures in a row that open it.
const FAILURES: u32 = 5;
const FIRST_REST: Duration = Duration::from_millis(500);
const LONGEST_REST: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy, Default)]
struct State {
    failures: u32,
    /// While it is open: until when, and how long the rest is.
    rest: Option<(Instant, Duration)>,
}

/// A circuit breaker.
#[derive(Debug, Default)]
pub struct Breaker(Mutex<State>);

impl Breaker {
    /// Whether a call may be made.
    ///
    /// # Errors
    /// After how long one may try again.
    pub fn admit(&self) -> Result<(), Duration> {
        let mut state = self.lock();
        let Some((until, rest)) = state.rest else { return Ok(()) };
        let now = Instant::now();
        if now < until {
            return Err(until.saturating_duration_since(now));
        }
        // This call tries; the others wait for what comes of it, at most as long as before.
        state.rest = now.checked_add(rest).map(|until| (until, rest));
        Ok(())
    }

    /// A call was answered, whatever the answer.
    pub fn answered(&self) {
        *self.lock() = State::default();
    }

    /// A call was not answered.
    pub fn failed(&self) {
        let mut state = self.lock();
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES {
            let rest = state.rest.map_or(FIRST_REST, |(_, rest)| rest.saturating_mul(2).min(LONGEST_REST));
            state.rest = Instant::now().checked_add(rest).map(|until| (until, rest));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Breaker;

    #[tokio::test(start_paused = true)]
    async fn it_opens_tries_and_closes() {
        let breaker = Breaker::default();
        for _ in 0..4 {
            breaker.failed();
        }
        assert_eq!(breaker.admit(), Ok(()), "four failures are not enough");
        breaker.answered();
        for _ in 0..5 {
            breaker.failed();
        }
        assert_eq!(breaker.admit(), Err(Duration::from_millis(500)));
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!(breaker.admit(), Ok(()), "one tries");
        assert_eq!(breaker.admit(), Err(Duration::from_millis(500)), "the others wait");
        breaker.failed();
        assert_eq!(breaker.admit(), Err(Duration::from_secs(1)), "twice as long");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(breaker.admit(), Ok(()));
        breaker.answered();
        assert_eq!((breaker.admit(), breaker.admit()), (Ok(()), Ok(())));
    }

    #[tokio::test(start_paused = true)]
    async fn the_rest_has_an_end() {
        let breaker = Breaker::default();
        for _ in 0..40 {
            breaker.failed();
        }
        assert_eq!(breaker.admit(), Err(Duration::from_secs(10)));
    }
}
