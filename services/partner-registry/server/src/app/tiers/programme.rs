//! Drafts, approves and activates versions of the programme.

use async_trait::async_trait;
use partner_registry_domain::{
    faults::TIER_PROGRAMME_VERSION_NOT_FOUND,
    tier::{Programme, Version, check::check, version::version_name},
    training::{Collection, TrainingName},
};
use serde::Serialize;
use tributary_core::{Date, Fault, RequestContext, Violations};
use tributary_sql::StoreError;

use crate::{
    app::{
        Registry,
        command::{Call, Command, Once, Refusal},
        record::publish,
    },
    convert,
    ports::RegistryTx,
};

/// A version to draft.
#[derive(Debug, Serialize)]
pub(crate) struct DraftProgramme {
    pub programme: Programme,
}

/// A version to approve.
#[derive(Debug, Serialize)]
pub(crate) struct ApproveProgramme {
    pub number: i64,
    /// Etag that must agree, empty for any.
    pub etag: String,
}

/// A version to put in force.
#[derive(Debug, Serialize)]
pub(crate) struct ActivateProgramme {
    pub number: i64,
    /// First day in force; `None`: today.
    pub from: Option<Date>,
    /// Etag that must agree, empty for any.
    pub etag: String,
}

impl Registry {
    /// What is wrong with a programme, as fields of the request.
    pub fn programme_violations(programme: &Programme) -> Violations {
        let mut all = Violations::new();
        all.nest("programme", check(programme).err().unwrap_or_default());
        all
    }

    /// Keeps a draft.
    pub async fn draft_programme(
        &self,
        context: &RequestContext,
        command: &DraftProgramme,
        request_id: &str,
    ) -> Result<Version, Fault> {
        let method = "TierProgrammeService/CreateTierProgrammeVersion";
        self.execute(context, &Once::new(method, request_id, command)).await
    }

    /// Approves a draft.
    pub async fn approve_programme(
        &self,
        context: &RequestContext,
        command: &ApproveProgramme,
        request_id: &str,
    ) -> Result<Version, Fault> {
        let method = "TierProgrammeService/ApproveTierProgrammeVersion";
        self.execute(context, &Once::new(method, request_id, command)).await
    }

    /// Puts an approved version in force.
    pub async fn activate_programme(
        &self,
        context: &RequestContext,
        command: &ActivateProgramme,
        request_id: &str,
    ) -> Result<Version, Fault> {
        let method = "TierProgrammeService/ActivateTierProgrammeVersion";
        self.execute(context, &Once::new(method, request_id, command)).await
    }
}

#[async_trait]
impl Command for &DraftProgramme {
    type Answer = Version;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Version, Refusal> {
        Registry::programme_violations(&self.programme).into_result()?;
        for definition in self.programme.certificate_definitions() {
            let name = TrainingName::of_tenant(Collection::Definition, definition);
            if tx.training_item(call.tenant(), &name).await?.is_none() {
                return Err(name.not_found().into());
            }
        }
        let newest = tx.programme_versions(call.tenant(), None, 1).await?;
        let number = newest.first().map_or(0, |version| version.number).saturating_add(1);
        let author = call.context.subject.clone();
        let version = Version::draft(number, self.programme.clone(), author, call.now);
        save(call, tx, &version).await?;
        Ok(version)
    }
}

#[async_trait]
impl Command for &ApproveProgramme {
    type Answer = Version;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Version, Refusal> {
        let version = stored(call, tx, self.number, &self.etag).await?;
        let version = version.approve(call.context.subject.clone(), call.now)?;
        save(call, tx, &version).await?;
        Ok(version)
    }
}

#[async_trait]
impl Command for &ActivateProgramme {
    type Answer = Version;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Version, Refusal> {
        let last = tx.lock_programmes(call.tenant()).await?;
        let version = stored(call, tx, self.number, &self.etag).await?;
        let version = version.activate(self.from.unwrap_or(call.today), last, call.now)?;
        save(call, tx, &version).await?;
        Ok(version)
    }
}

async fn stored(call: &Call<'_>, tx: &mut dyn RegistryTx, number: i64, etag: &str) -> Result<Version, Refusal> {
    let found = tx.programme_version(call.tenant(), number).await?;
    let version = found.ok_or_else(|| version_not_found(&version_name(number)))?;
    version.check_etag(etag)?;
    Ok(version)
}

async fn save(call: &Call<'_>, tx: &mut dyn RegistryTx, version: &Version) -> Result<(), StoreError> {
    tx.write_programme(call.tenant(), version).await?;
    let data = convert::programme_changed(version);
    publish(call, tx, "tributary.partner.v1.TierProgrammeVersionChanged", version.name(), data).await
}

/// There is no such version.
pub(super) fn version_not_found(name: &str) -> Fault {
    let message = format!("there is no {name}; list the versions or correct the name");
    Fault::new(TIER_PROGRAMME_VERSION_NOT_FOUND, message).with("tier_programme_version", name)
}
