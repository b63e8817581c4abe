//! The store of settlements (IC-24).

use async_trait::async_trait;
use incentive_calculation_domain::settlement::{Export, RunAccrual, Settlement, State};
use tributary_core::TenantId;
use tributary_sql::{StoreError, UnitOfWork};

/// Which settlements are wanted, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SettlementQuery {
    /// Only of this programme, last part of its name.
    pub programme: Option<String>,
    /// Only of this period.
    pub period: Option<String>,
    /// Only of this partner, last part of its name.
    pub partner: Option<String>,
    /// Only in one of these states; empty: all.
    pub states: Vec<State>,
    /// Only with something to pay.
    pub payable: bool,
    /// Only after this id.
    pub after: String,
    /// At most this many.
    pub limit: u32,
}

/// Reads of settlements.
#[async_trait]
pub trait SettlementReads: Send + Sync {
    /// One settlement.
    async fn settlement(&self, tenant: &TenantId, id: &str) -> Result<Option<Settlement>, StoreError>;
    /// Settlements.
    async fn settlements(&self, tenant: &TenantId, query: &SettlementQuery) -> Result<Vec<Settlement>, StoreError>;
    /// How many settlements a query finds, whatever its limit.
    async fn count_settlements(&self, tenant: &TenantId, query: &SettlementQuery) -> Result<i64, StoreError>;
    /// One export.
    async fn payable_export(&self, tenant: &TenantId, id: &str) -> Result<Option<Export>, StoreError>;
}

/// Writes of settlements. Whoever writes holds the lock of the tenant's journal.
#[async_trait]
pub trait SettlementTx: UnitOfWork {
    /// Settlements that are there, seen by this transaction, in the order of their ids.
    async fn settlements_of(&mut self, tenant: &TenantId, ids: &[String]) -> Result<Vec<Settlement>, StoreError>;
    /// Creates settlements. `AlreadyExists` when a statement is settled.
    async fn insert_settlements(&mut self, tenant: &TenantId, settlements: &[Settlement]) -> Result<(), StoreError>;
    /// Replaces settlements, each once, whose revision is one less. `Conflict` otherwise.
    async fn update_settlements(&mut self, tenant: &TenantId, settlements: &[Settlement]) -> Result<(), StoreError>;
    /// One export, seen by this transaction.
    async fn payable_export_of(&mut self, tenant: &TenantId, id: &str) -> Result<Option<Export>, StoreError>;
    /// Keeps an export.
    async fn insert_payable_export(&mut self, tenant: &TenantId, export: &Export) -> Result<(), StoreError>;

    /// What runs accrued for a period, given as programme and period, and nobody has replaced yet.
    async fn run_accruals(
        &mut self,
        tenant: &TenantId,
        period: (&str, &str),
        wanted: AccrualsOf<'_>,
    ) -> Result<Vec<RunAccrual>, StoreError>;
    /// Keeps what runs accrued. `AlreadyExists` when there is something for a payee and currency.
    async fn insert_run_accruals(&mut self, tenant: &TenantId, accruals: &[RunAccrual]) -> Result<(), StoreError>;
    /// Forgets what runs accrued: it was taken back.
    async fn delete_run_accruals(&mut self, tenant: &TenantId, accruals: &[RunAccrual]) -> Result<(), StoreError>;
}

/// Which accruals of runs are wanted.
#[derive(Debug, Clone, Copy)]
pub enum AccrualsOf<'a> {
    /// Those of partners, last parts of their names.
    Partners(&'a [String]),
    /// Those of runs of an earlier version than this, at most so many.
    Before(i64, u32),
}
