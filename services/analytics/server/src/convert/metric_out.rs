//! Answers of the metric layer as protobuf messages.

use analytics_domain::{
    metric::{Class, ClassTotal, Definition, Dimension, Member, MetricQuery, Row, Unit, Value},
    reasons::AMOUNT_OVERFLOW,
};
use tributary_core::{Currency, Exact, Fault, MinorAmount, Rounding};
use tributary_proto::{
    google::r#type::{Decimal, Money},
    tributary::analytics::v1::{self as pb, MetricUnit, VolumeClass, metric_value},
};
use tributary_rpc::convert::{date_to_proto, minor_to_proto};

use super::metric::dimension_to_proto;
use crate::app::metrics::Classification;

/// Decimals of a ratio.
const RATIO_SCALE: u32 = 6;
/// More decimals than any amount, quantity or count has.
const ALL_DECIMALS: u32 = 18;

/// Writes a definition.
pub fn definition(definition: &Definition) -> pb::MetricDefinition {
    let unit = match definition.unit {
        Unit::Money => MetricUnit::Money,
        Unit::Count => MetricUnit::Count,
        Unit::Quantity => MetricUnit::Quantity,
        Unit::Ratio => MetricUnit::Ratio,
    };
    pb::MetricDefinition {
        metric: definition.id.to_owned(),
        title: definition.title.to_owned(),
        meaning: definition.meaning.to_owned(),
        formula: definition.formula.to_owned(),
        unit: unit.into(),
        owner: definition.owner.to_owned(),
        dimensions: definition.dimensions.iter().map(|dimension| dimension_to_proto(*dimension).into()).collect(),
    }
}

/// Writes a row of a question.
///
/// # Errors
/// `AMOUNT_OVERFLOW` with what the row is about.
pub fn row(query: &MetricQuery, row: Row) -> Result<pb::MetricRow, Fault> {
    let period = query.grain().zip(row.key.first).map(|(grain, first)| grain.label(first));
    let (from, to) = query.period(row.key.first);
    let about: Vec<&str> = period.iter().chain(&row.key.texts).map(String::as_str).filter(|t| !t.is_empty()).collect();
    let about = about.join(", ");
    let values = query.metrics().iter().zip(&row.values);
    let values = values.map(|(metric, value)| self::value(metric.id, value.as_ref(), row.currency, &about));
    let mut written = pb::MetricRow {
        values: values.collect::<Result<_, _>>()?,
        period: period.unwrap_or_default(),
        period_from: from.map(date_to_proto),
        period_to: to.map(date_to_proto),
        ..pb::MetricRow::default()
    };
    for (dimension, text) in query.dimensions().iter().zip(row.key.texts) {
        *match dimension {
            Dimension::Partner => &mut written.partner,
            Dimension::Region => &mut written.region,
            Dimension::ProductLine => &mut written.product_line,
            Dimension::Sku => &mut written.sku,
            Dimension::Channel => &mut written.channel,
            Dimension::SubChannel => &mut written.sub_channel,
            Dimension::Currency => &mut written.currency_code,
            Dimension::Kind => &mut written.kind,
        } = member(*dimension, text);
    }
    Ok(written)
}

/// The text of a dimension as callers know it: partners by their resource names.
fn member(dimension: Dimension, text: String) -> String {
    if dimension == Dimension::Partner && !text.is_empty() { format!("partners/{text}") } else { text }
}

fn value(
    metric: &str,
    value: Option<&Value>,
    currency: Option<Currency>,
    about: &str,
) -> Result<pb::MetricValue, Fault> {
    let mut written = pb::MetricValue { metric: metric.to_owned(), ..pb::MetricValue::default() };
    let overflow = || overflow(metric, about);
    match value {
        None => {}
        Some(Value::Sum { unit: Unit::Money, value, .. }) => {
            let money = currency.and_then(|currency| money(currency, *value)).ok_or_else(overflow)?;
            written.value = Some(metric_value::Value::Amount(money));
        }
        Some(Value::Sum { value, digits, .. }) => {
            written.value = Some(metric_value::Value::Number(decimal(*value, *digits)));
        }
        Some(Value::Ratio { unit, numerator, denominator }) => {
            (written.numerator, written.denominator) = (Some(exact(numerator)), Some(exact(denominator)));
            if let Some(ratio) = numerator.checked_div(denominator) {
                written.value = Some(rounded(*unit, &ratio, currency).ok_or_else(overflow)?);
            }
        }
    }
    Ok(written)
}

fn overflow(metric: &str, about: &str) -> Fault {
    let about = if about.is_empty() { "everything" } else { about };
    let message =
        format!("{metric} of {about} is more than 64 bits of units can hold; ask for fewer days or more dimensions");
    Fault::new(AMOUNT_OVERFLOW, message).with("metric", metric).with("row", about)
}

/// A ratio at six decimals, an average of money in whole minor units; half away from zero. `None` when it does not fit.
fn rounded(unit: Unit, ratio: &Exact, currency: Option<Currency>) -> Option<metric_value::Value> {
    if unit == Unit::Money {
        let currency = currency?;
        let value = ratio.round_to(currency.exponent(), Rounding::HalfAwayFromZero)?;
        return Some(metric_value::Value::Amount(minor_to_proto(MinorAmount { currency, value })));
    }
    let value = ratio.round_to(RATIO_SCALE, Rounding::HalfAwayFromZero)?;
    Some(metric_value::Value::Number(decimal(value.into(), RATIO_SCALE)))
}

/// A sum of amounts as `google.type.Money`; `None` when its units do not fit.
fn money(currency: Currency, sum: i128) -> Option<Money> {
    let scale = currency.fact_scale();
    let step = 10_i128.saturating_pow(scale);
    let (units, fraction) = (sum / step, sum % step);
    let nanos = fraction.saturating_mul(10_i128.saturating_pow(9_u32.saturating_sub(scale)));
    let (units, nanos) = (i64::try_from(units).ok()?, i32::try_from(nanos).ok()?);
    Some(Money { currency_code: currency.code().to_owned(), units, nanos })
}

/// An integer of `10^-digits`, exactly and without trailing zeros. It may have more digits than a decimal of the API's
/// callers.
fn decimal(value: i128, digits: u32) -> Decimal {
    exact(&Exact::from_scaled(value, digits))
}

/// Amounts, quantities and counts end within 18 decimals.
fn exact(value: &Exact) -> Decimal {
    Decimal { value: value.to_decimal_string(ALL_DECIMALS).unwrap_or_else(|| value.display()) }
}

/// Writes some members of a classification, and what each class has in all.
pub fn classes(
    by: Dimension,
    found: &Classification,
    members: &[Member],
) -> (Vec<pb::VolumeClassRow>, Vec<pb::VolumeClassTotal>) {
    let share = |volume: i128| {
        let share = found.classes.share(volume)?.round_to(RATIO_SCALE, Rounding::HalfAwayFromZero)?;
        Some(decimal(share.into(), RATIO_SCALE))
    };
    let row = |member: &Member| pb::VolumeClassRow {
        member: self::member(by, member.name.clone()),
        rank: member.rank,
        volume: Some(decimal(member.volume, found.digits)),
        share: share(member.volume),
        cumulative_share: share(member.cumulative),
        volume_class: class(member.class).into(),
    };
    let total = |total: &ClassTotal| pb::VolumeClassTotal {
        volume_class: class(total.class).into(),
        member_count: total.members,
        volume: Some(decimal(total.volume, found.digits)),
        currency_code: found.currency.map_or_else(String::new, |currency| currency.code().to_owned()),
    };
    (members.iter().map(row).collect(), found.classes.totals.iter().map(total).collect())
}

fn class(class: Class) -> VolumeClass {
    match class {
        Class::A => VolumeClass::A,
        Class::B => VolumeClass::B,
        Class::C => VolumeClass::C,
    }
}

#[cfg(test)]
mod tests {
    use analytics_domain::metric::{Unit, Value};
    use tributary_core::{Currency, Exact};
    use tributary_proto::tributary::analytics::v1::metric_value;

    use super::{decimal, value};

    fn shown(code: &str, of: Value) -> Result<String, String> {
        let currency = Some(Currency::parse(code).expect("known"));
        let written = value("gmv", Some(&of), currency, "2012-07").map_err(|fault| fault.message().to_owned())?;
        Ok(match written.value {
            Some(metric_value::Value::Amount(money)) => {
                format!("{} {} {}", money.currency_code, money.units, money.nanos)
            }
            Some(metric_value::Value::Number(number)) => number.value,
            None => "-".to_owned(),
        })
    }

    fn sum(code: &str, value: i128) -> Result<String, String> {
        shown(code, Value::Sum { unit: Unit::Money, value, digits: 0 })
    }

    fn ratio(unit: Unit, numerator: i64, denominator: i64) -> Result<String, String> {
        shown("CNY", Value::Ratio { unit, numerator: Exact::from(numerator), denominator: Exact::from(denominator) })
    }

    #[test]
    fn amounts_have_all_digits_up_to_64_bits_of_units() {
        // Six decimals for IDR, four for JPY, seven for BHD.
        assert_eq!(sum("IDR", 20_565_620_600), Ok("IDR 20565 620600000".to_owned()));
        assert_eq!(sum("JPY", -12_345), Ok("JPY -1 -234500000".to_owned()));
        assert_eq!(sum("BHD", 1), Ok("BHD 0 100".to_owned()));
        // i64::MAX units and 0.999999, then one millionth more.
        assert_eq!(sum("IDR", 9_223_372_036_854_775_807_999_999), Ok("IDR 9223372036854775807 999999000".to_owned()));
        let said = "gmv of 2012-07 is more than 64 bits of units can hold; ask for fewer days or more dimensions";
        assert_eq!(sum("IDR", 9_223_372_036_854_775_808_000_000), Err(said.to_owned()));
        assert_eq!(sum("IDR", -9_223_372_036_854_775_808_000_000), Ok("IDR -9223372036854775808 0".to_owned()));
    }

    #[test]
    fn ratios_and_averages_are_rounded_half_away_from_zero() {
        assert_eq!(ratio(Unit::Ratio, 1, 8), Ok("0.125".to_owned()));
        assert_eq!(ratio(Unit::Ratio, 2, 3), Ok("0.666667".to_owned()));
        assert_eq!(ratio(Unit::Ratio, 1, 2_000_000), Ok("0.000001".to_owned()));
        assert_eq!(ratio(Unit::Ratio, -1, 2_000_000), Ok("-0.000001".to_owned()));
        assert_eq!(ratio(Unit::Ratio, 5, 5), Ok("1".to_owned()));
        assert_eq!(ratio(Unit::Ratio, 1, 0), Ok("-".to_owned()));
        // 0.005 and −0.125 yuan.
        assert_eq!(ratio(Unit::Money, 1, 200), Ok("CNY 0 10000000".to_owned()));
        assert_eq!(ratio(Unit::Money, -1, 8), Ok("CNY 0 -130000000".to_owned()));
        assert!(ratio(Unit::Ratio, i64::MAX, 1).is_err());
    }

    #[test]
    fn numbers_have_all_their_digits() {
        for (value, text) in [
            (0, "0"),
            (2_500_000, "2.5"),
            (-1, "-0.000001"),
            (-10_000_000, "-10"),
            // 39 digits; 28 are what a decimal in memory takes.
            (i128::MAX, "170141183460469231731687303715884.105727"),
            (i128::MIN, "-170141183460469231731687303715884.105728"),
        ] {
            assert_eq!(decimal(value, 6).value, text);
        }
    }
}
