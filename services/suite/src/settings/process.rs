//! Settings of a process as such: where its metrics are read, how its connections end.

use std::{net::SocketAddr, time::Duration};

use serde::{Deserialize, Serialize};
use tributary_core::Violations;
use tributary_rpc::serve::Age;

/// Metrics for Prometheus.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricSettings {
    /// Where `GET /metrics` is answered, to anybody who can connect; port 0 takes a free one. `None`: nowhere.
    pub listen: Option<SocketAddr>,
}

/// How connections end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConnectionSettings {
    /// At this age, give or take a tenth, a connection takes no new calls: its client connects anew and finds replicas
    /// that have come since.
    pub max_age_seconds: u64,
    /// How long calls that are under way at that age may go on.
    pub grace_seconds: u64,
    /// How long a stopping process that says "not serving" still takes calls, so that balancers hear of it first.
    pub stop_delay_seconds: u64,
}

impl Default for ConnectionSettings {
    fn default() -> Self {
        let Age { limit, grace } = Age::default();
        Self { max_age_seconds: limit.as_secs(), grace_seconds: grace.as_secs(), stop_delay_seconds: 0 }
    }
}

impl ConnectionSettings {
    /// The longest delay of a stop: its drain must fit into the hard limit behind it.
    const MAX_DELAY: u64 = 10;

    pub(super) fn check(&self, violations: &mut Violations) {
        let age = self.max_age_seconds;
        let ok = (1..=86_400 * 30).contains(&age);
        let why = || format!("{age} is no age of a connection; give seconds from 1 to 30 days");
        violations.check("connections.max_age_seconds", ok.then_some(()).ok_or_else(why));
        let delay = self.stop_delay_seconds;
        let ok = delay <= Self::MAX_DELAY;
        let why = || format!("{delay} s would leave no time to drain; give 0 to {}", Self::MAX_DELAY);
        violations.check("connections.stop_delay_seconds", ok.then_some(()).ok_or_else(why));
    }

    /// The age for the server.
    #[must_use]
    pub fn age(&self) -> Age {
        Age { limit: Duration::from_secs(self.max_age_seconds), grace: Duration::from_secs(self.grace_seconds) }
    }

    /// The delay for the stop.
    #[must_use]
    pub fn stop_delay(&self) -> Duration {
        Duration::from_secs(self.stop_delay_seconds)
    }
}
