//! How a store is: whether it answers, how full its pools are, what waits in it.

use async_trait::async_trait;
use tributary_core::Timestamp;

use crate::StoreError;

/// What waits in a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Events that are not published.
    pub events: i64,
    /// When the oldest of them was recorded.
    pub oldest_event: Option<Timestamp>,
    /// Dead letters of all consumers.
    pub dead_letters: i64,
    /// Operations that wait to be run.
    pub pending: i64,
    /// When the oldest of them was asked for.
    pub oldest_pending: Option<Timestamp>,
    /// Operations that run.
    pub running: i64,
}

/// Connections of a pool at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// "primary", or "reader" and "writer" on SQLite.
    pub pool: &'static str,
    /// The most.
    pub max: u32,
    /// In use.
    pub used: u32,
    /// Open and free.
    pub idle: u32,
}

/// Looks at a store from outside its use cases.
#[async_trait]
pub trait StoreWatch: Send + Sync {
    /// Asks the store something that it must know.
    ///
    /// # Errors
    /// Those of the store.
    async fn ping(&self) -> Result<(), StoreError>;

    /// What waits.
    ///
    /// # Errors
    /// Those of the store.
    async fn backlog(&self) -> Result<Backlog, StoreError>;

    /// The pools.
    fn connections(&self) -> Vec<Connections>;
}
