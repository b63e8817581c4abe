//! Between the domain's values and the protobuf messages that carry them. Reading says what is wrong in a sentence;
//! the caller puts it under the field's path. Nothing is rounded.

use tributary_core::{
    Currency, Date, Decimal, Exact, FactAmount, Fault, MinorAmount, ResourceId, Timestamp, exact::parse_decimal,
};
use tributary_proto::google::r#type as pb;

/// A fact amount as `google.type.Money`.
#[must_use]
pub fn money_to_proto(amount: FactAmount) -> pb::Money {
    let (units, nanos) = amount.to_units_nanos();
    pb::Money { currency_code: amount.currency.code().to_owned(), units, nanos }
}

/// Reads `google.type.Money` as a fact amount (the currency's minor unit and four digits more).
///
/// # Errors
/// A sentence with the value: unknown currency, too many digits, mixed signs, too large.
pub fn fact_amount(money: &pb::Money) -> Result<FactAmount, String> {
    FactAmount::from_units_nanos(Currency::parse(&money.currency_code)?, money.units, money.nanos)
}

/// Whole minor units as `google.type.Money`.
#[must_use]
pub fn minor_to_proto(amount: MinorAmount) -> pb::Money {
    let (units, nanos) = amount.to_units_nanos();
    pb::Money { currency_code: amount.currency.code().to_owned(), units, nanos }
}

/// Reads `google.type.Money` as whole minor units.
///
/// # Errors
/// A sentence with the value: unknown currency, a fraction of a minor unit, mixed signs, too large.
pub fn minor_amount(money: &pb::Money) -> Result<MinorAmount, String> {
    MinorAmount::from_units_nanos(Currency::parse(&money.currency_code)?, money.units, money.nanos)
}

/// A decimal as `google.type.Decimal`, without trailing zeros. Example: "1.5".
#[must_use]
pub fn decimal_to_proto(value: Decimal) -> pb::Decimal {
    pb::Decimal { value: value.normalize().to_string() }
}

/// Reads `google.type.Decimal` with at most `max_scale` decimals; no exponent.
///
/// # Errors
/// A sentence with the value.
pub fn decimal(value: &pb::Decimal, max_scale: u32) -> Result<Decimal, String> {
    parse_decimal(&value.value, max_scale)
}

/// The id in a resource name such as `partners/x`, which stands in `field` of a request.
///
/// # Errors
/// `INVALID_REQUEST` for that field.
pub fn resource_id(collection: &str, name: &str, field: &str) -> Result<ResourceId, Fault> {
    ResourceId::from_name(collection, name).map_err(|e| Fault::invalid_field(field, e))
}

/// A day as `google.type.Date`.
#[must_use]
pub fn date_to_proto(date: Date) -> pb::Date {
    let (year, month, day) = date.ymd();
    pb::Date { year, month, day }
}

/// Reads `google.type.Date`; year, month and day are all required.
///
/// # Errors
/// A sentence with the value.
pub fn date(date: &pb::Date) -> Result<Date, String> {
    Date::from_ymd(date.year, date.month, date.day)
}

/// An instant as `google.protobuf.Timestamp`.
#[must_use]
pub fn timestamp_to_proto(instant: Timestamp) -> prost_types::Timestamp {
    let (seconds, nanos) = instant.to_seconds_nanos();
    prost_types::Timestamp { seconds, nanos }
}

/// 0001-01-01T00:00:00Z, the first second protobuf allows.
const MIN_SECONDS: i64 = -62_135_596_800;
/// 9999-12-31T23:59:59Z, the last.
const MAX_SECONDS: i64 = 253_402_300_799;

/// Reads `google.protobuf.Timestamp`; anything finer than a microsecond is cut.
///
/// # Errors
/// A sentence with the value: outside the years 1 to 9999, or nanoseconds outside 0 to 999,999,999.
pub fn timestamp(instant: &prost_types::Timestamp) -> Result<Timestamp, String> {
    let prost_types::Timestamp { seconds, nanos } = *instant;
    if !(MIN_SECONDS..=MAX_SECONDS).contains(&seconds) || !(0..1_000_000_000).contains(&nanos) {
        return Err(format!(
            "{seconds} s and {nanos} ns is not an instant; seconds lie in the years 1 to 9999, nanos in 0 to 999999999"
        ));
    }
    Ok(Timestamp::from_seconds_nanos(seconds, nanos))
}

/// Numerator, denominator and decimal of an exact value, as the parts of `tributary.incentive.v1.ExactAmount`.
#[must_use]
pub fn exact_parts(value: &Exact) -> (String, String, String) {
    (value.numerator().to_string(), value.denominator().to_string(), value.display())
}

#[cfg(test)]
mod tests {
    use tributary_core::{Currency, Decimal, Exact, FactAmount, MinorAmount, Timestamp};
    use tributary_proto::google::r#type as pb;

    use super::{
        date, date_to_proto, decimal, decimal_to_proto, exact_parts, fact_amount, minor_amount, minor_to_proto,
        money_to_proto, timestamp, timestamp_to_proto,
    };

    fn money(code: &str, units: i64, nanos: i32) -> pb::Money {
        pb::Money { currency_code: code.to_owned(), units, nanos }
    }

    #[test]
    fn money_keeps_its_digits() {
        let cny = Currency::parse("CNY").expect("known");
        let fact = FactAmount { currency: cny, value: 20_565_620_600 };
        assert_eq!(money_to_proto(fact), money("CNY", 20_565, 620_600_000));
        assert_eq!(fact_amount(&money("CNY", 20_565, 620_600_000)), Ok(fact));
        let minor = MinorAmount { currency: cny, value: -105 };
        assert_eq!(minor_to_proto(minor), money("CNY", -1, -50_000_000));
        assert_eq!(minor_amount(&money("CNY", -1, -50_000_000)), Ok(minor));
        let e = minor_amount(&money("CNY", 1, 5_000_000)).expect_err("half a fen");
        assert!(e.contains("CNY 1.005"), "{e}");
        let e = fact_amount(&money("RMB", 1, 0)).expect_err("no such code");
        assert!(e.contains("RMB") && e.contains("CNY"), "{e}");
    }

    #[test]
    fn decimals_dates_and_instants_are_read_exactly_or_refused() {
        let read = |text: &str| decimal(&pb::Decimal { value: text.to_owned() }, 6);
        assert_eq!(read("1.50"), Ok(Decimal::new(15, 1)));
        assert_eq!(decimal_to_proto(Decimal::new(1500, 3)).value, "1.5");
        assert!(read("0.0000001").is_err());
        assert_eq!(
            date(&pb::Date { year: 2012, month: 2, day: 29 }).map(|d| d.to_string()),
            Ok("2012-02-29".to_owned())
        );
        for bad in [(0, 0, 0), (2011, 2, 29), (2012, 0, 0), (2012, 13, 1)] {
            assert!(date(&pb::Date { year: bad.0, month: bad.1, day: bad.2 }).is_err(), "{bad:?}");
        }
        let day = tributary_core::Date::parse("2012-07-31").expect("date");
        assert_eq!(date_to_proto(day), pb::Date { year: 2012, month: 7, day: 31 });
        // 2012-06-30T16:30:00.000001Z; the 999 ns are cut.
        let stamp = prost_types::Timestamp { seconds: 1_341_073_800, nanos: 1_999 };
        assert_eq!(timestamp(&stamp), Ok(Timestamp(1_341_073_800_000_001)));
        let back = timestamp_to_proto(Timestamp(-1));
        assert_eq!((back.seconds, back.nanos), (-1, 999_999_000));
        for (seconds, nanos) in [(253_402_300_800, 0), (-62_135_596_801, 0), (0, -1), (0, 1_000_000_000)] {
            assert!(timestamp(&prost_types::Timestamp { seconds, nanos }).is_err(), "{seconds} {nanos}");
        }
    }

    #[test]
    fn exact_values_show_fraction_and_decimal() {
        let third = Exact::from(1).checked_div(&Exact::from(3)).expect("not zero");
        assert_eq!(exact_parts(&third), ("1".to_owned(), "3".to_owned(), "0.333333333333333333…".to_owned()));
    }
}
