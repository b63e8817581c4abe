//! Requests of TerritoryService as commands, with every violation at once.

use partner_registry_domain::territory::region::RegionItem;
use tributary_core::{Fault, ResourceId, Violations};
use tributary_proto::tributary::partner::v1 as pb;
use tributary_rpc::{
    convert::{self as wire, resource_id},
    validate::validate,
};

use crate::{
    app::{Area, EndRight, Proposal, RecordRight},
    convert,
    ports::{Reach, RegionQuery, RightQuery},
};

/// The items of an import, each for itself; the number of items is checked as a whole.
pub(super) fn import(request: pb::ImportRegionsRequest) -> Result<Vec<Result<RegionItem, Fault>>, Fault> {
    let count = request.items.len();
    if !(1..=1000).contains(&count) {
        return Err(Fault::invalid_field("items", format!("has {count} items; send 1 to 1000")));
    }
    Ok(request.items.into_iter().map(item).collect())
}

fn item(item: pb::RegionImport) -> Result<RegionItem, Fault> {
    let found = validate(&item).err().unwrap_or_default();
    let mut own = Violations::new();
    let draft = convert::region_draft(item, &mut own);
    match draft.check() {
        Ok(item) => found.joined(own).into_result().map(|()| item),
        Err(wrong) => Err(Fault::invalid(found.joined(own).joined(wrong))),
    }
}

/// A region of a page, for its cursor too.
pub(super) fn regions(
    request: &pb::ListRegionsRequest,
    after: Option<ResourceId>,
    limit: u32,
) -> Result<RegionQuery, Fault> {
    let parent = optional("regions", &request.parent, "parent")?;
    Ok(RegionQuery { parent, level: convert::level(request.level), after, limit })
}

/// A right to be recorded.
pub(super) fn record(request: pb::RecordTerritoryRightRequest) -> Result<RecordRight, Fault> {
    let mut v = Violations::new();
    let proposal = proposal(&mut v, request.terms);
    let id = match request.territory_right_id.as_str() {
        "" => None,
        own => v.check("territory_right_id", ResourceId::parse(own)),
    };
    match proposal {
        Some(proposal) if v.is_empty() => {
            Ok(RecordRight { proposal, id, reason: request.reason, refuse_undecided: request.refuse_undecided })
        }
        _ => Err(Fault::invalid(v)),
    }
}

/// A proposed right.
pub(super) fn check(request: pb::CheckTerritoryRequest) -> Result<Proposal, Fault> {
    let mut v = Violations::new();
    let proposal = proposal(&mut v, request.terms);
    match proposal {
        Some(proposal) if v.is_empty() => Ok(proposal),
        _ => Err(Fault::invalid(v)),
    }
}

fn proposal(v: &mut Violations, terms: Option<pb::TerritoryTerms>) -> Option<Proposal> {
    let Some(terms) = terms else {
        v.add("terms", "is required; say who, what, where and when");
        return None;
    };
    let partner = match terms.partner.as_str() {
        "" => None,
        name => v.check("terms.partner", ResourceId::from_name("partners", name)),
    };
    let from = terms.effective_from.ok_or_else(|| "is required; give the first day".to_owned());
    let from = v.check("terms.effective_from", from.and_then(|day| wire::date(&day)));
    let effective_to = terms.effective_to.and_then(|day| v.check("terms.effective_to", wire::date(&day)));
    let area = area(v, terms.territory.and_then(|territory| territory.area));
    Some(Proposal {
        partner,
        product_lines: terms.product_lines.into_iter().collect(),
        area: area?,
        effective_from: from?,
        effective_to,
        exclusive: terms.exclusive,
    })
}

fn area(v: &mut Violations, area: Option<pb::territory::Area>) -> Option<Area> {
    match area {
        None => {
            v.add("terms.territory", "is required; name regions, or a circle");
            None
        }
        Some(pb::territory::Area::Regions(regions)) => {
            let field = |n: usize| format!("terms.territory.regions.regions[{n}]");
            let named = regions.regions.iter().enumerate();
            let ids: Vec<ResourceId> =
                named.filter_map(|(n, name)| v.check(&field(n), ResourceId::from_name("regions", name))).collect();
            if regions.regions.is_empty() {
                v.add("terms.territory.regions.regions", "is empty; name at least one region");
            }
            Some(Area::Regions(ids))
        }
        Some(pb::territory::Area::Circle(circle)) => {
            let centre = circle.centre.unwrap_or_default();
            let centre = convert::point(v, "terms.territory.circle.centre", &centre);
            let radius = u32::try_from(circle.radius_meters).map_err(|_| "is no radius; give metres");
            let radius = v.check("terms.territory.circle.radius_meters", radius);
            let region = match circle.region.as_str() {
                "" => None,
                name => v.check("terms.territory.circle.region", ResourceId::from_name("regions", name)),
            };
            Some(Area::Circle { centre: centre?, radius: radius?, region })
        }
    }
}

/// An end to be set.
pub(super) fn end(request: pb::EndTerritoryRightRequest) -> Result<EndRight, Fault> {
    let id = resource_id("territoryRights", &request.name, "name")?;
    let day = request.effective_to.ok_or_else(|| "is required; give the first day no longer in force".to_owned());
    let effective_to = day.and_then(|day| wire::date(&day)).map_err(|e| Fault::invalid_field("effective_to", e))?;
    Ok(EndRight { id, effective_to, reason: request.reason, etag: request.etag })
}

/// A page of rights; `path` is that of the region asked about.
pub(super) fn rights(
    request: &pb::ListTerritoryRightsRequest,
    path: Option<&str>,
    after: Option<ResourceId>,
    limit: u32,
) -> Result<RightQuery, Fault> {
    let mut v = Violations::new();
    let day = request.date.and_then(|day| v.check("date", wire::date(&day)));
    let known_at = request.known_at.and_then(|moment| v.check("known_at", wire::timestamp(&moment)));
    v.into_result()?;
    Ok(RightQuery {
        partner: optional("partners", &request.partner, "partner")?,
        product_lines: Some(&request.product_line).filter(|line| !line.is_empty()).into_iter().cloned().collect(),
        days: day.map(|day| (day, Some(day.plus_days(1)))),
        reach: path.map(|path| reach(path, request.region_match())),
        known_at,
        after,
        limit: Some(limit),
        ..RightQuery::default()
    })
}

fn reach(path: &str, wanted: pb::RegionMatch) -> Reach {
    use partner_registry_domain::territory::code::paths_around;
    let covers = || paths_around(path).chain([path]).map(str::to_owned).collect();
    let (at, below) = match wanted {
        pb::RegionMatch::Covers => (covers(), Vec::new()),
        pb::RegionMatch::Within => (Vec::new(), vec![path.to_owned()]),
        pb::RegionMatch::Unspecified => (covers(), vec![path.to_owned()]),
    };
    Reach { at, below, ..Reach::default() }
}

/// The place asked about.
pub(super) fn place(request: &pb::FindTerritoryRequest) -> Result<Area, Fault> {
    let region = optional("regions", &request.region, "region")?;
    match (&request.point, region) {
        (None, None) => {
            Err(Fault::invalid_field("region", "is empty, and no point is given; give one of them, or both"))
        }
        (None, Some(region)) => Ok(Area::Regions(vec![region])),
        (Some(point), region) => {
            let mut v = Violations::new();
            match convert::point(&mut v, "point", point) {
                Some(centre) if v.is_empty() => Ok(Area::Circle { centre, radius: 0, region }),
                _ => Err(Fault::invalid(v)),
            }
        }
    }
}

/// The id of a name that may be empty.
pub(super) fn optional(collection: &str, name: &str, field: &str) -> Result<Option<ResourceId>, Fault> {
    if name.is_empty() { Ok(None) } else { resource_id(collection, name, field).map(Some) }
}
