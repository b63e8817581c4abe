//! Keeps the copy of partners' documents from the registry's events. An older event never replaces a newer one.

use std::sync::Arc;

use async_trait::async_trait;
use prost::Message as _;
use tokio::sync::Notify;
use tributary_bus::Handler;
use tributary_core::{Clock, Event, Fault};
use tributary_proto::tributary::partner::v1::DocumentChanged;

use crate::{convert::document_copy, ports::CopyStore};

/// Name of this consumer in inboxes and dead letters.
pub const CONSUMER: &str = "contract-risk-documents";

/// The events this consumer listens to.
pub const EVENT_TYPES: &[&str] = &["tributary.partner.v1.DocumentChanged"];

/// Handles the registry's events.
pub struct DocumentEvents {
    /// The store.
    pub store: Arc<dyn CopyStore>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Says that partners are due.
    pub due: Arc<Notify>,
}

#[async_trait]
impl Handler for DocumentEvents {
    async fn handle(&self, event: &Event) -> Result<(), Fault> {
        let changed = DocumentChanged::decode(event.data.as_slice())
            .map_err(|e| Fault::invalid_field("data", format!("not a {}: {e}", event.event_type)))?;
        let document = changed.revision.and_then(|revision| revision.document).unwrap_or_default();
        let copy = document_copy(document, event.sequence)?;

        let mut tx = self.store.begin_copies().await?;
        if !tx.first_seen(CONSUMER, event, self.clock.now()).await? {
            return Ok(());
        }
        if tx.keep_document(&event.tenant, &copy).await? {
            tx.mark(&event.tenant, std::slice::from_ref(&copy.partner), event.id).await?;
        }
        tx.commit().await?;
        self.due.notify_one();
        Ok(())
    }
}
