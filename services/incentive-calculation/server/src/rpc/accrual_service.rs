//! `AccrualService`.

use tonic::{Request, Response, Status};
use tributary_core::Fault;
use tributary_proto::tributary::incentive::v1::{
    self as pb, GetAccrualRequest, ListAccrualsRequest, ListAccrualsResponse, accrual_service_server::AccrualService,
};
use tributary_rpc::{convert::resource_id, page};

use super::Rpc;
use crate::convert::accrual::accruals_to_proto;

/// Most accruals of a page: each is a calculation of its own.
const MOST: i32 = 200;

#[tonic::async_trait]
impl AccrualService for Rpc {
    async fn get_accrual(&self, request: Request<GetAccrualRequest>) -> Result<Response<pb::Accrual>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let programme = resource_id("programmes", &query.programme, "programme")?;
                let partner = resource_id("partners", &query.partner, "partner")?;
                let found = self.app.accrual(&caller, &programme, &partner, &query.period).await?;
                let one = accruals_to_proto(&found).into_iter().next();
                one.ok_or_else(|| Fault::internal("an accrual was lost"))
            })
            .await
    }

    async fn list_accruals(
        &self,
        request: Request<ListAccrualsRequest>,
    ) -> Result<Response<ListAccrualsResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let programme = resource_id("programmes", &query.programme, "programme")?;
                // Bound to the period that was meant: a list that is read over midnight stays in its month.
                let meant =
                    if query.period.is_empty() { self.app.this_month().to_string() } else { query.period.clone() };
                let parts = ["ListAccruals", &query.programme, &query.period, &meant];
                let page = page::PageRequest::read(&parts, query.page_size.min(MOST), &query.page_token)?;
                let after = page.cursor.clone().unwrap_or_default();
                let found = self.app.accruals(&caller, &programme, &meant, &after, page.limit()).await?;
                let mut list = accruals_to_proto(&found);
                let next = page.cut(&mut list, &parts, |a| a.partner.trim_start_matches("partners/").to_owned());
                Ok(ListAccrualsResponse { accruals: list, next_page_token: next })
            })
            .await
    }
}
