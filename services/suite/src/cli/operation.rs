//! Starts a calculation and follows its operation to the end.

use std::time::Duration;

use prost::{Message, Name};
use tonic::Code;
use tributary_proto::{
    google::longrunning::{
        CancelOperationRequest, GetOperationRequest, Operation, WaitOperationRequest, operation::Result as Ending,
    },
    tributary::incentive::v1::{CalculateRequest, LedgerVerificationProgress, Run, RunProgress, SettlementProgress},
};
use tributary_rpc::status::to_tonic;

use super::{Connection, Failure};
use crate::output::Progress;

/// Runs a calculation. Ctrl-C cancels it on the server as well.
pub(crate) async fn calculate(connection: &Connection, request: CalculateRequest, what: &str) -> Result<Run, Failure> {
    let operation = connection.runs().calculate(request).await?.into_inner();
    follow_to_end(connection, operation, what).await
}

/// Follows an operation to its answer. Ctrl-C cancels it on the server as well.
pub(crate) async fn follow_to_end<M: Message + Name + Default>(
    connection: &Connection,
    operation: Operation,
    what: &str,
) -> Result<M, Failure> {
    let name = operation.name.clone();
    let mut progress = Progress::counted(what, 0);
    tokio::select! {
        ended = follow(connection, operation, &mut progress) => {
            let answer = ended?;
            progress.finish();
            Ok(answer)
        }
        _ = tokio::signal::ctrl_c() => {
            connection.operations().cancel_operation(CancelOperationRequest { name }).await?;
            Err(Failure::server("cancelled"))
        }
    }
}

async fn follow<M: Message + Name + Default>(
    connection: &Connection,
    mut operation: Operation,
    progress: &mut Progress,
) -> Result<M, Failure> {
    let mut waits = true;
    let mut pause = Duration::from_millis(20);
    while !operation.done {
        if let Some(now) = operation.metadata.as_ref().and_then(|any| any.to_msg::<RunProgress>().ok()) {
            let total = u64::try_from(now.facts_total).unwrap_or(0);
            progress.describe(&now.stage, total);
            progress.rows(u64::try_from(now.facts_read).unwrap_or(0));
        }
        let verifying = operation.metadata.as_ref().and_then(|any| any.to_msg::<LedgerVerificationProgress>().ok());
        if let Some(now) = verifying {
            progress.describe("reading the journal", u64::try_from(now.entry_count).unwrap_or(0));
            progress.rows(u64::try_from(now.read_count).unwrap_or(0));
        }
        let settling = operation.metadata.as_ref().and_then(|any| any.to_msg::<SettlementProgress>().ok());
        if let Some(now) = settling {
            progress.describe("settlements", u64::try_from(now.total_count).unwrap_or(0));
            progress.rows(u64::try_from(now.seen_count).unwrap_or(0));
        }
        let name = operation.name.clone();
        if waits {
            let timeout = Some(prost_types::Duration { seconds: 0, nanos: 500_000_000 });
            match connection.operations().wait_operation(WaitOperationRequest { name, timeout }).await {
                Ok(answer) => operation = answer.into_inner(),
                Err(status) if matches!(status.code(), Code::Unimplemented | Code::PermissionDenied) => waits = false,
                Err(status) => return Err(status.into()),
            }
        } else {
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2).min(Duration::from_millis(500));
            operation = connection.operations().get_operation(GetOperationRequest { name }).await?.into_inner();
        }
    }
    match operation.result {
        Some(Ending::Response(any)) => {
            let wrong = |e| Failure::server(format!("the answer of {} is no {}: {e}", operation.name, M::NAME));
            any.to_msg::<M>().map_err(wrong)
        }
        Some(Ending::Error(status)) => Err(to_tonic(&status).into()),
        None => Err(Failure::server(format!("{} ended without a result", operation.name))),
    }
}
