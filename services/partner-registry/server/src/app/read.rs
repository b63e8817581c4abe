//! Reads partners.

use std::collections::BTreeSet;

use partner_registry_domain::{ExternalRef, Revision};
use tributary_core::{Fault, RequestContext, ResourceId};

use super::{
    Registry,
    unique::{partner_not_found, ref_not_found},
};
use crate::ports::{Condition, ListQuery, PartnerTest, PartnerView};

/// Partners found, and what no partner has.
#[derive(Debug)]
pub(crate) struct Found {
    pub partners: Vec<PartnerView>,
    pub missing_ids: Vec<ResourceId>,
    pub missing_refs: Vec<ExternalRef>,
}

impl Registry {
    /// One partner by id.
    pub async fn partner(&self, context: &RequestContext, id: &ResourceId) -> Result<PartnerView, Fault> {
        let mut found = self.store.partners(&context.tenant, std::slice::from_ref(id), &[], self.today()).await?;
        found.pop().ok_or_else(|| partner_not_found(id))
    }

    /// Refuses when there is no such partner.
    pub(super) async fn require(&self, context: &RequestContext, id: &ResourceId) -> Result<(), Fault> {
        let names = self.store.names(&context.tenant, std::slice::from_ref(id)).await?;
        if names.is_empty() { Err(partner_not_found(id)) } else { Ok(()) }
    }

    /// One partner by the key of another system.
    pub async fn lookup_partner(
        &self,
        context: &RequestContext,
        reference: &ExternalRef,
    ) -> Result<PartnerView, Fault> {
        let refs = std::slice::from_ref(reference);
        let mut found = self.store.partners(&context.tenant, &[], refs, self.today()).await?;
        found.pop().ok_or_else(|| ref_not_found(reference))
    }

    /// Many partners at once.
    pub async fn batch_get(
        &self,
        context: &RequestContext,
        ids: &[ResourceId],
        refs: &[ExternalRef],
    ) -> Result<Found, Fault> {
        let partners = self.store.partners(&context.tenant, ids, refs, self.today()).await?;
        let known_ids: BTreeSet<&ResourceId> = partners.iter().map(|v| &v.partner.id).collect();
        let known_refs: BTreeSet<&ExternalRef> =
            partners.iter().flat_map(|v| &v.partner.profile.external_refs).collect();
        let missing_ids = ids.iter().filter(|id| !known_ids.contains(id)).cloned().collect();
        let missing_refs = refs.iter().filter(|r| !known_refs.contains(r)).cloned().collect();
        Ok(Found { missing_ids, missing_refs, partners })
    }

    /// A page of partners in the order of their ids.
    pub async fn list_partners(
        &self,
        context: &RequestContext,
        condition: Option<Condition<PartnerTest>>,
        after: Option<String>,
        limit: u32,
    ) -> Result<Vec<PartnerView>, Fault> {
        let query = ListQuery { condition, after, limit, today: self.today() };
        Ok(self.store.list_partners(&context.tenant, &query).await?)
    }

    /// Revisions before a number, newest first.
    pub async fn revisions(
        &self,
        context: &RequestContext,
        id: &ResourceId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Revision>, Fault> {
        self.require(context, id).await?;
        Ok(self.store.revisions(&context.tenant, id, before, limit).await?)
    }
}
