//! Changes fields of a partner.

use async_trait::async_trait;
use partner_registry_domain::{Action, Draft, update::Mask};
use serde::Serialize;
use tributary_core::{Fault, RequestContext, ResourceId};

use super::{
    Registry,
    command::{Call, Command, Once, Refusal},
    create::in_partner,
    record::{record, revision},
    unique::partner_not_found,
    year,
};
use crate::ports::{Keys, PartnerView, PartnerWrite, RegistryTx};

/// The change.
#[derive(Debug, Serialize)]
pub(crate) struct UpdatePartner {
    pub id: ResourceId,
    pub draft: Draft,
    /// Paths to change; empty: every field that is set.
    pub paths: Vec<String>,
    /// Etag that must agree, empty for any.
    pub etag: String,
}

impl Registry {
    /// Changes the fields of the mask. When nothing differs, there is no new revision.
    pub async fn update_partner(
        &self,
        context: &RequestContext,
        command: &UpdatePartner,
        request_id: &str,
    ) -> Result<PartnerView, Fault> {
        self.execute(context, &Once::new("PartnerService/UpdatePartner", request_id, command)).await
    }
}

#[async_trait]
impl Command for &UpdatePartner {
    type Answer = PartnerView;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<PartnerView, Refusal> {
        let mask = match self.paths.as_slice() {
            [] => Mask::of_set_fields(&self.draft),
            paths => Mask::parse(paths).map_err(Fault::invalid)?,
        };
        let view = lock(call, tx, &self.id).await?;
        view.partner.check_etag(&self.etag)?;
        let profile = mask.apply(&view.partner.profile, &self.draft).check(year(call.today)).map_err(in_partner)?;
        let mut keys = Keys::default();
        keys.add_profile(&profile);
        tx.holders(call.tenant(), &keys).await?.check(&self.id, &profile)?;
        let Some(after) = view.partner.update(profile, call.now) else { return Ok(view) };

        let before = view.partner;
        let status = Some(before.standing.status());
        let updated = revision(call, after.clone(), &view.tier, Action::Updated, "", status);
        let write = PartnerWrite { before: Some(before), after: after.clone() };
        record(call, tx, &[write], vec![updated]).await?;
        Ok(PartnerView { partner: after, ..view })
    }
}

/// Locks a partner and reads it.
pub(super) async fn lock(call: &Call<'_>, tx: &mut dyn RegistryTx, id: &ResourceId) -> Result<PartnerView, Refusal> {
    let mut found = tx.lock_partners(call.tenant(), std::slice::from_ref(id), call.today).await?;
    Ok(found.pop().ok_or_else(|| partner_not_found(id))?)
}
