//! Creates a partner.

use async_trait::async_trait;
use partner_registry_domain::{
    Action, Draft, Named, Partner, PartnerStatus, Profile, duplicates, partner::business_keys, region,
};
use serde::Serialize;
use tributary_core::{Fault, RequestContext, ResourceId, Violations};

use super::{
    Registry,
    command::{Call, Command, Once, Refusal},
    record::{record, revision},
    unique::partner_exists,
    year,
};
use crate::ports::{Holders, Keys, PartnerView, PartnerWrite, RegistryTx};

/// At most this many duplicates are reported.
const MAX_DUPLICATES: usize = 20;

/// The partner to create.
#[derive(Debug, Serialize)]
pub(crate) struct CreatePartner {
    pub draft: Draft,
    pub partner_id: Option<ResourceId>,
    pub status: PartnerStatus,
}

/// The command with the names it is compared with, which are no part of the request.
#[derive(Serialize)]
struct Create<'a> {
    request: &'a CreatePartner,
    #[serde(skip)]
    others: Vec<Named>,
}

impl Registry {
    /// Creates a partner and reports near-equal names in its area.
    pub async fn create_partner(
        &self,
        context: &RequestContext,
        request: &CreatePartner,
        request_id: &str,
    ) -> Result<PartnerView, Fault> {
        // Read before the transaction: the report is a hint, and no transaction should wait for it.
        let area = region::area(&request.draft.region);
        let others = self.store.names_in_area(&context.tenant, area).await?;
        let command = Create { request, others };
        self.execute(context, &Once::new("PartnerService/CreatePartner", request_id, command)).await
    }
}

#[async_trait]
impl Command for Create<'_> {
    type Answer = PartnerView;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<PartnerView, Refusal> {
        let CreatePartner { draft, partner_id, status } = self.request;
        let profile = draft.clone().check(year(call.today)).map_err(in_partner)?;
        let id = partner_id.clone().unwrap_or_else(|| call.app.ids.resource_id('p'));
        let mut keys = Keys {
            ids: vec![id.clone()],
            business_keys: business_keys(partner_id.as_ref(), &profile, &id),
            ..Keys::default()
        };
        keys.add_profile(&profile);
        let holders = tx.holders(call.tenant(), &keys).await?;
        let partner = new_partner(call, &holders, id, partner_id.as_ref(), profile, *status)?;

        let write = PartnerWrite { before: None, after: partner.clone() };
        let created = revision(call, partner.clone(), "", Action::Created, "", None);
        record(call, tx, &[write], vec![created]).await?;
        let duplicates = duplicates::candidates(&partner.profile.display_name, &self.others, MAX_DUPLICATES);
        Ok(PartnerView { partner, tier: String::new(), duplicates })
    }
}

/// A new partner, if its keys are free.
pub(super) fn new_partner(
    call: &Call<'_>,
    holders: &Holders,
    id: ResourceId,
    caller_id: Option<&ResourceId>,
    profile: Profile,
    status: PartnerStatus,
) -> Result<Partner, Fault> {
    if holders.ids.contains(&id) {
        return Err(partner_exists(&id));
    }
    holders.check(&id, &profile)?;
    let free = business_keys(caller_id, &profile, &id).into_iter().find(|key| !holders.business_keys.contains(key));
    let business_key = free.ok_or_else(|| partner_exists(&id))?;
    Ok(Partner::create(id, call.app.ids.uuid(), business_key, profile, status, call.now))
}

/// Violations of a draft, as fields of the request.
pub(super) fn in_partner(violations: Violations) -> Fault {
    let mut all = Violations::new();
    all.nest("partner", violations);
    Fault::invalid(all)
}
