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
use serde::{Deserialize, Serialize};
use tributary_core::{Days, Fault, RequestContext, TenantId, Timestamp};
use tributary_proto::{
    google::rpc::Status,
    tributary::incentive::v1::{FiguresRecorded, OpeningLinesRecorded, RatesRecorded},
};
use tributary_rpc::{convert::date_to_proto, status::to_rpc_status};
use tributary_sql::{RequestKey, StoreError};

use super::{App, recall, remember};
use crate::{DOMAIN, ports::IncentiveTx};

/// What became of a row.
#[derive(Debug, Clone, PartialEq)]
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
    /// Not recorded when the call came first, and what was answered then.
    RefusedBefore(Status),
}

/// What a repeated call is told of a row.
#[derive(Serialize, Deserialize)]
enum Remembered {
    Kept(Change, String, i64),
    /// The encoded status, hex.
    Refused(String),
}

impl From<&RowRecord> for Remembered {
    fn from(row: &RowRecord) -> Self {
        match row {
            RowRecord::Kept { change, name, revision } => Self::Kept(*change, name.clone(), *revision),
            RowRecord::Refused(fault) => Self::Refused(hex::encode(to_rpc_status(fault, DOMAIN).encode_to_vec())),
            RowRecord::RefusedBefore(status) => Self::Refused(hex::encode(status.encode_to_vec())),
        }
    }
}

impl Remembered {
    fn told(self) -> Result<RowRecord, Fault> {
        let lost = || Fault::internal("the remembered answer of a row cannot be read");
        match self {
            Self::Kept(change, name, revision) => Ok(RowRecord::Kept { change, name, revision }),
            Self::Refused(text) => {
                let bytes = hex::decode(text).map_err(|_| lost())?;
                Status::decode(bytes.as_slice()).map(RowRecord::RefusedBefore).map_err(|_| lost())
            }
        }
    }
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
    /// Records rows that were checked; those that were refused stay refused. A repeat gives the first answer, whatever holds
    /// now.
    pub(super) async fn record_revised<T: Kept>(
        &self,
        caller: &RequestContext,
        rows: Vec<Result<T, Fault>>,
        key: Option<RequestKey>,
    ) -> Result<Vec<RowRecord>, Fault>
    where
        T::Key: Send + Sync,
    {
        let sound: Vec<T> = rows.iter().flatten().cloned().collect();
        if sound.is_empty() && key.is_none() {
            return outcomes(rows, Vec::new());
        }
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall::<Vec<Remembered>>(tx.as_mut(), key.as_ref(), now).await? {
            return first.into_iter().map(Remembered::told).collect();
        }
        let changes =
            if sound.is_empty() { Vec::new() } else { self.keep_revisions(tx.as_mut(), caller, sound, now).await? };
        // Nothing new: dropping the transaction gives the number back.
        let nothing = changes.iter().all(|(change, _)| *change == Change::Duplicate);
        let outcomes = outcomes(rows, changes)?;
        if key.is_some() || !nothing {
            remember(tx.as_mut(), key.as_ref(), &outcomes.iter().map(Remembered::from).collect::<Vec<_>>()).await?;
            self.commit(tx).await?;
        }
        Ok(outcomes)
    }

    async fn keep_revisions<T: Kept>(
        &self,
        tx: &mut dyn IncentiveTx,
        caller: &RequestContext,
        rows: Vec<T>,
        now: Timestamp,
    ) -> Result<Vec<(Change, i64)>, Fault>
    where
        T::Key: Send + Sync,
    {
        let mut keys: Vec<T::Key> = rows.iter().map(Revised::key).collect();
        keys.sort();
        keys.dedup();
        let tenant = &caller.tenant;
        // The number first: it locks the counter, so that nobody changes what is read next.
        let number = tx.next_arrival(tenant).await?;
        let held = T::held(tx, tenant, &keys).await?;
        let (changes, revisions) = revise(rows, held, &Arrival { number, author: caller.subject.clone(), now });
        let days = revisions.iter().map(|kept| kept.content.days());
        let Some(days) = days.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else { return Ok(changes) };
        T::keep(tx, tenant, &revisions).await?;
        let count = |wanted: Change| {
            i32::try_from(changes.iter().filter(|(change, _)| *change == wanted).count()).unwrap_or(i32::MAX)
        };
        let brought =
            Brought { arrival: number, recorded: count(Change::Recorded), corrected: count(Change::Corrected), days };
        // A subject of its own, as batches of facts have.
        let subject = format!("arrivals/{number}");
        tx.publish(self.event(tenant, T::EVENT, &subject, T::event(&brought), now)).await?;
        Ok(changes)
    }
}

/// What became of each row, in order.
fn outcomes<T: Kept>(rows: Vec<Result<T, Fault>>, changes: Vec<(Change, i64)>) -> Result<Vec<RowRecord>, Fault>
where
    T::Key: Send + Sync,
{
    let mut changes = changes.into_iter();
    let outcome = |row: Result<T, Fault>| match row {
        Err(fault) => Ok(RowRecord::Refused(fault)),
        Ok(row) => match changes.next() {
            Some((change, revision)) => Ok(RowRecord::Kept { change, name: row.name(), revision }),
            None => Err(Fault::internal("a row was left without an outcome")),
        },
    };
    rows.into_iter().map(outcome).collect()
}

/// How the revisions of a type are held, kept and told. Their events have the same fields.
macro_rules! kept {
    ($type:ty, $event:ident, $held:ident, $keep:ident) => {
        #[async_trait]
        impl Kept for $type {
            const EVENT: &'static str = stringify!($event);

            async fn held(
                tx: &mut dyn IncentiveTx,
                tenant: &TenantId,
                keys: &[Self::Key],
            ) -> Result<Vec<Revision<Self>>, StoreError> {
                tx.$held(tenant, keys).await
            }

            async fn keep(
                tx: &mut dyn IncentiveTx,
                tenant: &TenantId,
                revisions: &[Revision<Self>],
            ) -> Result<(), StoreError> {
                tx.$keep(tenant, revisions).await
            }

            fn event(brought: &Brought) -> Vec<u8> {
                let event = $event {
                    arrival: brought.arrival,
                    recorded_count: brought.recorded,
                    corrected_count: brought.corrected,
                    first_day: Some(date_to_proto(brought.days.0)),
                    end_day: Some(date_to_proto(brought.days.1)),
                };
                event.encode_to_vec()
            }
        }
    };
}

kept!(Figure, FiguresRecorded, held_figures, keep_figures);
kept!(Rate, RatesRecorded, held_rates, keep_rates);
kept!(OpeningLine, OpeningLinesRecorded, held_opening_lines, keep_opening_lines);
