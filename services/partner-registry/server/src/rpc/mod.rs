//! Thin handlers: decode and check, call the use case, encode.

mod benefits;
mod certification;
mod checks;
mod deal_requests;
mod deals;
mod document_requests;
mod documents;
mod filter;
mod hierarchy;
mod partner_requests;
mod partners;
mod territories;
mod territory_requests;
mod tier_programmes;
mod tier_requests;
mod tiers;
mod training;
mod training_filter;
mod training_requests;

use std::sync::Arc;

use tributary_proto::tributary::partner::v1::{
    benefit_service_server::BenefitServiceServer, certification_service_server::CertificationServiceServer,
    deal_service_server::DealServiceServer, document_service_server::DocumentServiceServer,
    hierarchy_service_server::HierarchyServiceServer, partner_service_server::PartnerServiceServer,
    territory_service_server::TerritoryServiceServer, tier_programme_service_server::TierProgrammeServiceServer,
    tier_service_server::TierServiceServer, training_service_server::TrainingServiceServer,
};
use tributary_rpc::Edge;

use crate::app::Registry;

/// The server of `PartnerService`.
pub(crate) fn partners(edge: Edge, app: Arc<Registry>) -> PartnerServiceServer<partners::Partners> {
    PartnerServiceServer::new(partners::Partners { edge, app })
}

/// The server of `TierService`.
pub(crate) fn tiers(edge: Edge, app: Arc<Registry>) -> TierServiceServer<tiers::Tiers> {
    TierServiceServer::new(tiers::Tiers { edge, app })
}

/// The server of `TierProgrammeService`.
pub(crate) fn tier_programmes(
    edge: Edge,
    app: Arc<Registry>,
) -> TierProgrammeServiceServer<tier_programmes::TierProgrammes> {
    TierProgrammeServiceServer::new(tier_programmes::TierProgrammes { edge, app })
}

/// The server of `BenefitService`.
pub(crate) fn benefits(edge: Edge, app: Arc<Registry>) -> BenefitServiceServer<benefits::Benefits> {
    BenefitServiceServer::new(benefits::Benefits { edge, app })
}

/// The server of `HierarchyService`.
pub(crate) fn hierarchy(edge: Edge, app: Arc<Registry>) -> HierarchyServiceServer<hierarchy::Trees> {
    HierarchyServiceServer::new(hierarchy::Trees { edge, app })
}

/// The server of `DocumentService`.
pub(crate) fn documents(edge: Edge, app: Arc<Registry>) -> DocumentServiceServer<documents::Documents> {
    DocumentServiceServer::new(documents::Documents { edge, app })
}

/// The server of `TerritoryService`.
pub(crate) fn territories(edge: Edge, app: Arc<Registry>) -> TerritoryServiceServer<territories::Territories> {
    TerritoryServiceServer::new(territories::Territories { edge, app })
}

/// The server of `DealService`.
pub(crate) fn deals(edge: Edge, app: Arc<Registry>) -> DealServiceServer<deals::Deals> {
    DealServiceServer::new(deals::Deals { edge, app })
}

/// The server of `TrainingService`.
pub(crate) fn training(edge: Edge, app: Arc<Registry>) -> TrainingServiceServer<training::Training> {
    TrainingServiceServer::new(training::Training { edge, app })
}

/// The server of `CertificationService`.
pub(crate) fn certification(
    edge: Edge,
    app: Arc<Registry>,
) -> CertificationServiceServer<certification::Certification> {
    CertificationServiceServer::new(certification::Certification { edge, app })
}
