//! How many calls may be in flight: as many as the service answers in about the time it takes when it is at ease. The limit
//! grows by one per round while calls are fast, and falls by a tenth when they become slow or are not answered
//! (additive increase, multiplicative decrease). What is above is refused at once instead of waiting in a queue that
//! nobody reads to its end.
//!
//! How long a call takes depends on what it is; so each is held against what calls of its kind take at their best lately.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// The bounds of the limit, and where it begins.
const LEAST: u64 = 16;
const MOST: u64 = 4_096;
const START: u64 = 256;
/// The limit is kept in thousandths.
const UNIT: u64 = 1_000;
/// A call that takes so many times as long as at best is slow; below this time none is.
const SLOW: u32 = 8;
const ALWAYS_FAST: Duration = Duration::from_millis(20);
/// The limit falls at most once in this time.
const ROUND: Duration = Duration::from_millis(100);
/// The best time of a kind rises by a thirty-second part each second, so that an old best is forgotten.
const FORGET: u32 = 32;
const FORGET_EVERY: Duration = Duration::from_secs(1);

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered.
    Answered,
    /// It was not answered, or too late: the service has too much to do.
    Overloaded,
    /// It says nothing about the service: the caller went away, say.
    Ignored,
}

#[derive(Debug)]
struct State {
    limit: u64,
    in_flight: u64,
    /// Best time by kind, and when it was last raised.
    best: HashMap<usize, (Duration, Instant)>,
    fell: Option<Instant>,
}

/// A limit on calls in flight that follows what a service can do. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Adaptive(Arc<Mutex<State>>);

impl Default for Adaptive {
    fn default() -> Self {
        let limit = START.saturating_mul(UNIT);
        Self(Arc::new(Mutex::new(State { limit, in_flight: 0, best: HashMap::new(), fell: None })))
    }
}

impl Adaptive {
    /// Lets a call of a kind (any number that stands for it) go on, until its permit is dropped. `None`: there are too many.
    #[must_use]
    pub fn enter(&self, kind: usize) -> Option<Permit> {
        let mut state = self.lock();
        if state.in_flight >= state.limit.checked_div(UNIT).unwrap_or(LEAST) {
            return None;
        }
        state.in_flight = state.in_flight.saturating_add(1);
        Some(Permit { of: self.clone(), kind, since: Instant::now(), outcome: Outcome::Ignored })
    }

    /// How many calls may be in flight.
    #[must_use]
    pub fn limit(&self) -> u64 {
        self.lock().limit.checked_div(UNIT).unwrap_or(LEAST)
    }

    /// How many are.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.lock().in_flight
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave(&self, kind: usize, took: Duration, outcome: Outcome) {
        let mut state = self.lock();
        let busy = state.in_flight.saturating_mul(UNIT).saturating_mul(2) >= state.limit;
        state.in_flight = state.in_flight.saturating_sub(1);
        let slow = match outcome {
            Outcome::Ignored => return,
            Outcome::Overloaded => true,
            Outcome::Answered => state.is_slow(kind, took),
        };
        if slow {
            state.fall();
        } else if busy {
            // One more per round of calls as many as the limit.
            let step = UNIT.saturating_mul(UNIT).checked_div(state.limit).unwrap_or(1).max(1);
            state.limit = state.limit.saturating_add(step).min(MOST.saturating_mul(UNIT));
        }
    }
}

impl State {
    fn is_slow(&mut self, kind: usize, took: Duration) -> bool {
        let now = Instant::now();
        let (best, raised) = self.best.entry(kind).or_insert((took, now));
        if now.saturating_duration_since(*raised) >= FORGET_EVERY {
            *best = best.saturating_add(best.checked_div(FORGET).unwrap_or_default());
            *raised = now;
        }
        *best = (*best).min(took);
        took > ALWAYS_FAST && took > best.saturating_mul(SLOW)
    }

    fn fall(&mut self) {
        let now = Instant::now();
        if self.fell.is_some_and(|fell| now.saturating_duration_since(fell) < ROUND) {
            return;
        }
        self.fell = Some(now);
        let tenth = self.limit.checked_div(10).unwrap_or_default();
        self.limit = self.limit.saturating_sub(tenth).max(LEAST.saturating_mul(UNIT));
    }
}

/// A call in flight.
#[derive(Debug)]
pub struct Permit {
    of: Adaptive,
    kind: usize,
    since: Instant,
    outcome: Outcome,
}

impl Permit {
    /// Says what came of the call, and ends it.
    pub fn end(mut self, outcome: Outcome) {
        self.outcome = outcome;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.of.leave(self.kind, self.since.elapsed(), self.outcome);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Adaptive, Outcome, Permit};

    fn fill(limit: &Adaptive) -> Vec<Permit> {
        std::iter::from_fn(|| limit.enter(7)).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_above_the_limit_is_refused_and_the_limit_follows() {
        let limit = Adaptive::default();
        let all = fill(&limit);
        assert_eq!((all.len(), limit.in_flight()), (256, 256));
        assert!(limit.enter(7).is_none());
        tokio::time::advance(Duration::from_millis(5)).await;
        all.into_iter().for_each(|permit| permit.end(Outcome::Answered));
        assert_eq!((limit.in_flight(), limit.limit()), (0, 256));
        for _ in 0..20 {
            let round = fill(&limit);
            tokio::time::advance(Duration::from_millis(5)).await;
            round.into_iter().for_each(|permit| permit.end(Outcome::Answered));
        }
        let grown = limit.limit();
        assert!((260..=280).contains(&grown), "about half a call more per round while busy: {grown}");
        for _ in 0..200 {
            let round = fill(&limit);
            tokio::time::advance(Duration::from_millis(500)).await;
            round.into_iter().for_each(|permit| permit.end(Outcome::Answered));
            if limit.limit() == 16 {
                break;
            }
        }
        assert!(limit.limit() < grown, "a hundred times slower: {}", limit.limit());
    }

    #[tokio::test(start_paused = true)]
    async fn calls_without_an_answer_lower_it_and_callers_that_leave_do_not() {
        let limit = Adaptive::default();
        drop(limit.enter(7));
        assert_eq!((limit.limit(), limit.in_flight()), (256, 0));
        for _ in 0..3 {
            tokio::time::advance(Duration::from_millis(100)).await;
            for _ in 0..10 {
                limit.enter(7).expect("room").end(Outcome::Overloaded);
            }
        }
        // 256 × 0.9 three times: once per tenth of a second, whatever comes.
        assert_eq!(limit.limit(), 186);
    }
}
