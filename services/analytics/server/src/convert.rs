//! Between the protobuf messages and the domain.

pub mod attribution;
pub mod attribution_out;
pub mod journey;

use analytics_domain::{Dimension, Fact, QUANTITY_SCALE, RowKey, Sums, reasons::AMOUNT_OVERFLOW};
use tributary_core::{Fault, ResourceId, Violations};
use tributary_proto::{
    google::r#type::{Decimal as DecimalText, Money},
    tributary::{
        analytics::v1::{SalesDimension, SalesRow},
        incentive::v1::{
            FactKind, SalesFact,
            sales_fact::{Occurred, PartnerRef},
        },
    },
};
use tributary_rpc::convert::{date, decimal, fact_amount};

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

/// A sum of amounts as `google.type.Money`.
///
/// # Errors
/// `AMOUNT_OVERFLOW` when its units do not fit.
fn net_to_proto(key: &RowKey, net: i128) -> Result<Money, Fault> {
    let scale = key.currency.fact_scale();
    let step = 10_i128.saturating_pow(scale);
    let (units, fraction) = (net / step, net % step);
    let nanos = fraction.saturating_mul(10_i128.saturating_pow(9_u32.saturating_sub(scale)));
    match (i64::try_from(units), i32::try_from(nanos)) {
        (Ok(units), Ok(nanos)) => Ok(Money { currency_code: key.currency.code().to_owned(), units, nanos }),
        _ => {
            let message = format!(
                "the net sum of {} is {units} units, which 64 bits cannot hold; ask for fewer months or more dimensions",
                key.shown()
            );
            Err(Fault::new(AMOUNT_OVERFLOW, message).with("row", key.shown()))
        }
    }
}

/// A sum of quantities, exactly and without trailing zeros. It may have more digits than a decimal of the API's callers.
fn quantity_to_proto(quantity: i128) -> DecimalText {
    let step = 10_u128.saturating_pow(QUANTITY_SCALE);
    let sign = if quantity < 0 { "-" } else { "" };
    let (whole, fraction) = (quantity.unsigned_abs() / step, quantity.unsigned_abs() % step);
    let width = usize::try_from(QUANTITY_SCALE).unwrap_or(0);
    let text = format!("{sign}{whole}.{fraction:0width$}");
    DecimalText { value: text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

/// Writes a row; `dimensions` are those of its query.
///
/// # Errors
/// `AMOUNT_OVERFLOW` with the row's key.
pub fn row_to_proto(dimensions: &[Dimension], key: RowKey, sums: Sums) -> Result<SalesRow, Fault> {
    let mut row = SalesRow {
        net: Some(net_to_proto(&key, sums.net)?),
        fact_count: sums.fact_count,
        quantity: Some(quantity_to_proto(sums.quantity)),
        ..SalesRow::default()
    };
    for (dimension, value) in dimensions.iter().zip(key.values) {
        match dimension {
            Dimension::Partner => row.partner = format!("partners/{value}"),
            Dimension::Month => row.month = value,
            Dimension::Kind => row.kind = value,
        }
    }
    Ok(row)
}

#[cfg(test)]
mod tests {
    use analytics_domain::{Dimension, RowKey, Sums};
    use tributary_core::Currency;

    use super::{quantity_to_proto, row_to_proto};

    fn net(code: &str, net: i128) -> Result<(i64, i32), String> {
        let key = RowKey { values: vec!["2012-07".to_owned()], currency: Currency::parse(code).expect("known") };
        let row = row_to_proto(&[Dimension::Month], key, Sums { net, ..Sums::default() });
        row.map(|row| row.net.map(|m| (m.units, m.nanos)).expect("set")).map_err(|e| e.to_string())
    }

    #[test]
    fn net_has_all_digits_up_to_64_bits_of_units() {
        // Six decimals for IDR, four for JPY, seven for BHD.
        assert_eq!(net("IDR", 20_565_620_600), Ok((20_565, 620_600_000)));
        assert_eq!(net("JPY", -12_345), Ok((-1, -234_500_000)));
        assert_eq!(net("BHD", 1), Ok((0, 100)));
        assert_eq!(net("IDR", 18_446_744_073_709_551_615), Ok((18_446_744_073_709, 551_615_000)));
        // i64::MAX units and 0.999999, then one millionth more.
        assert_eq!(net("IDR", 9_223_372_036_854_775_807_999_999), Ok((i64::MAX, 999_999_000)));
        let fault = net("IDR", 9_223_372_036_854_775_808_000_000).expect_err("too many units");
        assert!(fault.contains("2012-07 in IDR is 9223372036854775808 units"), "{fault}");
        assert_eq!(net("IDR", -9_223_372_036_854_775_808_000_000), Ok((i64::MIN, 0)));
    }

    #[test]
    fn quantities_have_all_their_digits() {
        for (quantity, text) in [
            (0, "0"),
            (2_500_000, "2.5"),
            (-1, "-0.000001"),
            (-10_000_000, "-10"),
            // 39 digits; 28 are what a decimal in memory takes.
            (i128::MAX, "170141183460469231731687303715884.105727"),
            (i128::MIN, "-170141183460469231731687303715884.105728"),
        ] {
            assert_eq!(quantity_to_proto(quantity).value, text);
        }
    }
}
