//! `FactService`.

use tonic::{Request, Response, Status, Streaming};
use tributary_core::{Date, Fault, RequestContext, ResourceId, Violations, fault::common::INVALID_REQUEST};
use tributary_proto::tributary::incentive::v1::{
    BatchRecordFactsRequest, BatchRecordFactsResponse, FactOutcome, FactResult, GetFactRequest, ListFactsRequest,
    ListFactsResponse, ReadFactsRequest, RecordFactRequest, SalesFact, StreamFactsRequest,
    fact_service_server::FactService,
};
use tributary_rpc::{convert, page, status};

use super::{Rpc, stream_facts};
use crate::{
    DOMAIN,
    app::{
        App,
        record_facts::{BatchOutcome, RowOutcome},
    },
    convert::fact::{fact_row, fact_to_proto},
    ports::{FactKey, FactQuery},
};

#[tonic::async_trait]
impl FactService for Rpc {
    type StreamFactsStream = stream_facts::Answers;
    type ReadFactsStream = stream_facts::Pages;

    async fn record_fact(&self, request: Request<RecordFactRequest>) -> Result<Response<SalesFact>, Status> {
        let app = self.app.clone();
        // The row is checked by the domain, with the same words as in a batch.
        self.edge
            .write_unchecked(request, |caller, query: RecordFactRequest| async move {
                let fact = query.fact.unwrap_or_default();
                let key = FactKey { source_system: fact.source_system.clone(), source_id: fact.source_id.clone() };
                let mut outcome = app.record_facts(&caller, vec![fact_row(fact, &app.zone)]).await?;
                match outcome.rows.pop() {
                    Some(RowOutcome::Refused(fault)) => Err(under("fact", fault)),
                    _ => Ok(fact_to_proto(&app.fact(&caller, &key).await?)),
                }
            })
            .await
    }

    async fn batch_record_facts(
        &self,
        request: Request<BatchRecordFactsRequest>,
    ) -> Result<Response<BatchRecordFactsResponse>, Status> {
        let app = self.app.clone();
        self.edge.write(request, |caller, query| async move { record(&app, &caller, query.facts).await }).await
    }

    async fn stream_facts(
        &self,
        request: Request<Streaming<StreamFactsRequest>>,
    ) -> Result<Response<Self::StreamFactsStream>, Status> {
        let caller = self.edge.context(&request)?;
        Ok(Response::new(stream_facts::answers(self.clone(), caller, request.into_inner())))
    }

    async fn get_fact(&self, request: Request<GetFactRequest>) -> Result<Response<SalesFact>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let key = FactKey { source_system: query.source_system, source_id: query.source_id };
                Ok(fact_to_proto(&self.app.fact(&caller, &key).await?))
            })
            .await
    }

    async fn list_facts(&self, request: Request<ListFactsRequest>) -> Result<Response<ListFactsResponse>, Status> {
        self.edge.read(request, |caller, query| async move { list(&self.app, &caller, query).await }).await
    }

    async fn read_facts(&self, request: Request<ReadFactsRequest>) -> Result<Response<Self::ReadFactsStream>, Status> {
        let caller = self.edge.context(&request)?;
        let query = request.into_inner();
        self.edge.validate(&query, &caller.request_id)?;
        Ok(Response::new(stream_facts::pages(self.clone(), caller, query)))
    }
}

/// Records facts and says what became of each.
pub(super) async fn record(
    app: &App,
    caller: &RequestContext,
    facts: Vec<SalesFact>,
) -> Result<BatchRecordFactsResponse, Fault> {
    let rows = facts.into_iter().map(|f| fact_row(f, &app.zone)).collect();
    Ok(batch_to_proto(&app.record_facts(caller, rows).await?))
}

fn batch_to_proto(outcome: &BatchOutcome) -> BatchRecordFactsResponse {
    let mut answer = BatchRecordFactsResponse { batch: outcome.batch, ..BatchRecordFactsResponse::default() };
    for row in &outcome.rows {
        let (what, count, error) = match row {
            RowOutcome::Recorded => (FactOutcome::Recorded, &mut answer.recorded_count, None),
            RowOutcome::Duplicate => (FactOutcome::Duplicate, &mut answer.duplicate_count, None),
            RowOutcome::Refused(fault) => {
                (FactOutcome::Refused, &mut answer.refused_count, Some(status::to_rpc_status(fault, DOMAIN)))
            }
        };
        *count = count.saturating_add(1);
        answer.results.push(FactResult { outcome: what.into(), error });
    }
    answer
}

/// A refusal of a row with its violations under the path of a unary request.
pub(super) fn under(path: &str, fault: Fault) -> Fault {
    if fault.violations().is_empty() {
        return fault;
    }
    let mut row = Violations::new();
    for v in fault.violations() {
        row.add(format!("{path}.{}", v.field), v.description.clone());
    }
    if fault.reason() == INVALID_REQUEST {
        return Fault::invalid(row);
    }
    let same = Fault::new(fault.reason(), fault.message()).with_violations(row);
    fault.metadata().iter().fold(same, |same, (key, value)| same.with(key, value))
}

async fn list(app: &App, caller: &RequestContext, query: ListFactsRequest) -> Result<ListFactsResponse, Fault> {
    let mut violations = Violations::new();
    let mut day = |field, value: Option<&_>| value.and_then(|d| violations.check(field, convert::date(d)));
    let from = day("from", query.from.as_ref());
    let to = day("to", query.to.as_ref());
    let partner = if query.partner.is_empty() {
        None
    } else {
        violations.check("partner", ResourceId::from_name("partners", &query.partner))
    };
    violations.into_result()?;

    let bounds = format!("{from:?} {to:?}");
    let parts = ["ListFacts", &query.partner, &bounds, &query.source_system];
    let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
    let windows = match (from, to) {
        (None, None) => Vec::new(),
        (from, to) => vec![(from.unwrap_or(Date::from_days(0)), to.unwrap_or(Date::from_days(i64::MAX)))],
    };
    let wanted = FactQuery {
        partner_id: partner.map(|p| p.to_string()),
        source_system: (!query.source_system.is_empty()).then_some(query.source_system.clone()),
        windows,
        after: page.cursor.as_deref().and_then(read_cursor),
        limit: page.limit(),
        ..FactQuery::default()
    };
    let mut facts = app.facts(caller, &wanted).await?;
    let next_page_token = page.cut(&mut facts, &parts, |f| cursor(&f.key()));
    Ok(ListFactsResponse { facts: facts.iter().map(fact_to_proto).collect(), next_page_token })
}

/// A key as the text of a cursor. A source system has no control characters, so the first one separates.
pub(super) fn cursor(key: &FactKey) -> String {
    format!("{}\u{1f}{}", key.source_system, key.source_id)
}

/// The key of a cursor.
pub(super) fn read_cursor(text: &str) -> Option<FactKey> {
    let (system, id) = text.split_once('\u{1f}')?;
    Some(FactKey { source_system: system.to_owned(), source_id: id.to_owned() })
}
