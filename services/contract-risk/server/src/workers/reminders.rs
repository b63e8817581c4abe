//! Sends reminders and notices when their day has come.

use std::{sync::Arc, time::Duration};

use tributary_lifecycle::Worker;

use crate::app::Obligations;

/// How often it is looked whether a day has come. What is due is found through an index.
const EVERY: Duration = Duration::from_secs(30);

/// The worker. It looks at once when it starts: what was due during a downtime is sent then.
pub fn reminders(obligations: Arc<Obligations>) -> Worker {
    Worker::new("contract-risk-reminders", move |stop| {
        let obligations = obligations.clone();
        async move {
            let send = async {
                loop {
                    match obligations.send_reminders().await {
                        Ok(count) => tracing::debug!(count, "reminders sent"),
                        Err(error) => tracing::warn!(%error, "reminders were not sent, will be tried again"),
                    }
                    tokio::time::sleep(EVERY).await;
                }
            };
            // Many may be due at once: a stop ends it between two of them, or takes back the one under way.
            tokio::select! {
                () = stop.cancelled() => {}
                () = send => {}
            }
        }
    })
}
