//! What a caller proposes, and the terms that come of it once regions are looked up and districts are taken apart.

use std::collections::{BTreeMap, BTreeSet};

use partner_registry_domain::territory::{
    Circle, Place, Point, Region, RegionLevel, Terms, Territory,
    region::{region_name, region_not_found},
    right::{check_days, check_lines},
};
use serde::Serialize;
use tributary_core::{Date, Fault, ResourceId, TenantId, Violations};

use crate::{app::command::Refusal, ports::TerritorySource};

/// Most regions that a right may stand for.
const MOST_REGIONS: usize = 1000;

/// Where, as a caller says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) enum Area {
    Regions(Vec<ResourceId>),
    Circle { centre: Point, radius: u32, region: Option<ResourceId> },
}

/// A right, as a caller proposes it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Proposal {
    pub partner: Option<ResourceId>,
    pub product_lines: BTreeSet<String>,
    pub area: Area,
    pub effective_from: Date,
    pub effective_to: Option<Date>,
    pub exclusive: bool,
}

impl Proposal {
    /// The terms, with every region looked up.
    pub(super) async fn terms(&self, source: &mut dyn TerritorySource, tenant: &TenantId) -> Result<Terms, Refusal> {
        let mut v = Violations::new();
        check_days(&mut v, self.effective_from, self.effective_to);
        check_lines(&mut v, &self.product_lines);
        v.into_result()?;
        Ok(Terms {
            partner: self.partner.clone(),
            product_lines: self.product_lines.clone(),
            territory: self.area.territory(source, tenant, "terms.territory.circle.region").await?,
            effective_from: self.effective_from,
            effective_to: self.effective_to,
            exclusive: self.exclusive,
        })
    }
}

impl Area {
    /// The territory that is meant. `within` is the field in which the region of a point was given.
    pub(super) async fn territory(
        &self,
        source: &mut dyn TerritorySource,
        tenant: &TenantId,
        within: &str,
    ) -> Result<Territory, Refusal> {
        match self {
            Self::Regions(named) => {
                let covered = covered(source, tenant, named).await?;
                Ok(Territory::Regions { named: named.clone(), covered })
            }
            Self::Circle { centre, radius, region } => {
                let within = match region {
                    None => None,
                    Some(id) => Some(official(source, tenant, id, within).await?),
                };
                Ok(Territory::Circle(Circle { centre: *centre, radius: *radius, within }))
            }
        }
    }
}

/// The official regions that some regions stand for.
async fn covered(
    source: &mut dyn TerritorySource,
    tenant: &TenantId,
    named: &[ResourceId],
) -> Result<BTreeSet<Place>, Refusal> {
    let found = lookup(source, tenant, named).await?;
    let (districts, official): (Vec<&Region>, Vec<&Region>) =
        found.values().partition(|region| region.level == RegionLevel::District);
    let mut covered: BTreeSet<Place> = official.into_iter().map(place).collect();
    let members: BTreeSet<ResourceId> = districts.iter().flat_map(|district| district.members.clone()).collect();
    let members: Vec<ResourceId> = members.into_iter().collect();
    covered.extend(lookup(source, tenant, &members).await?.values().map(place));
    if covered.len() > MOST_REGIONS {
        let message = format!("stand for {} regions; at most {MOST_REGIONS} are allowed", covered.len());
        return Err(Fault::invalid_field("terms.territory.regions", message).into());
    }
    Ok(covered)
}

/// A region with an official code.
async fn official(
    source: &mut dyn TerritorySource,
    tenant: &TenantId,
    id: &ResourceId,
    field: &str,
) -> Result<Place, Refusal> {
    let found = lookup(source, tenant, std::slice::from_ref(id)).await?;
    let region = found.get(id).ok_or_else(|| region_not_found(id))?;
    if region.level == RegionLevel::District {
        let message =
            format!("{} is a custom district; name the official region in which the point lies", region_name(id));
        return Err(Fault::invalid_field(field, message).into());
    }
    Ok(place(region))
}

/// Regions that all have to be there.
pub(super) async fn lookup(
    source: &mut dyn TerritorySource,
    tenant: &TenantId,
    ids: &[ResourceId],
) -> Result<BTreeMap<ResourceId, Region>, Refusal> {
    let found = source.regions(tenant, ids).await?;
    let found: BTreeMap<ResourceId, Region> = found.into_iter().map(|region| (region.id.clone(), region)).collect();
    match ids.iter().find(|id| !found.contains_key(*id)) {
        Some(missing) => Err(region_not_found(missing).into()),
        None => Ok(found),
    }
}

fn place(region: &Region) -> Place {
    Place { path: region.path.clone(), id: region.id.clone() }
}
