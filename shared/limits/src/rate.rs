//! Rates, and who counts against them.

use std::{num::NonZeroU32, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// So many calls per so many seconds. A short period is a rate, a long one (a day) a quota.
///
/// Calls are let through evenly, after a burst of up to `burst` at once (the generic cell rate algorithm): there is no
/// edge of a window at which twice the rate could pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// How many calls.
    pub calls: NonZeroU32,
    /// In how many seconds.
    pub seconds: NonZeroU32,
    /// How many may come at once; unset: `calls`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst: Option<NonZeroU32>,
}

impl Rate {
    /// So many calls per so many seconds, all of them at once if need be.
    #[must_use]
    pub const fn new(calls: NonZeroU32, seconds: NonZeroU32) -> Self {
        Self { calls, seconds, burst: None }
    }

    /// Time from one call to the next when they come evenly; at least a microsecond.
    #[must_use]
    pub fn interval(&self) -> Duration {
        let whole = Duration::from_secs(u64::from(self.seconds.get()));
        whole.checked_div(self.calls.get()).unwrap_or_default().max(Duration::from_micros(1))
    }

    /// How many may come at once.
    #[must_use]
    pub fn at_once(&self) -> NonZeroU32 {
        self.burst.unwrap_or(self.calls)
    }
}

/// Whether a call may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It may, and is counted.
    Allowed,
    /// It may not and is not counted.
    Denied {
        /// After this time one may.
        retry_after: Duration,
    },
}

/// Counts calls by key.
#[async_trait]
pub trait Limiter: Send + Sync + std::fmt::Debug {
    /// Counts one call of a key against a rate, if it may go on. A key belongs to one rate.
    async fn take(&self, key: &str, rate: &Rate) -> Decision;
}
