//! Counts in this process.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};

use crate::{Decision, Limiter, Rate};

/// Every so many calls what is full again is forgotten: memory follows who calls, not who ever called.
const SWEEP: u32 = 1 << 16;

type Keyed = Arc<DefaultKeyedRateLimiter<String>>;

/// Counts in this process; another process counts for itself.
#[derive(Debug, Default)]
pub struct LocalLimiter {
    by_rate: RwLock<HashMap<Rate, Keyed>>,
    calls: AtomicU32,
}

impl LocalLimiter {
    /// Nothing was counted yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many keys are remembered.
    #[must_use]
    pub fn keys(&self) -> usize {
        self.by_rate.read().unwrap_or_else(PoisonError::into_inner).values().map(|keyed| keyed.len()).sum()
    }

    fn keyed(&self, rate: &Rate) -> Keyed {
        if let Some(keyed) = self.by_rate.read().unwrap_or_else(PoisonError::into_inner).get(rate) {
            return keyed.clone();
        }
        let mut all = self.by_rate.write().unwrap_or_else(PoisonError::into_inner);
        let quota = || Quota::with_period(rate.interval()).map(|quota| quota.allow_burst(rate.at_once()));
        // An interval is never zero, so there is a quota.
        let new = || Arc::new(RateLimiter::keyed(quota().unwrap_or(Quota::per_second(rate.calls))));
        all.entry(*rate).or_insert_with(new).clone()
    }

    /// Forgets keys that could take a whole burst again.
    pub fn sweep(&self) {
        for keyed in self.by_rate.read().unwrap_or_else(PoisonError::into_inner).values() {
            keyed.retain_recent();
        }
    }

    /// [`Limiter::take`], at once.
    #[must_use]
    pub fn count(&self, key: &str, rate: &Rate) -> Decision {
        if self.calls.fetch_add(1, Ordering::Relaxed).is_multiple_of(SWEEP) {
            self.sweep();
        }
        match self.keyed(rate).check_key(&key.to_owned()) {
            Ok(()) => Decision::Allowed,
            Err(until) => Decision::Denied { retry_after: until.wait_time_from(DefaultClock::default().now()) },
        }
    }
}

#[async_trait]
impl Limiter for LocalLimiter {
    async fn take(&self, key: &str, rate: &Rate) -> Decision {
        self.count(key, rate)
    }
}
