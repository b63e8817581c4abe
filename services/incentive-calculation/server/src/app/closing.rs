//! R20: periods of a programme, and locking them.

use incentive_calculation_domain::{
    close::{LockAttempt, ProgrammePeriod, Seen},
    engine::Engine,
    evidence, reasons,
};
use prost::Message as _;
use tributary_core::{Date, Fault, RequestContext, ResourceId, fault::common};
use tributary_proto::tributary::incentive::v1::PeriodLocked;
use tributary_sql::{RequestKey, StoreError};

use super::{App, evidence::entry, ground, recall, remember};
use crate::{convert::closing::period_to_proto, ports::IncentiveTx};

/// A period as a caller asks to lock it.
#[derive(Debug, Clone)]
pub struct LockRequest {
    /// The programme.
    pub programme: ResourceId,
    /// The period as text.
    pub period: String,
    /// Last part of the run's name.
    pub run: String,
    /// Etag the caller decided on.
    pub etag: String,
    /// Lock although facts arrived since the run.
    pub allow_newer_facts: bool,
    /// Why.
    pub reason: String,
    /// Check everything, change nothing.
    pub validate_only: bool,
}

impl App {
    /// Locks a period on its newest final run.
    ///
    /// # Errors
    /// `PERIOD_NOT_FOUND`, `RUN_NOT_FOUND`, and what [`ProgrammePeriod::locked`] refuses; `CONCURRENT_CHANGE` when another
    /// period of the programme changed at the same moment.
    pub async fn lock_period(
        &self,
        caller: &RequestContext,
        request: LockRequest,
        key: Option<RequestKey>,
    ) -> Result<ProgrammePeriod, Fault> {
        let (tenant, programme) = (&caller.tenant, request.programme.as_str());
        let known = self.programme_period(caller, &request.programme, &request.period).await?;
        let run = self.run(caller, &request.run).await?;
        let basis = self.basis(tenant, &run).await?;
        let windows = Engine::in_year(basis.period, basis.year, basis.plans).windows();
        let newest = self.store.newest_batch(tenant).await?;
        let arrived = self.store.arrived(tenant, &windows, run.snapshot_batch, newest).await?;
        // Read before the transaction, which reads nothing else; that nothing changed in between is checked in it.
        let periods = self.store.periods(tenant, programme, None, u32::MAX).await?;
        let stating = sorted(ground::stating_runs(&periods, known.place()));
        let outdated = self.outdated(tenant, &run, &stating).await?;

        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall(tx.as_mut(), key.as_ref(), now).await? {
            return Ok(first);
        }
        // Runs are asked for and periods locked one after the other.
        tx.lock_programme(tenant, programme).await?;
        let known = tx.lock_period(tenant, programme, &request.period).await?.unwrap_or(known);
        let in_progress = tx.run_in_progress(tenant, programme, &request.period).await?;
        let locked = known.locked(&LockAttempt {
            run: &run,
            actor: &caller.subject,
            etag: &request.etag,
            now,
            today: self.zone.day_of(now),
            in_progress,
            newer_facts: arrived.facts.saturating_add(arrived.moved),
            allow_newer_facts: request.allow_newer_facts,
            outdated: &outdated,
            reason: &request.reason,
        })?;
        let periods = tx.all_periods(tenant, programme).await?;
        if sorted(ground::stating_runs(&periods, known.place())) != stating {
            let message =
                format!("another period of programmes/{programme} changed at the same moment; send this again");
            return Err(Fault::new(common::CONCURRENT_CHANGE, message));
        }
        if request.validate_only {
            return Ok(locked);
        }
        save(tx.as_mut(), caller, &locked).await?;
        for closed in &run.closed {
            let Some(period) = tx.lock_period(tenant, programme, &closed.period).await? else { continue };
            let seen = Seen { plan_versions: closed.plan_versions.clone(), ..run.seen() };
            if let Some(settled) = period.settled_by(seen) {
                save(tx.as_mut(), caller, &settled).await?;
            }
        }
        let event = PeriodLocked { period: Some(period_to_proto(&locked)) };
        tx.publish(self.event(tenant, "PeriodLocked", &locked.name(), event.encode_to_vec(), now)).await?;
        remember(tx.as_mut(), key.as_ref(), &locked).await?;
        let evidence = evidence::programme_period(&locked).map(|content| entry(locked.name(), content));
        tx.attest(tenant, evidence.as_slice(), now).await?;
        self.commit(tx).await?;
        Ok(locked)
    }

    /// One period.
    ///
    /// # Errors
    /// `PERIOD_NOT_FOUND`.
    pub async fn programme_period(
        &self,
        caller: &RequestContext,
        programme: &ResourceId,
        period: &str,
    ) -> Result<ProgrammePeriod, Fault> {
        self.store.period(&caller.tenant, programme.as_str(), period).await?.ok_or_else(|| {
            let message = format!("programmes/{programme} has no final run of {period}; calculate it first");
            Fault::new(reasons::PERIOD_NOT_FOUND, message)
        })
    }

    /// Periods of a programme, the latest end first.
    ///
    /// # Errors
    /// `PROGRAMME_NOT_FOUND`.
    pub async fn programme_periods(
        &self,
        caller: &RequestContext,
        programme: &ResourceId,
        after: Option<(Date, Date, &str)>,
        limit: u32,
    ) -> Result<Vec<ProgrammePeriod>, Fault> {
        self.programme(caller, programme).await?;
        Ok(self.store.periods(&caller.tenant, programme.as_str(), after, limit).await?)
    }
}

fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort_unstable();
    list
}

async fn save(tx: &mut dyn IncentiveTx, caller: &RequestContext, period: &ProgrammePeriod) -> Result<(), Fault> {
    match tx.update_period(&caller.tenant, period).await {
        Err(StoreError::Conflict) => {
            let message = format!("{} was changed at the same moment; read it again", period.name());
            Err(Fault::new(common::ETAG_MISMATCH, message))
        }
        other => Ok(other?),
    }
}
