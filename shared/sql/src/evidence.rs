//! The evidence log of a service: what was decided and calculated, a Merkle tree per tenant. Entries are only ever added, in
//! the transaction of what they attest.

use async_trait::async_trait;
use tributary_core::{TenantId, Timestamp};
use tributary_evidence::{Frontier, Hash, NodeId};

use crate::{StoreError, UnitOfWork};

/// An entry to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvidence {
    /// What it is about, a resource name: entries are found by it. Not a part of what is attested.
    pub subject: String,
    /// What is attested, byte for byte.
    pub content: String,
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Its place, from 0, without gaps.
    pub position: i64,
    /// What it is about.
    pub subject: String,
    /// What is attested.
    pub content: String,
    /// When it was added.
    pub record_time: Timestamp,
}

/// Adds to the log.
#[async_trait]
pub trait EvidenceTx: UnitOfWork {
    /// Adds entries. The end of the tenant's log stays locked until the transaction ends: add them last, before `commit`, so
    /// that nobody who waits for this lock is waited for.
    ///
    /// # Errors
    /// Those of the store.
    async fn attest(&mut self, tenant: &TenantId, entries: &[NewEvidence], now: Timestamp) -> Result<(), StoreError>;
}

/// Reads the log. What was read stays true: entries and subtrees never change.
#[async_trait]
pub trait EvidenceStore: Send + Sync {
    /// Where the log ends.
    ///
    /// # Errors
    /// Those of the store.
    async fn evidence_frontier(&self, tenant: &TenantId) -> Result<Frontier, StoreError>;

    /// The hashes of complete subtrees, those that are there, in any order.
    ///
    /// # Errors
    /// Those of the store.
    async fn evidence_nodes(&self, tenant: &TenantId, nodes: &[NodeId]) -> Result<Vec<(NodeId, Hash)>, StoreError>;

    /// Entries in their order, from a position on.
    ///
    /// # Errors
    /// Those of the store.
    async fn evidence(&self, tenant: &TenantId, from: i64, limit: u32) -> Result<Vec<Evidence>, StoreError>;

    /// Entries about a subject in their order.
    ///
    /// # Errors
    /// Those of the store.
    async fn evidence_about(&self, tenant: &TenantId, subject: &str) -> Result<Vec<Evidence>, StoreError>;
}
