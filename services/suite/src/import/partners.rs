//! Sends partners in batches, one after the other: a later row may change what an earlier one made.

use tokio::sync::mpsc;
use tributary_proto::tributary::partner::v1::{BatchUpsertPartnersRequest, UpsertOutcome};

use super::{Batch, Counts, Ledger, server::row_faults};
use crate::{
    cli::{Failure, PartnerClient},
    mapping::Mapping,
};

/// Sends all batches and settles them.
///
/// # Errors
/// When the server refuses a batch as a whole, or a file cannot be read or written.
pub async fn send_partners(
    client: &mut PartnerClient,
    mapping: &Mapping,
    batches: &mut mpsc::Receiver<std::io::Result<Batch>>,
    ledger: &mut Ledger,
) -> Result<(), Failure> {
    while let Some(batch) = batches.recv().await {
        let batch = batch?;
        let mut counts = Counts::default();
        let mut refused = Vec::new();
        if !batch.partners.is_empty() {
            let request = BatchUpsertPartnersRequest { items: batch.partners.clone() };
            let rows = ledger.state.rows;
            let answer = client.batch_upsert_partners(request).await.map_err(|s| Failure::interrupted(s, rows))?;
            let results = answer.into_inner().results;
            if results.len() != batch.items.len() {
                let told = results.len();
                return Err(Failure::server(format!(
                    "the server answered for {told} of {} partners",
                    batch.items.len()
                )));
            }
            for (n, (result, item)) in results.iter().zip(&batch.items).enumerate() {
                match result.outcome() {
                    UpsertOutcome::Created => counts.added = counts.added.saturating_add(1),
                    UpsertOutcome::Updated => counts.updated = counts.updated.saturating_add(1),
                    UpsertOutcome::Unchanged => counts.unchanged = counts.unchanged.saturating_add(1),
                    UpsertOutcome::Refused | UpsertOutcome::Unspecified => {
                        let error = result.error.clone().unwrap_or_default();
                        refused.push((n, row_faults(&error, mapping, &item.row)));
                    }
                }
            }
        }
        ledger.settle(batch, counts, refused)?;
    }
    Ok(())
}
