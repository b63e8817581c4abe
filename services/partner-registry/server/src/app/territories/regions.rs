//! Imports regions and tells them.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use partner_registry_domain::territory::{
    Region, RegionLevel,
    code::paths_around,
    region::{RegionChange, RegionItem, region_not_found},
};
use tributary_core::{Fault, RequestContext, ResourceId, TenantId, Timestamp};

use crate::{
    app::{
        Registry,
        command::{Call, Command, Refusal},
    },
    ports::{RegionQuery, RegistryTx},
};

/// What became of an item.
#[derive(Debug, Clone)]
pub(crate) enum RegionOutcome {
    Created(ResourceId),
    Updated(ResourceId),
    Unchanged(ResourceId),
    Refused(Fault),
}

impl Registry {
    /// Creates or updates regions; the outcomes are in the order of the items. An item that is wrong already stays
    /// refused.
    pub async fn import_regions(
        &self,
        context: &RequestContext,
        items: Vec<Result<RegionItem, Fault>>,
    ) -> Result<Vec<RegionOutcome>, Fault> {
        self.execute(context, &Import { items }).await
    }

    /// One region.
    pub async fn region(&self, context: &RequestContext, id: &ResourceId) -> Result<Region, Fault> {
        let mut found = self.store.territories().regions(&context.tenant, std::slice::from_ref(id)).await?;
        found.pop().ok_or_else(|| region_not_found(id))
    }

    /// The regions in which one lies, nearest first.
    pub async fn region_ancestors(&self, context: &RequestContext, id: &ResourceId) -> Result<Vec<Region>, Fault> {
        let region = self.region(context, id).await?;
        if region.level == RegionLevel::District {
            return Ok(Vec::new());
        }
        let paths: Vec<String> = paths_around(&region.path).map(str::to_owned).collect();
        let mut above = self.store.territories().regions_at(&context.tenant, &paths).await?;
        above.sort_by(|a, b| b.path.cmp(&a.path));
        Ok(above)
    }

    /// A page of regions: all, those directly below one, or the members of a district.
    pub async fn list_regions(&self, context: &RequestContext, query: &RegionQuery) -> Result<Vec<Region>, Fault> {
        if let Some(parent) = &query.parent {
            let parent = self.region(context, parent).await?;
            if parent.level == RegionLevel::District {
                return self.members(&context.tenant, parent, query).await;
            }
        }
        Ok(self.store.list_regions(&context.tenant, query).await?)
    }

    async fn members(&self, tenant: &TenantId, district: Region, query: &RegionQuery) -> Result<Vec<Region>, Fault> {
        let mut members = self.store.territories().regions(tenant, &district.members).await?;
        members.retain(|region| {
            query.level.is_none_or(|level| region.level == level)
                && query.after.as_ref().is_none_or(|after| region.id > *after)
        });
        members.truncate(usize::try_from(query.limit).unwrap_or(usize::MAX));
        Ok(members)
    }
}

struct Import {
    items: Vec<Result<RegionItem, Fault>>,
}

#[async_trait]
impl Command for Import {
    type Answer = Vec<RegionOutcome>;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Self::Answer, Refusal> {
        let now = tx.next_territory(call.tenant(), call.now).await?;
        let needed: BTreeSet<ResourceId> = self.items.iter().flatten().flat_map(RegionItem::needs).collect();
        let needed: Vec<ResourceId> = needed.into_iter().collect();
        let stored = tx.regions(call.tenant(), &needed).await?;
        let known: BTreeMap<ResourceId, Region> = stored.into_iter().map(|r| (r.id.clone(), r)).collect();
        // Broader regions first, so that a batch may have them in any order; districts last.
        let depths = RegionItem::depths(self.items.iter().flatten());
        let mut order: Vec<(usize, &Result<RegionItem, Fault>)> = self.items.iter().enumerate().collect();
        order.sort_by_key(|(_, item)| item.as_ref().ok().and_then(|item| depths.get(&item.id)));
        let mut batch = Batch { known, changed: Vec::new() };
        let mut outcomes: Vec<(usize, RegionOutcome)> = Vec::with_capacity(order.len());
        for (place, item) in order {
            outcomes.push((
                place,
                match item {
                    Ok(item) => batch.apply(item, now),
                    Err(fault) => RegionOutcome::Refused(fault.clone()),
                },
            ));
        }
        let writes: Vec<Region> = batch.changed.iter().filter_map(|id| batch.known.get(id).cloned()).collect();
        if !writes.is_empty() {
            tx.write_regions(call.tenant(), &writes).await?;
        }
        outcomes.sort_by_key(|(place, _)| *place);
        Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
    }
}

/// The regions of a batch as they are after the items so far.
struct Batch {
    known: BTreeMap<ResourceId, Region>,
    /// What has to be written, parents before what lies in them.
    changed: Vec<ResourceId>,
}

impl Batch {
    fn apply(&mut self, item: &RegionItem, now: Timestamp) -> RegionOutcome {
        let id = item.id.clone();
        let (region, outcome) = match item.apply(&self.known, now) {
            Err(fault) => return RegionOutcome::Refused(fault),
            Ok(RegionChange::Unchanged) => return RegionOutcome::Unchanged(id),
            Ok(RegionChange::Created(region)) => (region, RegionOutcome::Created(id)),
            Ok(RegionChange::Updated(region)) => (region, RegionOutcome::Updated(id)),
        };
        if !self.changed.contains(&region.id) {
            self.changed.push(region.id.clone());
        }
        self.known.insert(region.id.clone(), region);
        outcome
    }
}
