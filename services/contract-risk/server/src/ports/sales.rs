//! The own copies that rules look at: sums of sales facts by day, and the documents of partners.

use async_trait::async_trait;
use contract_risk_domain::{
    Cells,
    alert::ExpiringDocument,
    sales::{CellKey, Sums},
};
use tributary_core::{Date, ResourceId, TenantId};
use tributary_sql::StoreError;

use super::alerts::MarkTx;

/// Reads of the copies.
#[async_trait]
pub trait CopyReads: Send + Sync {
    /// The cells of a partner from a day on to another, both included.
    async fn sales(
        &self,
        tenant: &TenantId,
        partner: &ResourceId,
        from: Date,
        through: Date,
    ) -> Result<Cells, StoreError>;

    /// The documents of a partner that have a last valid day and that nothing replaces, whether they are valid or not;
    /// by name.
    async fn expiring_documents(
        &self,
        tenant: &TenantId,
        partner: &ResourceId,
    ) -> Result<Vec<ExpiringDocument>, StoreError>;
}

/// A document of a partner as its event shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentCopy {
    /// Resource name. Example: "partners/x/documents/licence-2026".
    pub name: String,
    /// The partner.
    pub partner: ResourceId,
    /// Kind, as the registry names it. Example: "BUSINESS_LICENCE".
    pub kind: String,
    /// Last valid day; `None`: it does not expire.
    pub expires_on: Option<Date>,
    /// State, as the registry names it. Example: "VERIFIED".
    pub state: String,
    /// Number of the event among those of the document.
    pub sequence: i64,
}

/// One transaction on the copies.
#[async_trait]
pub trait CopyTx: MarkTx {
    /// The cells there are among `keys`. Nobody else may write them: batches wait for each other where they arrive
    /// ([`UnitOfWork::arrived`](tributary_sql::UnitOfWork::arrived)).
    async fn cells(&mut self, tenant: &TenantId, keys: &[CellKey]) -> Result<Cells, StoreError>;

    /// Writes cells, new or changed, each key once.
    async fn put_cells(&mut self, tenant: &TenantId, cells: &[(CellKey, Sums)]) -> Result<(), StoreError>;

    /// Keeps a document; `false` when a later event of it was kept already.
    async fn keep_document(&mut self, tenant: &TenantId, copy: &DocumentCopy) -> Result<bool, StoreError>;
}

/// The store of the copies.
#[async_trait]
pub trait CopyStore: CopyReads {
    /// Begins a transaction.
    async fn begin_copies(&self) -> Result<Box<dyn CopyTx>, StoreError>;
}
