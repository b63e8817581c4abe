//! Reads deals, and tells who holds a lead.

use partner_registry_domain::{
    Deal, DealName, DealRevision,
    deal::{Customer, Lead, Met},
};
use tributary_core::{Fault, RequestContext, ResourceId};

use super::{deal_not_found, met};
use crate::{app::Registry, ports::DealQuery};

/// A lead that is asked about.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Who would register it; `None`: nobody yet.
    pub partner: Option<ResourceId>,
    pub customer: Customer,
    pub product_line: String,
}

/// Who holds a lead.
#[derive(Debug)]
pub(crate) struct Holding {
    /// Whether the partner itself does.
    pub own: bool,
    /// What of others is in the way, or may be.
    pub met: Met,
}

impl Registry {
    /// One deal, as it stands today.
    pub async fn deal(&self, context: &RequestContext, name: &DealName) -> Result<Deal, Fault> {
        let found = self.store.deal(&context.tenant, name).await?;
        found.map(|deal| deal.on(self.today())).ok_or_else(|| deal_not_found(name))
    }

    /// A page of deals, as they stand today; a partner that the query names has to be there.
    pub async fn list_deals(&self, context: &RequestContext, query: &DealQuery) -> Result<Vec<Deal>, Fault> {
        if let Some(partner) = &query.partner {
            self.require(context, partner).await?;
        }
        let found = self.store.list_deals(&context.tenant, query).await?;
        Ok(found.into_iter().map(|deal| deal.on(query.today)).collect())
    }

    /// Revisions before a number, newest first.
    pub async fn deal_revisions(
        &self,
        context: &RequestContext,
        name: &DealName,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<DealRevision>, Fault> {
        self.deal(context, name).await?;
        Ok(self.store.deal_revisions(&context.tenant, name, before, limit).await?)
    }

    /// Who holds a lead today.
    pub async fn find_deal_conflicts(&self, context: &RequestContext, asked: &Asked) -> Result<Holding, Fault> {
        if let Some(partner) = &asked.partner {
            self.require(context, partner).await?;
        }
        let lead = Lead { product_line: asked.product_line.clone(), customer_key: asked.customer.key() };
        let mut source = self.store.deal_source();
        let (lead, partner) = ((&lead, &asked.customer), asked.partner.as_ref());
        let (holder, met) = met(source.as_mut(), &context.tenant, lead, partner, self.today()).await?;
        Ok(Holding { own: holder.is_some() && met.conflict.is_none(), met })
    }
}
