//! The trees over the statements of final runs (IC-28); the log itself is a port of tributary-sql.

use async_trait::async_trait;
use tributary_core::TenantId;
use tributary_evidence::Hash;
use tributary_sql::{StoreError, UnitOfWork};

/// A leaf of the tree over a run's statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLeaf {
    /// The statement, last part of its name.
    pub statement: String,
    /// The hash of its text, as a leaf.
    pub hash: Hash,
}

/// Reads of the trees.
#[async_trait]
pub trait StatementEvidenceReads: Send + Sync {
    /// The leaves of a run in their order; none for a preview, or for a run of before there was a log.
    async fn statement_leaves(&self, tenant: &TenantId, run: &str) -> Result<Vec<StatementLeaf>, StoreError>;
}

/// Writes of the trees.
#[async_trait]
pub trait StatementEvidenceTx: UnitOfWork {
    /// Keeps the leaves of a run in their order.
    async fn keep_statement_leaves(
        &mut self,
        tenant: &TenantId,
        run: &str,
        leaves: &[StatementLeaf],
    ) -> Result<(), StoreError>;
    /// The key by which heads are signed; `key` from now on when there was none.
    async fn known_log_key(&mut self, key: &str) -> Result<String, StoreError>;
    /// Another key from now on.
    async fn change_log_key(&mut self, key: &str) -> Result<(), StoreError>;
}
