//! What people do to an alert.

use contract_risk_domain::{
    alert::{Alert, resource_name},
    reasons,
};
use tributary_core::{Fault, RequestContext, ResourceId};
use tributary_sql::{RequestKey, answer, recall_answer};

use super::Alerts;

/// A change of an alert as a caller asks for it.
#[derive(Debug, Clone)]
pub struct ActOnAlert {
    /// The alert.
    pub id: ResourceId,
    /// Etag the caller decided on.
    pub etag: String,
    /// Remark.
    pub reason: String,
    /// Closes it; else it is acknowledged.
    pub resolve: bool,
    /// Remembers the answer, `None` when the caller gave no `request_id`.
    pub key: Option<RequestKey>,
}

impl Alerts {
    /// Acknowledges or resolves an alert; a repeat of the same request gets the first answer.
    ///
    /// # Errors
    /// `ALERT_NOT_FOUND`, `ETAG_MISMATCH`, `ALERT_TRANSITION_REFUSED`, `REQUEST_ID_REUSED`.
    pub async fn act_on_alert(&self, caller: &RequestContext, act: ActOnAlert) -> Result<Alert, Fault> {
        let (tenant, now) = (&caller.tenant, self.clock.now());
        let mut tx = self.store.begin_alerts().await?;
        if let Some(key) = &act.key
            && let Some(first) = recall_answer(tx.recall(key, now).await?)?
        {
            return Ok(first);
        }
        let known = tx.alert_now(tenant, act.id.as_str()).await?.ok_or_else(|| alert_not_found(&act.id))?;
        // An evaluation under way is waited for; what it wrote is what the etag is held against.
        tx.lock_partner(tenant, &known.partner).await?;
        let known = tx.alert_now(tenant, act.id.as_str()).await?.ok_or_else(|| alert_not_found(&act.id))?;
        known.check_etag(&act.etag)?;
        let next = match act.resolve {
            true => known.resolve(&caller.subject, &act.reason, now)?,
            false => known.acknowledge(&caller.subject, &act.reason, now)?,
        };
        tx.update_alert(tenant, &next).await?;
        self.announce(tx.as_mut(), tenant, &next, Some(known.state), now).await?;
        if let Some(key) = &act.key {
            tx.remember(key, &answer(&next)?).await?;
        }
        tx.commit().await?;
        (self.wake)();
        Ok(next)
    }
}

/// The refusal of an alert that is not there.
pub(super) fn alert_not_found(id: &ResourceId) -> Fault {
    let name = resource_name(id.as_str());
    Fault::new(reasons::ALERT_NOT_FOUND, format!("there is no {name}; list the alerts")).with("alert", name)
}
