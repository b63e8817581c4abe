//! Numbers for the eye: rounded half away from zero, thousands apart. What is exact stands in the JSON.

use tributary_core::{Currency, Exact, Rounding, exact::parse_decimal};

use super::grouped;

/// A number with so many decimals. Example: "1184.245578981381" with 1 is "1,184.2". One that is longer than can be read
/// stays as it is.
#[must_use]
pub fn rounded(number: &str, digits: u32) -> String {
    read(number).and_then(|value| fixed(&value, digits)).unwrap_or_else(|| grouped(number))
}

/// A ratio in per cent with one decimal. Example: "0.0425" is "4.3 %".
#[must_use]
pub fn per_cent(ratio: &str) -> String {
    read(ratio).and_then(|value| fixed(&(value * Exact::from(100)), 1)).map_or_else(|| ratio.to_owned(), |n| n + " %")
}

/// A ratio in per cent with all its decimals, where it is a term and not a figure. Example: "0.125" is "12.5 %".
#[must_use]
pub fn exact_per_cent(ratio: &str) -> String {
    let exact = read(ratio).and_then(|value| (value * Exact::from(100)).to_decimal_string(28));
    exact.map_or_else(|| ratio.to_owned(), |n| grouped(&n) + " %")
}

/// A part of a whole in per cent with one decimal; nothing of nothing is "0.0 %".
#[must_use]
pub fn share(part: &Exact, whole: &Exact) -> String {
    let ratio = part.checked_div(whole).unwrap_or_else(Exact::zero);
    fixed(&(ratio * Exact::from(100)), 1).map(|n| n + " %").unwrap_or_default()
}

/// An amount in major units with all its decimals, those of its currency at least. Example: "1200000" CNY is
/// "1,200,000.00".
#[must_use]
pub fn amount_text(number: &str, currency: &str) -> String {
    let least = Currency::parse(currency).map_or(2, Currency::exponent);
    let least = usize::try_from(least).unwrap_or(2);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if least == 0 && fraction.is_empty() { grouped(whole) } else { grouped(&format!("{whole}.{fraction:0<least$}")) }
}

/// A number as it came; `None` for one of more than 28 digits.
#[must_use]
pub fn read(number: &str) -> Option<Exact> {
    parse_decimal(number, 28).ok().map(Exact::from)
}

fn fixed(value: &Exact, digits: u32) -> Option<String> {
    let scaled = value.round_to(digits, Rounding::HalfAwayFromZero)?;
    let digits = usize::try_from(digits).ok()?;
    let all = format!("{:0>width$}", scaled.unsigned_abs(), width = digits.saturating_add(1));
    let (whole, fraction) = all.split_at(all.len().saturating_sub(digits));
    let (sign, point) = (if scaled < 0 { "-" } else { "" }, if digits > 0 { "." } else { "" });
    Some(grouped(&format!("{sign}{whole}{point}{fraction}")))
}

#[cfg(test)]
mod tests {
    use tributary_core::Exact;

    use super::{amount_text, exact_per_cent, per_cent, rounded, share};

    #[test]
    fn numbers_are_rounded_half_away_from_zero() {
        for (number, digits, shown) in [
            ("1184.245578981381", 1, "1,184.2"),
            ("0.05", 1, "0.1"),
            ("-0.05", 1, "-0.1"),
            ("-0.04", 1, "0.0"),
            ("2", 2, "2.00"),
            ("999.5", 0, "1,000"),
            ("1e3", 1, "1e3"),
        ] {
            assert_eq!(rounded(number, digits), shown, "{number}");
        }
        // Too long to be read: as it came.
        assert_eq!(rounded("12345678901234567890123456789012.5", 1).len(), 44);
    }

    #[test]
    fn ratios_are_per_cent() {
        for (ratio, shown) in [("0.0425", "4.3 %"), ("0.041667", "4.2 %"), ("-0.0625", "-6.3 %"), ("12", "1,200.0 %")] {
            assert_eq!(per_cent(ratio), shown);
        }
        for (ratio, shown) in [("0.1234", "12.34 %"), ("0.20", "20 %"), ("-0.005", "-0.5 %")] {
            assert_eq!(exact_per_cent(ratio), shown);
        }
        assert_eq!(share(&Exact::from(1), &Exact::from(3)), "33.3 %");
        assert_eq!(share(&Exact::zero(), &Exact::zero()), "0.0 %");
    }

    #[test]
    fn amounts_have_the_decimals_of_their_currency_at_least() {
        for (number, currency, shown) in [
            ("1200000", "CNY", "1,200,000.00"),
            ("-164383.561644", "CNY", "-164,383.561644"),
            ("7.5", "USD", "7.50"),
            ("7000", "JPY", "7,000"),
            ("7.5", "JPY", "7.5"),
        ] {
            assert_eq!(amount_text(number, currency), shown);
        }
    }
}
