//! Reads of alerts.

use contract_risk_domain::alert::Alert;
use tributary_core::{Fault, RequestContext, ResourceId};

use super::{Alerts, act::alert_not_found};
use crate::ports::AlertQuery;

impl Alerts {
    /// One alert.
    ///
    /// # Errors
    /// `ALERT_NOT_FOUND`.
    pub async fn alert(&self, caller: &RequestContext, id: &ResourceId) -> Result<Alert, Fault> {
        self.store.alert(&caller.tenant, id.as_str()).await?.ok_or_else(|| alert_not_found(id))
    }

    /// A page of alerts, newest first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn alerts(&self, caller: &RequestContext, query: &AlertQuery) -> Result<Vec<Alert>, Fault> {
        Ok(self.store.alerts(&caller.tenant, query).await?)
    }
}
