//! The watch: measures targets unasked and publishes how they stand when that changes. The status it saw last is kept with
//! the target and written in the transaction of the event, so several watches over one store publish each change once.
//!
//! It counts up to and with the last day that is over: a day under way has few facts yet and would raise a false alarm
//! every morning.

use std::{sync::Arc, time::Duration};

use analytics_domain::target::{Moment, Progress};
use prost::Message as _;
use tributary_core::{Fault, FaultKind, TenantId, Timestamp};
use tributary_feed::STREAM;
use tributary_lifecycle::CancellationToken;
use tributary_proto::tributary::analytics::v1::TargetStatusChanged;

use super::{AsOf, Measurement, Targets, measure::own_context};
use crate::{
    convert::target_out::{progress_to_proto, status_to_proto},
    ports::targets::{Check, Round, Watched},
};

/// Time between rounds, by the clock of the service.
const BETWEEN_ROUNDS_SECONDS: i64 = 60;
/// How often the clock is looked at.
const POLL: Duration = Duration::from_millis(500);
/// Targets read at once.
const PAGE: u32 = 100;

impl Targets {
    /// Watches until stopped; a target under way is finished first.
    pub async fn watch(self: Arc<Self>, stop: CancellationToken) {
        let mut last: Option<Timestamp> = None;
        while !stop.is_cancelled() {
            let now = self.clock.now();
            // A clock that was set back begins anew.
            if last.is_none_or(|last| now < last || now >= last.plus_seconds(BETWEEN_ROUNDS_SECONDS)) {
                last = Some(now);
                if let Err(error) = self.round(now, &stop).await {
                    tracing::warn!(%error, "targets were not all measured, will be tried again");
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// Measures what is due.
    async fn round(&self, now: Timestamp, stop: &CancellationToken) -> Result<(), Fault> {
        for tenant in self.store.tenants_with_targets().await? {
            let round = Round {
                today: self.zone.day_of(now),
                through_batch: self.metrics.sales.through(&tenant, STREAM).await?,
                measured_by: now.plus_seconds(BETWEEN_ROUNDS_SECONDS.saturating_neg()),
            };
            let mut after = String::new();
            loop {
                let due = self.store.due_targets(&tenant, round, &after, PAGE).await?;
                let Some(last) = due.last() else { break };
                after = last.target.id.to_string();
                for watched in due {
                    if stop.is_cancelled() {
                        return Ok(());
                    }
                    self.check(&tenant, watched, round, now).await?;
                }
            }
        }
        Ok(())
    }

    /// Measures a target, and says so when it stands otherwise than before. Only a store that is away ends the round: a
    /// target with a fault of its own must not hide the others.
    async fn check(&self, tenant: &TenantId, watched: Watched, round: Round, now: Timestamp) -> Result<(), Fault> {
        let moment = Moment::yesterday(round.today);
        let confidence = AsOf::usual_confidence();
        let name = watched.target.name();
        match self.measure(&own_context(tenant), watched.target.clone(), moment, &confidence).await {
            Ok(measured) => self.note(tenant, watched, &measured, round, now).await,
            Err(fault) if fault.kind() == FaultKind::Unavailable => Err(fault),
            Err(error) => {
                tracing::error!(%tenant, target = name, %error, "a target was not measured");
                Ok(())
            }
        }
    }

    async fn note(
        &self,
        tenant: &TenantId,
        watched: Watched,
        measured: &Measurement,
        round: Round,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let Measurement { progress: Progress { status, .. }, through_batch, .. } = *measured;
        let check = Check { status, on: round.today, through_batch, time: now };
        let mut tx = self.store.begin_targets().await?;
        if !tx.note_check(tenant, &watched, check).await? {
            // Another watch came first, or the target changed: it is measured anew when it is due.
            return Ok(());
        }
        let changed = status != watched.status;
        if changed {
            let data = TargetStatusChanged {
                progress: Some(progress_to_proto(measured)),
                previous_status: status_to_proto(watched.status).into(),
            };
            tx.publish(self.event(tenant, &watched.target, "TargetStatusChanged", now, data.encode_to_vec())).await?;
        }
        tx.commit().await?;
        if changed {
            (self.wake)();
        }
        Ok(())
    }
}
