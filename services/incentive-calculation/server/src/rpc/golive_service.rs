//! `GoLiveService`.

use tonic::{Request, Response, Status};
use tributary_core::Violations;
use tributary_proto::tributary::incentive::v1::{
    self as pb, BatchRecordOpeningLinesRequest, BatchRecordOpeningLinesResponse, CompareStatementsRequest,
    CompareStatementsResponse, GetOpeningLineRequest, ListOpeningLinesRequest, ListOpeningLinesResponse,
    go_live_service_server::GoLiveService,
};
use tributary_rpc::page;

use super::{
    Rpc,
    figure_service::{cursor, partner_id, read_cursor},
    request_key,
};
use crate::convert::{
    figure::{opening_row, opening_to_proto, result_to_proto},
    parallel_run::{comparison_to_proto, foreign_lines},
};

#[tonic::async_trait]
impl GoLiveService for Rpc {
    async fn batch_record_opening_lines(
        &self,
        request: Request<BatchRecordOpeningLinesRequest>,
    ) -> Result<Response<BatchRecordOpeningLinesResponse>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: BatchRecordOpeningLinesRequest| async move {
                let key = request_key(&caller, "BatchRecordOpeningLines", &query.request_id, &query);
                let rows = query.lines.into_iter().map(opening_row).collect();
                let results = app.record_opening_lines(&caller, rows, key).await?;
                Ok(BatchRecordOpeningLinesResponse { results: results.iter().map(result_to_proto).collect() })
            })
            .await
    }

    async fn get_opening_line(
        &self,
        request: Request<GetOpeningLineRequest>,
    ) -> Result<Response<pb::OpeningLine>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                Ok(opening_to_proto(&self.app.opening_line(&caller, &query.name).await?))
            })
            .await
    }

    async fn list_opening_lines(
        &self,
        request: Request<ListOpeningLinesRequest>,
    ) -> Result<Response<ListOpeningLinesResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let mut violations = Violations::new();
                let partner = partner_id("partner", &query.partner, &mut violations);
                violations.into_result()?;
                let parts = ["ListOpeningLines", &query.programme, &query.partner];
                let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
                let after = page.cursor.as_deref().and_then(read_cursor);
                let programme = query.programme.strip_prefix("programmes/");
                let of = (programme, partner.as_deref());
                let mut lines = self.app.opening_lines(&caller, of, after.as_ref(), page.limit()).await?;
                let next_page_token = page.cut(&mut lines, &parts, |kept| cursor(&kept.content.key));
                Ok(ListOpeningLinesResponse { lines: lines.iter().map(opening_to_proto).collect(), next_page_token })
            })
            .await
    }

    async fn compare_statements(
        &self,
        request: Request<CompareStatementsRequest>,
    ) -> Result<Response<CompareStatementsResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let lines = foreign_lines(query.lines)?;
                let run = query.run.trim_start_matches("runs/");
                let comparison = self.app.compare_statements(&caller, run, lines, query.named_payees_only).await?;
                Ok(comparison_to_proto(&comparison))
            })
            .await
    }
}
