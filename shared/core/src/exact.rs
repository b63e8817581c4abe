//! Exact numbers: fractions of big integers. Everything between a fact and a rounded line is one of these, so nothing
//! is lost and nothing overflows.

use std::{
    fmt,
    ops::{Add, Mul, Neg, Sub},
    str::FromStr,
};

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// An exact fraction, always in lowest terms with a positive denominator.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exact(BigRational);

/// How an exact value becomes whole minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Rounding {
    /// 0.5 → 1, −0.5 → −1.
    #[default]
    HalfAwayFromZero,
    /// 0.5 → 0, 1.5 → 2.
    HalfEven,
}

impl Default for Exact {
    fn default() -> Self {
        Self::zero()
    }
}

impl Exact {
    /// `numerator / denominator`; a denominator of zero counts as one (callers divide by constants or checked values).
    #[must_use]
    pub fn new(numerator: BigInt, denominator: BigInt) -> Self {
        if denominator.is_zero() {
            Self(BigRational::from(numerator))
        } else {
            Self(BigRational::new(numerator, denominator))
        }
    }

    /// Zero.
    #[must_use]
    pub fn zero() -> Self {
        Self(BigRational::zero())
    }

    /// `value · 10^-scale`.
    #[must_use]
    pub fn from_scaled(value: i128, scale: u32) -> Self {
        Self::new(BigInt::from(value), BigInt::from(10).pow(scale))
    }

    /// Whether it is 0.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// Whether it is below 0.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.0.is_negative()
    }

    /// Whether it is above 0.
    #[must_use]
    pub fn is_positive(&self) -> bool {
        self.0.is_positive()
    }

    /// `self / other`, `None` for a division by zero.
    #[must_use]
    pub fn checked_div(&self, other: &Self) -> Option<Self> {
        if other.is_zero() { None } else { Some(Self(&self.0 / &other.0)) }
    }

    /// Numerator in lowest terms.
    #[must_use]
    pub fn numerator(&self) -> &BigInt {
        self.0.numer()
    }

    /// Denominator in lowest terms, above 0.
    #[must_use]
    pub fn denominator(&self) -> &BigInt {
        self.0.denom()
    }

    /// Rounds to an integer of `10^-digits`. `None` when it does not fit 64 bits.
    #[must_use]
    pub fn round_to(&self, digits: u32, rounding: Rounding) -> Option<i64> {
        let scaled = &self.0 * BigRational::from(BigInt::from(10).pow(digits));
        let (quotient, remainder) = scaled.numer().abs().div_rem(scaled.denom());
        let twice: BigInt = &remainder * 2;
        let up = match twice.cmp(scaled.denom()) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Equal => match rounding {
                Rounding::HalfAwayFromZero => true,
                Rounding::HalfEven => quotient.is_odd(),
            },
        };
        let magnitude = if up { quotient + 1 } else { quotient };
        let signed = if scaled.is_negative() { -magnitude } else { magnitude };
        signed.to_i64()
    }

    /// As a decimal: whole if it ends within `max_digits`, else `None`.
    #[must_use]
    pub fn to_decimal_string(&self, max_digits: u32) -> Option<String> {
        let (mut rest, mut digits) = (self.0.denom().clone(), 0_u32);
        let (mut twos, mut fives) = (0_u32, 0_u32);
        while rest.is_even() {
            rest /= 2;
            twos = twos.saturating_add(1);
        }
        while (&rest % 5_u32).is_zero() {
            rest /= 5;
            fives = fives.saturating_add(1);
        }
        if rest != BigInt::from(1) {
            return None;
        }
        digits = digits.max(twos).max(fives);
        (digits <= max_digits).then(|| self.cut_to(digits))
    }

    /// For people: exact where it ends within 18 digits, else cut there and ending in "…".
    #[must_use]
    pub fn display(&self) -> String {
        self.to_decimal_string(18).unwrap_or_else(|| format!("{}…", self.cut_to(18)))
    }

    fn cut_to(&self, digits: u32) -> String {
        let scaled = (self.0.numer().abs() * BigInt::from(10).pow(digits)) / self.0.denom();
        let text = scaled.to_string();
        let digits = usize::try_from(digits).unwrap_or(0);
        let padded = format!("{text:0>width$}", width = digits.saturating_add(1));
        let (whole, fraction) = padded.split_at(padded.len().saturating_sub(digits));
        let sign = if self.is_negative() { "-" } else { "" };
        if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }
}

impl From<Decimal> for Exact {
    fn from(d: Decimal) -> Self {
        Self::from_scaled(d.mantissa(), d.scale())
    }
}

impl From<i64> for Exact {
    fn from(v: i64) -> Self {
        Self::from_scaled(i128::from(v), 0)
    }
}

impl Add for Exact {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Exact {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Mul for Exact {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0)
    }
}

impl Neg for Exact {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl std::iter::Sum for Exact {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::zero(), |a, b| a + b)
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.display())
    }
}

impl Serialize for Exact {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(&format_args!("{}/{}", self.numerator(), self.denominator()))
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        let (n, m) = text.split_once('/').ok_or_else(|| serde::de::Error::custom("not a fraction"))?;
        let parse = |t: &str| BigInt::from_str(t).map_err(serde::de::Error::custom);
        let (n, m) = (parse(n)?, parse(m)?);
        if m.is_positive() { Ok(Self::new(n, m)) } else { Err(serde::de::Error::custom("denominator is not positive")) }
    }
}

/// Reads a decimal of at most `max_scale` decimals: digits with an optional sign and point, no exponent.
///
/// # Errors
/// A sentence with the value and the remedy.
pub fn parse_decimal(text: &str, max_scale: u32) -> Result<Decimal, String> {
    let digits = text.trim();
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
    let d = Some(digits)
        .filter(|_| plain)
        .and_then(|t| Decimal::from_str_exact(t).ok())
        .ok_or_else(|| {
            let size = if plain && digits.len() > 28 { "of at most 28 digits" } else { "written with a point" };
            format!("{text:?} is not a decimal number {size}, such as \"1234.5\"")
        })?
        .normalize();
    if d.scale() > max_scale {
        return Err(format!("{text:?} has more than {max_scale} decimals; nothing is rounded silently"));
    }
    Ok(d)
}

#[cfg(test)]
mod tests {
    use super::{Exact, Rounding, parse_decimal};

    fn exact(text: &str) -> Exact {
        parse_decimal(text, 28).expect("decimal").into()
    }

    #[test]
    fn halves_round_as_the_mode_says() {
        // By hand: value, away from zero, half-even, in cents.
        for (value, away, even) in [
            ("0.005", 1, 0),
            ("-0.005", -1, 0),
            ("0.015", 2, 2),
            ("0.025", 3, 2),
            ("0.0249999", 2, 2),
            ("-0.0250001", -3, -3),
            ("149999.9985", 15_000_000, 15_000_000),
            ("150000.002", 15_000_000, 15_000_000),
        ] {
            assert_eq!(exact(value).round_to(2, Rounding::HalfAwayFromZero), Some(away), "{value}");
            assert_eq!(exact(value).round_to(2, Rounding::HalfEven), Some(even), "{value}");
        }
    }

    #[test]
    fn decimals_are_shown_exactly_or_cut_with_a_mark() {
        assert_eq!(exact("150000.002").display(), "150000.002");
        assert_eq!(exact("-0.5").display(), "-0.5");
        let third = exact("1").checked_div(&exact("3")).expect("not zero");
        assert_eq!(third.display(), "0.333333333333333333…");
        assert_eq!(third.to_decimal_string(18), None);
    }

    #[test]
    fn decimals_are_read_exactly_or_refused() {
        assert_eq!(parse_decimal("1.50", 6), parse_decimal("1.5", 6));
        for bad in ["", "1e3", "abc", "1,5", "0.1234567", "NaN", "1.2.3", "1_5", "+1", "1 5", "-", "."] {
            assert!(parse_decimal(bad, 6).is_err(), "{bad}");
        }
    }
}
