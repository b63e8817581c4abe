//! `MetricService`: decode, use case, encode.

use std::sync::Arc;

use analytics_domain::metric::{DEFINITIONS, Member, Row, RowKey};
use serde::de::DeserializeOwned;
use tonic::{Request, Response, Status};
use tributary_core::{Fault, RequestContext, fault::common};
use tributary_proto::tributary::analytics::v1::{
    ClassifyVolumesRequest, ClassifyVolumesResponse, ListMetricsRequest, ListMetricsResponse, QueryMetricsRequest,
    QueryMetricsResponse, metric_service_server::MetricService,
};
use tributary_rpc::{Edge, page};

use crate::{
    app::metrics::Metrics,
    convert::{metric, metric_out},
};

/// The handlers.
#[derive(Clone)]
pub struct MetricRpc {
    /// The use cases.
    pub metrics: Arc<Metrics>,
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
        self.edge.read(request, |caller, request| async move { query(&self.metrics, &caller, request).await }).await
    }

    async fn classify_volumes(
        &self,
        request: Request<ClassifyVolumesRequest>,
    ) -> Result<Response<ClassifyVolumesResponse>, Status> {
        self.edge.read(request, |caller, request| async move { classify(&self.metrics, &caller, request).await }).await
    }
}

async fn query(
    app: &Metrics,
    caller: &RequestContext,
    mut request: QueryMetricsRequest,
) -> Result<QueryMetricsResponse, Fault> {
    let query = metric::query(&request)?;
    let (size, token) = (std::mem::take(&mut request.page_size), std::mem::take(&mut request.page_token));
    // All that is left of the request shapes the answer.
    let shape = format!("{request:?}");
    let parts = ["QueryMetrics", shape.as_str()];
    let page = page::PageRequest::read(&parts, size, &token)?;
    let after: Option<RowKey> = page.cursor.as_deref().map(cursor).transpose()?;
    let limit = usize::try_from(page.limit()).unwrap_or(usize::MAX);
    let mut found = app.query(caller, query.clone(), after.as_ref(), limit).await?;
    let next_page_token = page.cut(&mut found.rows, &parts, |row: &Row| cursor_text(&row.key));
    let rows = found.rows.into_iter().map(|row| metric_out::row(&query, row)).collect::<Result<_, _>>()?;
    Ok(QueryMetricsResponse {
        rows,
        next_page_token,
        through_batch: found.through_batch,
        basis: metric::basis_to_proto(found.basis).into(),
    })
}

async fn classify(
    app: &Metrics,
    caller: &RequestContext,
    mut request: ClassifyVolumesRequest,
) -> Result<ClassifyVolumesResponse, Fault> {
    let query = metric::classify(&request)?;
    let (size, token) = (std::mem::take(&mut request.page_size), std::mem::take(&mut request.page_token));
    let shape = format!("{request:?}");
    let parts = ["ClassifyVolumes", shape.as_str()];
    let page = page::PageRequest::read(&parts, size, &token)?;
    let after: Option<(i128, String)> = page.cursor.as_deref().map(cursor).transpose()?;
    let by = query.by;
    let found = app.classify(caller, query).await?;
    // Largest first, of equals the first name first: what comes after has less, or as much and a later name.
    let comes = |member: &&Member| match &after {
        None => true,
        Some((volume, name)) => member.volume < *volume || (member.volume == *volume && member.name > *name),
    };
    let limit = usize::try_from(page.limit()).unwrap_or(usize::MAX);
    let mut members: Vec<Member> = found.classes.members.iter().filter(comes).take(limit).cloned().collect();
    let place = |member: &Member| cursor_text(&(member.volume, member.name.as_str()));
    let next_page_token = page.cut(&mut members, &parts, place);
    let (rows, totals) = metric_out::classes(by, &found, &members);
    Ok(ClassifyVolumesResponse { rows, next_page_token, totals, through_batch: found.through_batch })
}

/// Where to go on. Texts, days and numbers always have a form; without one the token is refused.
fn cursor_text<T: serde::Serialize>(place: &T) -> String {
    serde_json::to_string(place).unwrap_or_default()
}

fn cursor<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text)
        .map_err(|_| Fault::new(common::PAGE_TOKEN_INVALID, "the page token cannot be read; start from the first page"))
}
