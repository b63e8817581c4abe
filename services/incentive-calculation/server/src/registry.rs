//! The registry as this service asks it: by its generated client, in its own name.

use async_trait::async_trait;
use tributary_core::{Fault, RequestContext, Zone};
use tributary_proto::tributary::{
    common::v1::ExternalRef,
    partner::v1::{BatchGetPartnersRequest, partner_service_client::PartnerServiceClient},
};
use tributary_rpc::{
    client::{Backend, for_tenant, upstream},
    convert::timestamp,
};

use crate::{
    convert::partner::partner_copy,
    ports::{PartnerCopy, PartnerRef, Registry},
};

/// Asks partner-registry.
pub struct RegistryClient {
    /// Where it is, with tokens signed.
    pub backend: Backend,
    /// The zone that turns instants into days.
    pub zone: Zone,
}

#[async_trait]
impl Registry for RegistryClient {
    async fn partners(&self, caller: &RequestContext, refs: &[PartnerRef]) -> Result<Vec<PartnerCopy>, Fault> {
        let mut query = BatchGetPartnersRequest::default();
        for named in refs {
            match named {
                PartnerRef::Id(id) => query.names.push(format!("partners/{id}")),
                PartnerRef::External { system, id } => {
                    query.external_refs.push(ExternalRef { system: system.clone(), id: id.clone() });
                }
            }
        }
        // The service asks for itself: the caller may record facts without the right to read partners.
        let answer = PartnerServiceClient::new(self.backend.clone())
            .batch_get_partners(for_tenant(&caller.tenant, query))
            .await
            .map_err(|status| upstream("partner-registry", &status))?;
        let partners = answer.into_inner().partners;
        partners
            .iter()
            .map(|p| {
                let at = timestamp(&p.update_time.unwrap_or_default())
                    .map_err(|e| Fault::internal(format!("{} has no update_time: {e}", p.name)))?;
                partner_copy(p, at, &self.zone)
            })
            .collect()
    }
}
