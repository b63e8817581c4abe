//! Finds the rights that come into each other's way. The store narrows them down to those that may; the domain decides.

use std::collections::{BTreeMap, BTreeSet};

use partner_registry_domain::territory::{Atlas, Clash, Rect, Relation, Right, Terms, Territory, code::paths_around};
use tributary_core::{Date, RequestContext, ResourceId, TenantId};
use tributary_sql::StoreError;

use super::terms::Proposal;
use crate::{
    app::{Registry, command::Refusal},
    ports::{Reach, RightQuery, TerritorySource},
};

/// Paths of one query: several hundred conditions are as many as the engines plan well.
const PATHS: usize = 100;

/// Rights in the way of another one.
#[derive(Debug, Default)]
pub(crate) struct Weighed {
    /// Those that conflict, in the order of their ids.
    pub conflicts: Vec<(Right, Clash)>,
    /// Those of which it cannot be decided.
    pub undecided: Vec<(Right, Clash)>,
}

impl Registry {
    /// What stands in the way of a proposal.
    pub async fn check_territory(
        &self,
        context: &RequestContext,
        proposal: &Proposal,
    ) -> Result<Weighed, tributary_core::Fault> {
        let mut source = self.store.territories();
        let weighed = async {
            let terms = proposal.terms(source.as_mut(), &context.tenant).await?;
            Ok(weigh(source.as_mut(), &context.tenant, &terms).await?)
        };
        weighed.await.map_err(Refusal::into_fault)
    }
}

/// What stands in the way of a right.
pub(super) async fn weigh(
    source: &mut dyn TerritorySource,
    tenant: &TenantId,
    terms: &Terms,
) -> Result<Weighed, StoreError> {
    let narrowed = RightQuery {
        not_partner: terms.partner.clone(),
        product_lines: terms.product_lines.iter().cloned().collect(),
        days: Some((terms.effective_from, terms.effective_to)),
        exclusive: !terms.exclusive,
        ..RightQuery::default()
    };
    let (rights, atlas) = candidates(source, tenant, &terms.territory, narrowed).await?;
    let mut weighed = Weighed::default();
    for right in rights {
        match terms.relation(&right.terms, &atlas) {
            Relation::Free => {}
            Relation::Conflict(clash) => weighed.conflicts.push((right, clash)),
            Relation::Undecided(clash) => weighed.undecided.push((right, clash)),
        }
    }
    Ok(weighed)
}

/// The rights on a day that may overlap a territory, with what is known of places.
pub(super) async fn on_day(
    source: &mut dyn TerritorySource,
    tenant: &TenantId,
    territory: &Territory,
    product_lines: Vec<String>,
    day: Date,
) -> Result<(Vec<Right>, Atlas), StoreError> {
    let narrowed = RightQuery { product_lines, days: Some((day, Some(day.plus_days(1)))), ..RightQuery::default() };
    candidates(source, tenant, territory, narrowed).await
}

/// The rights that may overlap a territory, in the order of their ids, with the shapes that decide it.
async fn candidates(
    source: &mut dyn TerritorySource,
    tenant: &TenantId,
    territory: &Territory,
    narrowed: RightQuery,
) -> Result<(Vec<Right>, Atlas), StoreError> {
    let mut found: BTreeMap<ResourceId, Right> = BTreeMap::new();
    let mut paths = with_around(territory.paths());
    for reach in reaches(territory, &atlas(source, tenant, &paths).await?) {
        let query = RightQuery { reach: Some(reach), ..narrowed.clone() };
        found.extend(source.rights(tenant, &query).await?.into_iter().map(|right| (right.id.clone(), right)));
    }
    if matches!(territory, Territory::Circle(_)) {
        paths.extend(with_around(found.values().flat_map(|right| right.terms.territory.paths())));
    }
    let atlas = atlas(source, tenant, &paths).await?;
    Ok((found.into_values().collect(), atlas))
}

/// Which territories may overlap one.
fn reaches(territory: &Territory, atlas: &Atlas) -> Vec<Reach> {
    match territory {
        Territory::Circle(circle) => {
            let circles = vec![circle.centre.around(circle.radius)];
            vec![Reach { circles, ..Reach::default() }, Reach { all_regions: true, ..Reach::default() }]
        }
        Territory::Regions { covered, .. } => {
            let paths: Vec<String> = covered.iter().map(|place| place.path.clone()).collect();
            // Circles are left out by their boxes where a box is known for every region.
            let bounds: Option<Vec<Rect>> = paths.iter().map(|path| atlas.bounds(path)).collect();
            let circles =
                Reach { all_circles: bounds.is_none(), circles: bounds.unwrap_or_default(), ..Reach::default() };
            // One way per query, so that each goes through its index.
            let of_paths = |paths: &[String]| {
                let at = with_around(paths.iter().map(String::as_str)).into_iter().collect();
                [Reach { at, ..Reach::default() }, Reach { below: paths.to_vec(), ..Reach::default() }]
            };
            paths.chunks(PATHS).flat_map(of_paths).chain([circles]).collect()
        }
    }
}

/// Paths with those around them.
fn with_around<'a>(paths: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    paths.flat_map(|path| paths_around(path).chain([path])).map(str::to_owned).collect()
}

async fn atlas(
    source: &mut dyn TerritorySource,
    tenant: &TenantId,
    paths: &BTreeSet<String>,
) -> Result<Atlas, StoreError> {
    let paths: Vec<String> = paths.iter().cloned().collect();
    let regions = source.regions_at(tenant, &paths).await?;
    Ok(Atlas::new(regions.into_iter().map(|region| (region.path, region.shape))))
}
