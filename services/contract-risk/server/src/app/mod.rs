//! The use cases: decide (domain), then save state, event and the request's answer in one transaction.

mod contracts;
mod create;

use std::sync::Arc;

use tributary_core::{Clock, IdSource};

use crate::ports::ContractStore;

pub use create::CreateContract;

/// What every use case of this service works with.
pub struct App {
    /// The store.
    pub store: Arc<dyn ContractStore>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// Wakes the outbox relay after a commit.
    pub wake: Arc<dyn Fn() + Send + Sync>,
}
