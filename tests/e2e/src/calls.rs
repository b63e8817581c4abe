//! What several tests do through the gateway: calculate and wait, read everything there is, read the details of a no.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use prost::{Message, Name};
use tonic::Status;
use tributary::cli::{Connection, Keyed};
use tributary_proto::{
    google::{
        longrunning::{GetOperationRequest, Operation, operation, operations_client::OperationsClient},
        rpc,
    },
    tributary::{
        common::v1::Role,
        gateway::v1::CreateApiKeyRequest,
        incentive::v1::{
            CalculateRequest, ListStatementsRequest, PlanSpec, Run, Statement, calculate_request::Subject,
        },
    },
};
use tributary_rpc::status::{Described, describe, to_tonic};

/// Longest wait for a run; far more than any takes.
const PATIENCE: Duration = Duration::from_secs(300);

/// A preview of a plan for a period, waited for.
///
/// # Errors
/// When it is refused or fails.
pub async fn preview(gateway: &Connection, plan: &PlanSpec, period: &str) -> anyhow::Result<Run> {
    let request = CalculateRequest {
        subject: Some(Subject::Plan(plan.clone())),
        period: period.to_owned(),
        ..CalculateRequest::default()
    };
    calculate(gateway, request).await
}

/// A run, waited for.
///
/// # Errors
/// When it is refused or fails, or takes longer than five minutes.
pub async fn calculate(gateway: &Connection, request: CalculateRequest) -> anyhow::Result<Run> {
    let started = gateway.runs().calculate(request).await.map_err(explained)?.into_inner();
    finished(&mut gateway.operations(), started).await
}

/// What an operation answers with in the end.
///
/// # Errors
/// When it fails, takes longer than five minutes, or answers with something else.
pub async fn finished<M: Message + Name + Default>(
    operations: &mut OperationsClient<Keyed>,
    mut operation: Operation,
) -> anyhow::Result<M> {
    let started = Instant::now();
    while !operation.done {
        if started.elapsed() > PATIENCE {
            bail!("{} is not done after {PATIENCE:?}", operation.name);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        let request = GetOperationRequest { name: operation.name };
        operation = operations.get_operation(request).await.map_err(explained)?.into_inner();
    }
    match operation.result.context("a done operation without a result")? {
        operation::Result::Error(status) => bail!("{} failed: {}", operation.name, status.message),
        operation::Result::Response(packed) => {
            if !packed.type_url.ends_with(&M::full_name()) {
                bail!("{} answers with {}, not with {}", operation.name, packed.type_url, M::full_name());
            }
            Ok(M::decode(packed.value.as_slice())?)
        }
    }
}

/// Every statement of a run, page by page.
///
/// # Errors
/// When a page is refused.
pub async fn statements(gateway: &Connection, run: &str) -> anyhow::Result<Vec<Statement>> {
    let mut all = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListStatementsRequest {
            run: run.to_owned(),
            page_size: 500,
            page_token,
            ..ListStatementsRequest::default()
        };
        let page = gateway.runs().list_statements(request).await.map_err(explained)?.into_inner();
        all.extend(page.statements);
        if page.next_page_token.is_empty() {
            return Ok(all);
        }
        page_token = page.next_page_token;
    }
}

/// A key of another subject.
///
/// # Errors
/// When it is refused.
pub async fn key_of(gateway: &Connection, subject: &str, roles: &[Role]) -> anyhow::Result<String> {
    let request = CreateApiKeyRequest {
        subject: subject.to_owned(),
        roles: roles.iter().map(|role| (*role).into()).collect(),
        ..CreateApiKeyRequest::default()
    };
    Ok(gateway.keys().create_api_key(request).await.map_err(explained)?.into_inner().secret)
}

/// A status as an error that shows its details.
#[must_use]
pub fn explained(status: Status) -> anyhow::Error {
    let d = describe(&status);
    let violations: Vec<_> = d.violations.iter().map(|v| format!("{}: {}", v.field, v.description)).collect();
    anyhow::anyhow!("{:?} {}: {} {violations:?}", d.code, d.reason, d.message)
}

/// The details of a no.
///
/// # Errors
/// When it was a yes.
pub fn refusal<T>(answer: Result<T, Status>) -> anyhow::Result<Described> {
    match answer {
        Ok(_) => bail!("accepted, but should have been refused"),
        Err(status) => Ok(describe(&status)),
    }
}

/// The details of a no inside a batch.
///
/// # Errors
/// When there is none.
pub fn row_refusal(error: Option<&rpc::Status>) -> anyhow::Result<Described> {
    Ok(describe(&to_tonic(error.context("no error on a refused row")?)))
}
