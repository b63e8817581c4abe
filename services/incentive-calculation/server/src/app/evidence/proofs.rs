//! Heads and proofs.

use incentive_calculation_domain::reasons;
use tributary_core::{Fault, RequestContext};
use tributary_evidence::{Checkpoint, Hash, consistency, inclusion};
use tributary_sql::Evidence;

use crate::app::App;

/// A signed head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHead {
    /// What it says.
    pub head: Checkpoint,
    /// The signed text.
    pub checkpoint: String,
    /// The key that verifies it, as text.
    pub key: String,
}

impl App {
    /// The head of the log as it is now.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn signed_head(&self, caller: &RequestContext) -> Result<SignedHead, Fault> {
        let end = self.store.evidence_frontier(&caller.tenant).await?;
        let head = Checkpoint { origin: self.evidence.origin(&caller.tenant), size: end.size(), root: end.root() };
        let checkpoint = head.sign(&self.evidence.signer).map_err(|why| Fault::internal(why.to_string()))?;
        Ok(SignedHead { head, checkpoint, key: self.evidence.key(&caller.tenant).to_string() })
    }

    /// The hash of an entry and its path in the log of a size; 0: as it is now. Gives the size, too.
    ///
    /// # Errors
    /// `EVIDENCE_NOT_FOUND`.
    pub async fn prove_inclusion(
        &self,
        caller: &RequestContext,
        position: u64,
        size: u64,
    ) -> Result<(u64, Hash, Vec<Hash>), Fault> {
        let size = self.reached(caller, size).await?;
        let ranges = inclusion(position, size).ok_or_else(|| {
            not_found(format!("a log of {size} entries has no entry {position}; places count from 0"))
        })?;
        // The entry itself is the range before all others.
        let own = vec![(position, position.saturating_add(1))];
        let mut paths = self.paths(&caller.tenant, &[own, ranges]).await?.into_iter();
        let entry = paths.next().and_then(|own| own.first().copied());
        let path = paths.next();
        let (entry, path) = entry.zip(path).ok_or_else(|| Fault::internal("a proof has no entry"))?;
        Ok((size, entry, path))
    }

    /// That the log of a size begins with that of an earlier one; a later size of 0: as it is now. Gives the later size, too.
    ///
    /// # Errors
    /// `INVALID_REQUEST`, `EVIDENCE_NOT_FOUND`.
    pub async fn prove_consistency(
        &self,
        caller: &RequestContext,
        from: u64,
        to: u64,
    ) -> Result<(u64, Vec<Hash>), Fault> {
        let to = self.reached(caller, to).await?;
        self.reached(caller, from).await?;
        if from > to {
            return Err(Fault::invalid_field(
                "from_size",
                format!("{from} is above {to}; give the earlier size first"),
            ));
        }
        let ranges = consistency(from, to)
            .ok_or_else(|| Fault::invalid_field("from_size", "is 0; every log begins with the empty one"))?;
        let path = self.paths(&caller.tenant, &[ranges]).await?.into_iter().next();
        Ok((to, path.unwrap_or_default()))
    }

    /// Entries of the log in their order, from a position on.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn evidence_entries(
        &self,
        caller: &RequestContext,
        from: i64,
        limit: u32,
    ) -> Result<Vec<Evidence>, Fault> {
        Ok(self.store.evidence(&caller.tenant, from, limit).await?)
    }

    /// A size that the log has reached; 0: the one it has.
    async fn reached(&self, caller: &RequestContext, size: u64) -> Result<u64, Fault> {
        let now = self.store.evidence_frontier(&caller.tenant).await?.size();
        match size {
            0 => Ok(now),
            asked if asked <= now => Ok(asked),
            asked => Err(not_found(format!("the log has {now} entries, not {asked} yet"))),
        }
    }
}

fn not_found(message: String) -> Fault {
    Fault::new(reasons::EVIDENCE_NOT_FOUND, message)
}
