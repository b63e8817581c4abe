//! The stand-in's benefits: it answers `CheckEntitlement` from memory.

use tonic::{Request, Response, Status};
use tributary_core::{RequestContext, Role};
use tributary_proto::tributary::partner::v1::{self as pb, benefit_service_server::BenefitService};

use super::registry::Registry;

#[tonic::async_trait]
impl BenefitService for Registry {
    async fn check_entitlement(
        &self,
        request: Request<pb::CheckEntitlementRequest>,
    ) -> Result<Response<pb::Entitlement>, Status> {
        let caller = request.extensions().get::<RequestContext>().cloned().expect("the identity layer ran");
        assert!(caller.has(Role::Service), "the service asks for itself");
        let query = request.into_inner();
        let mut known = self.known();
        if known.away {
            return Err(Status::unavailable("away"));
        }
        known.entitlements_asked += 1;
        let told = known.entitlements.get(&query.partner).cloned();
        told.map(Response::new).ok_or_else(|| Status::failed_precondition("no programme is in force"))
    }

    async fn list_entitlements(
        &self,
        _: Request<pb::ListEntitlementsRequest>,
    ) -> Result<Response<pb::ListEntitlementsResponse>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn agree_price_factor(
        &self,
        _: Request<pb::AgreePriceFactorRequest>,
    ) -> Result<Response<pb::PriceAgreement>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn record_benefit_usage(
        &self,
        _: Request<pb::RecordBenefitUsageRequest>,
    ) -> Result<Response<pb::BenefitUsage>, Status> {
        Err(Status::unimplemented("not of this test"))
    }

    async fn list_benefit_usages(
        &self,
        _: Request<pb::ListBenefitUsagesRequest>,
    ) -> Result<Response<pb::ListBenefitUsagesResponse>, Status> {
        Err(Status::unimplemented("not of this test"))
    }
}
