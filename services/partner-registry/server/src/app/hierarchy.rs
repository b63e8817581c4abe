//! Puts partners under others and tells who is above and below, by date.

use std::collections::BTreeMap;

use async_trait::async_trait;
use partner_registry_domain::{Hierarchy, Link, Node, partner::resource_name, text};
use serde::Serialize;
use tributary_core::{Date, Fault, RequestContext, ResourceId, Violations};

use super::{
    Registry,
    command::{Call, Command, Once, Refusal},
    record::publish,
    unique::partner_not_found,
};
use crate::{convert, ports::RegistryTx};

/// The link to record.
#[derive(Debug, Serialize)]
pub(crate) struct SetParent {
    pub partner: ResourceId,
    /// `None`: under none from the date on.
    pub parent: Option<ResourceId>,
    pub effective_from: Date,
    pub reason: String,
}

impl Registry {
    /// Records a link.
    pub async fn set_parent(
        &self,
        context: &RequestContext,
        command: &SetParent,
        request_id: &str,
    ) -> Result<Link, Fault> {
        self.execute(context, &Once::new("HierarchyService/SetParent", request_id, command)).await
    }

    /// The chain above a partner on a day, nearest first, with display names.
    pub async fn ancestors(
        &self,
        context: &RequestContext,
        partner: &ResourceId,
        day: Date,
    ) -> Result<Vec<(Node, String)>, Fault> {
        self.require(context, partner).await?;
        let links = self.store.links_above(&context.tenant, partner).await?;
        self.with_names(context, Hierarchy::new(links).ancestors(partner, day)).await
    }

    /// The tree below a partner on a day, level by level: up to `limit` nodes after a position (level and id).
    pub async fn descendants(
        &self,
        context: &RequestContext,
        partner: &ResourceId,
        day: Date,
        after: Option<(usize, ResourceId)>,
        limit: usize,
    ) -> Result<Vec<(Node, String)>, Fault> {
        self.require(context, partner).await?;
        let links = self.store.links_below(&context.tenant, partner).await?;
        let mut nodes = Hierarchy::new(links).descendants(partner, day);
        if let Some((level, id)) = &after {
            nodes.retain(|n| (n.level, &n.partner) > (*level, id));
        }
        nodes.truncate(limit);
        self.with_names(context, nodes).await
    }

    async fn with_names(&self, context: &RequestContext, nodes: Vec<Node>) -> Result<Vec<(Node, String)>, Fault> {
        let ids: Vec<ResourceId> = nodes.iter().map(|n| n.partner.clone()).collect();
        let names = self.store.names(&context.tenant, &ids).await?;
        let mut names: BTreeMap<ResourceId, String> = names.into_iter().map(|n| (n.id, n.display_name)).collect();
        Ok(nodes.into_iter().map(|n| (names.remove(&n.partner).unwrap_or_default(), n)).map(|(a, b)| (b, a)).collect())
    }
}

#[async_trait]
impl Command for &SetParent {
    type Answer = Link;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Link, Refusal> {
        let mut v = Violations::new();
        text::reason(&mut v, "reason", &self.reason);
        v.into_result()?;
        let ids: Vec<ResourceId> = [Some(&self.partner), self.parent.as_ref()].into_iter().flatten().cloned().collect();
        let uids = tx.uids(call.tenant(), &ids).await?;
        if let Some(missing) = ids.iter().find(|id| !uids.contains_key(id)) {
            return Err(partner_not_found(missing).into());
        }
        // From here on all writers of the tenant's links stand in line: what is checked stays true.
        let (ordinal, record_time) = tx.next_link(call.tenant(), call.now).await?;
        let link = Link {
            partner: self.partner.clone(),
            parent: self.parent.clone(),
            effective_from: self.effective_from,
            reason: self.reason.clone(),
            actor: call.context.subject.clone(),
            record_time,
            ordinal,
        };
        if let Some(parent) = &self.parent {
            let around = tx.links_around(call.tenant(), &self.partner, parent).await?;
            Hierarchy::new(around).check(&link, call.app.max_depth)?;
        }
        tx.add_link(call.tenant(), &link).await?;
        let uid = |id: &ResourceId| uids.get(id).map(ToString::to_string).unwrap_or_default();
        let data = convert::parent_set(&link, uid(&self.partner), self.parent.as_ref().map(uid).unwrap_or_default());
        publish(call, tx, "tributary.partner.v1.ParentSet", resource_name(&self.partner), data).await?;
        Ok(link)
    }
}
