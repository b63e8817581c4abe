//! Moves contracts on when their day has come.

use std::{sync::Arc, time::Duration};

use tributary_lifecycle::Worker;

use crate::app::Contracts;

/// How often it is looked whether a day has come. What is due is found through an index.
const EVERY: Duration = Duration::from_secs(30);

/// The worker. It looks at once when it starts: what came due during a downtime is done then.
pub fn calendar(contracts: Arc<Contracts>) -> Worker {
    Worker::new("contract-risk-calendar", move |stop| {
        let contracts = contracts.clone();
        async move {
            while !stop.is_cancelled() {
                match contracts.follow_calendar().await {
                    Ok(count) => tracing::debug!(count, "contracts moved on"),
                    Err(error) => tracing::warn!(%error, "contracts were not moved on, will be tried again"),
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(EVERY) => {}
                }
            }
        }
    })
}
