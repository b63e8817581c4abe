//! Deletes old simulations, so that their tables do not grow for ever: a simulation is a question, not a record.

use std::{sync::Arc, time::Duration};

use tributary_core::Fault;
use tributary_lifecycle::{CancellationToken, Worker};

use crate::{app::App, config::SimulationSettings};

/// How often old ones are looked for.
const EVERY: Duration = Duration::from_secs(60 * 60);
/// Deleted in one transaction: each may have a change per partner.
const AT_ONCE: u32 = 20;

/// The worker that deletes them. It begins by looking.
pub fn forget(app: Arc<App>, settings: SimulationSettings) -> Worker {
    Worker::new("incentive-calculation-forget-simulations", move |stop| {
        let (app, settings) = (app.clone(), settings.clone());
        async move {
            while !stop.is_cancelled() {
                match app.forget_simulations(&settings, &stop).await {
                    Ok(count) => tracing::debug!(count, "old simulations deleted"),
                    Err(error) => tracing::warn!(%error, "old simulations were not deleted, will be tried again"),
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(EVERY) => {}
                }
            }
        }
    })
}

impl App {
    /// Deletes all that are older than they are kept, or until it shall stop; returns how many.
    async fn forget_simulations(&self, settings: &SimulationSettings, stop: &CancellationToken) -> Result<u64, Fault> {
        let Some(before) = settings.oldest_kept(self.clock.now()) else { return Ok(0) };
        let mut forgotten = 0;
        while !stop.is_cancelled() {
            let mut tx = self.store.begin().await?;
            let count = tx.forget_simulations(before, AT_ONCE).await?;
            tx.commit().await?;
            forgotten += count;
            if count < u64::from(AT_ONCE) {
                break;
            }
        }
        Ok(forgotten)
    }
}
