//! Filters of ListPartners as conditions of the store.

use partner_registry_domain::{PartnerKind, PartnerStatus};
use tributary_core::{Fault, fault::common::FILTER_INVALID};
use tributary_rpc::filter::{Expr, Field, Fields, Kind, Op, parse};

use crate::ports::Condition;

const KINDS: &[&str] = &[
    "DEALER",
    "AGENT",
    "DISTRIBUTOR",
    "RETAILER",
    "MCN",
    "CREATOR",
    "GROUP_LEADER",
    "CROSS_INDUSTRY_BRAND",
    "SERVICE_PROVIDER",
];
const STATUSES: &[&str] =
    &["PROSPECT", "APPLICANT", "ADMITTED", "ACTIVE", "PROBATION", "FROZEN", "EXITING", "EXITED", "REJECTED"];
const SAME: &[Op] = &[Op::Equal, Op::NotEqual];
const SAME_OR_HAS: &[Op] = &[Op::Equal, Op::NotEqual, Op::Has];

/// The fields of the proto comment.
const FIELDS: Fields = Fields(&[
    Field { name: "display_name", kind: Kind::Text, ops: SAME_OR_HAS },
    Field { name: "kind", kind: Kind::Enum(KINDS), ops: SAME },
    Field { name: "region", kind: Kind::Text, ops: SAME_OR_HAS },
    Field { name: "tier", kind: Kind::Text, ops: SAME },
    Field { name: "status", kind: Kind::Enum(STATUSES), ops: SAME },
    Field { name: "labels.*", kind: Kind::Text, ops: SAME_OR_HAS },
]);

/// Reads a filter; `None` for an empty one.
pub(super) fn condition(filter: &str) -> Result<Option<Condition>, Fault> {
    parse(filter, &FIELDS)?.map(of).transpose()
}

fn of(expr: Expr) -> Result<Condition, Fault> {
    Ok(match expr {
        Expr::And(parts) => Condition::All(parts.into_iter().map(of).collect::<Result<_, _>>()?),
        Expr::Or(parts) => Condition::Any(parts.into_iter().map(of).collect::<Result<_, _>>()?),
        Expr::Not(inner) => Condition::Not(Box::new(of(*inner)?)),
        Expr::Compare { field, op: Op::NotEqual, value } => {
            Condition::Not(Box::new(comparison(&field, Op::Equal, value)?))
        }
        Expr::Compare { field, op, value } => comparison(&field, op, value)?,
    })
}

fn comparison(field: &str, op: Op, value: String) -> Result<Condition, Fault> {
    let wrong = |e: String| Fault::new(FILTER_INVALID, format!("{field}: {e}"));
    Ok(match (field, op) {
        ("display_name", Op::Equal) => Condition::Name(value),
        ("display_name", Op::Has) => Condition::NameContains(value),
        ("kind", Op::Equal) => Condition::Kind(PartnerKind::parse(&value).map_err(wrong)?),
        ("status", Op::Equal) => Condition::Status(PartnerStatus::parse(&value).map_err(wrong)?),
        ("region", Op::Equal) => Condition::Region(value),
        // Whole levels: "CN/GD" finds CN/GD and CN/GD/Guangzhou, never CN/GDX.
        ("region", Op::Has) => match value.trim_end_matches('/') {
            "" => Condition::All(Vec::new()),
            region => Condition::RegionWithin(region.to_owned()),
        },
        ("tier", Op::Equal) => Condition::Tier(value),
        (_, op) => match (field.strip_prefix("labels."), op) {
            (Some(key), Op::Has) if value == "*" => Condition::LabelExists(key.to_owned()),
            (Some(key), Op::Equal | Op::Has) => Condition::Label(key.to_owned(), value),
            _ => return Err(wrong(format!("{value:?} cannot be compared like this; use = or !="))),
        },
    })
}

#[cfg(test)]
mod tests {
    use partner_registry_domain::{PartnerKind, PartnerStatus};

    use super::{KINDS, STATUSES};

    #[test]
    fn every_name_of_the_domain_can_be_filtered() {
        assert_eq!(KINDS, PartnerKind::ALL.map(PartnerKind::as_str));
        assert_eq!(STATUSES, PartnerStatus::ALL.map(PartnerStatus::as_str));
    }
}
