//! IC-20: calculates a run. Reads the snapshot in key order, lets the engine add it up, and keeps statements, run,
//! event and operation in one transaction. After a crash the run starts anew from the same snapshot and gives the same.

mod absorbing;
mod carrying;
mod finishing;
mod pages;
mod reading;
mod sealed;
mod sharding;
mod statements;

use std::sync::Arc;

use async_trait::async_trait;
use incentive_calculation_domain::{
    close::TrueUp,
    digest::run_digest,
    run::{Run, RunState},
};
use prost::Message as _;
use prost_types::Any;
use tributary_core::{Fault, FaultKind, TenantId};
use tributary_proto::tributary::incentive::v1::RunProgress;
use tributary_sql::{OperationHandler, OperationOutcome, OperationRecord, Progress};

use super::{
    App,
    calculate::{RUN_OPERATION, RunRequest},
    operations,
};
use crate::convert::run::run_to_proto;
use carrying::RELEASE;
use finishing::Outcome;
pub(super) use reading::{Basis, Calculated, Payees, Watch, report};
pub(super) use statements::group;
pub(crate) use statements::sum;
use statements::totals;

/// Calculates runs.
pub struct RunWorker {
    /// The use cases.
    pub app: Arc<App>,
}

#[async_trait]
impl OperationHandler for RunWorker {
    fn kind(&self) -> &'static str {
        RUN_OPERATION
    }

    async fn run(&self, operation: OperationRecord, progress: Progress) -> Result<(), Fault> {
        let run = self.load(&operation).await?;
        let outcome = self.calculate(&operation.tenant, run, &progress).await?;
        let kept = |run: &Run| OperationOutcome::Succeeded(any("Run", run_to_proto(run).encode_to_vec()));
        self.finish(&operation, progress.owner(), outcome, kept).await
    }

    async fn fail(&self, operation: &OperationRecord, owner: &str, fault: &Fault) {
        if let Err(error) = self.end(operation, owner, fault).await {
            // The lease runs out and another attempt ends the run.
            tracing::warn!(operation = %operation.id, %error, "a failed run could not be ended");
        }
    }
}

impl RunWorker {
    /// Ends a run that failed or was cancelled.
    async fn end(&self, operation: &OperationRecord, owner: &str, fault: &Fault) -> Result<(), Fault> {
        let mut run = self.load(operation).await?;
        let cancelled = fault.kind() == FaultKind::Cancelled;
        run.state = if cancelled { RunState::Cancelled } else { RunState::Failed };
        // What is internal stays in the log, under the operation's id.
        run.failure = if fault.kind() == FaultKind::Internal {
            format!("internal error, quote operation {}", operation.id)
        } else {
            fault.to_string()
        };
        run.end_time = Some(self.app.clock.now());
        let outcome = operations::failed(fault);
        let ended = Outcome { statements: Vec::new(), true_ups: Vec::new(), run };
        self.finish(operation, owner, ended, |_| outcome).await
    }

    async fn load(&self, operation: &OperationRecord) -> Result<Run, Fault> {
        let request: RunRequest =
            serde_json::from_slice(&operation.request).map_err(|e| Fault::internal(e.to_string()))?;
        let run = self.app.store.run(&operation.tenant, &request.run).await?;
        run.ok_or_else(|| Fault::internal("the operation's run is not there"))
    }

    async fn calculate(&self, tenant: &TenantId, mut run: Run, progress: &Progress) -> Result<Outcome, Fault> {
        let watch = Watch { run: &run.name(), progress };
        let (mut calculated, true_ups) = self.app.calculated(tenant, &run, Whole::IfNeeded, Some(&watch)).await?;
        run.release = RELEASE.to_owned();
        run.carried_from = calculated.carried_from.take().unwrap_or_default();
        run.fact_count = calculated.fact_count;
        run.digest = run_digest(&calculated.lines);
        run.true_up_count = count(true_ups.len());
        run.line_count = count(calculated.lines.len()).saturating_add(run.true_up_count);
        let statements = group(&self.app, tenant, &run, calculated, &true_ups).await?;
        run.statement_count = count(statements.len());
        run.totals = totals(&statements)?;
        run.state = RunState::Succeeded;
        run.end_time = Some(self.app.clock.now());
        report(Some(&watch), "stating", run.fact_count, run.fact_count).await?;
        Ok(Outcome { statements, true_ups, run })
    }
}

/// Whether everybody is calculated, and from which facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whole {
    /// Where the lines of an earlier run do not do, from segments where they hold most facts.
    IfNeeded,
    /// In any case, from rows: a recomputation for proof.
    FromRows,
}

impl App {
    /// Everything that a run gives: its lines, and what it settles of closed periods.
    pub(super) async fn calculated(
        &self,
        tenant: &TenantId,
        run: &Run,
        whole: Whole,
        watch: Option<&Watch<'_>>,
    ) -> Result<(Calculated, Vec<TrueUp>), Fault> {
        let mut basis = self.basis(tenant, run).await?;
        basis.only_rows = whole == Whole::FromRows;
        let settlement = self.settle(tenant, run, &basis, watch).await?;
        basis.recomputed = settlement.recomputed;
        let earlier = match whole {
            Whole::IfNeeded => self.earlier(tenant, run, &basis).await?,
            Whole::FromRows => None,
        };
        let calculated = match earlier {
            Some(earlier) => self.carried(tenant, basis, earlier, watch).await?,
            None => self.lines(tenant, &basis, watch).await?,
        };
        Ok((calculated, settlement.true_ups))
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// An encoded `Any` that says how far a run is.
pub(super) fn stage(run: &str, stage: &str, read: i64, total: i64) -> Vec<u8> {
    let progress = RunProgress { run: run.to_owned(), stage: stage.to_owned(), facts_read: read, facts_total: total };
    any("RunProgress", progress.encode_to_vec())
}

pub(super) fn any(message: &str, value: Vec<u8>) -> Vec<u8> {
    Any { type_url: format!("type.googleapis.com/tributary.incentive.v1.{message}"), value }.encode_to_vec()
}
