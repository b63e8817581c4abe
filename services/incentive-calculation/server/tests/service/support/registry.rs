//! A stand-in for partner-registry: it answers `BatchGetPartners` from memory, behind the true layers.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use tonic::{Request, Response, Status};
use tributary_core::{RequestContext, Role};
use tributary_proto::tributary::{
    common::v1::ExternalRef,
    partner::v1::{self as pb, partner_service_server::PartnerService},
};

/// What it knows and how often it was asked.
#[derive(Default)]
pub struct Known {
    /// Partners by tenant.
    pub partners: HashMap<String, Vec<pb::Partner>>,
    /// Whether it is away.
    pub away: bool,
    /// Calls that it answered.
    pub asked: usize,
    /// What partners are entitled to, by their names; of whom nothing is known, no tier programme is.
    pub entitlements: HashMap<String, pb::Entitlement>,
    /// Questions about entitlements that it answered.
    pub entitlements_asked: usize,
}

/// The stand-in.
#[derive(Clone, Default)]
pub struct Registry(Arc<Mutex<Known>>);

impl Registry {
    pub fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().expect("lock")
    }
}

#[tonic::async_trait]
impl PartnerService for Registry {
    async fn batch_get_partners(
        &self,
        request: Request<pb::BatchGetPartnersRequest>,
    ) -> Result<Response<pb::BatchGetPartnersResponse>, Status> {
        let caller = request.extensions().get::<RequestContext>().cloned().expect("the identity layer ran");
        assert!(caller.has(Role::Service), "the service asks for itself");
        let query = request.into_inner();
        let mut known = self.known();
        if known.away {
            return Err(Status::unavailable("away"));
        }
        known.asked += 1;
        let all = known.partners.get(caller.tenant.as_str()).map(Vec::as_slice).unwrap_or_default();
        let wanted = |p: &&pb::Partner| {
            let named = |r: &ExternalRef| query.external_refs.contains(r);
            query.names.contains(&p.name) || p.external_refs.iter().any(named)
        };
        let partners: Vec<_> = all.iter().filter(wanted).cloned().collect();
        Ok(Response::new(pb::BatchGetPartnersResponse { partners, ..Default::default() }))
    }

    async fn create_partner(&self, _: Request<pb::CreatePartnerRequest>) -> Result<Response<pb::Partner>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn get_partner(&self, _: Request<pb::GetPartnerRequest>) -> Result<Response<pb::Partner>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn lookup_partner(&self, _: Request<pb::LookupPartnerRequest>) -> Result<Response<pb::Partner>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn list_partners(
        &self,
        _: Request<pb::ListPartnersRequest>,
    ) -> Result<Response<pb::ListPartnersResponse>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn update_partner(&self, _: Request<pb::UpdatePartnerRequest>) -> Result<Response<pb::Partner>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn batch_upsert_partners(
        &self,
        _: Request<pb::BatchUpsertPartnersRequest>,
    ) -> Result<Response<pb::BatchUpsertPartnersResponse>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn list_partner_revisions(
        &self,
        _: Request<pb::ListPartnerRevisionsRequest>,
    ) -> Result<Response<pb::ListPartnerRevisionsResponse>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn submit_partner_application(
        &self,
        _: Request<pb::ChangePartnerStatusRequest>,
    ) -> Result<Response<pb::Partner>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn admit_partner(&self, _: Request<pb::ChangePartnerStatusRequest>) -> Result<Response<pb::Partner>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn reject_partner(
        &self,
        _: Request<pb::ChangePartnerStatusRequest>,
    ) -> Result<Response<pb::Partner>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn activate_partner(
        &self,
        _: Request<pb::ChangePartnerStatusRequest>,
    ) -> Result<Response<pb::Partner>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn place_partner_on_probation(
        &self,
        _: Request<pb::ChangePartnerStatusRequest>,
    ) -> Result<Response<pb::Partner>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn freeze_partner(
        &self,
        _: Request<pb::ChangePartnerStatusRequest>,
    ) -> Result<Response<pb::Partner>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn unfreeze_partner(
        &self,
        _: Request<pb::ChangePartnerStatusRequest>,
    ) -> Result<Response<pb::Partner>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn start_partner_exit(
        &self,
        _: Request<pb::ChangePartnerStatusRequest>,
    ) -> Result<Response<pb::Partner>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn complete_partner_exit(
        &self,
        _: Request<pb::ChangePartnerStatusRequest>,
    ) -> Result<Response<pb::Partner>, Status> {
        Err(Status::unimplemented("not of this test"))
    }
}
