//! DealService.

use std::sync::Arc;

use partner_registry_domain::{DealName, deal::Move};
use tonic::{Request, Response, Status};
use tributary_proto::tributary::partner::v1::{self as pb, deal_service_server::DealService};
use tributary_rpc::{Edge, page::PageRequest};

use super::{
    checks::{broken, number},
    deal_requests as requests, filter,
};
use crate::{app::Registry, convert, ports::DealQuery};

/// The handlers of `DealService`.
pub(crate) struct Deals {
    pub edge: Edge,
    pub app: Arc<Registry>,
}

/// A handler of a verb: its request is the move that a closure makes of it.
macro_rules! verb {
    ($self:ident, $request:ident, $read:expr) => {{
        let app = $self.app.clone();
        $self
            .edge
            .write($request, |context, query| async move {
                let request_id = query.request_id.clone();
                let command = $read(query)?;
                app.move_deal(&context, &command, &request_id).await.map(convert::deal_to_proto)
            })
            .await
    }};
}

#[tonic::async_trait]
impl DealService for Deals {
    async fn register_deal(&self, request: Request<pb::RegisterDealRequest>) -> Answer<pb::Deal> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |context, query| async move {
                let (command, request_id) = requests::register(&app, query)?;
                app.register_deal(&context, &command, &request_id).await.map(convert::deal_to_proto)
            })
            .await
    }

    async fn get_deal(&self, request: Request<pb::GetDealRequest>) -> Answer<pb::Deal> {
        self.edge
            .read(request, |context, query| async move {
                let name = requests::deal_name(&query.name)?;
                self.app.deal(&context, &name).await.map(convert::deal_to_proto)
            })
            .await
    }

    async fn list_deals(&self, request: Request<pb::ListDealsRequest>) -> Answer<pb::ListDealsResponse> {
        self.edge
            .read(request, |context, query| async move {
                let key = ["ListDeals", query.parent.as_str(), query.filter.as_str()];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let wanted = DealQuery {
                    partner: requests::partner(&query.parent)?,
                    condition: filter::of_deals(&context.scope, &query.filter)?,
                    today: self.app.today(),
                    after: page.cursor.as_deref().map(DealName::parse).transpose().map_err(|_| broken())?,
                    limit: page.limit(),
                };
                let mut found = self.app.list_deals(&context, &wanted).await?;
                let next_page_token = page.cut(&mut found, &key, |deal| deal.name.to_string());
                let deals = found.into_iter().map(convert::deal_to_proto).collect();
                Ok(pb::ListDealsResponse { deals, next_page_token })
            })
            .await
    }

    async fn approve_deal(&self, request: Request<pb::ApproveDealRequest>) -> Answer<pb::Deal> {
        verb!(self, request, |query: pb::ApproveDealRequest| {
            requests::moving(&query.name, query.etag, Move::Approve { note: query.note })
        })
    }

    async fn reject_deal(&self, request: Request<pb::RejectDealRequest>) -> Answer<pb::Deal> {
        verb!(self, request, |query: pb::RejectDealRequest| {
            requests::moving(&query.name, query.etag, Move::Reject { reason: query.reason })
        })
    }

    async fn withdraw_deal(&self, request: Request<pb::WithdrawDealRequest>) -> Answer<pb::Deal> {
        verb!(self, request, |query: pb::WithdrawDealRequest| {
            requests::moving(&query.name, query.etag, Move::Withdraw { reason: query.reason })
        })
    }

    async fn extend_deal(&self, request: Request<pb::ExtendDealRequest>) -> Answer<pb::Deal> {
        verb!(self, request, requests::extend)
    }

    async fn convert_deal(&self, request: Request<pb::ConvertDealRequest>) -> Answer<pb::Deal> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |context, query| async move {
                let (command, request_id) = requests::convert_deal(query)?;
                app.move_deal(&context, &command, &request_id).await.map(convert::deal_to_proto)
            })
            .await
    }

    async fn lose_deal(&self, request: Request<pb::LoseDealRequest>) -> Answer<pb::Deal> {
        verb!(self, request, |query: pb::LoseDealRequest| {
            requests::moving(&query.name, query.etag, Move::Lose { reason: query.reason })
        })
    }

    async fn list_deal_revisions(
        &self,
        request: Request<pb::ListDealRevisionsRequest>,
    ) -> Answer<pb::ListDealRevisionsResponse> {
        self.edge
            .read(request, |context, query| async move {
                let key = ["ListDealRevisions", query.name.as_str()];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let name = requests::deal_name(&query.name)?;
                let before = number(page.cursor.as_deref())?;
                let mut found = self.app.deal_revisions(&context, &name, before, page.limit()).await?;
                let next_page_token = page.cut(&mut found, &key, |r| r.deal.revision.to_string());
                let revisions = found.into_iter().map(convert::deal_revision_to_proto).collect();
                Ok(pb::ListDealRevisionsResponse { revisions, next_page_token })
            })
            .await
    }

    async fn find_deal_conflicts(
        &self,
        request: Request<pb::FindDealConflictsRequest>,
    ) -> Answer<pb::FindDealConflictsResponse> {
        self.edge
            .read(request, |context, query| async move {
                let asked = requests::asked(query)?;
                self.app.find_deal_conflicts(&context, &asked).await.map(convert::holding_to_proto)
            })
            .await
    }

    async fn get_deal_policy(&self, request: Request<pb::GetDealPolicyRequest>) -> Answer<pb::DealPolicy> {
        self.edge
            .read(request, |context, _| async move {
                self.app.deal_policy(&context).await.map(convert::deal_policy_to_proto)
            })
            .await
    }

    async fn update_deal_policy(&self, request: Request<pb::UpdateDealPolicyRequest>) -> Answer<pb::DealPolicy> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |context, query| async move {
                let (command, request_id) = requests::policy(query)?;
                app.change_deal_policy(&context, &command, &request_id).await.map(convert::deal_policy_to_proto)
            })
            .await
    }
}

type Answer<T> = Result<Response<T>, Status>;
