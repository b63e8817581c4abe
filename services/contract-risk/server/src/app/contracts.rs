//! Reads of contracts.

use contract_risk_domain::{Contract, reasons, resource_name};
use tributary_core::{Fault, RequestContext, ResourceId};

use super::App;

impl App {
    /// One contract.
    ///
    /// # Errors
    /// `CONTRACT_NOT_FOUND`.
    pub async fn contract(&self, caller: &RequestContext, id: &ResourceId) -> Result<Contract, Fault> {
        self.store.contract(&caller.tenant, id.as_str()).await?.ok_or_else(|| {
            let name = resource_name(id.as_str());
            Fault::new(reasons::CONTRACT_NOT_FOUND, format!("there is no {name}; create it or correct the name"))
                .with("contract", name)
        })
    }

    /// Contracts in the order of ids, after one; of one partner when it is given.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn contracts(
        &self,
        caller: &RequestContext,
        partner: Option<&ResourceId>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Contract>, Fault> {
        Ok(self.store.contracts(&caller.tenant, partner.map(ResourceId::as_str), after, limit).await?)
    }
}
