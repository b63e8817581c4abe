//! Idempotent intake of rows (AN-01): journeys, touchpoints, costs. One call is one transaction; every row has a result of
//! its own. What looks like personal data gets no further than this: a note is kept, the row is not.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use analytics_domain::ingest::{Row, RowKey, RowType, personal_data};
use tributary_core::{Clock, Fault, IdSource, RequestContext, TenantId, Timestamp, Violations, pseudonym::Personal};
use uuid::Uuid;

use crate::ports::{
    ingest::{IngestStore, IngestTx, Rows, SetAside},
    versions::Data,
};

/// What the use cases of the intake work with.
pub struct Ingest {
    /// The store.
    pub store: Arc<dyn IngestStore>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Ids of notes, and of the states that data go through.
    pub ids: Arc<dyn IdSource>,
}

/// One row as the caller states it.
#[derive(Debug, Clone)]
pub struct Stated<R> {
    /// Its key.
    pub key: RowKey,
    /// The field that looks like personal data, if there is one, and what it looks like.
    pub personal: Option<(&'static str, Personal)>,
    /// The row, or what is wrong with it.
    pub row: Result<R, Violations>,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOutcome {
    /// Recorded now.
    Recorded,
    /// Was recorded before with the same content.
    Duplicate,
    /// Not recorded, and why.
    Refused(Fault),
    /// Not recorded: personal data.
    SetAside(Fault),
}

/// A row with its place in the call.
struct Placed<R> {
    index: usize,
    key: RowKey,
    row: R,
}

impl Ingest {
    /// Records rows in one transaction.
    ///
    /// # Errors
    /// Only what concerns the whole call: `STORE_UNAVAILABLE`. The call can be repeated.
    pub async fn record<R: Row + Send + Sync>(
        &self,
        caller: &RequestContext,
        rows: Vec<Stated<R>>,
    ) -> Result<Vec<RowOutcome>, Fault>
    where
        dyn IngestTx: Rows<R>,
    {
        let now = self.clock.now();
        let mut outcomes: Vec<Option<RowOutcome>> = Vec::with_capacity(rows.len());
        let (mut notes, mut taken) = (Vec::new(), Vec::with_capacity(rows.len()));
        for (index, Stated { key, personal, row }) in rows.into_iter().enumerate() {
            outcomes.push(match (personal, row) {
                (Some((field, what)), _) => {
                    notes.push(SetAside {
                        id: self.ids.uuid(),
                        row_type: R::TYPE,
                        key: key.noted(),
                        field: field.to_owned(),
                        looks_like: what.shown().to_owned(),
                        create_time: now,
                    });
                    Some(RowOutcome::SetAside(personal_data(field, what)))
                }
                (None, Err(violations)) => Some(RowOutcome::Refused(Fault::invalid(violations))),
                (None, Ok(row)) => {
                    taken.push(Placed { index, key, row });
                    None
                }
            });
        }
        if !taken.is_empty() || !notes.is_empty() {
            let mut tx = self.store.begin_ingest().await?;
            let decided = write(tx.as_mut(), &caller.tenant, taken, &notes, now).await?;
            if decided.iter().any(|(_, outcome)| *outcome == RowOutcome::Recorded) {
                tx.moved(&caller.tenant, data(R::TYPE), self.ids.uuid()).await?;
            }
            tx.commit().await?;
            for (index, outcome) in decided {
                if let Some(slot) = outcomes.get_mut(index) {
                    *slot = Some(outcome);
                }
            }
        }
        let missing = || RowOutcome::Refused(Fault::internal("a row was left without an outcome"));
        Ok(outcomes.into_iter().map(|o| o.unwrap_or_else(missing)).collect())
    }

    /// Notes of what was put aside.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn set_aside(
        &self,
        caller: &RequestContext,
        of: Option<RowType>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<SetAside>, Fault> {
        Ok(self.store.set_aside(&caller.tenant, of, after, limit).await?)
    }
}

/// What rows of a type belong to.
fn data(rows: RowType) -> Data {
    match rows {
        RowType::Journey => Data::Journeys,
        RowType::Touchpoint => Data::Touchpoints,
        RowType::Cost => Data::Costs,
    }
}

/// Writes what is new, decides what is a repeat, and keeps the notes up to date.
async fn write<R: Row + Send + Sync, T: IngestTx + Rows<R> + ?Sized>(
    tx: &mut T,
    tenant: &TenantId,
    taken: Vec<Placed<R>>,
    notes: &[SetAside],
    now: Timestamp,
) -> Result<Vec<(usize, RowOutcome)>, Fault> {
    // Within one call the first row of a key counts; a later one repeats what is kept in the end, or differs from it.
    let mut keys = HashSet::with_capacity(taken.len());
    let (mut firsts, mut repeats): (Vec<_>, Vec<_>) = taken.into_iter().partition(|p| keys.insert(p.key.clone()));
    let rows: Vec<R> = firsts.iter().map(|first| first.row.clone()).collect();
    let new: HashSet<RowKey> = tx.insert(tenant, &rows, now).await?.into_iter().collect();
    let recorded: Vec<Placed<R>> = firsts.extract_if(.., |first| new.contains(&first.key)).collect();
    let old: Vec<RowKey> = firsts.iter().map(|first| first.key.clone()).collect();
    let known: Vec<R> = tx.kept(tenant, &old).await?;
    let mut kept: HashMap<RowKey, R> = known.into_iter().map(|row| (row.key(), row)).collect();

    let mut decided = Vec::with_capacity(keys.len().saturating_add(repeats.len()));
    for Placed { index, key, row } in recorded {
        decided.push((index, RowOutcome::Recorded));
        kept.insert(key, row);
    }
    repeats.append(&mut firsts);
    for Placed { index, key, row } in repeats {
        let outcome = match kept.get(&key).map(|known| row.differs(known)) {
            Some(None) => RowOutcome::Duplicate,
            Some(Some(differs)) => RowOutcome::Refused(differs),
            None => RowOutcome::Refused(Fault::internal("a row is neither new nor there")),
        };
        decided.push((index, outcome));
    }
    if !notes.is_empty() {
        tx.put_aside(tenant, notes).await?;
    }
    let new: Vec<RowKey> = new.into_iter().collect();
    tx.drop_aside(tenant, R::TYPE, &new).await?;
    Ok(decided)
}
