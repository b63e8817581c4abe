//! A client that calculates.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use prost::Message as _;
use tributary_proto::{
    google::longrunning::{GetOperationRequest, Operation, operation::Result as Ending},
    tributary::incentive::v1::{CalculateRequest, Run, calculate_request::Subject},
};

use super::{Shared, plans::spec, until_acknowledged};
use crate::journal::Entry;

/// Longest wait for an operation: one whose process was killed waits for another to take it over.
const PATIENCE: Duration = Duration::from_secs(180);

/// Previews one after the other.
pub async fn previews(shared: Shared) -> anyhow::Result<()> {
    let mut number = 0_u64;
    while !shared.is_over() {
        number = number.saturating_add(1);
        let Run { name, digest, .. } = preview(&shared, &format!("preview-{number}")).await?;
        shared.journal.keep(&[Entry::Run { name, digest }])?;
        shared.one_more();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// The run after everything.
///
/// # Errors
/// When it fails.
pub async fn last(shared: &Shared) -> anyhow::Result<()> {
    let Run { name, digest, .. } = preview(shared, "preview-last").await?;
    shared.journal.keep(&[Entry::Run { name: name.clone(), digest }, Entry::Last { name }])
}

async fn preview(shared: &Shared, request_id: &str) -> anyhow::Result<Run> {
    let request = CalculateRequest {
        subject: Some(Subject::Plan(spec())),
        period: "2026".to_owned(),
        request_id: request_id.to_owned(),
        ..CalculateRequest::default()
    };
    let calculate = |request| {
        let mut client = shared.gateway.runs();
        async move { client.calculate(request).await }
    };
    let operation = until_acknowledged(&shared.met, &request, calculate).await?.into_inner();
    let again = until_acknowledged(&shared.met, &request, calculate).await?.into_inner();
    ensure!(again.name == operation.name, "one request began {} and {}", operation.name, again.name);
    Ok(Run::decode(ended(shared, operation).await?.as_slice())?)
}

/// What an operation answered, once it is done.
///
/// # Errors
/// When it fails or is not done in time.
pub async fn ended(shared: &Shared, mut operation: Operation) -> anyhow::Result<Vec<u8>> {
    let begun = Instant::now();
    while !operation.done {
        ensure!(begun.elapsed() < PATIENCE, "{} is not done after {PATIENCE:?}", operation.name);
        tokio::time::sleep(Duration::from_millis(50)).await;
        let get = |request| {
            let mut client = shared.gateway.operations();
            async move { client.get_operation(request).await }
        };
        let request = GetOperationRequest { name: operation.name };
        operation = until_acknowledged(&shared.met, &request, get).await?.into_inner();
    }
    match operation.result.context("a done operation without a result")? {
        Ending::Response(packed) => Ok(packed.value),
        Ending::Error(status) => bail!("{} failed: {}", operation.name, status.message),
    }
}
