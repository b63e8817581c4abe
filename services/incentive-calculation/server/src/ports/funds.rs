//! The store of funds and subsidies (IC-13).

use async_trait::async_trait;
use incentive_calculation_domain::{
    fact::ChannelClass,
    fund::{Fund, Kind, UsedOf},
    subsidy::{State, Subsidy},
};
use tributary_core::{Date, TenantId};
use tributary_sql::{StoreError, UnitOfWork};

/// Which funds are wanted, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FundQuery {
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only after this id.
    pub after: String,
    /// At most this many.
    pub limit: u32,
}

/// Which subsidies are wanted, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubsidyQuery {
    /// Only of this fund, last part of its name.
    pub fund: Option<String>,
    /// Only of this partner, last part of its name.
    pub partner: Option<String>,
    /// Only in this state.
    pub state: Option<State>,
    /// Only of this channel class.
    pub channel: Option<ChannelClass>,
    /// Only after this id.
    pub after: String,
    /// At most this many.
    pub limit: u32,
}

/// For which claim a document or invoice stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptProof {
    /// The document or invoice.
    pub key: String,
    /// The subsidy, last part of its name.
    pub subsidy: String,
    /// The number of its claim.
    pub claim: u32,
}

/// Reads of funds and subsidies.
#[async_trait]
pub trait FundReads: Send + Sync {
    /// One fund.
    async fn fund(&self, tenant: &TenantId, id: &str) -> Result<Option<Fund>, StoreError>;
    /// Funds.
    async fn funds(&self, tenant: &TenantId, query: &FundQuery) -> Result<Vec<Fund>, StoreError>;
    /// What is used of a fund.
    async fn fund_used(&self, tenant: &TenantId, fund: &str) -> Result<UsedOf, StoreError>;
    /// One subsidy.
    async fn subsidy(&self, tenant: &TenantId, id: &str) -> Result<Option<Subsidy>, StoreError>;
    /// Subsidies.
    async fn subsidies(&self, tenant: &TenantId, query: &SubsidyQuery) -> Result<Vec<Subsidy>, StoreError>;
    /// Subsidies of all tenants that lapse on a day or before.
    async fn lapsing(&self, day: Date, limit: u32) -> Result<Vec<(TenantId, String)>, StoreError>;
}

/// Writes of funds and subsidies. Whoever changes a fund or a subsidy holds the lock of the tenant's journal.
#[async_trait]
pub trait FundTx: UnitOfWork {
    /// One fund, seen by this transaction.
    async fn fund_of(&mut self, tenant: &TenantId, id: &str) -> Result<Option<Fund>, StoreError>;
    /// Creates a fund. `AlreadyExists` for a taken id.
    async fn insert_fund(&mut self, tenant: &TenantId, fund: &Fund) -> Result<(), StoreError>;
    /// Replaces a fund whose revision is `fund.revision - 1`. `Conflict` otherwise.
    async fn update_fund(&mut self, tenant: &TenantId, fund: &Fund) -> Result<(), StoreError>;
    /// What is used of a fund, seen by this transaction.
    async fn used_of_fund(&mut self, tenant: &TenantId, fund: &str) -> Result<UsedOf, StoreError>;
    /// What a partner's subsidies of a fund whose activities begin in a year have reserved or were paid.
    async fn used_by_partner(
        &mut self,
        tenant: &TenantId,
        fund: &str,
        partner: &str,
        year: i32,
    ) -> Result<i64, StoreError>;
    /// Subsidies of a fund that lapse on a day or before.
    async fn lapsing_of(&mut self, tenant: &TenantId, fund: &str, day: Date) -> Result<Vec<Subsidy>, StoreError>;
    /// One subsidy, seen by this transaction.
    async fn subsidy_of(&mut self, tenant: &TenantId, id: &str) -> Result<Option<Subsidy>, StoreError>;
    /// Creates a subsidy. `AlreadyExists` for a taken id.
    async fn insert_subsidy(&mut self, tenant: &TenantId, subsidy: &Subsidy) -> Result<(), StoreError>;
    /// Replaces a subsidy whose revision is `subsidy.revision - 1`. `Conflict` otherwise.
    async fn update_subsidy(&mut self, tenant: &TenantId, subsidy: &Subsidy) -> Result<(), StoreError>;
    /// Which of some documents and invoices stand for a claim.
    async fn proofs_of(&mut self, tenant: &TenantId, keys: &[String]) -> Result<Vec<KeptProof>, StoreError>;
    /// Keeps the documents and invoices of a claim. `AlreadyExists` when one stands for another.
    async fn keep_proofs(&mut self, tenant: &TenantId, proofs: &[KeptProof]) -> Result<(), StoreError>;
    /// Frees the documents and invoices of a claim.
    async fn free_proofs(&mut self, tenant: &TenantId, subsidy: &str, claim: u32) -> Result<(), StoreError>;
}
