//! Money: integers at a stated scale, never floats. A *fact amount* has up to four digits more than the currency's
//! minor unit (CNY: 10⁻⁶, JPY: 10⁻⁴); a *minor amount* is whole minor units, as on statement lines and postings.

use std::fmt;

use iso_currency::Currency as Iso;
use num_bigint::BigInt;
use serde::{Deserialize, Serialize};

use crate::Exact;

/// Digits a fact amount has beyond the minor unit.
pub const EXTRA_FACT_DIGITS: u32 = 4;

/// An ISO 4217 currency with a minor unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(Iso);

impl Currency {
    /// Looks a three-letter code up.
    ///
    /// # Errors
    /// A sentence that names the code. Codes without a minor unit (gold, test codes) are refused too.
    pub fn parse(code: &str) -> Result<Self, String> {
        Iso::from_code(code).filter(|c| c.exponent().is_some()).map(Self).ok_or_else(|| {
            format!("{code:?} is not an ISO 4217 currency with a minor unit; use a code such as CNY or USD")
        })
    }

    /// The three-letter code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Decimal digits of the minor unit: CNY 2, JPY 0, BHD 3.
    #[must_use]
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }

    /// Decimal digits of a fact amount.
    #[must_use]
    pub fn fact_scale(self) -> u32 {
        self.exponent().saturating_add(EXTRA_FACT_DIGITS)
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.code().cmp(other.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let code = String::deserialize(d)?;
        Self::parse(&code).map_err(serde::de::Error::custom)
    }
}

const NANOS_DIGITS: u32 = 9;

fn pow10(digits: u32) -> i128 {
    10_i128.saturating_pow(digits)
}

/// Reads `google.type.Money` parts as an integer of `10^-scale`.
fn scaled(currency: Currency, units: i64, nanos: i32, scale: u32) -> Result<i64, String> {
    let shown = || money_text(currency, units, nanos);
    if !(-999_999_999..=999_999_999).contains(&nanos) {
        return Err(format!("nanos {nanos} are outside -999999999 to 999999999"));
    }
    if (units > 0 && nanos < 0) || (units < 0 && nanos > 0) {
        return Err(format!("units {units} and nanos {nanos} have different signs"));
    }
    let total = i128::from(units) * pow10(NANOS_DIGITS) + i128::from(nanos);
    let step = pow10(NANOS_DIGITS.saturating_sub(scale));
    if total % step != 0 {
        return Err(format!(
            "{} has more than the {scale} decimals that {currency} amounts may have here; nothing is rounded silently",
            shown()
        ));
    }
    i64::try_from(total / step).map_err(|_| format!("{} is too large", shown()))
}

fn unscaled(value: i64, scale: u32) -> (i64, i32) {
    let step = i64::try_from(pow10(scale)).unwrap_or(i64::MAX);
    let fraction = i128::from(value % step) * pow10(NANOS_DIGITS.saturating_sub(scale));
    (value / step, i32::try_from(fraction).unwrap_or(0))
}

fn money_text(currency: Currency, units: i64, nanos: i32) -> String {
    let sign = if units < 0 || nanos < 0 { "-" } else { "" };
    let fraction = format!("{:09}", nanos.unsigned_abs());
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{currency} {sign}{}{point}{fraction}", units.unsigned_abs())
}

/// An amount of a fact: an integer of `10^-fact_scale` of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FactAmount {
    /// Currency.
    pub currency: Currency,
    /// Integer at the currency's fact scale.
    pub value: i64,
}

impl FactAmount {
    /// From the parts of `google.type.Money`.
    ///
    /// # Errors
    /// A sentence with the value: too many digits, mixed signs, too large.
    pub fn from_units_nanos(currency: Currency, units: i64, nanos: i32) -> Result<Self, String> {
        scaled(currency, units, nanos, currency.fact_scale()).map(|value| Self { currency, value })
    }

    /// The parts of `google.type.Money`.
    #[must_use]
    pub fn to_units_nanos(self) -> (i64, i32) {
        unscaled(self.value, self.currency.fact_scale())
    }

    /// The amount in major units, exactly.
    #[must_use]
    pub fn exact(self) -> Exact {
        Exact::new(BigInt::from(self.value), BigInt::from(pow10(self.currency.fact_scale())))
    }
}

impl fmt::Display for FactAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (units, nanos) = self.to_units_nanos();
        f.write_str(&money_text(self.currency, units, nanos))
    }
}

/// Whole minor units of a currency: what lines and postings carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MinorAmount {
    /// Currency.
    pub currency: Currency,
    /// Whole minor units (fen, cents).
    pub value: i64,
}

impl MinorAmount {
    /// From the parts of `google.type.Money`.
    ///
    /// # Errors
    /// A sentence with the value: a fraction of a minor unit, mixed signs, too large.
    pub fn from_units_nanos(currency: Currency, units: i64, nanos: i32) -> Result<Self, String> {
        scaled(currency, units, nanos, currency.exponent()).map(|value| Self { currency, value })
    }

    /// The parts of `google.type.Money`.
    #[must_use]
    pub fn to_units_nanos(self) -> (i64, i32) {
        unscaled(self.value, self.currency.exponent())
    }

    /// The number without the currency, all decimals of the minor unit. Example: "150000.00".
    #[must_use]
    pub fn number(self) -> String {
        let (units, nanos) = self.to_units_nanos();
        let sign = if self.value < 0 { "-" } else { "" };
        let digits = usize::try_from(self.currency.exponent()).unwrap_or(0);
        if digits == 0 {
            return format!("{sign}{}", units.unsigned_abs());
        }
        let fraction = format!("{:09}", nanos.unsigned_abs());
        format!("{sign}{}.{}", units.unsigned_abs(), fraction.get(..digits).unwrap_or("0"))
    }
}

impl fmt::Display for MinorAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::{Currency, FactAmount, MinorAmount};

    fn cny() -> Currency {
        Currency::parse("CNY").expect("known")
    }

    #[test]
    fn fact_amounts_keep_four_extra_digits_and_refuse_more() {
        let a = FactAmount::from_units_nanos(cny(), 20_565, 620_600_000).expect("four decimals");
        assert_eq!((a.value, a.to_string().as_str()), (20_565_620_600, "CNY 20565.6206"));
        assert_eq!(a.to_units_nanos(), (20_565, 620_600_000));
        let e = FactAmount::from_units_nanos(cny(), 0, 1).expect_err("nine decimals");
        assert!(e.contains("CNY 0.000000001") && e.contains("6 decimals"), "{e}");
        let jpy = Currency::parse("JPY").expect("known");
        assert_eq!(FactAmount::from_units_nanos(jpy, 1, 200_000_000).map(|a| a.value), Ok(12_000));
        assert!(FactAmount::from_units_nanos(jpy, 0, 10_000).is_err());
        assert!(FactAmount::from_units_nanos(cny(), 1, -1).is_err());
        assert!(FactAmount::from_units_nanos(cny(), i64::MAX, 0).is_err());
        assert_eq!(FactAmount::from_units_nanos(cny(), -1, -500_000_000).map(|a| a.value), Ok(-1_500_000));
    }

    #[test]
    fn minor_amounts_print_all_their_decimals() {
        let text =
            |code: &str, value| MinorAmount { currency: Currency::parse(code).expect("known"), value }.to_string();
        assert_eq!(text("CNY", 15_000_000), "CNY 150000.00");
        assert_eq!(text("CNY", -5), "CNY -0.05");
        assert_eq!(text("JPY", 7), "JPY 7");
        assert_eq!(text("BHD", 1_234), "BHD 1.234");
    }

    #[test]
    fn unknown_codes_are_refused() {
        for bad in ["", "cny", "ZZZ", "XAU", "RMB"] {
            assert!(Currency::parse(bad).is_err(), "{bad}");
        }
    }
}
