//! Exact numbers of the tests' own, apart from those of the suite, to check sums and products with.

use anyhow::{Context as _, bail};
use num_bigint::BigInt;
use num_rational::BigRational;
use tributary_proto::{
    google::r#type::{Decimal, Money},
    tributary::incentive::v1::ExactAmount,
};

/// The fraction that a decimal text states. Example: "-1.50" is −3/2.
///
/// # Errors
/// When the text is not a plain decimal.
pub fn decimal(text: &str) -> anyhow::Result<BigRational> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{part}");
    let numerator: BigInt = digits.parse().with_context(|| format!("'{text}' is not a decimal"))?;
    let scale = u32::try_from(part.len())?;
    Ok(BigRational::new(numerator, BigInt::from(10).pow(scale)))
}

/// The fraction of an optional decimal; unset is 0.
///
/// # Errors
/// When the text is not a plain decimal.
pub fn of_decimal(value: Option<&Decimal>) -> anyhow::Result<BigRational> {
    decimal(value.map_or("0", |d| d.value.as_str()))
}

/// The fraction of an amount of money.
///
/// # Errors
/// When the amount is missing.
pub fn of_money(money: Option<&Money>) -> anyhow::Result<BigRational> {
    let money = money.context("no amount")?;
    let nanos = BigInt::from(money.units) * BigInt::from(1_000_000_000) + BigInt::from(money.nanos);
    Ok(BigRational::new(nanos, BigInt::from(1_000_000_000)))
}

/// The fraction of an exact amount.
///
/// # Errors
/// When it is missing or not a fraction.
pub fn of_exact(amount: Option<&ExactAmount>) -> anyhow::Result<BigRational> {
    let amount = amount.context("no exact amount")?;
    let denominator: BigInt = amount.denominator.parse()?;
    if denominator == BigInt::from(0) {
        bail!("the denominator is 0");
    }
    Ok(BigRational::new(amount.numerator.parse()?, denominator))
}

/// Money from a decimal text. Example: ("12.50", "CNY").
///
/// # Errors
/// When the text is not a decimal of at most nine digits after the point.
pub fn money(text: &str, currency: &str) -> anyhow::Result<Money> {
    let nanos = decimal(text)? * BigRational::from_integer(BigInt::from(1_000_000_000));
    if !nanos.is_integer() {
        bail!("'{text}' has more than nine digits after the point");
    }
    let nanos = i128::try_from(nanos.to_integer())?;
    Ok(Money {
        currency_code: currency.to_owned(),
        units: i64::try_from(nanos / 1_000_000_000)?,
        nanos: i32::try_from(nanos % 1_000_000_000)?,
    })
}

#[cfg(test)]
mod tests {
    use super::{decimal, money};

    #[test]
    fn texts_become_exact_numbers() {
        let half = |n: i64| num_rational::BigRational::new(n.into(), 2.into());
        assert_eq!(decimal("-1.50").unwrap(), half(-3));
        assert_eq!(decimal("2").unwrap(), half(4));
        assert!(decimal("1e3").is_err());
        let amount = money("-0.015", "CNY").unwrap();
        assert_eq!((amount.units, amount.nanos), (0, -15_000_000));
    }
}
