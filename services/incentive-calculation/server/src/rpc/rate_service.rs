//! `RateService`.

use incentive_calculation_domain::rate::RateKey;
use tonic::{Request, Response, Status};
use tributary_core::{Currency, Fault, RequestContext, Violations};
use tributary_proto::tributary::incentive::v1::{
    self as pb, BatchRecordRatesRequest, BatchRecordRatesResponse, GetRateRequest, ListRateTablesRequest,
    ListRateTablesResponse, ListRatesRequest, ListRatesResponse, rate_service_server::RateService,
};
use tributary_rpc::{convert::resource_id, page};

use super::{Rpc, request_key};
use crate::{
    app::App,
    convert::figure::{known, rate_draft, rate_to_proto, result_to_proto, table_to_proto},
    ports::RateQuery,
};

#[tonic::async_trait]
impl RateService for Rpc {
    async fn batch_record_rates(
        &self,
        request: Request<BatchRecordRatesRequest>,
    ) -> Result<Response<BatchRecordRatesResponse>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: BatchRecordRatesRequest| async move {
                let key = request_key(&caller, "BatchRecordRates", &query.request_id, &query);
                let rows = query.rates.into_iter().map(rate_draft).collect();
                let results = app.record_rates(&caller, rows, key).await?;
                Ok(BatchRecordRatesResponse { results: results.iter().map(result_to_proto).collect() })
            })
            .await
    }

    async fn get_rate(&self, request: Request<GetRateRequest>) -> Result<Response<pb::Rate>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let known = known(query.known_at.as_ref())?;
                Ok(rate_to_proto(&self.app.rate(&caller, &query.name, known).await?))
            })
            .await
    }

    async fn list_rates(&self, request: Request<ListRatesRequest>) -> Result<Response<ListRatesResponse>, Status> {
        self.edge.read(request, |caller, query| async move { list(&self.app, &caller, query).await }).await
    }

    async fn list_rate_tables(
        &self,
        request: Request<ListRateTablesRequest>,
    ) -> Result<Response<ListRateTablesResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let parts = ["ListRateTables"];
                let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
                let after = page.cursor.clone().unwrap_or_default();
                let mut tables = self.app.rate_tables(&caller, &after, page.limit()).await?;
                let next_page_token = page.cut(&mut tables, &parts, |table| table.id.clone());
                Ok(ListRateTablesResponse { rate_tables: tables.iter().map(table_to_proto).collect(), next_page_token })
            })
            .await
    }
}

async fn list(app: &App, caller: &RequestContext, query: ListRatesRequest) -> Result<ListRatesResponse, Fault> {
    let table = resource_id("rateTables", &query.rate_table, "rate_table")?;
    let mut violations = Violations::new();
    let mut currency = |field: &str, code: &str| {
        if code.is_empty() { None } else { violations.check(field, Currency::parse(code)) }
    };
    let from = currency("from_currency", &query.from_currency);
    let into = currency("into_currency", &query.into_currency);
    violations.into_result()?;
    let moment = format!("{:?}", query.known_at);
    let parts = ["ListRates", &query.rate_table, &query.from_currency, &query.into_currency, &moment];
    let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
    let wanted = RateQuery {
        table: table.to_string(),
        from,
        into,
        known: known(query.known_at.as_ref())?,
        after: page.cursor.as_deref().and_then(RateKey::of_name),
        limit: page.limit(),
    };
    let mut rates = app.rates(caller, &wanted).await?;
    let next_page_token = page.cut(&mut rates, &parts, |kept| kept.content.key.name());
    Ok(ListRatesResponse { rates: rates.iter().map(rate_to_proto).collect(), next_page_token })
}
