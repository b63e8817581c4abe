//! Arrivals: what of a numbered stream of another service is in. The numbers count from 1 without gaps and may come in
//! any order and more than once; how far a consumer has come is the end of the run that begins with 1.

use async_trait::async_trait;
use tributary_core::TenantId;

use crate::StoreError;

/// Reads how far streams are in; [`UnitOfWork::arrived`](crate::UnitOfWork::arrived) writes it.
#[async_trait]
pub trait ArrivalStore: Send + Sync {
    /// The largest n so that the numbers 1 to n are all in; 0 when the first is not.
    ///
    /// # Errors
    /// Those of the store.
    async fn through(&self, tenant: &TenantId, stream: &str) -> Result<i64, StoreError>;
}
