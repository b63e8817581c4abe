//! Gives back reservations whose time is over: pending transactions and pre-approved subsidies. Until then they count as
//! reserved, and cannot be used any more.

use std::{sync::Arc, time::Duration};

use tributary_core::Fault;
use tributary_lifecycle::CancellationToken;

use crate::app::App;

/// How often is looked.
const POLL: Duration = Duration::from_secs(1);
/// How many are given back in one round.
const ROUND: u32 = 100;

/// Looks until stopped.
pub async fn follow(app: Arc<App>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let more = match round(&app).await {
            Ok(more) => more,
            Err(error) => {
                tracing::warn!(%error, "reservations were not given back, will be tried again");
                false
            }
        };
        if !more {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }
}

/// One round; whether there is more to do at once. One that cannot be given back holds up none of the others.
async fn round(app: &App) -> Result<bool, Fault> {
    let now = app.clock.now();
    let overdue = app.store.overdue(now, ROUND).await?;
    let mut failed = false;
    for (tenant, id) in &overdue {
        if let Err(error) = app.expire(tenant, id).await {
            failed = true;
            tracing::warn!(transaction = %id, %error, "a reservation was not given back, will be tried again");
        }
    }
    let lapsing = app.store.lapsing(app.zone.day_of(now), ROUND).await?;
    for (tenant, id) in &lapsing {
        if let Err(error) = app.lapse_subsidy(tenant, id).await {
            failed = true;
            tracing::warn!(subsidy = %id, %error, "a subsidy did not lapse, will be tried again");
        }
    }
    let full = usize::try_from(ROUND).unwrap_or(usize::MAX);
    Ok(!failed && (overdue.len() == full || lapsing.len() == full))
}
