//! Keeps the own copy of partners from the registry's events. Exactly once in effect: the inbox row is written in the
//! transaction of the copy, and every write is idempotent besides.

use std::sync::Arc;

use async_trait::async_trait;
use prost::Message;
use tributary_bus::Handler;
use tributary_core::{Event, Fault};
use tributary_proto::tributary::partner::v1::{ParentSet, PartnerChanged, TierAssigned};

use super::App;
use crate::convert::partner::{link_copy, partner_copy, tier_copy};

/// Name of this consumer in inboxes and dead letters.
pub const CONSUMER: &str = "incentive-calculation";

/// The events this service listens to.
pub const EVENT_TYPES: &[&str] =
    &["tributary.partner.v1.PartnerChanged", "tributary.partner.v1.TierAssigned", "tributary.partner.v1.ParentSet"];

/// Handles the registry's events.
pub struct PartnerEvents {
    /// The use cases.
    pub app: Arc<App>,
}

#[async_trait]
impl Handler for PartnerEvents {
    async fn handle(&self, event: &Event) -> Result<(), Fault> {
        let mut tx = self.app.store.begin().await?;
        if !tx.first_seen(CONSUMER, event, self.app.clock.now()).await? {
            return Ok(());
        }
        match event.event_type.as_str() {
            "tributary.partner.v1.PartnerChanged" => {
                let revision = decode::<PartnerChanged>(event)?.revision.unwrap_or_default();
                let partner = revision.partner.unwrap_or_default();
                let copy = partner_copy(&partner, event.time, &self.app.zone)?;
                tx.keep_partner(&event.tenant, &copy).await?;
            }
            "tributary.partner.v1.TierAssigned" => {
                let assignment = decode::<TierAssigned>(event)?.assignment.unwrap_or_default();
                tx.keep_tier(&event.tenant, event.id, &tier_copy(&assignment)?).await?;
            }
            "tributary.partner.v1.ParentSet" => {
                let link = decode::<ParentSet>(event)?.link.unwrap_or_default();
                tx.keep_link(&event.tenant, event.id, &link_copy(&link)?).await?;
            }
            // A type of a newer registry: nothing here depends on it.
            _ => {}
        }
        Ok(tx.commit().await?)
    }
}

fn decode<M: Message + Default>(event: &Event) -> Result<M, Fault> {
    M::decode(event.data.as_slice())
        .map_err(|e| Fault::invalid_field("data", format!("not a {}: {e}", event.event_type)))
}
