//! The store of price lists and promotions (IC-19).

use async_trait::async_trait;
use incentive_calculation_domain::price::{Item, PriceList, Promotion, State};
use tributary_core::{Date, TenantId};
use tributary_sql::{StoreError, UnitOfWork};

/// A version of a list: its id and number.
pub type ListVersion = (String, i64);

/// Which versions are wanted, in the order of list and number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PriceListQuery {
    /// Only of this list.
    pub list: Option<String>,
    /// Only in this state.
    pub state: Option<State>,
    /// Only those whose bounds hold this day.
    pub day: Option<Date>,
    /// Only after this one.
    pub after: Option<ListVersion>,
    /// At most this many.
    pub limit: u32,
}

/// Which promotions are wanted, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PromotionQuery {
    /// Only in this state.
    pub state: Option<State>,
    /// Only those whose days hold this one.
    pub day: Option<Date>,
    /// Only after this id.
    pub after: String,
    /// At most this many.
    pub limit: u32,
}

/// Which items of a version are wanted, in the order of their SKUs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemQuery {
    /// The version.
    pub of: ListVersion,
    /// Only of this product line.
    pub product_line: Option<String>,
    /// Only after this SKU.
    pub after: String,
    /// At most this many.
    pub limit: u32,
}

/// Reads of price lists and promotions.
#[async_trait]
pub trait PriceReads: Send + Sync {
    /// One version.
    async fn price_list(&self, tenant: &TenantId, list: &str, version: i64) -> Result<Option<PriceList>, StoreError>;
    /// Versions.
    async fn price_lists(&self, tenant: &TenantId, query: &PriceListQuery) -> Result<Vec<PriceList>, StoreError>;
    /// Every version beyond its draft whose bounds hold a day.
    async fn price_lists_on(&self, tenant: &TenantId, day: Date) -> Result<Vec<PriceList>, StoreError>;
    /// Items of a version.
    async fn price_items(&self, tenant: &TenantId, query: &ItemQuery) -> Result<Vec<Item>, StoreError>;
    /// Items of versions by SKU, with the version that has them.
    async fn priced(
        &self,
        tenant: &TenantId,
        versions: &[ListVersion],
        skus: &[String],
    ) -> Result<Vec<(ListVersion, Item)>, StoreError>;
    /// One promotion.
    async fn promotion(&self, tenant: &TenantId, id: &str) -> Result<Option<Promotion>, StoreError>;
    /// Promotions.
    async fn promotions(&self, tenant: &TenantId, query: &PromotionQuery) -> Result<Vec<Promotion>, StoreError>;
    /// Every promotion beyond its draft that begins on `last` or before and is not over on `first`.
    async fn promotions_within(&self, tenant: &TenantId, first: Date, last: Date)
    -> Result<Vec<Promotion>, StoreError>;
}

/// Writes of price lists and promotions.
#[async_trait]
pub trait PriceTx: UnitOfWork {
    /// Approvals of price lists wait for each other, so that two that exclude each other cannot both pass.
    async fn lock_prices(&mut self, tenant: &TenantId) -> Result<(), StoreError>;
    /// Reserves the next number of a list, creating the list.
    async fn next_price_version(&mut self, tenant: &TenantId, list: &str) -> Result<i64, StoreError>;
    /// One version, seen by this transaction.
    async fn price_list_of(
        &mut self,
        tenant: &TenantId,
        list: &str,
        version: i64,
    ) -> Result<Option<PriceList>, StoreError>;
    /// Creates a version.
    async fn insert_price_list(&mut self, tenant: &TenantId, list: &PriceList) -> Result<(), StoreError>;
    /// Replaces a version whose revision is one less. `Conflict` otherwise.
    async fn update_price_list(&mut self, tenant: &TenantId, list: &PriceList) -> Result<(), StoreError>;
    /// Puts items into a version, over those with the same SKU, at most 1,000; gives how many it has then.
    async fn put_price_items(
        &mut self,
        tenant: &TenantId,
        version: &ListVersion,
        items: &[Item],
    ) -> Result<i64, StoreError>;
    /// Takes all items of a version over into one that has none; gives how many.
    async fn copy_price_items(
        &mut self,
        tenant: &TenantId,
        from: &ListVersion,
        to: &ListVersion,
    ) -> Result<i64, StoreError>;
    /// Approved versions of other lists with an item that a version has, too; beside each the first such SKU.
    async fn lists_with_items_of(
        &mut self,
        tenant: &TenantId,
        version: &ListVersion,
    ) -> Result<Vec<(PriceList, String)>, StoreError>;
    /// One promotion, seen by this transaction.
    async fn promotion_of(&mut self, tenant: &TenantId, id: &str) -> Result<Option<Promotion>, StoreError>;
    /// Creates a promotion. `AlreadyExists` for a taken id.
    async fn insert_promotion(&mut self, tenant: &TenantId, promotion: &Promotion) -> Result<(), StoreError>;
    /// Replaces a promotion whose revision is one less. `Conflict` otherwise.
    async fn update_promotion(&mut self, tenant: &TenantId, promotion: &Promotion) -> Result<(), StoreError>;
}
