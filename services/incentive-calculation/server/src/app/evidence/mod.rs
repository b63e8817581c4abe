//! The evidence log (IC-28): what is entered into it, its signed heads and proofs, and the bundles that partners take away.
//! Entries are added in the transaction of what they attest, as its last step.

mod export;
mod postings;
mod proofs;
mod statements;

use std::sync::Arc;

use tributary_core::{Fault, TenantId};
use tributary_evidence::{Hash, LogKey, LogSigner, NodeId, Range, nodes, path};
use tributary_sql::NewEvidence;

use super::App;
use crate::ports::IncentiveStore;
pub use proofs::SignedHead;
pub(super) use statements::Attested;

/// The name and the key of the log.
#[derive(Debug, Clone)]
pub struct EvidenceLog {
    /// What the origins of the logs begin with; the area and the tenant follow.
    pub name: String,
    /// Signs heads.
    pub signer: Arc<LogSigner>,
}

impl EvidenceLog {
    /// The origin of a tenant's log. Example: "tributary/incentive/default".
    #[must_use]
    pub fn origin(&self, tenant: &TenantId) -> String {
        format!("{}/{}/{tenant}", self.name, crate::AREA)
    }

    /// The key that verifies the heads of a tenant's log.
    #[must_use]
    pub fn key(&self, tenant: &TenantId) -> LogKey {
        self.signer.key(&self.origin(tenant))
    }
}

/// Sees to it that heads are signed by the name and the key by which they always were: a key that was lost and made anew on
/// a fresh disk must not go unnoticed.
///
/// # Errors
/// `INVALID_REQUEST` when the key is another one and `change` does not say that this is meant.
pub async fn keep_key(store: &dyn IncentiveStore, log: &EvidenceLog, change: bool) -> Result<(), Fault> {
    let own = log.signer.key(&log.name).to_string();
    let mut tx = store.begin().await?;
    let known = tx.known_log_key(&own).await?;
    if known != own {
        if !change {
            let remedy = "bring the key back, or set evidence.change_key and give partners the new one";
            let why = format!("is {own}, but heads of this store are signed by {known}; {remedy}");
            return Err(Fault::invalid_field("evidence", why));
        }
        tx.change_log_key(&own).await?;
    }
    Ok(tx.commit().await?)
}

/// An entry about a subject.
pub(super) fn entry(subject: impl Into<String>, content: String) -> NewEvidence {
    NewEvidence { subject: subject.into(), content }
}

impl App {
    /// The hashes of several lists of ranges, in one read.
    async fn paths(&self, tenant: &TenantId, wanted: &[Vec<Range>]) -> Result<Vec<Vec<Hash>>, Fault> {
        let mut ids: Vec<NodeId> = wanted.iter().flat_map(|ranges| nodes(ranges)).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut known = self.store.evidence_nodes(tenant, &ids).await?;
        known.sort_unstable();
        let get = |id: NodeId| {
            let at = known.binary_search_by_key(&id, |(known, _)| *known).ok()?;
            known.get(at).map(|(_, hash)| *hash)
        };
        let missing = || Fault::internal("the evidence log has lost a node");
        wanted.iter().map(|ranges| path(ranges, get).ok_or_else(missing)).collect()
    }
}
