//! Amounts and rates as callers state them.

use tributary_core::{Currency, Decimal, MinorAmount, exact::parse_decimal};

/// Most decimals of quantities and rates.
const SCALE: u32 = 6;

/// An amount as the caller states it, in the parts of `google.type.Money`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawMoney {
    /// ISO 4217 code.
    pub currency_code: String,
    /// Whole units.
    pub units: i64,
    /// Billionths of a unit.
    pub nanos: i32,
}

impl From<MinorAmount> for RawMoney {
    fn from(amount: MinorAmount) -> Self {
        let (units, nanos) = amount.to_units_nanos();
        Self { currency_code: amount.currency.code().to_owned(), units, nanos }
    }
}

impl RawMoney {
    /// The amount, above zero.
    pub(crate) fn above_zero(&self) -> Result<MinorAmount, String> {
        let amount = MinorAmount::from_units_nanos(Currency::parse(&self.currency_code)?, self.units, self.nanos)?;
        if amount.value > 0 { Ok(amount) } else { Err(format!("{amount} is not above zero")) }
    }
}

/// A quantity, above zero.
pub(crate) fn quantity(text: &str) -> Result<Decimal, String> {
    let value = parse_decimal(text, SCALE)?;
    if value > Decimal::ZERO { Ok(value) } else { Err(format!("{text} is not above zero")) }
}

/// A part of a whole, 0 to 1.
pub(super) fn part(text: &str) -> Result<Decimal, String> {
    let value = parse_decimal(text, SCALE)?;
    if (Decimal::ZERO..=Decimal::ONE).contains(&value) {
        Ok(value)
    } else {
        Err(format!("{text} is not between 0 and 1; 20 % is 0.2"))
    }
}

/// A part of a whole, above 0 to 1.
pub(super) fn part_above_zero(text: &str) -> Result<Decimal, String> {
    let value = part(text)?;
    if value.is_zero() { Err(format!("{text} is not above zero")) } else { Ok(value) }
}
