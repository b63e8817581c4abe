//! Ports of attribution: journeys, and the touchpoints from which they are stitched.

use async_trait::async_trait;
use tributary_core::{Date, FactAmount, TenantId, Timestamp};
use tributary_sql::StoreError;

/// A journey as it is counted.
#[derive(Debug, Clone, Copy)]
pub struct PathRow<'a> {
    /// The touches, in the form of [`analytics_domain::journey::path_text`].
    pub path: &'a str,
    /// How many converted.
    pub conversions: i64,
    /// How many did not.
    pub nulls: i64,
    /// Value of the conversions.
    pub value: Option<FactAmount>,
}

/// A touchpoint of a customer as it is stitched.
#[derive(Debug, Clone, Copy)]
pub struct TouchRow<'a> {
    /// The customer.
    pub customer: &'a str,
    /// When.
    pub at: Timestamp,
    /// The day.
    pub on: Date,
    /// Whether it is a conversion.
    pub converted: bool,
    /// The channel.
    pub channel: &'a str,
    /// The partner, empty when it is not known.
    pub partner: &'a str,
    /// Value of a conversion.
    pub value: Option<FactAmount>,
}

/// Reads of journeys. `from` is the first day, `to` the first no longer wanted.
#[async_trait]
pub trait JourneyReads: Send + Sync {
    /// Gives every journey to `each`, in no particular order; one moment's view. With a bound, journeys without a day do
    /// not come.
    async fn each_path(
        &self,
        tenant: &TenantId,
        from: Option<Date>,
        to: Option<Date>,
        each: &mut (dyn for<'a> FnMut(PathRow<'a>) + Send),
    ) -> Result<(), StoreError>;
    /// Gives every touchpoint of known customers to `each`, by customer, instant, kind and source key; one moment's view.
    async fn each_touchpoint(
        &self,
        tenant: &TenantId,
        from: Option<Date>,
        to: Option<Date>,
        each: &mut (dyn for<'a> FnMut(TouchRow<'a>) + Send),
    ) -> Result<(), StoreError>;
    /// The instant of the newest touchpoint of all, of known customers or not.
    async fn newest_touchpoint(&self, tenant: &TenantId) -> Result<Option<Timestamp>, StoreError>;
}
