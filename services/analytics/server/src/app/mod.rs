//! The use cases: add a batch of facts to the sums, answer a query over them; record journeys, attribute conversions.

mod add_batch;
pub mod attribute;
pub mod journeys;
mod query_sales;

use std::sync::Arc;

use tributary_core::Clock;

use crate::ports::{FactSource, SalesStore};

pub use add_batch::{CONSUMER, EVENT_TYPES, FactEvents};
pub use query_sales::SalesPage;

/// What every use case of this service works with.
pub struct App {
    /// The store.
    pub store: Arc<dyn SalesStore>,
    /// Where the facts of a batch come from.
    pub facts: Arc<dyn FactSource>,
    /// The present.
    pub clock: Arc<dyn Clock>,
}
