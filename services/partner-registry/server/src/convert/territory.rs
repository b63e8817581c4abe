//! Regions, rights and what stands in their way.

use std::collections::BTreeMap;

use partner_registry_domain::{
    partner::resource_name,
    territory::{
        Clash, Point, Rect, Region, RegionDraft, RegionLevel, Right, Shape, Terms, Territory, region::region_name,
    },
};
use tributary_core::{ResourceId, Violations};
use tributary_proto::tributary::partner::v1 as pb;
use tributary_rpc::convert::{date_to_proto, decimal, decimal_to_proto, timestamp_to_proto};

/// A region as callers see it.
pub(crate) fn region_to_proto(region: Region) -> pb::Region {
    let (name, etag) = (region.name(), partner_registry_domain::etag::of(region.revision));
    pb::Region {
        name,
        code: region.code,
        level: level_to_proto(region.level).into(),
        parent: region.parent.as_ref().map(region_name).unwrap_or_default(),
        display_name: region.display_name,
        names: region.names,
        members: region.members.iter().map(region_name).collect(),
        shape: shape_to_proto(&region.shape),
        revision: region.revision,
        create_time: Some(timestamp_to_proto(region.create_time)),
        update_time: Some(timestamp_to_proto(region.update_time)),
        etag,
    }
}

fn level_to_proto(level: RegionLevel) -> pb::RegionLevel {
    match level {
        RegionLevel::Country => pb::RegionLevel::Country,
        RegionLevel::Province => pb::RegionLevel::Province,
        RegionLevel::City => pb::RegionLevel::City,
        RegionLevel::County => pb::RegionLevel::County,
        RegionLevel::District => pb::RegionLevel::District,
    }
}

/// The level asked for; `None` when none is.
pub(crate) fn level(number: i32) -> Option<RegionLevel> {
    RegionLevel::ALL.into_iter().find(|level| i32::from(level_to_proto(*level)) == number)
}

fn shape_to_proto(shape: &Shape) -> Option<pb::RegionShape> {
    let bounds = shape.bounds.as_ref().and_then(Rect::corners).map(|(south_west, north_east)| pb::GeoBox {
        south_west: Some(point_to_proto(south_west)),
        north_east: Some(point_to_proto(north_east)),
    });
    (*shape != Shape::default()).then(|| pb::RegionShape {
        centre: shape.centre.map(point_to_proto),
        radius_meters: shape.radius.into(),
        r#box: bounds,
    })
}

fn point_to_proto(point: Point) -> pb::GeoPoint {
    pb::GeoPoint {
        latitude: Some(decimal_to_proto(point.latitude())),
        longitude: Some(decimal_to_proto(point.longitude())),
    }
}

/// Reads a point; what is wrong is noted under its field.
pub(crate) fn point(v: &mut Violations, field: &str, given: &pb::GeoPoint) -> Option<Point> {
    let mut own = Violations::new();
    let mut degrees = |field: &str, value: &Option<tributary_proto::google::r#type::Decimal>| {
        let value = value.as_ref().ok_or_else(|| "is required; give degrees as \"31.8206\"".to_owned());
        own.check(field, value.and_then(|value| decimal(value, 7)))
    };
    let (north, east) = (degrees("latitude", &given.latitude), degrees("longitude", &given.longitude));
    // One that cannot be read does not keep the other from being checked.
    let checked = Point::new(north.unwrap_or_default(), east.unwrap_or_default());
    let point = checked.map_err(|wrong| own.extend(wrong)).ok().filter(|_| own.is_empty());
    v.nest(field, own);
    point
}

/// What a caller says about a region.
pub(crate) fn region_draft(item: pb::RegionImport, v: &mut Violations) -> RegionDraft {
    RegionDraft {
        code: item.code,
        district_id: item.district_id,
        parent_code: item.parent_code,
        display_name: item.display_name,
        names: BTreeMap::from_iter(item.names),
        member_codes: item.member_codes,
        shape: item.shape.map(|shape| read_shape(v, &shape)).unwrap_or_default(),
        etag: item.etag,
    }
}

fn read_shape(v: &mut Violations, shape: &pb::RegionShape) -> Shape {
    let bounds = shape.r#box.as_ref().and_then(|given| {
        let mut corner = |name: &str, corner: &Option<pb::GeoPoint>| {
            let field = format!("shape.box.{name}");
            match corner {
                Some(corner) => point(v, &field, corner),
                None => {
                    v.add(field, "is required; give both corners");
                    None
                }
            }
        };
        let corners = (corner("south_west", &given.south_west), corner("north_east", &given.north_east));
        match corners {
            (Some(south_west), Some(north_east)) => v.check("shape.box", Rect::new(south_west, north_east)),
            _ => None,
        }
    });
    Shape {
        centre: shape.centre.as_ref().and_then(|centre| point(v, "shape.centre", centre)),
        radius: u32::try_from(shape.radius_meters).unwrap_or_default(),
        bounds,
    }
}

/// A right as callers see it.
pub(crate) fn right_to_proto(right: &Right) -> pb::TerritoryRight {
    pb::TerritoryRight {
        name: right.name(),
        uid: right.uid.to_string(),
        terms: Some(terms_to_proto(&right.terms)),
        reason: right.reason.clone(),
        actor: right.actor.clone(),
        create_time: Some(timestamp_to_proto(right.record_time)),
        ending: right.ending.as_ref().map(|ending| pb::TerritoryEnding {
            actor: ending.actor.clone(),
            reason: ending.reason.clone(),
            record_time: Some(timestamp_to_proto(ending.record_time)),
        }),
        revision: right.revision,
        etag: partner_registry_domain::etag::of(right.revision),
    }
}

fn terms_to_proto(terms: &Terms) -> pb::TerritoryTerms {
    pb::TerritoryTerms {
        partner: terms.partner.as_ref().map(resource_name).unwrap_or_default(),
        product_lines: terms.product_lines.iter().cloned().collect(),
        territory: Some(pb::Territory { area: Some(area_to_proto(&terms.territory)) }),
        effective_from: Some(date_to_proto(terms.effective_from)),
        effective_to: terms.effective_to.map(date_to_proto),
        exclusive: terms.exclusive,
    }
}

fn area_to_proto(territory: &Territory) -> pb::territory::Area {
    let names = |ids: &mut dyn Iterator<Item = &ResourceId>| ids.map(region_name).collect();
    match territory {
        Territory::Regions { named, covered } => pb::territory::Area::Regions(pb::TerritoryRegions {
            regions: names(&mut named.iter()),
            covered: names(&mut covered.iter().map(|place| &place.id)),
        }),
        Territory::Circle(circle) => pb::territory::Area::Circle(pb::TerritoryCircle {
            centre: Some(point_to_proto(circle.centre)),
            radius_meters: circle.radius.into(),
            region: circle.within.as_ref().map(|place| region_name(&place.id)).unwrap_or_default(),
        }),
    }
}

/// A right with what it has in common with another one.
pub(crate) fn clash_to_proto((right, clash): &(Right, Clash)) -> pb::TerritoryConflict {
    pb::TerritoryConflict {
        right: Some(right_to_proto(right)),
        product_lines: clash.product_lines.iter().cloned().collect(),
        effective_from: Some(date_to_proto(clash.from)),
        effective_to: clash.to.map(date_to_proto),
        explanation: clash.explanation.clone(),
    }
}
