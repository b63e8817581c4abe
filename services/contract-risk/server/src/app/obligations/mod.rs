//! The use cases of obligations: decide (domain), then save state, history, event and the request's answer in one
//! transaction.

mod change;
mod create;
mod import;
mod read;
mod record;
mod remind;
mod rows;

use std::sync::Arc;

use contract_risk_domain::{Contract, Obligation};
use serde::{Deserialize, Serialize};
use tributary_core::{Clock, Date, IdSource, Timestamp, Zone};

use crate::ports::{ContractReads, ObligationStore};

pub use change::{Change, ObligationChange};
pub use create::{CreateObligation, ScheduleObligations};
pub use read::Rates;
pub use rows::{ContractKey, ObligationImported, ObligationRowDraft};

/// What the use cases of obligations work with.
pub struct Obligations {
    /// The store.
    pub store: Arc<dyn ObligationStore>,
    /// The contracts.
    pub contracts: Arc<dyn ContractReads>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// The zone in which "today" is meant.
    pub zone: Zone,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// Wakes the outbox relay after a commit.
    pub wake: Arc<dyn Fn() + Send + Sync>,
}

/// An obligation as it is seen on a day. What is overdue depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The obligation.
    pub obligation: Obligation,
    /// The day.
    pub today: Date,
}

/// The moment of a call.
#[derive(Debug, Clone, Copy)]
struct Moment {
    now: Timestamp,
    today: Date,
}

/// A contract as it is today, whether the calendar's worker has come by or not.
fn as_of_today(mut contract: Contract, moment: Moment) -> Contract {
    while let Some((next, _)) = contract.calendar_move(moment.today, moment.now) {
        contract = next;
    }
    contract
}

impl Obligations {
    fn moment(&self) -> Moment {
        let now = self.clock.now();
        Moment { now, today: self.zone.day_of(now) }
    }
}
