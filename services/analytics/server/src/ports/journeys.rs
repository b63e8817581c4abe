//! Ports of attribution: where journeys are kept.

use analytics_domain::journey::Journey;
use async_trait::async_trait;
use tributary_core::{Currency, Date, TenantId, Timestamp};
use tributary_sql::{StoreError, UnitOfWork};
use uuid::Uuid;

/// A journey as it is counted.
#[derive(Debug, Clone, Copy)]
pub struct PathRow<'a> {
    /// The touches, in the form of [`analytics_domain::journey::path_text`].
    pub path: &'a str,
    /// How many converted.
    pub conversions: i64,
    /// How many did not.
    pub nulls: i64,
    /// Currency and value at its fact scale.
    pub value: Option<(Currency, i64)>,
}

/// A journey that was put aside; the key itself is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Key of the note; keys grow with time.
    pub id: Uuid,
    /// Id of the journey; empty when it is the id that looks like personal data.
    pub journey_id: String,
    /// The field. Example: "customer_key".
    pub field: String,
    /// What it looks like. Example: "a phone number".
    pub looks_like: String,
    /// When.
    pub create_time: Timestamp,
}

/// Reads of journeys.
#[async_trait]
pub trait JourneyReads: Send + Sync {
    /// Gives every journey to `each`, in no particular order; one moment's view. With a bound, journeys without a day do
    /// not come. `from` is the first day, `to` the first no longer wanted.
    async fn each_path(
        &self,
        tenant: &TenantId,
        from: Option<Date>,
        to: Option<Date>,
        each: &mut (dyn for<'a> FnMut(PathRow<'a>) + Send),
    ) -> Result<(), StoreError>;
    /// Notes of what was put aside, by id, after one.
    async fn set_aside(&self, tenant: &TenantId, after: Option<Uuid>, limit: u32) -> Result<Vec<SetAside>, StoreError>;
}

/// One transaction over journeys.
#[async_trait]
pub trait JourneyTx: UnitOfWork {
    /// Writes the journeys whose id is new, ids each once; returns these ids.
    async fn insert_journeys(
        &mut self,
        tenant: &TenantId,
        journeys: &[Journey],
        now: Timestamp,
    ) -> Result<Vec<String>, StoreError>;
    /// The journeys there are among `ids`.
    async fn journeys(&mut self, tenant: &TenantId, ids: &[String]) -> Result<Vec<Journey>, StoreError>;
    /// Notes what was put aside, one note per journey id that is known.
    async fn put_aside(&mut self, tenant: &TenantId, notes: &[SetAside]) -> Result<(), StoreError>;
    /// Drops the notes of journeys that are recorded now.
    async fn drop_aside(&mut self, tenant: &TenantId, ids: &[String]) -> Result<(), StoreError>;
}

/// The store of journeys.
#[async_trait]
pub trait JourneyStore: JourneyReads {
    /// Begins a transaction.
    async fn begin_journeys(&self) -> Result<Box<dyn JourneyTx>, StoreError>;
}
