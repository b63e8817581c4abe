//! Evaluates partners when they are due: soon after something of theirs has changed, and once a day by the service's
//! clock.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use tributary_core::{ResourceId, TenantId};
use tributary_lifecycle::{CancellationToken, Worker};

use crate::app::alerts::Alerts;

/// How often partners are asked for when nobody says that some are due. The change of the day is noticed by it too.
const POLL: Duration = Duration::from_secs(1);
/// Partners asked for at once, besides those that rest.
const BATCH: u32 = 500;
/// Pause of a partner after its first failed evaluation; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// The worker that evaluates what is due. Several processes may run it on one store: turns keep them apart.
pub fn evaluate_alerts(app: Arc<Alerts>) -> Worker {
    let resting = Arc::new(Resting::default());
    Worker::new("contract-risk-alerts", move |stop| run(app.clone(), resting.clone(), stop))
}

async fn run(app: Arc<Alerts>, resting: Arc<Resting>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let done = match app.due_partners(BATCH.saturating_add(resting.count())).await {
            Ok(due) => evaluate(&app, &resting, due, &stop).await,
            Err(fault) => {
                tracing::warn!(%fault, "partners that are due were not read, will be tried again");
                0
            }
        };
        if done > 0 {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = app.due.notified() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

/// Evaluates partners one after the other; returns how many it could.
async fn evaluate(
    app: &Alerts,
    resting: &Resting,
    due: Vec<(TenantId, ResourceId)>,
    stop: &CancellationToken,
) -> usize {
    let mut done = 0_usize;
    for who in due {
        if stop.is_cancelled() {
            break;
        }
        if resting.rests(&who) {
            continue;
        }
        match app.evaluate_due(&who.0, &who.1).await {
            Ok(()) => {
                resting.forget(&who);
                done = done.saturating_add(1);
            }
            Err(fault) => {
                resting.failed(&who);
                tracing::warn!(tenant = %who.0, partner = %who.1, %fault, "a partner was not evaluated, will be tried again");
            }
        }
    }
    done
}

/// Partners that could not be evaluated, so that one of them does not keep the others waiting. A restart forgets them.
#[derive(Default)]
struct Resting(Mutex<HashMap<(TenantId, ResourceId), (u32, Instant)>>);

impl Resting {
    fn with<T>(&self, f: impl FnOnce(&mut HashMap<(TenantId, ResourceId), (u32, Instant)>) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn rests(&self, who: &(TenantId, ResourceId)) -> bool {
        self.with(|all| all.get(who).is_some_and(|(_, until)| Instant::now() < *until))
    }

    fn failed(&self, who: &(TenantId, ResourceId)) {
        self.with(|all| {
            let (tries, until) = all.entry(who.clone()).or_insert((0, Instant::now()));
            let pause = FIRST_PAUSE.saturating_mul(1_u32.checked_shl(*tries).unwrap_or(u32::MAX));
            (*tries, *until) = (tries.saturating_add(1), Instant::now() + pause.min(LONGEST_PAUSE));
        });
    }

    fn count(&self) -> u32 {
        self.with(|all| u32::try_from(all.len()).unwrap_or(u32::MAX))
    }

    fn forget(&self, who: &(TenantId, ResourceId)) {
        self.with(|all| all.remove(who));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tributary_core::{ResourceId, TenantId};

    use super::Resting;

    #[tokio::test(start_paused = true)]
    async fn a_partner_that_fails_rests_longer_each_time_and_no_other_does() {
        let who = |partner: &str| (TenantId::default_tenant(), ResourceId::parse(partner).expect("an id"));
        let (resting, failing) = (Resting::default(), who("a"));
        // 1 s, 2 s, 4 s …, never more than 300.
        for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            resting.failed(&failing);
            tokio::time::sleep(Duration::from_secs(seconds) - Duration::from_millis(1)).await;
            assert!(resting.rests(&failing) && !resting.rests(&who("b")), "{seconds} s");
            tokio::time::sleep(Duration::from_millis(2)).await;
            assert!(!resting.rests(&failing), "{seconds} s");
        }
        assert_eq!(resting.count(), 1);
        resting.forget(&failing);
        assert_eq!(resting.count(), 0);
        resting.failed(&failing);
        tokio::time::sleep(Duration::from_millis(1_001)).await;
        assert!(!resting.rests(&failing), "from the beginning");
    }
}
