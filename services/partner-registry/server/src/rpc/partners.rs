//! PartnerService.

use std::sync::Arc;

use partner_registry_domain::{StatusVerb, partner::resource_name};
use tonic::{Request, Response, Status};
use tributary_core::Fault;
use tributary_proto::tributary::partner::v1::{self as pb, partner_service_server::PartnerService};
use tributary_rpc::{Edge, convert::resource_id, page::PageRequest, status::to_rpc_status};

use super::{checks::number, filter, partner_requests};
use crate::{
    app::{Registry, UpsertOutcome},
    convert,
};

/// The handlers of `PartnerService`.
pub(crate) struct Partners {
    pub edge: Edge,
    pub app: Arc<Registry>,
}

#[tonic::async_trait]
impl PartnerService for Partners {
    async fn create_partner(&self, request: Request<pb::CreatePartnerRequest>) -> Answer<pb::Partner> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |context, query| async move {
                let (command, request_id) = partner_requests::create(&app, query)?;
                app.create_partner(&context, &command, &request_id).await.map(convert::view_to_proto)
            })
            .await
    }

    async fn get_partner(&self, request: Request<pb::GetPartnerRequest>) -> Answer<pb::Partner> {
        self.edge
            .read(request, |context, query| async move {
                let id = resource_id("partners", &query.name, "name")?;
                self.app.partner(&context, &id).await.map(convert::view_to_proto)
            })
            .await
    }

    async fn lookup_partner(&self, request: Request<pb::LookupPartnerRequest>) -> Answer<pb::Partner> {
        self.edge
            .read(request, |context, query| async move {
                let reference = query.external_ref.map(convert::reference);
                let reference = reference.ok_or_else(|| Fault::invalid_field("external_ref", "is required"))?;
                self.app.lookup_partner(&context, &reference).await.map(convert::view_to_proto)
            })
            .await
    }

    async fn batch_get_partners(
        &self,
        request: Request<pb::BatchGetPartnersRequest>,
    ) -> Answer<pb::BatchGetPartnersResponse> {
        self.edge
            .read(request, |context, query| async move {
                let ids = partner_requests::batch(&query)?;
                let refs: Vec<_> = query.external_refs.into_iter().map(convert::reference).collect();
                let found = self.app.batch_get(&context, &ids, &refs).await?;
                Ok(pb::BatchGetPartnersResponse {
                    partners: found.partners.into_iter().map(convert::view_to_proto).collect(),
                    missing_names: found.missing_ids.iter().map(resource_name).collect(),
                    missing_external_refs: found.missing_refs.into_iter().map(convert::reference_to_proto).collect(),
                })
            })
            .await
    }

    async fn list_partners(&self, request: Request<pb::ListPartnersRequest>) -> Answer<pb::ListPartnersResponse> {
        self.edge
            .read(request, |context, query| async move {
                let key = ["ListPartners", query.filter.as_str()];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let condition = filter::of_partners(&query.filter)?;
                let limit = page.limit();
                let mut views = self.app.list_partners(&context, condition, page.cursor.clone(), limit).await?;
                let next_page_token = page.cut(&mut views, &key, |view| view.partner.id.to_string());
                let partners = views.into_iter().map(convert::view_to_proto).collect();
                Ok(pb::ListPartnersResponse { partners, next_page_token })
            })
            .await
    }

    async fn update_partner(&self, request: Request<pb::UpdatePartnerRequest>) -> Answer<pb::Partner> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |context, query| async move {
                let (command, request_id) = partner_requests::update(query)?;
                app.update_partner(&context, &command, &request_id).await.map(convert::view_to_proto)
            })
            .await
    }

    async fn batch_upsert_partners(
        &self,
        request: Request<pb::BatchUpsertPartnersRequest>,
    ) -> Answer<pb::BatchUpsertPartnersResponse> {
        let (app, domain) = (self.app.clone(), self.edge.domain());
        self.edge
            .write_unchecked(request, |context, query| async move {
                let items = partner_requests::upsert(&app, query)?;
                let outcomes = app.upsert_partners(&context, items).await?;
                let results = outcomes.into_iter().map(|outcome| result(outcome, domain)).collect();
                Ok(pb::BatchUpsertPartnersResponse { results })
            })
            .await
    }

    async fn submit_partner_application(
        &self,
        request: Request<pb::ChangePartnerStatusRequest>,
    ) -> Answer<pb::Partner> {
        self.change_status(StatusVerb::SubmitApplication, request).await
    }

    async fn admit_partner(&self, request: Request<pb::ChangePartnerStatusRequest>) -> Answer<pb::Partner> {
        self.change_status(StatusVerb::Admit, request).await
    }

    async fn reject_partner(&self, request: Request<pb::ChangePartnerStatusRequest>) -> Answer<pb::Partner> {
        self.change_status(StatusVerb::Reject, request).await
    }

    async fn activate_partner(&self, request: Request<pb::ChangePartnerStatusRequest>) -> Answer<pb::Partner> {
        self.change_status(StatusVerb::Activate, request).await
    }

    async fn place_partner_on_probation(
        &self,
        request: Request<pb::ChangePartnerStatusRequest>,
    ) -> Answer<pb::Partner> {
        self.change_status(StatusVerb::PlaceOnProbation, request).await
    }

    async fn freeze_partner(&self, request: Request<pb::ChangePartnerStatusRequest>) -> Answer<pb::Partner> {
        self.change_status(StatusVerb::Freeze, request).await
    }

    async fn unfreeze_partner(&self, request: Request<pb::ChangePartnerStatusRequest>) -> Answer<pb::Partner> {
        self.change_status(StatusVerb::Unfreeze, request).await
    }

    async fn start_partner_exit(&self, request: Request<pb::ChangePartnerStatusRequest>) -> Answer<pb::Partner> {
        self.change_status(StatusVerb::StartExit, request).await
    }

    async fn complete_partner_exit(&self, request: Request<pb::ChangePartnerStatusRequest>) -> Answer<pb::Partner> {
        self.change_status(StatusVerb::CompleteExit, request).await
    }

    async fn list_partner_revisions(
        &self,
        request: Request<pb::ListPartnerRevisionsRequest>,
    ) -> Answer<pb::ListPartnerRevisionsResponse> {
        self.edge
            .read(request, |context, query| async move {
                let key = ["ListPartnerRevisions", query.name.as_str()];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let id = resource_id("partners", &query.name, "name")?;
                let before = number(page.cursor.as_deref())?;
                let limit = page.limit();
                let mut found = self.app.revisions(&context, &id, before, limit).await?;
                let next_page_token = page.cut(&mut found, &key, |r| r.partner.revision.to_string());
                let revisions = found.into_iter().map(convert::revision_to_proto).collect();
                Ok(pb::ListPartnerRevisionsResponse { revisions, next_page_token })
            })
            .await
    }
}

type Answer<T> = Result<Response<T>, Status>;

impl Partners {
    async fn change_status(
        &self,
        verb: StatusVerb,
        request: Request<pb::ChangePartnerStatusRequest>,
    ) -> Answer<pb::Partner> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let (command, request_id) = partner_requests::status(verb, query)?;
                app.change_status(&context, &command, &request_id).await.map(convert::view_to_proto)
            })
            .await
    }
}

fn result(outcome: UpsertOutcome, domain: &str) -> pb::PartnerUpsertResult {
    let (outcome, partner, error) = match outcome {
        UpsertOutcome::Created(id) => (pb::UpsertOutcome::Created, resource_name(&id), None),
        UpsertOutcome::Updated(id) => (pb::UpsertOutcome::Updated, resource_name(&id), None),
        UpsertOutcome::Unchanged(id) => (pb::UpsertOutcome::Unchanged, resource_name(&id), None),
        UpsertOutcome::Refused(fault) => {
            (pb::UpsertOutcome::Refused, String::new(), Some(to_rpc_status(&fault, domain)))
        }
    };
    pb::PartnerUpsertResult { outcome: outcome.into(), partner, error }
}
