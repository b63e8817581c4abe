//! `RunService`.

use incentive_calculation_domain::run::RunMode;
use tonic::{Request, Response, Status};
use tributary_core::{Fault, Period, RequestContext, Violations};
use tributary_proto::{
    google::longrunning::Operation,
    tributary::incentive::v1::{
        self as pb, CalculateRequest, ExplainLineRequest, ExplainLineResponse, GetRunRequest, GetStatementRequest,
        ListLineFactsRequest, ListLineFactsResponse, ListRunsRequest, ListRunsResponse, ListStatementsRequest,
        ListStatementsResponse, calculate_request::Subject, run_service_server::RunService,
    },
};
use tributary_rpc::{convert::resource_id, operations, page};

use super::{
    Rpc,
    fact_service::{cursor, read_cursor},
    plan_service::{admit_with_plan, read_spec},
    request_key,
};
use crate::{
    AREA,
    app::{
        App,
        calculate::{NewRun, RunSubject},
    },
    convert::{
        fact::fact_to_proto,
        run::{line_to_proto, run_to_proto, statement_to_proto, trace_to_proto},
    },
    ports::{StatementCursor, StatementOrder, StoredFact},
};

#[tonic::async_trait]
impl RunService for Rpc {
    async fn calculate(&self, request: Request<CalculateRequest>) -> Result<Response<Operation>, Status> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |caller, query: CalculateRequest| async move {
                let plan = match &query.subject {
                    Some(Subject::Plan(spec)) => Some(spec),
                    _ => None,
                };
                admit_with_plan(&query, plan, "plan")?;
                let key = request_key(&caller, "Calculate", &query.request_id, &query);
                let operation = app.calculate(&caller, new_run(&query)?, key).await?;
                Ok(operations::to_proto(&operation, AREA))
            })
            .await
    }

    async fn get_run(&self, request: Request<GetRunRequest>) -> Result<Response<pb::Run>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                Ok(run_to_proto(&self.app.run(&caller, query.name.trim_start_matches("runs/")).await?))
            })
            .await
    }

    async fn list_runs(&self, request: Request<ListRunsRequest>) -> Result<Response<ListRunsResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let parts = ["ListRuns", &query.programme, &query.period];
                let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
                let programme = query.programme.trim_start_matches("programmes/");
                let mut list =
                    self.app.runs(&caller, programme, &query.period, page.cursor.as_deref(), page.limit()).await?;
                let next = page.cut(&mut list, &parts, |r| r.id.clone());
                Ok(ListRunsResponse { runs: list.iter().map(run_to_proto).collect(), next_page_token: next })
            })
            .await
    }

    async fn get_statement(&self, request: Request<GetStatementRequest>) -> Result<Response<pb::Statement>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let id = query.name.trim_start_matches("statements/");
                let (statement, lines) = self.app.statement(&caller, id).await?;
                Ok(statement_to_proto(&statement, &lines))
            })
            .await
    }

    async fn list_statements(
        &self,
        request: Request<ListStatementsRequest>,
    ) -> Result<Response<ListStatementsResponse>, Status> {
        self.edge.read(request, |caller, query| async move { list_statements(&self.app, &caller, query).await }).await
    }

    async fn explain_line(
        &self,
        request: Request<ExplainLineRequest>,
    ) -> Result<Response<ExplainLineResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let (statement, line) = line_of(&query.name)?;
                let explained = self.app.explain(&caller, statement, line).await?;
                Ok(ExplainLineResponse {
                    line: Some(line_to_proto(&explained.statement, &explained.line)),
                    statement: Some(statement_to_proto(&explained.statement, &[])),
                    trace: Some(trace_to_proto(&explained.line.trace)),
                    sentences: explained.sentences,
                    table: explained.table,
                })
            })
            .await
    }

    async fn list_line_facts(
        &self,
        request: Request<ListLineFactsRequest>,
    ) -> Result<Response<ListLineFactsResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let base = query.base.to_string();
                let parts = ["ListLineFacts", &query.name, &base];
                let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
                let after = page.cursor.as_deref().and_then(read_cursor);
                let line = line_of(&query.name)?;
                let (facts, more) = self.app.line_facts(&caller, line, query.base, after, page.size).await?;
                let next = facts.last().filter(|_| more).map(StoredFact::key);
                Ok(ListLineFactsResponse {
                    facts: facts.iter().map(fact_to_proto).collect(),
                    next_page_token: next.map(|key| page::seal(&parts, &cursor(&key))).unwrap_or_default(),
                })
            })
            .await
    }
}

fn new_run(query: &CalculateRequest) -> Result<NewRun, Fault> {
    let mut violations = Violations::new();
    // One of a calendar is looked up later.
    let named = query.period.contains(':');
    let period = if named { Some(()) } else { violations.check("period", query.period.parse::<Period>()).map(|_| ()) };
    let mode = match query.mode() {
        pb::RunMode::Final => RunMode::Final,
        pb::RunMode::Preview | pb::RunMode::Unspecified => RunMode::Preview,
    };
    if mode == RunMode::Final && query.request_id.is_empty() {
        violations.add("request_id", "is missing; a final run moves money, so that a retry must be recognised");
    }
    let subject = match &query.subject {
        Some(Subject::Programme(name)) => resource_id("programmes", name, "programme").map(RunSubject::Programme),
        Some(Subject::Plan(spec)) => read_spec(Some(spec), "plan").map(|spec| RunSubject::Plan(Box::new(spec))),
        None => Err(Fault::invalid_field("subject", "is missing; name a programme or give a plan")),
    };
    match (period, subject) {
        (Some(()), Ok(subject)) if violations.is_empty() => Ok(NewRun { subject, period: query.period.clone(), mode }),
        (_, subject) => {
            for v in subject.err().iter().flat_map(Fault::violations) {
                violations.add(v.field.clone(), v.description.clone());
            }
            Err(Fault::invalid(violations))
        }
    }
}

/// Statement and line in a line's name, which the annotations have checked already.
fn line_of(name: &str) -> Result<(&str, &str), Fault> {
    name.strip_prefix("statements/").and_then(|rest| rest.split_once("/lines/")).ok_or_else(|| {
        Fault::invalid_field("name", format!("{name:?} is not a resource name of the form \"statements/S/lines/L\""))
    })
}

async fn list_statements(
    app: &App,
    caller: &RequestContext,
    query: ListStatementsRequest,
) -> Result<ListStatementsResponse, Fault> {
    let parts = ["ListStatements", &query.run, &query.partner, &query.order_by];
    let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
    let order =
        if query.order_by == "total desc" { StatementOrder::ByTotalDescending } else { StatementOrder::ByPartner };
    let after = page.cursor.as_deref().and_then(read_statement_cursor);
    let run = query.run.trim_start_matches("runs/");
    let partner = query.partner.trim_start_matches("partners/");
    let mut list = app.statements(caller, run, partner, order, after.as_ref(), page.limit()).await?;
    let next = page.cut(&mut list, &parts, |(s, _)| {
        format!("{}\u{1f}{}\u{1f}{}", s.total.value, s.total.currency, s.partner_business_key)
    });
    Ok(ListStatementsResponse {
        statements: list.iter().map(|(s, lines)| statement_to_proto(s, lines)).collect(),
        next_page_token: next,
    })
}

fn read_statement_cursor(text: &str) -> Option<StatementCursor> {
    let (total, rest) = text.split_once('\u{1f}')?;
    let (currency, business_key) = rest.split_once('\u{1f}')?;
    Some(StatementCursor {
        total: total.parse().ok()?,
        currency: currency.to_owned(),
        business_key: business_key.to_owned(),
    })
}
