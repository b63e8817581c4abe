//! `MetricService`: decode, use case, encode.

use std::sync::Arc;

use analytics_domain::metric::{DEFINITIONS, Dimension, Member, Row, RowKey};
use serde::de::DeserializeOwned;
use tonic::{Request, Response, Status};
use tributary_core::{Fault, RequestContext, fault::common};
use tributary_proto::tributary::analytics::v1::{
    ClassifyVolumesRequest, ClassifyVolumesResponse, ListMetricsRequest, ListMetricsResponse, QueryMetricsRequest,
    QueryMetricsResponse, metric_service_server::MetricService,
};
use tributary_rpc::{Edge, page};

use super::answers::{Answers, Question, pages};
use crate::{
    app::metrics::{Classification, Counted, Metrics},
    convert::{metric, metric_out},
    ports::versions::Data,
};

/// The handlers.
#[derive(Clone)]
pub struct MetricRpc {
    /// The use cases.
    pub metrics: Arc<Metrics>,
    /// What they answered before.
    pub answers: Answers,
    /// The edge.
    pub edge: Edge,
}

#[tonic::async_trait]
impl MetricService for MetricRpc {
    async fn list_metrics(
        &self,
        request: Request<ListMetricsRequest>,
    ) -> Result<Response<ListMetricsResponse>, Status> {
        self.edge
            .read(request, |_, _| async move {
                Ok(ListMetricsResponse { metrics: DEFINITIONS.iter().map(metric_out::definition).collect() })
            })
            .await
    }

    async fn query_metrics(
        &self,
        request: Request<QueryMetricsRequest>,
    ) -> Result<Response<QueryMetricsResponse>, Status> {
        self.edge.read(request, |caller, request| async move { query(self, &caller, request).await }).await
    }

    async fn classify_volumes(
        &self,
        request: Request<ClassifyVolumesRequest>,
    ) -> Result<Response<ClassifyVolumesResponse>, Status> {
        self.edge.read(request, |caller, request| async move { classify(self, &caller, request).await }).await
    }
}

async fn query(
    rpc: &MetricRpc,
    caller: &RequestContext,
    mut request: QueryMetricsRequest,
) -> Result<QueryMetricsResponse, Fault> {
    let query = metric::query(&request)?;
    let (size, token) = (std::mem::take(&mut request.page_size), std::mem::take(&mut request.page_token));
    // All that is left of the request shapes the answer.
    let shape = format!("{request:?}");
    page::PageRequest::read(&["QueryMetrics", &shape], size, &token)?;
    let canonical = QueryMetricsRequest { page_size: same(size), page_token: token, ..request };
    let data: &[Data] =
        if query.reads_campaigns() { &[Data::Sales, Data::Touchpoints, Data::Costs] } else { &[Data::Sales] };
    let question = Question { method: "QueryMetrics", request: &canonical, data };
    let pages = async {
        let (counted, asked) = (rpc.metrics.query(caller, query).await?, canonical.clone());
        let page = move |token: &str| page_of_rows(&counted, &shape, size, token);
        pages(asked, |request| &mut request.page_token, |answer| &answer.next_page_token, page).await
    };
    rpc.answers.answer(caller, question, pages).await
}

fn page_of_rows(counted: &Counted, shape: &str, size: i32, token: &str) -> Result<QueryMetricsResponse, Fault> {
    let parts = ["QueryMetrics", shape];
    let page = page::PageRequest::read(&parts, size, token)?;
    let after: Option<RowKey> = page.cursor.as_deref().map(cursor).transpose()?;
    let mut rows = counted.page(after.as_ref(), usize::try_from(page.limit()).unwrap_or(usize::MAX));
    let next_page_token = page.cut(&mut rows, &parts, |row: &Row| cursor_text(&row.key));
    let rows = rows.into_iter().map(|row| metric_out::row(counted.query(), row)).collect::<Result<_, _>>()?;
    Ok(QueryMetricsResponse {
        rows,
        next_page_token,
        through_batch: counted.through_batch,
        basis: metric::basis_to_proto(counted.basis()).into(),
    })
}

async fn classify(
    rpc: &MetricRpc,
    caller: &RequestContext,
    mut request: ClassifyVolumesRequest,
) -> Result<ClassifyVolumesResponse, Fault> {
    let query = metric::classify(&request)?;
    let (size, token) = (std::mem::take(&mut request.page_size), std::mem::take(&mut request.page_token));
    let shape = format!("{request:?}");
    page::PageRequest::read(&["ClassifyVolumes", &shape], size, &token)?;
    let canonical = ClassifyVolumesRequest { page_size: same(size), page_token: token, ..request };
    let question = Question { method: "ClassifyVolumes", request: &canonical, data: &[Data::Sales] };
    let pages = async {
        let (by, asked) = (query.by, canonical.clone());
        let found = rpc.metrics.classify(caller, query).await?;
        let page = move |token: &str| page_of_members(by, &found, &shape, size, token);
        pages(asked, |request| &mut request.page_token, |answer| &answer.next_page_token, page).await
    };
    rpc.answers.answer(caller, question, pages).await
}

fn page_of_members(
    by: Dimension,
    found: &Classification,
    shape: &str,
    size: i32,
    token: &str,
) -> Result<ClassifyVolumesResponse, Fault> {
    let parts = ["ClassifyVolumes", shape];
    let page = page::PageRequest::read(&parts, size, token)?;
    let after: Option<(i128, String)> = page.cursor.as_deref().map(cursor).transpose()?;
    // Largest first, of equals the first name first: what comes after has less, or as much and a later name.
    let comes = |member: &&Member| match &after {
        None => true,
        Some((volume, name)) => member.volume < *volume || (member.volume == *volume && member.name > *name),
    };
    let limit = usize::try_from(page.limit()).unwrap_or(usize::MAX);
    let mut members: Vec<Member> = found.classes.members.iter().filter(comes).take(limit).cloned().collect();
    let place = |member: &Member| cursor_text(&(member.volume, member.name.as_str()));
    let next_page_token = page.cut(&mut members, &parts, place);
    let (rows, totals) = metric_out::classes(by, found, &members);
    Ok(ClassifyVolumesResponse { rows, next_page_token, totals, through_batch: found.through_batch })
}

/// A page size as it is meant, so that two ways to ask for a page are one question.
fn same(size: i32) -> i32 {
    i32::try_from(page::page_size(size)).unwrap_or(size)
}

/// Where to go on. Texts, days and numbers always have a form; without one the token is refused.
fn cursor_text<T: serde::Serialize>(place: &T) -> String {
    serde_json::to_string(place).unwrap_or_default()
}

fn cursor<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text)
        .map_err(|_| Fault::new(common::PAGE_TOKEN_INVALID, "the page token cannot be read; start from the first page"))
}
