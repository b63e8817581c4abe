//! What the service does besides answering: documents and certificates expire when their last valid day is over, deals when
//! their protection is.

use std::{sync::Arc, time::Duration};

use tributary_core::{Fault, Timestamp};
use tributary_lifecycle::{CancellationToken, Worker};

use crate::app::Registry;

/// How often the clock is read.
const TICK: Duration = Duration::from_secs(1);

/// After this long all is looked through again on the same day: a document may have been submitted just before midnight
/// and kept just after.
const AGAIN_AFTER_SECONDS: i64 = 600;

/// Expires documents, deals and certificates at the beginning of each day. Each replica runs it; what one has expired the others find
/// done.
pub(crate) fn expire(app: Arc<Registry>) -> Worker {
    Worker::new("partner-registry-expiry", move |stop| run(app.clone(), stop))
}

async fn run(app: Arc<Registry>, stop: CancellationToken) {
    let mut done = None;
    while !stop.is_cancelled() {
        let now = app.clock.now();
        if is_due(&app, done, now) {
            // Cut at a stop: each one is expired as a whole or found due again.
            let result = tokio::select! {
                () = stop.cancelled() => return,
                result = expire_all(&app) => result,
            };
            match result {
                Ok(0) => done = Some(now),
                Ok(count) => {
                    done = Some(now);
                    tracing::info!(count, "documents, deals and certificates expired");
                }
                Err(error) => {
                    tracing::warn!(%error, "documents, deals or certificates were not expired, will be tried again")
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// None holds the others back.
async fn expire_all(app: &Registry) -> Result<usize, Fault> {
    let (documents, deals) = (app.expire_documents().await, app.expire_deals().await);
    let certificates = app.expire_certificates().await;
    Ok(documents?.saturating_add(deals?).saturating_add(certificates?))
}

/// Whether to look through them, which was done last at a moment.
fn is_due(app: &Registry, done: Option<Timestamp>, now: Timestamp) -> bool {
    done.is_none_or(|done| {
        app.zone.day_of(done) != app.zone.day_of(now) || now >= done.plus_seconds(AGAIN_AFTER_SECONDS)
    })
}
