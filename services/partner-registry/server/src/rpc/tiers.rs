//! TierService.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use tributary_core::{Fault, Violations};
use tributary_proto::tributary::partner::v1::{self as pb, tier_service_server::TierService};
use tributary_rpc::{
    Edge,
    convert::{self as wire, resource_id},
    page::PageRequest,
};

use super::checks::number;
use crate::{
    app::{AssignTier, Registry},
    convert,
};

/// The handlers of `TierService`.
pub(crate) struct Tiers {
    pub edge: Edge,
    pub app: Arc<Registry>,
}

#[tonic::async_trait]
impl TierService for Tiers {
    async fn assign_tier(
        &self,
        request: Request<pb::AssignTierRequest>,
    ) -> Result<Response<pb::TierAssignment>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let request_id = query.request_id.clone();
                let command = assignment(query)?;
                app.assign_tier(&context, &command, &request_id).await.map(convert::tier_to_proto)
            })
            .await
    }

    async fn get_partner_tier(
        &self,
        request: Request<pb::GetPartnerTierRequest>,
    ) -> Result<Response<pb::TierAssignment>, Status> {
        self.edge
            .read(request, |context, query| async move {
                let partner = resource_id("partners", &query.partner, "partner")?;
                let mut v = Violations::new();
                let day = query.date.and_then(|date| v.check("date", wire::date(&date)));
                let known_at = query.known_at.and_then(|moment| v.check("known_at", wire::timestamp(&moment)));
                v.into_result()?;
                self.app.partner_tier(&context, &partner, day, known_at).await.map(convert::tier_to_proto)
            })
            .await
    }

    async fn list_tier_assignments(
        &self,
        request: Request<pb::ListTierAssignmentsRequest>,
    ) -> Result<Response<pb::ListTierAssignmentsResponse>, Status> {
        self.edge
            .read(request, |context, query| async move {
                let key = ["ListTierAssignments", query.partner.as_str()];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let partner = resource_id("partners", &query.partner, "partner")?;
                let before = number(page.cursor.as_deref())?;
                let limit = page.limit();
                let mut found = self.app.tier_assignments(&context, &partner, before, limit).await?;
                let next_page_token = page.cut(&mut found, &key, |a| a.ordinal.to_string());
                let tier_assignments = found.into_iter().map(convert::tier_to_proto).collect();
                Ok(pb::ListTierAssignmentsResponse { tier_assignments, next_page_token })
            })
            .await
    }
}

fn assignment(query: pb::AssignTierRequest) -> Result<AssignTier, Fault> {
    let partner = resource_id("partners", &query.partner, "partner")?;
    let mut v = Violations::new();
    let from = query.effective_from.ok_or_else(|| "is required; give the first day".to_owned());
    let from = v.check("effective_from", from.and_then(|date| wire::date(&date)));
    let effective_to = query.effective_to.and_then(|date| v.check("effective_to", wire::date(&date)));
    match from {
        Some(effective_from) if v.is_empty() => {
            Ok(AssignTier { partner, tier: query.tier, effective_from, effective_to, reason: query.reason })
        }
        _ => Err(Fault::invalid(v)),
    }
}
