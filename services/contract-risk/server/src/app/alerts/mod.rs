//! Early warning: rules, evaluations, alerts, progress of commitments.

mod act;
mod evaluate;
mod events;
mod list;
mod progress;
mod rules;
mod standard;
mod try_rule;
mod view;

use std::sync::Arc;

use contract_risk_domain::alert::{Alert, AlertState};
use prost::Message as _;
use tokio::sync::Notify;
use tributary_core::{Clock, Date, Fault, IdSource, NewEvent, TenantId, Timestamp, Zone};
use tributary_proto::tributary::contract::v1::AlertChanged;
use tributary_sql::ArrivalStore;

use crate::{
    convert::{alert_state_to_proto, alert_to_proto},
    ports::{AlertStore, AlertTx, ContractReads, CopyReads, ObligationReads},
};

pub use act::ActOnAlert;
pub use evaluate::Evaluated;
pub use events::{CONSUMER, ChangeEvents, EVENT_TYPES};
pub use progress::{CommitmentProgress, ProgressKey, ProgressPage, ProgressQuery};
pub use rules::CreateRuleVersion;
pub use standard::StandardRules;
pub use try_rule::Tried;

/// What the use cases of early warning work with.
pub struct Alerts {
    /// Alerts, rules, turns.
    pub store: Arc<dyn AlertStore>,
    /// Contracts.
    pub contracts: Arc<dyn ContractReads>,
    /// Obligations.
    pub obligations: Arc<dyn ObligationReads>,
    /// The copies of sales and documents.
    pub copies: Arc<dyn CopyReads>,
    /// Which batches of facts are in.
    pub arrivals: Arc<dyn ArrivalStore>,
    /// The rules that ship.
    pub standard: StandardRules,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdSource>,
    /// Where "today" is meant.
    pub zone: Zone,
    /// Wakes the outbox relay after a commit.
    pub wake: Arc<dyn Fn() + Send + Sync>,
    /// Says that partners may be due, so that they are evaluated at once.
    pub due: Arc<Notify>,
}

impl Alerts {
    /// The day it is now.
    fn today(&self) -> Date {
        self.zone.day_of(self.clock.now())
    }

    /// Publishes what became of an alert, in the transaction of the change.
    async fn announce(
        &self,
        tx: &mut dyn AlertTx,
        tenant: &TenantId,
        alert: &Alert,
        from: Option<AlertState>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let from_state = from.map(alert_state_to_proto).unwrap_or_default();
        let changed = AlertChanged { alert: Some(alert_to_proto(alert)), from_state };
        tx.publish(NewEvent {
            id: self.ids.uuid(),
            tenant: tenant.clone(),
            event_type: "tributary.contract.v1.AlertChanged".to_owned(),
            subject: alert.name(),
            time: now,
            data: changed.encode_to_vec(),
        })
        .await?;
        Ok(())
    }
}
