//! Rows into the segment that is there.

use incentive_calculation_domain::engine::{Fields, MeasuredFact};
use tributary_sql::StoreError;

use super::{Columns, encode};
use crate::ports::{StoredFact, segments::StoredSegment};

/// The segment of a partner and month with rows that came later, up to a batch; facts that are in it already stay as they
/// are. `None`: all of them were.
///
/// # Errors
/// When the segment that is there cannot be read, or a row is of another month.
pub fn merge(
    (partner, month): &(String, i64),
    before: Option<&StoredSegment>,
    rows: &[StoredFact],
    through_batch: i64,
) -> Result<Option<StoredSegment>, StoreError> {
    let corrupt = || unreadable(partner, *month);
    let reached = before.map_or(0, |segment| segment.through_batch);
    let new = rows.iter().filter(|row| row.batch > reached);
    let mut facts: Vec<(MeasuredFact<'_>, i64)> = new.map(|row| (row.measured(0), row.batch)).collect();
    if facts.is_empty() {
        return Ok(None);
    }
    let columns = before.map(|segment| decoded(segment, Fields::ALL, true)).transpose()?;
    if let Some(columns) = &columns {
        for row in 0..columns.len() {
            facts.push(columns.fact(row, 0).zip(columns.batch(row)).ok_or_else(corrupt)?);
        }
    }
    facts.sort_unstable_by_key(|(fact, _)| (fact.source_system, fact.source_id));
    Ok(Some(StoredSegment {
        partner_id: partner.clone(),
        month: *month,
        through_batch,
        facts: i64::try_from(facts.len()).unwrap_or(i64::MAX),
        encoded: encode(*month, &facts).ok_or_else(corrupt)?,
    }))
}

/// A segment as it was read.
///
/// # Errors
/// When these are not the bytes of a segment.
pub fn decoded(segment: &StoredSegment, fields: Fields, batches: bool) -> Result<Columns<'_>, StoreError> {
    let StoredSegment { partner_id, month, facts, encoded, .. } = segment;
    Columns::decode(*month, &encoded.core, &encoded.rest, fields, batches)
        .filter(|columns| i64::try_from(columns.len()) == Ok(*facts))
        .ok_or_else(|| unreadable(partner_id, *month))
}

fn unreadable(partner: &str, month: i64) -> StoreError {
    StoreError::Corrupt(format!(
        "fact_segments of {partner}, month {month}; with the service stopped delete all rows of fact_segments and fact_seals, \
         which are then made anew from facts"
    ))
}
