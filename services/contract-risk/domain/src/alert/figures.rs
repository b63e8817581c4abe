//! Exact numbers as text: for answers, and for the sentences that people read.

use num_bigint::BigUint;
use tributary_core::{Currency, Exact};

/// Rounded to `digits` decimals, half away from zero, without trailing zeros. Example: "0.612".
#[must_use]
pub fn decimal(value: &Exact, digits: u32) -> String {
    let text = text(value, digits, true);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Rounded to the minor unit, with all its decimals and thousands apart. Example: "1,200,000.00 CNY".
#[must_use]
pub fn money(value: &Exact, currency: Currency) -> String {
    format!("{} {currency}", amount(value, currency))
}

/// [`money`] without the currency.
#[must_use]
pub fn amount(value: &Exact, currency: Currency) -> String {
    grouped(&text(value, currency.exponent(), true))
}

/// A number of units with at most six decimals and thousands apart. Example: "1,250.5".
#[must_use]
pub fn count(value: &Exact) -> String {
    grouped(&decimal(value, 6))
}

/// A part as per cent with one decimal, cut: what is below a level never reads as if it had reached it. Example: "79.9 %".
#[must_use]
pub fn percent(part: &Exact) -> String {
    format!("{} %", grouped(&text(&(part.clone() * Exact::from(100)), 1, false)))
}

/// A whole number and its noun. Example: "1 day", "1,200 days".
#[must_use]
pub fn plural(number: i64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(&number.to_string()), if number == 1 { one } else { many })
}

/// With exactly `digits` decimals, rounded half away from zero or cut.
fn text(value: &Exact, digits: u32, round: bool) -> String {
    let numerator = value.numerator().magnitude() * BigUint::from(10_u8).pow(digits);
    let denominator = value.denominator().magnitude();
    let whole = if round { (numerator * 2_u8 + denominator) / (denominator * 2_u8) } else { numerator / denominator };
    let sign = if value.is_negative() && whole != BigUint::ZERO { "-" } else { "" };
    let digits = usize::try_from(digits).unwrap_or(0);
    let padded = format!("{:0>width$}", whole.to_string(), width = digits.saturating_add(1));
    let (whole, fraction) = padded.split_at(padded.len().saturating_sub(digits));
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// Puts a comma between thousands.
fn grouped(number: &str) -> String {
    let (sign, rest) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut text = sign.to_owned();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && whole.len().saturating_sub(i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use tributary_core::{Currency, Exact, exact::parse_decimal};

    use super::{count, decimal, money, percent};

    fn exact(text: &str) -> Exact {
        parse_decimal(text, 28).expect("decimal").into()
    }

    fn ratio(n: i64, d: i64) -> Exact {
        Exact::from(n).checked_div(&Exact::from(d)).expect("not zero")
    }

    #[test]
    fn decimals_are_rounded_half_away_from_zero_and_trimmed() {
        for (value, expected) in [
            (exact("0.612"), "0.612"),
            (exact("100"), "100"),
            (exact("0"), "0"),
            (ratio(2, 3), "0.666667"),
            (ratio(-2, 3), "-0.666667"),
            (exact("0.0000005"), "0.000001"),
            (exact("-0.0000005"), "-0.000001"),
            (exact("-0.0000004"), "0"),
            // More than 64 bits hold at six decimals.
            (exact("9223372036854775807.5"), "9223372036854775807.5"),
        ] {
            assert_eq!(decimal(&value, 6), expected);
        }
    }

    #[test]
    fn money_has_its_decimals_and_groups() {
        let text = |value: &str, code: &str| money(&exact(value), Currency::parse(code).expect("known"));
        assert_eq!(text("734400", "CNY"), "734,400.00 CNY");
        assert_eq!(text("1200000.005", "CNY"), "1,200,000.01 CNY");
        assert_eq!(text("-999.999", "CNY"), "-1,000.00 CNY");
        assert_eq!(text("12345", "JPY"), "12,345 JPY");
        assert_eq!(text("0.0004", "BHD"), "0.000 BHD");
    }

    #[test]
    fn parts_are_cut_and_counts_trimmed() {
        for (value, expected) in [
            (exact("0.612"), "61.2 %"),
            (exact("0.7999"), "79.9 %"),
            (exact("12.5"), "1,250.0 %"),
            (exact("-0.0501"), "-5.0 %"),
            (ratio(7, 10), "70.0 %"),
        ] {
            assert_eq!(percent(&value), expected);
        }
        assert_eq!(count(&exact("1250.500")), "1,250.5");
    }
}
