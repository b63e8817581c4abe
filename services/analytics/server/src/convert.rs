//! Between the protobuf messages and the domain.

use analytics_domain::{Dimension, Fact, QUANTITY_SCALE, RowKey, Sums};
use tributary_core::{Decimal, FactAmount, Fault, ResourceId, Violations};
use tributary_proto::{
    google::r#type::Decimal as DecimalText,
    tributary::{
        analytics::v1::{SalesDimension, SalesRow},
        incentive::v1::{
            FactKind, SalesFact,
            sales_fact::{Occurred, PartnerRef},
        },
    },
};
use tributary_rpc::convert::{date, decimal, decimal_to_proto, fact_amount, money_to_proto};

/// Reads what is summed of a fact.
///
/// # Errors
/// `INVALID_REQUEST` with every violation. Facts are checked where they are recorded, so this means a version of
/// incentive-calculation that this one does not understand.
pub fn fact(stated: SalesFact) -> Result<Fact, Fault> {
    let mut v = Violations::new();
    let kind = match FactKind::try_from(stated.kind) {
        Ok(kind) if kind != FactKind::Unspecified => Some(kind_text(kind)),
        _ => {
            v.add("kind", format!("{} is not a kind of fact known here; update analytics", stated.kind));
            None
        }
    };
    let partner = match &stated.partner_ref {
        Some(PartnerRef::Partner(name)) => v.check("partner", ResourceId::from_name("partners", name)),
        _ => missing(&mut v, "partner"),
    };
    let day = match &stated.occurred {
        Some(Occurred::OccurredOn(day)) => v.check("occurred_on", date(day)),
        _ => missing(&mut v, "occurred_on"),
    };
    let net = match &stated.net {
        Some(net) => v.check("net", fact_amount(net)),
        None => missing(&mut v, "net"),
    };
    let quantity = match &stated.quantity {
        Some(stated) => v.check("quantity", quantity(stated)),
        None => Some(0),
    };
    match (partner, day, kind, net, quantity) {
        (Some(partner), Some(occurred_on), Some(kind), Some(net), Some(quantity)) => {
            Ok(Fact { partner, occurred_on, kind, currency: net.currency, net: net.value, quantity })
        }
        _ => {
            let mut named = Violations::new();
            named.nest(&format!("facts[{}:{}]", stated.source_system, stated.source_id), v);
            Err(Fault::invalid(named))
        }
    }
}

fn missing<T>(v: &mut Violations, field: &str) -> Option<T> {
    v.add(field, "is not set; a recorded fact always has it");
    None
}

/// "SELL_IN".
fn kind_text(kind: FactKind) -> String {
    let name = kind.as_str_name();
    name.strip_prefix("FACT_KIND_").unwrap_or(name).to_owned()
}

/// A quantity as an integer at its scale.
fn quantity(stated: &DecimalText) -> Result<i64, String> {
    let value = decimal(stated, QUANTITY_SCALE)?;
    let factor = 10_i128.saturating_pow(QUANTITY_SCALE.saturating_sub(value.scale()));
    let scaled = value.mantissa().checked_mul(factor).and_then(|q| i64::try_from(q).ok());
    scaled.ok_or_else(|| format!("{value} is too large for 64 bits at {QUANTITY_SCALE} decimals"))
}

/// A dimension of a message, `None` when it is not set or not known.
pub fn dimension(number: i32) -> Option<Dimension> {
    match SalesDimension::try_from(number) {
        Ok(SalesDimension::Partner) => Some(Dimension::Partner),
        Ok(SalesDimension::Month) => Some(Dimension::Month),
        Ok(SalesDimension::Kind) => Some(Dimension::Kind),
        Ok(SalesDimension::Unspecified) | Err(_) => None,
    }
}

/// Writes a row; `dimensions` are those of its query.
pub fn row_to_proto(dimensions: &[Dimension], key: RowKey, sums: Sums) -> SalesRow {
    let mut row = SalesRow {
        net: Some(money_to_proto(FactAmount { currency: key.currency, value: sums.net })),
        fact_count: sums.fact_count,
        quantity: Some(decimal_to_proto(Decimal::from_i128_with_scale(sums.quantity.into(), QUANTITY_SCALE))),
        ..SalesRow::default()
    };
    for (dimension, value) in dimensions.iter().zip(key.values) {
        match dimension {
            Dimension::Partner => row.partner = format!("partners/{value}"),
            Dimension::Month => row.month = value,
            Dimension::Kind => row.kind = value,
        }
    }
    row
}
