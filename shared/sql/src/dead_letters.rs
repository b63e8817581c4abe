//! Dead letters: events a consumer could not handle, kept with their reason until a person has seen to them.

use async_trait::async_trait;
use tributary_core::{Event, TenantId, Timestamp};
use uuid::Uuid;

use crate::StoreError;

/// An event that a consumer could not handle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Who could not.
    pub consumer: String,
    /// The event, whole.
    pub event: Event,
    /// Why: the last fault.
    pub reason: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was given up.
    pub create_time: Timestamp,
}

/// The dead letters of the consumers of one service.
#[async_trait]
pub trait DeadLetterStore: Send + Sync {
    /// Keeps a letter; a letter of the same consumer and event is replaced.
    ///
    /// # Errors
    /// Those of the store.
    async fn add(&self, letter: DeadLetter) -> Result<(), StoreError>;

    /// A tenant's letters of one consumer (all consumers: `None`), by consumer and event id, after a position.
    ///
    /// # Errors
    /// Those of the store.
    async fn list(
        &self,
        tenant: &TenantId,
        consumer: Option<&str>,
        after: Option<(&str, Uuid)>,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, StoreError>;

    /// One letter.
    ///
    /// # Errors
    /// Those of the store.
    async fn get(&self, tenant: &TenantId, consumer: &str, event: Uuid) -> Result<Option<DeadLetter>, StoreError>;

    /// Removes a letter after it was handled or given up by a person; `false` when there was none.
    ///
    /// # Errors
    /// Those of the store.
    async fn remove(&self, tenant: &TenantId, consumer: &str, event: Uuid) -> Result<bool, StoreError>;
}
