//! Records what is corrected instead of adjusted: figures, rates, lines of an older system. One call is one arrival;
//! every row has a result of its own.

use async_trait::async_trait;
use incentive_calculation_domain::{
    figure::Figure,
    opening::OpeningLine,
    rate::Rate,
    revised::{Arrival, Change, Revised, Revision, revise},
};
use prost::Message as _;
use tributary_core::{Days, Fault, RequestContext, TenantId};
use tributary_proto::tributary::incentive::v1::{FiguresRecorded, OpeningLinesRecorded, RatesRecorded};
use tributary_rpc::convert::date_to_proto;
use tributary_sql::StoreError;

use super::App;
use crate::ports::IncentiveTx;

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowRecord {
    /// It stands.
    Kept {
        /// What was done.
        change: Change,
        /// Resource name.
        name: String,
        /// The revision that says so.
        revision: i64,
    },
    /// Not recorded, and why.
    Refused(Fault),
}

/// What one arrival brought.
pub(super) struct Brought {
    arrival: i64,
    recorded: i32,
    corrected: i32,
    days: Days,
}

/// How the revisions of a thing are kept and told.
#[async_trait]
pub(super) trait Kept: Revised + Send + Sync + 'static
where
    Self::Key: Send + Sync,
{
    /// Type of its event.
    const EVENT: &'static str;

    /// The revisions that hold now, of some keys.
    async fn held(
        tx: &mut dyn IncentiveTx,
        tenant: &TenantId,
        keys: &[Self::Key],
    ) -> Result<Vec<Revision<Self>>, StoreError>;

    /// Keeps revisions, oldest first.
    async fn keep(tx: &mut dyn IncentiveTx, tenant: &TenantId, revisions: &[Revision<Self>]) -> Result<(), StoreError>;

    /// Its event.
    fn event(brought: &Brought) -> Vec<u8>;
}

impl App {
    /// Records rows that were checked; those that were refused stay refused.
    pub(super) async fn record_revised<T: Kept>(
        &self,
        caller: &RequestContext,
        rows: Vec<Result<T, Fault>>,
    ) -> Result<Vec<RowRecord>, Fault>
    where
        T::Key: Send + Sync,
    {
        let sound: Vec<T> = rows.iter().flatten().cloned().collect();
        let changes = if sound.is_empty() { Vec::new() } else { self.keep_revisions(caller, sound).await? };
        let mut changes = changes.into_iter();
        let outcome = |row: Result<T, Fault>| match row {
            Err(fault) => RowRecord::Refused(fault),
            Ok(row) => match changes.next() {
                Some((change, revision)) => RowRecord::Kept { change, name: row.name(), revision },
                None => RowRecord::Refused(Fault::internal("a row was left without an outcome")),
            },
        };
        Ok(rows.into_iter().map(outcome).collect())
    }

    async fn keep_revisions<T: Kept>(&self, caller: &RequestContext, rows: Vec<T>) -> Result<Vec<(Change, i64)>, Fault>
    where
        T::Key: Send + Sync,
    {
        let mut keys: Vec<T::Key> = rows.iter().map(Revised::key).collect();
        keys.sort();
        keys.dedup();
        let now = self.clock.now();
        let tenant = &caller.tenant;
        let mut tx = self.store.begin().await?;
        // The number first: it locks the counter, so that nobody changes what is read next.
        let number = tx.next_arrival(tenant).await?;
        let held = T::held(tx.as_mut(), tenant, &keys).await?;
        let (changes, revisions) = revise(rows, held, &Arrival { number, author: caller.subject.clone(), now });
        let days = revisions.iter().map(|kept| kept.content.days());
        let Some(days) = days.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else {
            // Nothing new: dropping the transaction gives the number back.
            return Ok(changes);
        };
        T::keep(tx.as_mut(), tenant, &revisions).await?;
        let count = |wanted: Change| {
            i32::try_from(changes.iter().filter(|(change, _)| *change == wanted).count()).unwrap_or(i32::MAX)
        };
        let brought =
            Brought { arrival: number, recorded: count(Change::Recorded), corrected: count(Change::Corrected), days };
        // A subject of its own, as batches of facts have.
        let subject = format!("arrivals/{number}");
        tx.publish(self.event(tenant, T::EVENT, &subject, T::event(&brought), now)).await?;
        self.commit(tx).await?;
        Ok(changes)
    }
}

#[async_trait]
impl Kept for Figure {
    const EVENT: &'static str = "FiguresRecorded";

    async fn held(
        tx: &mut dyn IncentiveTx,
        tenant: &TenantId,
        keys: &[Self::Key],
    ) -> Result<Vec<Revision<Self>>, StoreError> {
        tx.held_figures(tenant, keys).await
    }

    async fn keep(tx: &mut dyn IncentiveTx, tenant: &TenantId, revisions: &[Revision<Self>]) -> Result<(), StoreError> {
        tx.keep_figures(tenant, revisions).await
    }

    fn event(brought: &Brought) -> Vec<u8> {
        let event = FiguresRecorded {
            arrival: brought.arrival,
            recorded_count: brought.recorded,
            corrected_count: brought.corrected,
            first_day: Some(date_to_proto(brought.days.0)),
            end_day: Some(date_to_proto(brought.days.1)),
        };
        event.encode_to_vec()
    }
}

#[async_trait]
impl Kept for Rate {
    const EVENT: &'static str = "RatesRecorded";

    async fn held(
        tx: &mut dyn IncentiveTx,
        tenant: &TenantId,
        keys: &[Self::Key],
    ) -> Result<Vec<Revision<Self>>, StoreError> {
        tx.held_rates(tenant, keys).await
    }

    async fn keep(tx: &mut dyn IncentiveTx, tenant: &TenantId, revisions: &[Revision<Self>]) -> Result<(), StoreError> {
        tx.keep_rates(tenant, revisions).await
    }

    fn event(brought: &Brought) -> Vec<u8> {
        let event = RatesRecorded {
            arrival: brought.arrival,
            recorded_count: brought.recorded,
            corrected_count: brought.corrected,
            first_day: Some(date_to_proto(brought.days.0)),
            end_day: Some(date_to_proto(brought.days.1)),
        };
        event.encode_to_vec()
    }
}

#[async_trait]
impl Kept for OpeningLine {
    const EVENT: &'static str = "OpeningLinesRecorded";

    async fn held(
        tx: &mut dyn IncentiveTx,
        tenant: &TenantId,
        keys: &[Self::Key],
    ) -> Result<Vec<Revision<Self>>, StoreError> {
        tx.held_opening_lines(tenant, keys).await
    }

    async fn keep(tx: &mut dyn IncentiveTx, tenant: &TenantId, revisions: &[Revision<Self>]) -> Result<(), StoreError> {
        tx.keep_opening_lines(tenant, revisions).await
    }

    fn event(brought: &Brought) -> Vec<u8> {
        let event = OpeningLinesRecorded {
            arrival: brought.arrival,
            recorded_count: brought.recorded,
            corrected_count: brought.corrected,
            first_day: Some(date_to_proto(brought.days.0)),
            end_day: Some(date_to_proto(brought.days.1)),
        };
        event.encode_to_vec()
    }
}
