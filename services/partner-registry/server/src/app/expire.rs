//! Expires what belongs to partners when its time is over. Any number of replicas may do it at once: each thing is read again
//! under the lock of its partner, so that only the first one finds it due.

use partner_registry_domain::OwnName;
use tributary_core::{Fault, RequestContext, Scope};
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{Registry, command::Command};
use crate::{NAME, ports::Due};

/// Things read at once.
pub(super) const BATCH: u32 = 200;

impl Registry {
    /// Expires, of every tenant, what `due` reads after a uid, each by a command that answers whether it was due; returns
    /// how many were. One that cannot be expired does not hold the others back.
    ///
    /// # Errors
    /// The fault of the store, or the first one of a command once the others are done.
    pub(super) async fn expire<N: OwnName, C: Command<Answer = bool>, F>(
        &self,
        due: impl Fn(Option<Uuid>) -> F,
        command: impl Fn(N) -> C,
    ) -> Result<usize, Fault>
    where
        F: Future<Output = Result<Vec<Due<N>>, StoreError>>,
    {
        let (mut expired, mut failed, mut after) = (0_usize, None, None);
        loop {
            let due = due(after).await?;
            let Some(last) = due.last() else { break };
            after = Some(last.uid);
            for Due { tenant, name, .. } in due {
                let context = RequestContext {
                    tenant,
                    subject: format!("service:{NAME}"),
                    roles: Vec::new(),
                    scope: Scope::Tenant,
                    request_id: String::new(),
                };
                match self.execute(&context, &command(name)).await {
                    Ok(done) => expired = expired.saturating_add(usize::from(done)),
                    Err(fault) => failed = failed.or(Some(fault)),
                }
            }
        }
        failed.map_or(Ok(expired), Err)
    }
}
