//! Records that protections are over. Any number of replicas may do it at once: each deal is read again under the lock of
//! its partner, so that only the first one finds it due. A lead is free without it.

use async_trait::async_trait;
use partner_registry_domain::DealName;
use tributary_core::{Fault, RequestContext, Scope};

use super::{record, stored};
use crate::{
    NAME,
    app::{
        Registry,
        command::{Call, Command, Refusal},
        update::lock,
    },
    ports::RegistryTx,
};

/// Deals read at once.
const BATCH: u32 = 200;

impl Registry {
    /// Expires every deal of every tenant that is due today; returns how many. One that cannot be expired does not hold
    /// the others back.
    ///
    /// # Errors
    /// The fault of the store, or the first one of a deal once the others are done.
    pub async fn expire_deals(&self) -> Result<usize, Fault> {
        let (mut expired, mut failed, mut after) = (0_usize, None, None);
        loop {
            let due = self.store.due_deals(self.today(), after, BATCH).await?;
            let Some(last) = due.last() else { break };
            after = Some(last.uid);
            for deal in due {
                let context = RequestContext {
                    tenant: deal.tenant,
                    subject: format!("service:{NAME}"),
                    roles: Vec::new(),
                    scope: Scope::Tenant,
                    request_id: String::new(),
                };
                match self.execute(&context, &Expire { name: deal.name }).await {
                    Ok(done) => expired = expired.saturating_add(usize::from(done)),
                    Err(fault) => failed = failed.or(Some(fault)),
                }
            }
        }
        failed.map_or(Ok(expired), Err)
    }
}

struct Expire {
    name: DealName,
}

#[async_trait]
impl Command for Expire {
    /// Whether it was due.
    type Answer = bool;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<bool, Refusal> {
        let partner = lock(call, tx, &self.name.partner).await?.partner;
        let deal = stored(call, tx, &self.name).await?;
        let Some(change) = deal.expire(call.today, call.now) else { return Ok(false) };
        record(call, tx, partner.uid, change, (&call.context.subject, "")).await?;
        Ok(true)
    }
}
