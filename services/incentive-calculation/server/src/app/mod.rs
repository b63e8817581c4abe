//! The use cases: load, decide (domain), save state, events and the request's answer in one transaction.

pub mod accruals;
pub mod calculate;
pub mod calendars;
mod changes;
pub mod closing;
pub mod compare;
pub mod deposits;
pub mod evidence;
pub mod explain;
pub mod figures;
pub mod funds;
mod ground;
pub mod ledger;
pub mod operations;
pub mod parallel_run;
pub mod partner_copy;
pub mod plans;
pub mod position;
pub mod prices;
pub mod programmes;
pub mod read_facts;
pub mod record_facts;
pub mod record_revised;
pub mod reproduce;
mod run_inputs;
pub mod run_worker;
pub mod sealing;
pub mod settlements;
pub mod simulations;
pub mod statements;
pub mod subsidies;
mod true_ups;

use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};
use tributary_core::{Clock, Fault, IdSource, NewEvent, Period, TenantId, Timestamp, Zone};
use tributary_sql::{OperationStore, RequestKey};

use crate::ports::{IncentiveStore, IncentiveTx, Registry};

/// What every use case of this service works with.
pub struct App {
    /// The store.
    pub store: Arc<dyn IncentiveStore>,
    /// Operations of the same store.
    pub operations: Arc<dyn OperationStore>,
    /// The registry, for partners the own copy misses.
    pub registry: Arc<dyn Registry>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// The zone that turns instants into days.
    pub zone: Zone,
    /// Where single transactions of the ledger wait for its journal.
    pub desk: ledger::Desk,
    /// The evidence log.
    pub evidence: evidence::EvidenceLog,
    /// Tasks that add facts up at once, at least 1.
    pub workers: usize,
    /// Wakes the workers after a commit: the outbox relay and the operation runner.
    pub wake: Arc<dyn Fn() + Send + Sync>,
}

impl App {
    fn event(&self, tenant: &TenantId, event_type: &str, subject: &str, data: Vec<u8>, now: Timestamp) -> NewEvent {
        NewEvent {
            id: self.ids.uuid(),
            tenant: tenant.clone(),
            event_type: format!("tributary.incentive.v1.{event_type}"),
            subject: subject.to_owned(),
            time: now,
            data,
        }
    }

    /// The month under way, in the programme's zone.
    #[must_use]
    pub fn this_month(&self) -> Period {
        Period::month_of(self.zone.day_of(self.clock.now()))
    }

    /// The first answer to a repeated request, looked for before anybody else is asked for anything: a repeat is answered
    /// while they are away. Whoever goes on recalls once more in the transaction of the effect.
    async fn answered<T: DeserializeOwned>(
        &self,
        key: Option<&RequestKey>,
        now: Timestamp,
    ) -> Result<Option<T>, Fault> {
        match key {
            Some(key) => tributary_sql::recall_answer(self.store.recalled(key, now).await?),
            None => Ok(None),
        }
    }

    async fn commit(&self, tx: Box<dyn IncentiveTx>) -> Result<(), Fault> {
        tx.commit().await?;
        (self.wake)();
        Ok(())
    }
}

/// The first answer to a repeated request, `None` for a new one.
async fn recall<T: DeserializeOwned>(
    tx: &mut dyn IncentiveTx,
    key: Option<&RequestKey>,
    now: Timestamp,
) -> Result<Option<T>, Fault> {
    match key {
        Some(key) => tributary_sql::recall_answer(tx.recall(key, now).await?),
        None => Ok(None),
    }
}

/// Keeps the answer for repeats, in the transaction of the effect.
async fn remember<T: Serialize + Sync>(
    tx: &mut dyn IncentiveTx,
    key: Option<&RequestKey>,
    answer: &T,
) -> Result<(), Fault> {
    if let Some(key) = key {
        tx.remember(key, &tributary_sql::answer(answer)?).await?;
    }
    Ok(())
}
