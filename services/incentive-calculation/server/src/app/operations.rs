//! Long operations: how one is asked for, and how one ends that keeps nothing but its answer.

use std::sync::Arc;

use prost::Message as _;
use tributary_core::{Fault, FaultKind, RequestContext};
use tributary_rpc::status::to_rpc_status;
use tributary_sql::{NewOperation, OperationHandler, OperationOutcome, OperationRecord, RequestKey};
use uuid::Uuid;

use super::{
    App,
    ledger::VerifyWorker,
    recall, remember,
    reproduce::ReproduceWorker,
    run_worker::RunWorker,
    settlements::{AccrueWorker, AdvanceWorker, SettleWorker},
    simulations::SimulationWorker,
};
use crate::{DOMAIN, ports::IncentiveTx};

/// What runs each kind of operation.
#[must_use]
pub fn handlers(app: &Arc<App>) -> Vec<Arc<dyn OperationHandler>> {
    vec![
        Arc::new(RunWorker { app: app.clone() }),
        Arc::new(SimulationWorker { app: app.clone() }),
        Arc::new(ReproduceWorker { app: app.clone() }),
        Arc::new(VerifyWorker { app: app.clone() }),
        Arc::new(AccrueWorker { app: app.clone() }),
        Arc::new(SettleWorker { app: app.clone() }),
        Arc::new(AdvanceWorker { app: app.clone() }),
    ]
}

/// An operation as it is asked for.
pub(super) struct Asked {
    /// Its id.
    pub id: Uuid,
    /// Which handler runs it.
    pub kind: &'static str,
    /// What the handler is told.
    pub request: Vec<u8>,
    /// Its metadata until somebody runs it.
    pub waiting: Vec<u8>,
}

impl App {
    /// Asks for an operation that needs nothing else to be kept; a repeated request gives the first one.
    pub(super) async fn start_operation(
        &self,
        caller: &RequestContext,
        asked: Asked,
        key: Option<RequestKey>,
    ) -> Result<OperationRecord, Fault> {
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall::<Uuid>(tx.as_mut(), key.as_ref(), self.clock.now()).await? {
            drop(tx);
            return self.operation(caller, first).await;
        }
        self.keep_operation(caller, tx, asked, key).await
    }

    /// Keeps an operation with what the transaction holds already.
    pub(super) async fn keep_operation(
        &self,
        caller: &RequestContext,
        mut tx: Box<dyn IncentiveTx>,
        asked: Asked,
        key: Option<RequestKey>,
    ) -> Result<OperationRecord, Fault> {
        tx.create_operation(NewOperation {
            id: asked.id,
            tenant: caller.tenant.clone(),
            kind: asked.kind.to_owned(),
            actor: caller.subject.clone(),
            request: asked.request,
            create_time: self.clock.now(),
        })
        .await?;
        remember(tx.as_mut(), key.as_ref(), &asked.id).await?;
        self.commit(tx).await?;
        let mut operation = self.operation(caller, asked.id).await?;
        if operation.metadata.is_empty() {
            // Nobody runs it yet; the caller learns what it is about all the same.
            operation.metadata = asked.waiting;
        }
        Ok(operation)
    }

    /// One operation that is there.
    pub(super) async fn operation(&self, caller: &RequestContext, id: Uuid) -> Result<OperationRecord, Fault> {
        let found = self.operations.get(&caller.tenant, id).await?;
        found.ok_or_else(|| Fault::internal("an operation just created cannot be read"))
    }

    /// Ends an operation that keeps nothing but its outcome.
    pub(super) async fn end_operation(
        &self,
        operation: &OperationRecord,
        owner: &str,
        outcome: OperationOutcome,
    ) -> Result<(), Fault> {
        let mut tx = self.store.begin().await?;
        tx.finish_operation(operation.id, owner, outcome, self.clock.now()).await?;
        self.commit(tx).await
    }

    /// Ends such an operation that failed or was cancelled.
    pub(super) async fn fail_operation(&self, operation: &OperationRecord, owner: &str, fault: &Fault) {
        if let Err(error) = self.end_operation(operation, owner, failed(fault)).await {
            // The lease runs out and another attempt ends it.
            tracing::warn!(operation = %operation.id, kind = %operation.kind, %error, "a failed operation could not be ended");
        }
    }
}

/// How an operation ends that failed or was cancelled.
pub(super) fn failed(fault: &Fault) -> OperationOutcome {
    match fault.kind() {
        FaultKind::Cancelled => OperationOutcome::Cancelled,
        _ => OperationOutcome::Failed(to_rpc_status(fault, DOMAIN).encode_to_vec()),
    }
}
