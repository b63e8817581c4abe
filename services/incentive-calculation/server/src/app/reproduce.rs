//! IC-29: calculates a run again from its snapshot and says whether the same comes out.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use incentive_calculation_domain::{
    close::{LineDifference, compare},
    digest::run_digest,
    reasons,
    run::{Run, RunState, Statement, StatementLine},
};
use prost::Message as _;
use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Fault, RequestContext, TenantId};
use tributary_proto::tributary::incentive::v1::Reproduction;
use tributary_sql::{OperationHandler, OperationOutcome, OperationRecord, Progress, RequestKey};

use super::{
    App,
    operations::Asked,
    run_worker::{Watch, Whole, any, group, stage},
};
use crate::{
    convert::closing::difference_to_proto,
    ports::{StatementCursor, StatementOrder},
};

/// Kind of the operation that calculates a run again.
pub const REPRODUCE_OPERATION: &str = "incentive.reproduce";

/// Differences that are told.
const TOLD: usize = 100;
/// Statements read at once.
const PAGE: u32 = 500;

/// What the operation remembers.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct ReproduceRequest {
    run: String,
}

impl App {
    /// Starts to calculate a run again and returns the operation.
    ///
    /// # Errors
    /// `RUN_NOT_FOUND`, `RUN_NOT_SUCCEEDED`.
    pub async fn reproduce(
        &self,
        caller: &RequestContext,
        run: &str,
        key: Option<RequestKey>,
    ) -> Result<OperationRecord, Fault> {
        let run = self.succeeded(caller, run).await?;
        let request = serde_json::to_vec(&ReproduceRequest { run: run.id.clone() });
        let asked = Asked {
            id: self.ids.uuid(),
            kind: REPRODUCE_OPERATION,
            request: request.map_err(|e| Fault::internal(e.to_string()))?,
            waiting: stage(&run.name(), "waiting", 0, 0),
        };
        self.start_operation(caller, asked, key).await
    }

    /// A run that has statements.
    ///
    /// # Errors
    /// `RUN_NOT_FOUND`, `RUN_NOT_SUCCEEDED`.
    pub(super) async fn succeeded(&self, caller: &RequestContext, id: &str) -> Result<Run, Fault> {
        let run = self.run(caller, id).await?;
        if run.state == RunState::Succeeded {
            return Ok(run);
        }
        let message = format!("{} has not succeeded; wait for it, or choose another run", run.name());
        Err(Fault::new(reasons::RUN_NOT_SUCCEEDED, message))
    }

    /// The statements of a run by payee and currency.
    async fn kept(&self, tenant: &TenantId, run: &Run) -> Result<Kept, Fault> {
        let mut kept = Kept::new();
        let mut after: Option<StatementCursor> = None;
        loop {
            let read = self.store.statements(tenant, &run.id, "", StatementOrder::ByPartner, after.as_ref(), PAGE);
            let page = read.await?;
            let full = page.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
            after = page.last().map(|(last, _)| StatementCursor::of(last));
            kept.extend(page.into_iter().map(|s| (key(&s.0), s)));
            if !full {
                return Ok(kept);
            }
        }
    }
}

type Kept = BTreeMap<(String, Currency), (Statement, Vec<StatementLine>)>;

fn key(statement: &Statement) -> (String, Currency) {
    (statement.partner_business_key.clone(), statement.total.currency)
}

/// Calculates runs again.
pub struct ReproduceWorker {
    /// The use cases.
    pub app: Arc<App>,
}

#[async_trait]
impl OperationHandler for ReproduceWorker {
    fn kind(&self) -> &'static str {
        REPRODUCE_OPERATION
    }

    async fn run(&self, operation: OperationRecord, progress: Progress) -> Result<(), Fault> {
        let request: ReproduceRequest =
            serde_json::from_slice(&operation.request).map_err(|e| Fault::internal(e.to_string()))?;
        let run = self.app.store.run(&operation.tenant, &request.run).await?;
        let run = run.ok_or_else(|| Fault::internal("the operation's run is not there"))?;
        let outcome = self.reproduce(&operation.tenant, &run, &progress).await?;
        let ended = OperationOutcome::Succeeded(any("Reproduction", outcome.encode_to_vec()));
        self.app.end_operation(&operation, progress.owner(), ended).await
    }

    async fn fail(&self, operation: &OperationRecord, owner: &str, fault: &Fault) {
        self.app.fail_operation(operation, owner, fault).await;
    }
}

impl ReproduceWorker {
    async fn reproduce(&self, tenant: &TenantId, run: &Run, progress: &Progress) -> Result<Reproduction, Fault> {
        let watch = Watch { run: &run.name(), progress };
        let (calculated, true_ups) = self.app.calculated(tenant, run, Whole::FromRows, Some(&watch)).await?;
        let digest = run_digest(&calculated.lines);
        let now = group(&self.app, tenant, run, calculated, &true_ups).await?;
        let mut now: Kept = now.into_iter().map(|s| (key(&s.0), s)).collect();
        let mut differing: Vec<LineDifference> = Vec::new();
        for (at, before) in self.app.kept(tenant, run).await? {
            differing.extend(compare(Some(&before), now.remove(&at).as_ref(), at.1)?);
        }
        for (at, after) in now {
            differing.extend(compare(None, Some(&after), at.1)?);
        }
        differing.retain(|d| !d.causes.is_empty());
        let mut told: Vec<_> = differing.iter().take(TOLD).map(difference_to_proto).collect();
        for line in told.iter_mut().filter_map(|d| d.b.as_mut()) {
            line.name.clear();
        }
        Ok(Reproduction {
            run: run.name(),
            equal: digest == run.digest && differing.is_empty(),
            digest: run.digest.clone(),
            recomputed_digest: digest,
            differences: told,
            difference_count: i64::try_from(differing.len()).unwrap_or(i64::MAX),
        })
    }
}
