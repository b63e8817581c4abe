//! The use cases of contracts: decide (domain), then save state, history, events and the request's answer in one
//! transaction.

mod calendar;
mod changes;
mod command;
mod create;
mod import;
mod keys;
mod read;
mod renew;
mod update;
mod verbs;

use std::sync::Arc;

use tributary_core::{Clock, Date, IdSource, Zone};

use crate::ports::ContractStore;

pub use create::CreateContract;
pub use import::{ContractImported, ContractRow, ContractRowDraft};
pub use read::Compared;
pub use renew::RenewContract;
pub use update::UpdateContract;
pub use verbs::{ContractAct, ContractChange};

/// What the use cases of contracts work with.
pub struct Contracts {
    /// The store.
    pub store: Arc<dyn ContractStore>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// The zone in which "today" is meant.
    pub zone: Zone,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// Wakes the outbox relay after a commit.
    pub wake: Arc<dyn Fn() + Send + Sync>,
}

impl Contracts {
    /// Today.
    #[must_use]
    pub fn today(&self) -> Date {
        self.zone.day_of(self.clock.now())
    }
}
