//! Sends the rows of a target that has no code of its own in batches, one after the other: a later row may change what an
//! earlier one made.

use prost_reflect::DynamicMessage;
use tokio::sync::mpsc;

use super::{Batch, Counts, Ledger, RecordClient, Settled, call::Outcome, server::row_faults};
use crate::{
    cli::Failure,
    mapping::{Mapping, RowFault, Target},
};

/// Sends all batches and settles them.
///
/// # Errors
/// When the server refuses a batch as a whole, or a file cannot be read or written.
pub async fn send_records(
    client: &mut RecordClient,
    mapping: &Mapping,
    batches: &mut mpsc::Receiver<std::io::Result<Batch>>,
    ledger: &mut Ledger,
) -> Result<(), Failure> {
    while let Some(batch) = batches.recv().await {
        let batch = batch?;
        let mut settled = Settled::default();
        if !batch.records.is_empty() {
            let rows = ledger.state.rows;
            let results = client.send(&batch.records).await.map_err(|s| Failure::interrupted(s, rows))?;
            settled = settle(client, mapping, &batch, results)?;
        }
        ledger.settle(batch, settled)?;
    }
    Ok(())
}

fn settle(
    client: &RecordClient,
    mapping: &Mapping,
    batch: &Batch,
    results: Vec<(Outcome, String)>,
) -> Result<Settled, Failure> {
    let (told, sent) = (results.len(), batch.records.len());
    if told != sent {
        let what = mapping.target().as_str();
        return Err(Failure::server(format!("the server answered for {told} of {sent} {what} of a batch")));
    }
    let mut settled = Settled::default();
    let mut last = None;
    let Counts { added, updated, unchanged, .. } = &mut settled.counts;
    for (n, ((outcome, name), record)) in results.into_iter().zip(&batch.records).enumerate() {
        let count = match outcome {
            Outcome::Added => &mut *added,
            Outcome::Updated => &mut *updated,
            Outcome::Unchanged => &mut *unchanged,
            Outcome::Refused(error) => {
                let Some(item) = batch.items.get(n) else { continue };
                let mut faults = row_faults(&error, mapping, &item.row);
                show_key(mapping, record, &mut faults);
                settled.refused.push((n, faults));
                continue;
            }
        };
        *count = count.saturating_add(1);
        last = Some((record, name));
    }
    settled.witness = last.map(|(record, name)| client.witness(record, &name));
    Ok(settled)
}

/// A key that was made of columns is shown as it was sent, unless nothing of it may be shown.
fn show_key(mapping: &Mapping, record: &DynamicMessage, faults: &mut [RowFault]) {
    let Target::Record(target) = mapping.target() else { return };
    let Some(key) = target.made_key() else { return };
    let sent = record.get_field_by_name(key);
    let sent = sent.as_ref().and_then(|value| value.as_str()).unwrap_or_default();
    for fault in faults.iter_mut().filter(|fault| fault.field == key && !fault.value.is_empty()) {
        sent.clone_into(&mut fault.value);
    }
}
