//! The registry as this service asks it: by its generated client, in its own name.

use async_trait::async_trait;
use incentive_calculation_domain::{price::Factor, reasons};
use tonic::Code;
use tributary_core::{Date, Fault, RequestContext, Zone};
use tributary_proto::tributary::{
    common::v1::ExternalRef,
    partner::v1::{
        BatchGetPartnersRequest, CheckEntitlementRequest, benefit_service_client::BenefitServiceClient,
        partner_service_client::PartnerServiceClient, tier_benefit::Value,
    },
};
use tributary_rpc::{
    client::{Backend, for_tenant, upstream},
    convert::{date_to_proto, decimal, timestamp},
    status::describe,
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
    async fn price_factor(
        &self,
        caller: &RequestContext,
        partner_id: &str,
        benefit: &str,
        day: Date,
    ) -> Result<Factor, Fault> {
        let query = CheckEntitlementRequest {
            partner: format!("partners/{partner_id}"),
            benefit: benefit.to_owned(),
            date: Some(date_to_proto(day)),
        };
        // The service asks for itself: a partner's own user is not told what its tier allows others.
        let answer =
            BenefitServiceClient::new(self.backend.clone()).check_entitlement(for_tenant(&caller.tenant, query)).await;
        let told = answer.map_err(|status| unentitled(&status, benefit, partner_id))?.into_inner();
        let (benefit, programme, tier) = (benefit.to_owned(), told.programme_version, told.tier);
        if !told.entitled {
            return Ok(Factor::NotEntitled { benefit, programme, tier });
        }
        if let Some(factor) = &told.price_factor {
            let factor = decimal(factor, FACTOR_DIGITS).map_err(|e| Fault::internal(format!("{benefit}: {e}")))?;
            return Ok(Factor::Agreed { benefit, programme, tier, factor });
        }
        match told.terms.and_then(|terms| terms.value) {
            Some(Value::PriceFactor(_)) => Ok(Factor::Unagreed { benefit, programme, tier }),
            _ => Err(unknown(&benefit, "is no price factor")),
        }
    }
}

/// Decimals of a factor.
const FACTOR_DIGITS: u32 = 6;

fn unentitled(status: &tonic::Status, benefit: &str, partner_id: &str) -> Fault {
    let reason = describe(status).reason;
    match (status.code(), reason.as_str()) {
        (_, "PARTNER_NOT_FOUND") => {
            let message = format!("no partner is known as partners/{partner_id}; create it in the registry");
            Fault::new(reasons::PARTNER_UNKNOWN, message).with("value", format!("partners/{partner_id}"))
        }
        (Code::NotFound, _) => unknown(benefit, "is given by no tier of the programme in force"),
        (Code::FailedPrecondition, _) => {
            unknown(benefit, "cannot be looked up: no tier programme is in force that day")
        }
        _ => upstream("partner-registry", status),
    }
}

fn unknown(benefit: &str, why: &str) -> Fault {
    let message = format!("{benefit} {why}; activate a programme that gives it as a price factor, or change the list");
    Fault::new(reasons::PRICE_BENEFIT_UNKNOWN, message).with("benefit", benefit)
}
