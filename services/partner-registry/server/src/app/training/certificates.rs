//! Certificates revoked by somebody, and all of a partner let follow from the definitions as they are now.

use async_trait::async_trait;
use partner_registry_domain::training::{Certificate, Item, Person, TrainingName};
use serde::{Deserialize, Serialize};
use tributary_core::{Fault, RequestContext, ResourceId};

use super::{
    all,
    catalogue::{check_reason, runs},
    record,
    settle::Ground,
    stored,
};
use crate::{
    app::{
        Registry,
        command::{Call, Command, Once, Refusal},
        update::lock,
    },
    ports::{RegistryTx, TrainingQuery},
};

/// A certificate to be revoked.
#[derive(Debug, Serialize)]
pub(crate) struct RevokeCertificate {
    pub partner: ResourceId,
    pub id: ResourceId,
    pub reason: String,
    pub etag: String,
}

/// A partner whose certificates are to follow from the definitions as they are now.
#[derive(Debug, Serialize)]
pub(crate) struct Refresh {
    pub partner: ResourceId,
}

/// How many were issued and revoked.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Refreshed {
    pub issued: i32,
    pub revoked: i32,
}

runs! {
    revoke_certificate RevokeCertificate -> Certificate "CertificationService/RevokeCertificate";
    refresh_certificates Refresh -> Refreshed "CertificationService/RefreshCertificates";
}

#[async_trait]
impl Command for &RevokeCertificate {
    type Answer = Certificate;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Certificate, Refusal> {
        check_reason(&self.reason)?;
        let partner = lock(call, tx, &self.partner).await?.partner;
        let name = TrainingName::at_partner(Certificate::COLLECTION, &self.partner, &self.id);
        let before: Certificate = stored(call, tx, &name).await?;
        before.check_etag(&self.etag)?;
        let after = before.revoke(&self.reason, call.today, call.now)?;
        record(call, tx, Some(partner.uid), after.clone().into_item(), ("REVOKED", &self.reason)).await?;
        Ok(after)
    }
}

#[async_trait]
impl Command for &Refresh {
    type Answer = Refreshed;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Refreshed, Refusal> {
        let partner = lock(call, tx, &self.partner).await?.partner;
        let query = TrainingQuery::at(Person::COLLECTION, &self.partner, Vec::new());
        let persons: Vec<Person> = all(tx, call.tenant(), &query).await?;
        let ground = Ground::read(call, tx, &self.partner, None).await?;
        let mut done = Refreshed::default();
        for person in persons {
            let one = ground.settle(call, tx, partner.uid, (&self.partner, &person.id)).await?;
            done.issued = done.issued.saturating_add(one.issued);
            done.revoked = done.revoked.saturating_add(one.revoked);
        }
        Ok(done)
    }
}
