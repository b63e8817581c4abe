//! Sends partners in batches, one after the other: a later row may change what an earlier one made.

use prost::Message as _;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tributary_proto::tributary::partner::v1::{BatchUpsertPartnersRequest, PartnerUpsert, UpsertOutcome};

use super::{Batch, Counts, Ledger, Settled, server::row_faults};
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
        let mut settled = Settled { counts, refused, witness: None };
        let last = settled.last_taken(&batch.partners).and_then(|upsert| upsert.partner.as_ref());
        let key = last.and_then(|partner| partner.external_refs.first());
        settled.witness = key.map(|r| (r.system.clone(), r.id.clone()));
        ledger.settle(batch, settled)?;
    }
    Ok(())
}

/// The key by which the service finds a partner again.
pub(super) fn key(partner: &PartnerUpsert) -> String {
    let first = partner.partner.as_ref().and_then(|p| p.external_refs.first());
    first.map(|r| format!("{}:{}", r.system, r.id)).unwrap_or_default()
}

/// Digest of what would be sent, with the labels in order.
pub(super) fn digest(partner: &PartnerUpsert) -> [u8; 32] {
    let mut plain = partner.clone();
    let labels = plain.partner.as_mut().map(|p| std::mem::take(&mut p.labels)).unwrap_or_default();
    let mut labels: Vec<_> = labels.into_iter().collect();
    labels.sort();
    let mut hash = Sha256::new();
    hash.update(plain.encode_to_vec());
    for (key, value) in labels {
        hash.update(format!("{}:{key}={}:{value};", key.len(), value.len()));
    }
    hash.finalize().into()
}
