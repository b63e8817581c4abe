//! Takes all settlements of a period a step further. One that is refused is named and holds up no other; an operation that
//! was cut finds what it has moved by its own id and goes on with the rest. Only what stood before that step when the call
//! came is moved: nobody has decided on what was changed since.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use incentive_calculation_domain::settlement::{Change, Settlement};
use prost::Message as _;
use serde::{Deserialize, Serialize};
use tributary_core::{Fault, RequestContext, ResourceId, Scope, Timestamp, fault::common};
use tributary_proto::tributary::incentive::v1::SettlementBatch;
use tributary_sql::{OperationHandler, OperationOutcome, OperationRecord, Progress, RequestKey};

use super::{CHUNK, Tally, prepare, so_far, standing::Standings};
use crate::{
    app::{App, ledger::Writing, operations::Asked, run_worker::any},
    ports::settlements::SettlementQuery,
};

/// Kind of the operation.
pub const ADVANCE_OPERATION: &str = "incentive.advance-settlements";

/// A step that many settlements take at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BulkStep {
    /// Drafts are submitted.
    Submit,
    /// Those in review are approved.
    Approve,
    /// Approved ones are locked.
    Lock {
        /// Although lines can still be disputed.
        waive: bool,
    },
}

impl BulkStep {
    fn change(self) -> Change {
        match self {
            Self::Submit => Change::Submit,
            Self::Approve => Change::Approve,
            Self::Lock { waive } => Change::Lock { waive },
        }
    }
}

/// What the operation remembers.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct AdvanceRequest {
    programme: ResourceId,
    period: String,
    step: BulkStep,
    reason: String,
}

impl AdvanceRequest {
    /// The settlements of the period after one.
    fn query(&self, after: String) -> SettlementQuery {
        SettlementQuery {
            programme: Some(self.programme.to_string()),
            period: Some(self.period.clone()),
            after,
            limit: CHUNK,
            ..SettlementQuery::default()
        }
    }
}

impl App {
    /// Starts to take the settlements of a period a step further and returns the operation.
    ///
    /// # Errors
    /// `PERIOD_NOT_FOUND`.
    pub async fn advance_settlements(
        &self,
        caller: &RequestContext,
        (programme, period): (ResourceId, String),
        (step, reason): (BulkStep, String),
        key: Option<RequestKey>,
    ) -> Result<OperationRecord, Fault> {
        self.programme_period(caller, &programme, &period).await?;
        let request = AdvanceRequest { programme, period, step, reason };
        let asked = Asked {
            id: self.ids.uuid(),
            kind: ADVANCE_OPERATION,
            request: serde_json::to_vec(&request).map_err(|e| Fault::internal(e.to_string()))?,
            waiting: so_far(0, 0),
        };
        self.start_operation(caller, asked, key).await
    }
}

/// Takes settlements a step further.
pub struct AdvanceWorker {
    /// The use cases.
    pub app: Arc<App>,
}

#[async_trait]
impl OperationHandler for AdvanceWorker {
    fn kind(&self) -> &'static str {
        ADVANCE_OPERATION
    }

    async fn run(&self, operation: OperationRecord, progress: Progress) -> Result<(), Fault> {
        let request: AdvanceRequest =
            serde_json::from_slice(&operation.request).map_err(|e| Fault::internal(e.to_string()))?;
        let batch = self.advance(&operation, &request, &progress).await?;
        let ended = OperationOutcome::Succeeded(any("SettlementBatch", batch.encode_to_vec()));
        self.app.end_operation(&operation, progress.owner(), ended).await
    }

    async fn fail(&self, operation: &OperationRecord, owner: &str, fault: &Fault) {
        self.app.fail_operation(operation, owner, fault).await;
    }
}

impl AdvanceWorker {
    async fn advance(
        &self,
        operation: &OperationRecord,
        request: &AdvanceRequest,
        progress: &Progress,
    ) -> Result<SettlementBatch, Fault> {
        let (tenant, store) = (&operation.tenant, &self.app.store);
        let total = store.count_settlements(tenant, &request.query(String::new())).await?;
        let mut tally = Tally::default();
        let mut after = String::new();
        loop {
            let page = store.settlements(tenant, &request.query(after)).await?;
            let Some(last) = page.last() else { break };
            after = last.id.clone();
            let standings = self.standings(operation, request.step, &page).await?;
            let ids: Vec<String> = page.into_iter().map(|settlement| settlement.id).collect();
            self.chunk(operation, request, (&ids, &standings), &mut tally).await?;
            progress.report(so_far(tally.seen(), total)).await?;
        }
        Ok(tally.batch(request.programme.as_str(), &request.period))
    }

    /// Where the partners stand to whom this step would credit something.
    async fn standings(
        &self,
        operation: &OperationRecord,
        step: BulkStep,
        page: &[Settlement],
    ) -> Result<Standings, Fault> {
        if !matches!(step, BulkStep::Lock { .. }) {
            return Ok(Standings::default());
        }
        let caller = RequestContext {
            tenant: operation.tenant.clone(),
            subject: operation.actor.clone(),
            roles: Vec::new(),
            scope: Scope::Tenant,
            request_id: operation.id.to_string(),
        };
        self.app.before_crediting(&caller, page).await
    }

    /// Moves some settlements in one transaction.
    async fn chunk(
        &self,
        operation: &OperationRecord,
        request: &AdvanceRequest,
        (ids, standings): (&[String], &Standings),
        tally: &mut Tally,
    ) -> Result<(), Fault> {
        let (app, tenant, now) = (&self.app, &operation.tenant, self.app.clock.now());
        let (change, id) = (request.step.change(), operation.id.to_string());
        let from = change.step().map(|(from, _)| from);
        let mut tx = app.store.begin().await?;
        let mut writing = Writing::begin(tx.as_mut(), tenant, &operation.actor, now).await?;
        let known = tx.settlements_of(tenant, ids).await?;
        let (waiting, other): (Vec<&Settlement>, Vec<&Settlement>) =
            known.iter().partition(|settlement| Some(settlement.state) == from);
        prepare(tx.as_mut(), &mut writing, &waiting, "locked").await?;
        let codes: BTreeSet<String> = waiting.iter().map(|settlement| settlement.currency.code().to_owned()).collect();
        let scales = app.scales(tenant, codes).await?;
        let mut moved = Vec::with_capacity(waiting.len());
        let mut refused = Vec::new();
        for settlement in waiting {
            let decided = decided(settlement, operation.create_time).and_then(|()| {
                let step = (request.reason.as_str(), now);
                app.settle_step(&mut writing, settlement, &change, step, (&scales, standings))
            });
            match decided {
                Ok(next) => moved.push(Settlement { operation: id.clone(), ..next }),
                Err(fault) => refused.push((settlement, fault)),
            }
        }
        app.keep_settlements(tx.as_mut(), tenant, &moved, now).await?;
        app.keep(tx, writing).await?;
        // Only what was kept counts.
        moved.iter().for_each(|settlement| tally.done(settlement));
        refused.iter().for_each(|(settlement, fault)| tally.refused(settlement, fault));
        for settlement in other {
            if settlement.operation == id { tally.done(settlement) } else { tally.unchanged() }
        }
        Ok(())
    }
}

/// Whether a settlement stands as it did when the call came.
fn decided(settlement: &Settlement, asked: Timestamp) -> Result<(), Fault> {
    if settlement.steps.last().is_none_or(|step| step.time <= asked) {
        return Ok(());
    }
    let message = format!(
        "{} was changed after this was asked for and is {} again; look at it and ask anew",
        settlement.name(),
        settlement.state.as_str()
    );
    Err(Fault::new(common::ETAG_MISMATCH, message).with("settlement", settlement.name()))
}
