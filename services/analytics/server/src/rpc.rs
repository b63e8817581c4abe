//! `MetricService`: decode, use case, encode.

pub mod attribution;

use std::sync::Arc;

use analytics_domain::{Month, RowKey, SalesQuery};
use tonic::{Request, Response, Status};
use tributary_core::{Date, Fault, RequestContext, Violations, fault::common};
use tributary_proto::{
    google::r#type::Date as DateParts,
    tributary::analytics::v1::{QuerySalesRequest, QuerySalesResponse, metric_service_server::MetricService},
};
use tributary_rpc::{Edge, convert::date, page};

use crate::{
    app::App,
    convert::{dimension, row_to_proto},
};

/// The handlers of this server.
#[derive(Clone)]
pub struct Rpc {
    /// The use cases.
    pub app: Arc<App>,
    /// The edge.
    pub edge: Edge,
}

#[tonic::async_trait]
impl MetricService for Rpc {
    async fn query_sales(&self, request: Request<QuerySalesRequest>) -> Result<Response<QuerySalesResponse>, Status> {
        self.edge.read(request, |caller, query| async move { sales(&self.app, &caller, query).await }).await
    }
}

async fn sales(app: &App, caller: &RequestContext, request: QuerySalesRequest) -> Result<QuerySalesResponse, Fault> {
    let query = checked(&request)?;
    let month = |bound: Option<Month>| bound.map(|m| m.to_string()).unwrap_or_default();
    let (dimensions, from, to) = (format!("{:?}", request.dimensions), month(query.from), month(query.to));
    let parts = ["QuerySales", dimensions.as_str(), from.as_str(), to.as_str()];
    let page = page::PageRequest::read(&parts, request.page_size, &request.page_token)?;
    let after = page.cursor.as_deref().map(cursor).transpose()?;

    let size = usize::try_from(page.size).unwrap_or(usize::MAX);
    // One more than asked for: it tells whether there is a next page.
    let mut found = app.query_sales(caller, &query, after.as_ref(), size.saturating_add(1)).await?;
    let more = found.rows.len() > size;
    found.rows.truncate(size);
    let next_page_token = match found.rows.last().filter(|_| more) {
        Some((last, _)) => page::seal(&parts, &cursor_text(last)?),
        None => String::new(),
    };
    let rows = found.rows.into_iter().map(|(key, sums)| row_to_proto(&query.dimensions, key, sums));
    let rows = rows.collect::<Result<_, _>>()?;
    Ok(QuerySalesResponse { rows, next_page_token, through_batch: found.through_batch })
}

fn checked(request: &QuerySalesRequest) -> Result<SalesQuery, Fault> {
    let mut v = Violations::new();
    let mut dimensions = Vec::with_capacity(request.dimensions.len());
    for (i, number) in request.dimensions.iter().enumerate() {
        match dimension(*number) {
            Some(dimension) => dimensions.push(dimension),
            None => v.add(format!("dimensions[{i}]"), format!("{number} is not a dimension; use 1 to 3")),
        }
    }
    let mut day = |field: &str, parts: &Option<DateParts>| -> Option<Date> {
        parts.as_ref().and_then(|parts| v.check(field, date(parts)))
    };
    let (from, to) = (day("from", &request.from), day("to", &request.to));
    match SalesQuery::new(dimensions, from, to) {
        Ok(query) if v.is_empty() => Ok(query),
        Ok(_) => Err(Fault::invalid(v)),
        Err(more) => {
            v.extend(more);
            Err(Fault::invalid(v))
        }
    }
}

fn cursor_text(row: &RowKey) -> Result<String, Fault> {
    serde_json::to_string(row).map_err(|e| Fault::internal(format!("a row has no cursor: {e}")))
}

fn cursor(text: &str) -> Result<RowKey, Fault> {
    serde_json::from_str(text)
        .map_err(|_| Fault::new(common::PAGE_TOKEN_INVALID, "the page token cannot be read; start from the first page"))
}
