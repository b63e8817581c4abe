//! Expires certificates whose last valid day is over. They are not valid without it.

use async_trait::async_trait;
use partner_registry_domain::training::{Certificate, CertificateName, Item, TrainingName};
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
    /// Expires every certificate of every tenant that is due today; returns how many.
    ///
    /// # Errors
    /// The fault of the store, or the first one of a certificate once the others are done.
    pub async fn expire_certificates(&self) -> Result<usize, Fault> {
        self.expire(|after| self.store.due_certificates(self.today(), after, BATCH), |name| Expire { name }).await
    }
}

struct Expire {
    name: CertificateName,
}

#[async_trait]
impl Command for Expire {
    /// Whether it was due.
    type Answer = bool;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<bool, Refusal> {
        let partner = lock(call, tx, &self.name.partner).await?.partner;
        let name = TrainingName::at_partner(Certificate::COLLECTION, &self.name.partner, &self.name.id);
        let before: Certificate = stored(call, tx, &name).await?;
        let Some(after) = before.expire(call.today, call.now) else { return Ok(false) };
        record(call, tx, Some(partner.uid), after.into_item(), ("EXPIRED", "")).await?;
        Ok(true)
    }
}
