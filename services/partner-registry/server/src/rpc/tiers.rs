//! TierService.

use std::sync::Arc;

use partner_registry_domain::tier::words::{self, Language};
use tonic::{Request, Response, Status};
use tributary_core::Violations;
use tributary_proto::tributary::partner::v1::{self as pb, tier_service_server::TierService};
use tributary_rpc::{
    Edge,
    convert::{self as wire, resource_id},
    page::{PageRequest, seal},
};

use super::{
    checks::{after, number},
    territory_requests::optional,
    tier_requests::{assignment, day, decision, end_override, figure, partner},
};
use crate::{
    app::{EvaluateTiers, Registry},
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

    async fn end_tier_override(
        &self,
        request: Request<pb::EndTierOverrideRequest>,
    ) -> Result<Response<pb::EndTierOverrideResponse>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let request_id = query.request_id.clone();
                let made = app.end_override(&context, &end_override(query)?, &request_id).await?;
                let tier_assignments = made.into_iter().map(convert::tier_to_proto).collect();
                Ok(pb::EndTierOverrideResponse { tier_assignments })
            })
            .await
    }

    async fn evaluate_tiers(
        &self,
        request: Request<pb::EvaluateTiersRequest>,
    ) -> Result<Response<pb::EvaluateTiersResponse>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let date = query.date.as_ref();
                let day = day(date, "date")?;
                let of_day = day.map(|day| day.to_string()).unwrap_or_default();
                let key = ["EvaluateTiers", &query.partner, &of_day];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let asked = EvaluateTiers {
                    partner: optional("partners", &query.partner, "partner")?,
                    day,
                    after: after(page.cursor.as_deref())?,
                    size: page.size,
                };
                let evaluated = app.evaluate_tiers(&context, &asked).await?;
                let next = evaluated.next.as_ref().map(|last| seal(&key, last.as_str())).unwrap_or_default();
                Ok(convert::evaluated_to_proto(&evaluated, next))
            })
            .await
    }

    async fn get_tier_progress(
        &self,
        request: Request<pb::GetTierProgressRequest>,
    ) -> Result<Response<pb::TierProgress>, Status> {
        self.edge
            .read(request, |context, query| async move {
                let (partner, day) = (partner(&query.partner)?, day(query.date.as_ref(), "date")?);
                let progress = self.app.tier_progress(&context, &partner, day).await?;
                Ok(convert::progress_to_proto(progress, convert::language(query.language())))
            })
            .await
    }

    async fn list_tier_decisions(
        &self,
        request: Request<pb::ListTierDecisionsRequest>,
    ) -> Result<Response<pb::ListTierDecisionsResponse>, Status> {
        self.edge
            .read(request, |context, query| async move {
                let key = ["ListTierDecisions", query.partner.as_str()];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let (partner, before) = (partner(&query.partner)?, number(page.cursor.as_deref())?);
                let mut found = self.app.decisions(&context, &partner, before, page.limit()).await?;
                let next_page_token = page.cut(&mut found, &key, |d| d.ordinal.to_string());
                let tier_decisions = found.iter().map(|d| convert::decision_to_proto(d, Language::English)).collect();
                Ok(pb::ListTierDecisionsResponse { tier_decisions, next_page_token })
            })
            .await
    }

    async fn explain_tier_decision(
        &self,
        request: Request<pb::ExplainTierDecisionRequest>,
    ) -> Result<Response<pb::ExplainTierDecisionResponse>, Status> {
        self.edge
            .read(request, |context, query| async move {
                let language = convert::language(query.language());
                let (partner, ordinal) = decision(&query.name)?;
                let found = self.app.decision(&context, &partner, ordinal).await?;
                Ok(pb::ExplainTierDecisionResponse {
                    tier_decision: Some(convert::decision_to_proto(&found, language)),
                    sentences: words::decision(&found, language),
                })
            })
            .await
    }

    async fn record_tier_figure(
        &self,
        request: Request<pb::RecordTierFigureRequest>,
    ) -> Result<Response<pb::TierFigure>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let request_id = query.request_id.clone();
                let made = app.record_figure(&context, &figure(query)?, &request_id).await?;
                Ok(convert::figure_to_proto(&made))
            })
            .await
    }

    async fn list_tier_figures(
        &self,
        request: Request<pb::ListTierFiguresRequest>,
    ) -> Result<Response<pb::ListTierFiguresResponse>, Status> {
        self.edge
            .read(request, |context, query| async move {
                let key = ["ListTierFigures", query.partner.as_str()];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let (partner, before) = (partner(&query.partner)?, number(page.cursor.as_deref())?);
                let mut found = self.app.figures(&context, &partner, before, page.limit()).await?;
                let next_page_token = page.cut(&mut found, &key, |f| f.ordinal.to_string());
                let tier_figures = found.iter().map(convert::figure_to_proto).collect();
                Ok(pb::ListTierFiguresResponse { tier_figures, next_page_token })
            })
            .await
    }
}
