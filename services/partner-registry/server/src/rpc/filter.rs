//! Filters of lists as conditions of the store.

use partner_registry_domain::{DealState, DocumentKind, DocumentState, PartnerKind, PartnerStatus};
use tributary_core::{Date, Fault, Scope, fault::common::FILTER_INVALID};
use tributary_rpc::filter::{Expr, Field, Fields, Kind, Op, parse, parse_for};

use crate::ports::{Condition, DealDay, DealTest, DocumentTest, PartnerTest};

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
const DOCUMENT_KINDS: &[&str] =
    &["BUSINESS_LICENCE", "INDUSTRY_PERMIT", "QUALITY_CERTIFICATE", "AUTHORISATION", "OTHER", "SERVICE_CERTIFICATE"];
const DOCUMENT_STATES: &[&str] = &["SUBMITTED", "VERIFIED", "REJECTED", "EXPIRED", "SUPERSEDED"];
const DEAL_STATES: &[&str] =
    &["SUBMITTED", "CONFLICTED", "APPROVED", "REJECTED", "WITHDRAWN", "CONVERTED", "LOST", "EXPIRED"];
const SAME: &[Op] = &[Op::Equal, Op::NotEqual];
const SAME_OR_HAS: &[Op] = &[Op::Equal, Op::NotEqual, Op::Has];
const ORDERED: &[Op] = &[Op::Equal, Op::NotEqual, Op::Less, Op::LessOrEqual, Op::Greater, Op::GreaterOrEqual];

/// The fields of ListPartners.
const PARTNER_FIELDS: Fields = Fields(&[
    Field { name: "display_name", kind: Kind::Text, ops: SAME_OR_HAS },
    Field { name: "kind", kind: Kind::Enum(KINDS), ops: SAME },
    Field { name: "region", kind: Kind::Text, ops: SAME_OR_HAS },
    Field { name: "tier", kind: Kind::Text, ops: SAME },
    Field { name: "status", kind: Kind::Enum(STATUSES), ops: SAME },
    Field { name: "labels.*", kind: Kind::Text, ops: SAME_OR_HAS },
]);

/// The fields of ListDocuments.
const DOCUMENT_FIELDS: Fields = Fields(&[
    Field { name: "kind", kind: Kind::Enum(DOCUMENT_KINDS), ops: SAME },
    Field { name: "state", kind: Kind::Enum(DOCUMENT_STATES), ops: SAME },
    Field { name: "expires_on", kind: Kind::Date, ops: ORDERED },
]);

/// The fields of ListDeals. What is for the house alone is not among them: partners may filter, too.
const DEAL_FIELDS: Fields = Fields(&[
    Field { name: "state", kind: Kind::Enum(DEAL_STATES), ops: SAME },
    Field { name: "customer", kind: Kind::Text, ops: SAME_OR_HAS },
    Field { name: "product_line", kind: Kind::Text, ops: SAME },
    Field { name: "decide_by", kind: Kind::Date, ops: ORDERED },
    Field { name: "protection_end", kind: Kind::Date, ops: ORDERED },
]);

/// Reads a filter of ListPartners; `None` for an empty one.
pub(super) fn of_partners(filter: &str) -> Result<Option<Condition<PartnerTest>>, Fault> {
    parse(filter, &PARTNER_FIELDS)?.map(|expr| condition(expr, partner_test)).transpose()
}

/// Reads a filter of ListDocuments by somebody who sees so much of them; `None` for an empty one.
pub(super) fn of_documents(scope: &Scope, filter: &str) -> Result<Option<Condition<DocumentTest>>, Fault> {
    let read = parse_for(scope, "tributary.partner.v1.Document", filter, &DOCUMENT_FIELDS)?;
    read.map(|expr| condition(expr, document_test)).transpose()
}

/// Reads a filter of ListDeals by somebody who sees so much of them; `None` for an empty one.
pub(super) fn of_deals(scope: &Scope, filter: &str) -> Result<Option<Condition<DealTest>>, Fault> {
    let read = parse_for(scope, "tributary.partner.v1.Deal", filter, &DEAL_FIELDS)?;
    read.map(|expr| condition(expr, deal_test)).transpose()
}

/// Reads one comparison, which is never a `!=`.
type Test<T> = fn(&str, Op, String) -> Result<Condition<T>, Fault>;

fn condition<T>(expr: Expr, test: Test<T>) -> Result<Condition<T>, Fault> {
    let all = |parts: Vec<Expr>| parts.into_iter().map(|part| condition(part, test)).collect::<Result<_, _>>();
    Ok(match expr {
        Expr::And(parts) => Condition::All(all(parts)?),
        Expr::Or(parts) => Condition::Any(all(parts)?),
        Expr::Not(inner) => Condition::Not(Box::new(condition(*inner, test)?)),
        Expr::Compare { field, op: Op::NotEqual, value } => Condition::Not(Box::new(test(&field, Op::Equal, value)?)),
        Expr::Compare { field, op, value } => test(&field, op, value)?,
    })
}

fn partner_test(field: &str, op: Op, value: String) -> Result<Condition<PartnerTest>, Fault> {
    let wrong = |e| wrong(field, e);
    Ok(Condition::Is(match (field, op) {
        ("display_name", Op::Equal) => PartnerTest::Name(value),
        ("display_name", Op::Has) => PartnerTest::NameContains(value),
        ("kind", Op::Equal) => PartnerTest::Kind(PartnerKind::parse(&value).map_err(wrong)?),
        ("status", Op::Equal) => PartnerTest::Status(PartnerStatus::parse(&value).map_err(wrong)?),
        ("region", Op::Equal) => PartnerTest::Region(value),
        // Whole levels: "CN/GD" finds CN/GD and CN/GD/Guangzhou, never CN/GDX.
        ("region", Op::Has) => match value.trim_end_matches('/') {
            "" => return Ok(Condition::All(Vec::new())),
            region => PartnerTest::RegionWithin(region.to_owned()),
        },
        ("tier", Op::Equal) => PartnerTest::Tier(value),
        (_, op) => match (field.strip_prefix("labels."), op) {
            (Some(key), Op::Has) if value == "*" => PartnerTest::LabelExists(key.to_owned()),
            (Some(key), Op::Equal | Op::Has) => PartnerTest::Label(key.to_owned(), value),
            _ => return Err(not_comparable(field, &value)),
        },
    }))
}

fn document_test(field: &str, op: Op, value: String) -> Result<Condition<DocumentTest>, Fault> {
    use Condition::{Any, Is};
    use DocumentTest::{ExpiresAfter, ExpiresBefore, ExpiresOn};
    let wrong = |e| wrong(field, e);
    let day = || Date::parse(&value).map_err(wrong);
    Ok(match (field, op) {
        ("kind", Op::Equal) => Is(DocumentTest::Kind(DocumentKind::parse(&value).map_err(wrong)?)),
        ("state", Op::Equal) => Is(DocumentTest::State(DocumentState::parse(&value).map_err(wrong)?)),
        ("expires_on", Op::Equal) => Is(ExpiresOn(day()?)),
        ("expires_on", Op::Less) => Is(ExpiresBefore(day()?)),
        ("expires_on", Op::LessOrEqual) => Any(vec![Is(ExpiresBefore(day()?)), Is(ExpiresOn(day()?))]),
        ("expires_on", Op::Greater) => Is(ExpiresAfter(day()?)),
        ("expires_on", Op::GreaterOrEqual) => Any(vec![Is(ExpiresAfter(day()?)), Is(ExpiresOn(day()?))]),
        _ => return Err(not_comparable(field, &value)),
    })
}

fn deal_test(field: &str, op: Op, value: String) -> Result<Condition<DealTest>, Fault> {
    use Condition::{Any, Is};
    use DealTest::{After, Before, On};
    let which = match field {
        "state" => return Ok(Is(DealTest::State(DealState::parse(&value).map_err(|e| wrong(field, e))?))),
        "product_line" => return Ok(Is(DealTest::ProductLine(value))),
        "customer" if op == Op::Has => return Ok(Is(DealTest::CustomerContains(value))),
        "customer" => return Ok(Is(DealTest::Customer(value))),
        "decide_by" => DealDay::DecideBy,
        _ => DealDay::ProtectionEnd,
    };
    let day = Date::parse(&value).map_err(|e| wrong(field, e))?;
    Ok(match op {
        Op::Equal => Is(On(which, day)),
        Op::Less => Is(Before(which, day)),
        Op::LessOrEqual => Any(vec![Is(Before(which, day)), Is(On(which, day))]),
        Op::Greater => Is(After(which, day)),
        Op::GreaterOrEqual => Any(vec![Is(After(which, day)), Is(On(which, day))]),
        _ => return Err(not_comparable(field, &value)),
    })
}

fn wrong(field: &str, e: String) -> Fault {
    Fault::new(FILTER_INVALID, format!("{field}: {e}"))
}

fn not_comparable(field: &str, value: &str) -> Fault {
    wrong(field, format!("{value:?} cannot be compared like this; use = or !="))
}

#[cfg(test)]
mod tests {
    use partner_registry_domain::{DealState, DocumentKind, DocumentState, PartnerKind, PartnerStatus};

    use super::{DEAL_STATES, DOCUMENT_KINDS, DOCUMENT_STATES, KINDS, STATUSES};

    #[test]
    fn every_name_of_the_domain_can_be_filtered() {
        assert_eq!(KINDS, PartnerKind::ALL.map(PartnerKind::as_str));
        assert_eq!(STATUSES, PartnerStatus::ALL.map(PartnerStatus::as_str));
        assert_eq!(DOCUMENT_KINDS, DocumentKind::ALL.map(DocumentKind::as_str));
        assert_eq!(DOCUMENT_STATES, DocumentState::ALL.map(DocumentState::as_str));
        assert_eq!(DEAL_STATES, DealState::ALL.map(DealState::as_str));
    }
}
