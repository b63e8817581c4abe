//! `ClosingService`.

use tonic::{Request, Response, Status};
use tributary_core::{Date, Fault, RequestContext, ResourceId, Violations};
use tributary_proto::{
    google::longrunning::Operation,
    tributary::incentive::v1::{
        self as pb, CompareRunsRequest, CompareRunsResponse, GetPeriodRequest, GetPositionRequest, ListPeriodsRequest,
        ListPeriodsResponse, LockPeriodRequest, ReproduceRunRequest, closing_service_server::ClosingService,
    },
};
use tributary_rpc::{
    convert::{self, minor_to_proto, resource_id},
    operations, page,
};

use super::{Rpc, request_key};
use crate::{
    AREA,
    app::{App, closing::LockRequest, compare::CompareCursor, position::PositionQuery},
    convert::{
        closing::{difference_to_proto, period_to_proto, position_to_proto},
        run::run_to_proto,
    },
};

/// Separates the parts of a cursor; no key holds it.
const SEPARATOR: char = '\u{1f}';

#[tonic::async_trait]
impl ClosingService for Rpc {
    async fn lock_period(&self, request: Request<LockPeriodRequest>) -> Result<Response<pb::ProgrammePeriod>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: LockPeriodRequest| async move {
                let key = request_key(&caller, "LockPeriod", &query.request_id, &query);
                let (programme, period) = period_of(&query.name)?;
                let wanted = LockRequest {
                    programme,
                    period,
                    run: query.run.trim_start_matches("runs/").to_owned(),
                    etag: query.etag,
                    allow_newer_facts: query.allow_newer_facts,
                    reason: query.reason,
                    validate_only: query.validate_only,
                };
                Ok(period_to_proto(&app.lock_period(&caller, wanted, key).await?))
            })
            .await
    }

    async fn get_period(&self, request: Request<GetPeriodRequest>) -> Result<Response<pb::ProgrammePeriod>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let (programme, period) = period_of(&query.name)?;
                Ok(period_to_proto(&self.app.programme_period(&caller, &programme, &period).await?))
            })
            .await
    }

    async fn list_periods(
        &self,
        request: Request<ListPeriodsRequest>,
    ) -> Result<Response<ListPeriodsResponse>, Status> {
        self.edge.read(request, |caller, query| async move { list_periods(&self.app, &caller, query).await }).await
    }

    async fn reproduce_run(&self, request: Request<ReproduceRunRequest>) -> Result<Response<Operation>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: ReproduceRunRequest| async move {
                let key = request_key(&caller, "ReproduceRun", &query.request_id, &query);
                let run = query.name.trim_start_matches("runs/");
                Ok(operations::to_proto(&app.reproduce(&caller, run, key).await?, AREA))
            })
            .await
    }

    async fn compare_runs(
        &self,
        request: Request<CompareRunsRequest>,
    ) -> Result<Response<CompareRunsResponse>, Status> {
        self.edge.read(request, |caller, query| async move { compare_runs(&self.app, &caller, query).await }).await
    }

    async fn get_position(&self, request: Request<GetPositionRequest>) -> Result<Response<pb::Position>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let query = position_query(&query)?;
                position_to_proto(&query, &self.app.position(&caller, &query).await?)
            })
            .await
    }
}

/// Programme and period in a period's name, which the annotations have checked already.
pub(super) fn period_of(name: &str) -> Result<(ResourceId, String), Fault> {
    let wrong = || {
        Fault::invalid_field(
            "name",
            format!("{name:?} is not a resource name of the form \"programmes/P/periods/2026-Q1\""),
        )
    };
    let (programme, period) = name.split_once("/periods/").ok_or_else(wrong)?;
    Ok((resource_id("programmes", programme, "name")?, period.to_owned()))
}

async fn list_periods(
    app: &App,
    caller: &RequestContext,
    query: ListPeriodsRequest,
) -> Result<ListPeriodsResponse, Fault> {
    let parts = ["ListPeriods", &query.programme];
    let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
    let programme = resource_id("programmes", &query.programme, "programme")?;
    let cursor = page.cursor.clone().unwrap_or_default();
    let after = read_place(&cursor);
    let mut list = app.programme_periods(caller, &programme, after, page.limit()).await?;
    let next_page_token = page.cut(&mut list, &parts, |p| {
        let (to, from) = (p.to.days(), p.from.days());
        format!("{to}{SEPARATOR}{from}{SEPARATOR}{}", p.period)
    });
    Ok(ListPeriodsResponse { periods: list.iter().map(period_to_proto).collect(), next_page_token })
}

fn read_place(cursor: &str) -> Option<(Date, Date, &str)> {
    let (to, rest) = cursor.split_once(SEPARATOR)?;
    let (from, period) = rest.split_once(SEPARATOR)?;
    Some((Date::from_days(to.parse().ok()?), Date::from_days(from.parse().ok()?), period))
}

async fn compare_runs(
    app: &App,
    caller: &RequestContext,
    query: CompareRunsRequest,
) -> Result<CompareRunsResponse, Fault> {
    let all = query.include_equal.to_string();
    let parts = ["CompareRuns", &query.a, &query.b, &all];
    let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
    let cursor = page.cursor.as_deref().and_then(read_compare_cursor).unwrap_or_default();
    let runs = (query.a.trim_start_matches("runs/"), query.b.trim_start_matches("runs/"));
    let limit = usize::try_from(page.size).unwrap_or(usize::MAX);
    let found = app.compare_runs(caller, runs, query.include_equal, cursor, limit).await?;
    Ok(CompareRunsResponse {
        differences: found.differences.iter().map(difference_to_proto).collect(),
        next_page_token: found.next.map(|next| page::seal(&parts, &compare_cursor(&next))).unwrap_or_default(),
        a: Some(run_to_proto(&found.a)),
        b: Some(run_to_proto(&found.b)),
        difference_totals: found.totals.into_iter().map(minor_to_proto).collect(),
    })
}

fn compare_cursor(cursor: &CompareCursor) -> String {
    let lines = cursor.lines;
    match &cursor.before {
        Some((key, currency)) => format!("{lines}{SEPARATOR}{currency}{SEPARATOR}{key}"),
        None => lines.to_string(),
    }
}

fn read_compare_cursor(text: &str) -> Option<CompareCursor> {
    let Some((lines, rest)) = text.split_once(SEPARATOR) else {
        return Some(CompareCursor { before: None, lines: text.parse().ok()? });
    };
    let (currency, key) = rest.split_once(SEPARATOR)?;
    Some(CompareCursor { before: Some((key.to_owned(), currency.to_owned())), lines: lines.parse().ok()? })
}

fn position_query(query: &GetPositionRequest) -> Result<PositionQuery, Fault> {
    let mut violations = Violations::new();
    let valid_on = query.valid_date.as_ref().and_then(|d| violations.check("valid_date", convert::date(d)));
    let known_at = query.record_time.as_ref().and_then(|t| violations.check("record_time", convert::timestamp(t)));
    let programme = resource_id("programmes", &query.programme, "programme")?;
    violations.into_result()?;
    let period = query.period.clone();
    let partner = query.partner.trim_start_matches("partners/").to_owned();
    Ok(PositionQuery { programme, partner, period, valid_on, known_at })
}
