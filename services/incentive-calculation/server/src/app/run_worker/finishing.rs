//! Keeps everything of a run's end, or nothing.

use incentive_calculation_domain::{
    close::{ProgrammePeriod, TrueUp},
    run::{Run, RunMode, RunState, Statement, StatementLine},
};
use prost::Message as _;
use tributary_core::{Fault, TenantId};
use tributary_proto::tributary::incentive::v1::RunEnded;
use tributary_sql::{OperationOutcome, OperationRecord};
use tributary_telemetry::names;

use super::RunWorker;
use crate::{app::evidence::Attested, convert::run::run_to_proto, ports::IncentiveTx};

/// What a run gave.
pub(super) struct Outcome {
    /// Its statements with their lines.
    pub statements: Vec<(Statement, Vec<StatementLine>)>,
    /// What it settles of closed periods.
    pub true_ups: Vec<TrueUp>,
    /// The run as it ended.
    pub run: Run,
}

impl RunWorker {
    /// Keeps everything of a run's end, or nothing.
    pub(super) async fn finish(
        &self,
        operation: &OperationRecord,
        owner: &str,
        mut outcome: Outcome,
        ended: impl FnOnce(&Run) -> OperationOutcome,
    ) -> Result<(), Fault> {
        let now = self.app.clock.now();
        let tenant = &operation.tenant;
        let attested = self.attested(tenant, &outcome).await?;
        let mut tx = self.app.store.begin().await?;
        let period = number(tx.as_mut(), tenant, &mut outcome.run).await?;
        // The operation before anything is kept: a runner that lost its lease stops here.
        tx.finish_operation(operation.id, owner, ended(&outcome.run), now).await?;
        if let Some(period) = period {
            tx.update_period(tenant, &period).await?;
        }
        if outcome.run.mode == RunMode::Final {
            tx.insert_true_ups(tenant, &outcome.run, &outcome.true_ups).await?;
        }
        tx.insert_statements(tenant, &outcome.statements).await?;
        tx.update_run(tenant, &outcome.run).await?;
        tx.unlock_run(tenant, &outcome.run).await?;
        if counts(&outcome.run) {
            let period = outcome.run.calendar_period().map_err(Fault::internal)?;
            tx.mark_stated(tenant, &outcome.run, (period.from(), period.to())).await?;
        }
        let event = RunEnded { run: Some(run_to_proto(&outcome.run)) };
        tx.publish(self.app.event(tenant, "RunEnded", &outcome.run.name(), event.encode_to_vec(), now)).await?;
        if let Some(attested) = &attested {
            attested.keep(tx.as_mut(), tenant, &outcome.run, now).await?;
        }
        self.app.commit(tx).await?;
        let facts = u64::try_from(outcome.run.fact_count).unwrap_or(0);
        names::RUN_FACTS.add(facts, &[("state", state_name(outcome.run.state))]);
        Ok(())
    }

    /// What a run that counts enters into the evidence log, hashed before the transaction begins.
    async fn attested(&self, tenant: &TenantId, outcome: &Outcome) -> Result<Option<Attested>, Fault> {
        if !counts(&outcome.run) {
            return Ok(None);
        }
        let plans = self.app.plans_named(tenant, &outcome.run.plan_versions).await?;
        Ok(Some(Attested::of(&outcome.statements, plans)))
    }
}

/// Whether a run states its period.
fn counts(run: &Run) -> bool {
    run.mode == RunMode::Final && run.state == RunState::Succeeded
}

/// The state as operations write theirs.
fn state_name(state: RunState) -> &'static str {
    match state {
        RunState::Running => "RUNNING",
        RunState::Succeeded => "SUCCEEDED",
        RunState::Failed => "FAILED",
        RunState::Cancelled => "CANCELLED",
    }
}

/// Gives a final run that succeeded the next version of its period, whose row stays locked.
async fn number(tx: &mut dyn IncentiveTx, tenant: &TenantId, run: &mut Run) -> Result<Option<ProgrammePeriod>, Fault> {
    let Some(programme) = run.programme.as_ref().filter(|_| counts(run)) else { return Ok(None) };
    let period = tx.lock_period(tenant, programme.as_str(), &run.period).await?;
    let period = period.ok_or_else(|| Fault::internal("the period of a final run is not there"))?;
    let next = period.with_version(run).map_err(Fault::internal)?;
    run.version = next.newest_version;
    Ok(Some(next))
}
