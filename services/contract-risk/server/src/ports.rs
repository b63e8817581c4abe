//! What the use cases need from the store. Both engines implement it; one conformance suite runs against both.

use async_trait::async_trait;
use contract_risk_domain::{Contract, ExternalRef};
use tributary_core::TenantId;
use tributary_sql::{StoreError, UnitOfWork};

/// What became of an insert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inserted {
    /// It is in.
    Yes,
    /// The id is taken; the transaction must be dropped.
    IdTaken,
    /// Another contract has the ref; the transaction must be dropped.
    RefTaken {
        /// Which ref, the first in their order.
        reference: ExternalRef,
        /// Id of the contract that has it.
        holder: String,
    },
}

/// Reads of contracts.
#[async_trait]
pub trait ContractReads: Send + Sync {
    /// One contract.
    async fn contract(&self, tenant: &TenantId, id: &str) -> Result<Option<Contract>, StoreError>;
    /// Contracts after an id, in the order of ids; of one partner (last part of its name) when it is given.
    async fn contracts(
        &self,
        tenant: &TenantId,
        partner: Option<&str>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Contract>, StoreError>;
}

/// One transaction of this service.
#[async_trait]
pub trait ContractTx: UnitOfWork {
    /// Inserts a contract with its refs. A concurrent insert of the same id or ref waits here until this one ends.
    async fn insert_contract(&mut self, tenant: &TenantId, contract: &Contract) -> Result<Inserted, StoreError>;
}

/// The store.
#[async_trait]
pub trait ContractStore: ContractReads {
    /// Begins a transaction.
    async fn begin(&self) -> Result<Box<dyn ContractTx>, StoreError>;
}
