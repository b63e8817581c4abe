//! Lets certificates follow from results, in the transaction that changed the results.

use std::collections::BTreeMap;

use partner_registry_domain::training::{
    Certificate, CertificateDefinition, Course, DefinitionState, ExamResult, Item, Ledger,
};
use tributary_core::ResourceId;
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{Refreshed, all, courses, record};
use crate::{
    app::command::{Call, Refusal},
    ports::{RegistryTx, TrainingColumn, TrainingQuery, TrainingTest},
};

/// What certificates follow from.
pub(super) struct Ground {
    courses: BTreeMap<ResourceId, Course>,
    definitions: Vec<CertificateDefinition>,
    results: BTreeMap<ResourceId, Vec<ExamResult>>,
    certificates: BTreeMap<(ResourceId, ResourceId), Vec<Certificate>>,
}

impl Ground {
    /// Reads what is known of a person of a partner that is locked; `None`: of all its persons.
    pub async fn read(
        call: &Call<'_>,
        tx: &mut dyn RegistryTx,
        partner: &ResourceId,
        person: Option<&ResourceId>,
    ) -> Result<Self, StoreError> {
        let tests = || person.map(|id| TrainingTest::Is(TrainingColumn::Person, id.to_string())).into_iter().collect();
        let of = |collection| TrainingQuery::at(collection, partner, tests());
        let found: Vec<ExamResult> = all(tx, call.tenant(), &of(ExamResult::COLLECTION)).await?;
        let mut results: BTreeMap<ResourceId, Vec<ExamResult>> = BTreeMap::new();
        for result in found {
            results.entry(result.person.clone()).or_default().push(result);
        }
        let found: Vec<Certificate> = all(tx, call.tenant(), &of(Certificate::COLLECTION)).await?;
        let mut certificates: BTreeMap<(ResourceId, ResourceId), Vec<Certificate>> = BTreeMap::new();
        for certificate in found {
            let key = (certificate.person.clone(), certificate.definition.clone());
            certificates.entry(key).or_default().push(certificate);
        }
        let definitions = all(tx, call.tenant(), &TrainingQuery::all(CertificateDefinition::COLLECTION)).await?;
        Ok(Self { courses: courses(tx, call.tenant()).await?, definitions, results, certificates })
    }

    /// Revokes and issues what follows for a person, and tells how many.
    pub async fn settle(
        &self,
        call: &Call<'_>,
        tx: &mut dyn RegistryTx,
        partner_uid: Uuid,
        (partner, person): (&ResourceId, &ResourceId),
    ) -> Result<Refreshed, Refusal> {
        let mut done = Refreshed::default();
        let results = self.results.get(person).map(Vec::as_slice).unwrap_or_default();
        let ledger = Ledger { courses: &self.courses, results };
        for definition in &self.definitions {
            let key = (person.clone(), definition.id.clone());
            let held = self.certificates.get(&key).map(Vec::as_slice).unwrap_or_default();
            if held.is_empty() && definition.state == DefinitionState::Retired {
                continue;
            }
            let new = || (call.app.ids.resource_id('c'), call.app.ids.uuid());
            let settled = ledger.settle((partner, person), definition, held, call.now, new);
            for revoked in settled.revoked {
                let reason = revoked.revocation_reason.clone();
                record(call, tx, Some(partner_uid), revoked.into_item(), ("REVOKED", &reason)).await?;
                done.revoked = done.revoked.saturating_add(1);
            }
            for issued in settled.issued {
                record(call, tx, Some(partner_uid), issued.into_item(), ("ISSUED", "")).await?;
                done.issued = done.issued.saturating_add(1);
            }
        }
        Ok(done)
    }
}
