//! Amounts and dates in words, exactly as they are: all decimals of the currency, thousands apart.

use tributary_core::Currency;
use tributary_proto::google::r#type::{Date, Money};

/// The number of an amount with the decimals of its currency at least. Example: "270000.00".
#[must_use]
pub fn decimal_text(money: &Money) -> String {
    let digits = Currency::parse(&money.currency_code).map_or(2, Currency::exponent);
    let digits = usize::try_from(digits).unwrap_or(2);
    let sign = if money.units < 0 || money.nanos < 0 { "-" } else { "" };
    let all = format!("{:09}", money.nanos.unsigned_abs());
    let kept = all.trim_end_matches('0').len().max(digits);
    let fraction = all.get(..kept).unwrap_or(&all);
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", money.units.unsigned_abs())
}

/// An amount for people. Example: "CNY 270,000.00".
#[must_use]
pub fn money_text(money: &Money) -> String {
    format!("{} {}", money.currency_code, grouped(&decimal_text(money)))
}

/// A number with commas between thousands. Example: "1,600,000.5".
#[must_use]
pub fn grouped(number: &str) -> String {
    let (sign, rest) = number.strip_prefix('-').map_or(("", number), |r| ("-", r));
    let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(w, f)| (w, Some(f)));
    let mut text = String::with_capacity(number.len().saturating_add(8));
    for (n, digit) in whole.chars().enumerate() {
        if n > 0 && whole.len().saturating_sub(n) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    let point = fraction.map(|f| format!(".{f}")).unwrap_or_default();
    format!("{sign}{text}{point}")
}

/// A day. Example: "2012-07-31".
#[must_use]
pub fn date_text(date: &Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)
}

#[cfg(test)]
mod tests {
    use tributary_proto::google::r#type::Money;

    use super::{decimal_text, grouped, money_text};

    #[test]
    fn amounts_keep_their_decimals() {
        let money = |code: &str, units, nanos| Money { currency_code: code.to_owned(), units, nanos };
        assert_eq!(decimal_text(&money("CNY", 270_000, 0)), "270000.00");
        assert_eq!(decimal_text(&money("CNY", 20_565, 620_600_000)), "20565.6206");
        assert_eq!(decimal_text(&money("CNY", 0, -50_000_000)), "-0.05");
        assert_eq!(decimal_text(&money("JPY", 7, 0)), "7");
        assert_eq!(money_text(&money("USD", -1_234_567, -500_000_000)), "USD -1,234,567.50");
    }

    #[test]
    fn thousands_are_apart() {
        for (plain, shown) in [("0", "0"), ("999", "999"), ("1000", "1,000"), ("-1234567.25", "-1,234,567.25")] {
            assert_eq!(grouped(plain), shown);
        }
    }
}
