//! Records that protections are over. A lead is free without it.

use async_trait::async_trait;
use partner_registry_domain::DealName;
use tributary_core::Fault;

use super::{record, stored};
use crate::{
    app::{
        Registry,
        command::{Call, Command, Refusal},
        expire::BATCH,
        update::lock,
    },
    ports::RegistryTx,
};

impl Registry {
    /// Expires every deal of every tenant that is due today; returns how many.
    ///
    /// # Errors
    /// The fault of the store, or the first one of a deal once the others are done.
    pub async fn expire_deals(&self) -> Result<usize, Fault> {
        self.expire(|after| self.store.due_deals(self.today(), after, BATCH), |name| Expire { name }).await
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
