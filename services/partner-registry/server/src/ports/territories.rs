//! What the use cases of territories need from a store.

use async_trait::async_trait;
use partner_registry_domain::territory::{Rect, Region, RegionLevel, Right};
use tributary_core::{Date, ResourceId, TenantId, Timestamp};
use tributary_sql::StoreError;

/// A page of regions in the order of their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RegionQuery {
    /// Only those directly below this one.
    pub parent: Option<ResourceId>,
    /// Only of this level.
    pub level: Option<RegionLevel>,
    /// Only ids after this one.
    pub after: Option<ResourceId>,
    /// At most this many.
    pub limit: u32,
}

/// Which territories are looked for, in one way or another. Nothing set: none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Regions of exactly these paths. At most a few hundred.
    pub at: Vec<String>,
    /// Regions of these paths and below, and circles whose point is said to lie there. At most a hundred.
    pub below: Vec<String>,
    /// At least the circles whose boxes meet one of these.
    pub circles: Vec<Rect>,
    /// Every circle.
    pub all_circles: bool,
    /// Everything that is no circle.
    pub all_regions: bool,
}

/// Which rights.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RightQuery {
    /// Of this partner.
    pub partner: Option<ResourceId>,
    /// Not of this partner.
    pub not_partner: Option<ResourceId>,
    /// To one of these product lines, or to all; empty: to any.
    pub product_lines: Vec<String>,
    /// In force on one of the days from the first on, before the second (`None`: without end).
    pub days: Option<(Date, Option<Date>)>,
    /// Only exclusive ones.
    pub exclusive: bool,
    /// Only of these territories; `None`: of all.
    pub reach: Option<Reach>,
    /// As known at this moment; `None`: now.
    pub known_at: Option<Timestamp>,
    /// Of this id only.
    pub id: Option<ResourceId>,
    /// Only ids after this one.
    pub after: Option<ResourceId>,
    /// At most this many; `None`: every one.
    pub limit: Option<u32>,
}

/// What decides conflicts, read from a store or within a transaction.
#[async_trait]
pub trait TerritorySource: Send {
    /// Regions by id; those that are not there are left out. Ids in order give regions in order.
    async fn regions(&mut self, tenant: &TenantId, ids: &[ResourceId]) -> Result<Vec<Region>, StoreError>;

    /// Regions by path; those that are not there are left out.
    async fn regions_at(&mut self, tenant: &TenantId, paths: &[String]) -> Result<Vec<Region>, StoreError>;

    /// Rights in the order of their ids.
    async fn rights(&mut self, tenant: &TenantId, query: &RightQuery) -> Result<Vec<Right>, StoreError>;
}

/// Reads outside a transaction.
#[async_trait]
pub trait TerritoryReads: Send + Sync {
    /// What decides conflicts, as it is now.
    fn territories(&self) -> Box<dyn TerritorySource>;

    /// A page of regions.
    async fn list_regions(&self, tenant: &TenantId, query: &RegionQuery) -> Result<Vec<Region>, StoreError>;
}

/// The part of a transaction that is about territories.
#[async_trait]
pub trait TerritoryTx: TerritorySource {
    /// The record time of what the transaction does. All who change regions or rights of the tenant wait here until the
    /// transaction ends. The time is `now`, or just after the last one given when the clock stands still or goes back.
    async fn next_territory(&mut self, tenant: &TenantId, now: Timestamp) -> Result<Timestamp, StoreError>;

    /// Writes regions, each at most once, parents before what lies in them. A city takes over the counties that stood
    /// under its province because it was not there.
    async fn write_regions(&mut self, tenant: &TenantId, regions: &[Region]) -> Result<(), StoreError>;

    /// Writes a right: all of revision 1, only the new end of any later one.
    ///
    /// # Errors
    /// `AlreadyExists` when the id or the revision is taken.
    async fn write_right(&mut self, tenant: &TenantId, right: &Right) -> Result<(), StoreError>;
}
