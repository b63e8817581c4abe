//! Reads of facts: one, a list, the facts of batches for the other services.

use incentive_calculation_domain::reasons;
use tributary_core::{Fault, RequestContext};

use super::App;
use crate::ports::{FactKey, FactQuery, StoredFact};

/// Facts per read of a batch.
const BATCH_PAGE: u32 = 1_000;

impl App {
    /// One fact.
    ///
    /// # Errors
    /// `FACT_NOT_FOUND`.
    pub async fn fact(&self, caller: &RequestContext, key: &FactKey) -> Result<StoredFact, Fault> {
        self.store.fact(&caller.tenant, key).await?.ok_or_else(|| {
            Fault::new(
                reasons::FACT_NOT_FOUND,
                format!("source_id {:?} of source_system {:?} is not known", key.source_id, key.source_system),
            )
        })
    }

    /// Facts in key order.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn facts(&self, caller: &RequestContext, query: &FactQuery) -> Result<Vec<StoredFact>, Fault> {
        Ok(self.store.facts(&caller.tenant, query).await?)
    }

    /// The next page of one batch, after a key; empty at its end.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn batch_page(
        &self,
        caller: &RequestContext,
        batch: i64,
        after: Option<&FactKey>,
    ) -> Result<Vec<StoredFact>, Fault> {
        Ok(self.store.batch_facts(&caller.tenant, batch, after, BATCH_PAGE).await?)
    }
}
