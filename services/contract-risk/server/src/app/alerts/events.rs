//! Marks partners when something of theirs has changed in this service: a contract or an obligation.

use std::sync::Arc;

use async_trait::async_trait;
use prost::Message;
use tributary_bus::Handler;
use tributary_core::{Event, Fault, ResourceId};
use tributary_proto::tributary::contract::v1::{Contract, ContractChanged, ContractCreated, ObligationChanged};

use super::Alerts;

/// Name of this consumer in inboxes and dead letters.
pub const CONSUMER: &str = "contract-risk-alerts";

const CREATED: &str = "tributary.contract.v1.ContractCreated";
const CHANGED: &str = "tributary.contract.v1.ContractChanged";
const OBLIGATION: &str = "tributary.contract.v1.ObligationChanged";

/// The events that mark a partner.
pub const EVENT_TYPES: &[&str] = &[CREATED, CHANGED, OBLIGATION];

/// Handles [`EVENT_TYPES`].
pub struct ChangeEvents {
    /// The use cases.
    pub app: Arc<Alerts>,
}

#[async_trait]
impl Handler for ChangeEvents {
    async fn handle(&self, event: &Event) -> Result<(), Fault> {
        let of = |contract: Option<Contract>| contract.map(|contract| contract.partner);
        let partner = match event.event_type.as_str() {
            CREATED => of(decode::<ContractCreated>(event)?.contract),
            CHANGED => of(decode::<ContractChanged>(event)?.contract),
            OBLIGATION => decode::<ObligationChanged>(event)?.obligation.map(|obligation| obligation.partner),
            // A type of a newer version: no rule of this one looks at it.
            _ => return Ok(()),
        };
        let partner = ResourceId::from_name("partners", &partner.unwrap_or_default())
            .map_err(|e| Fault::invalid_field("partner", e))?;
        let mut tx = self.app.store.begin_alerts().await?;
        if !tx.first_seen(CONSUMER, event, self.app.clock.now()).await? {
            return Ok(());
        }
        tx.mark(&event.tenant, &[partner], event.id).await?;
        tx.commit().await?;
        self.app.due.notify_one();
        Ok(())
    }
}

fn decode<M: Message + Default>(event: &Event) -> Result<M, Fault> {
    M::decode(event.data.as_slice())
        .map_err(|e| Fault::invalid_field("data", format!("not a {}: {e}", event.event_type)))
}
