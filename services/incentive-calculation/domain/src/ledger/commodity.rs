//! What accounts count. Amounts are whole numbers of the smallest unit.

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Decimal, ResourceId, Timestamp, exact::parse_decimal};

/// Most decimal digits of a commodity's smallest unit.
pub const MAX_SCALE: u32 = 9;

/// A commodity that was created. Currencies are known without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commodity {
    /// Its code, lower case, which no currency's is.
    pub code: ResourceId,
    /// Name for people.
    pub display_name: String,
    /// Decimal digits of its smallest unit.
    pub scale: u32,
    /// When it was created.
    pub create_time: Timestamp,
}

impl Commodity {
    /// Resource name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("commodities/{}", self.code)
    }
}

/// Decimal digits of a currency, by its code; `None` for what is no currency.
#[must_use]
pub fn currency_scale(code: &str) -> Option<u32> {
    Currency::parse(code).ok().map(Currency::exponent)
}

/// Reads an amount: a decimal with at most `scale` digits, as whole units.
///
/// # Errors
/// A sentence that names the value and what is wrong with it.
pub fn units(text: &str, scale: u32) -> Result<i64, String> {
    let value = parse_decimal(text, scale)?;
    let digits = scale.saturating_sub(value.scale());
    let factor = 10_i128.checked_pow(digits);
    factor
        .and_then(|factor| value.mantissa().checked_mul(factor))
        .and_then(|units| i64::try_from(units).ok())
        .ok_or_else(|| format!("{text} is beyond what an account can hold; split it"))
}

/// Writes whole units with all decimals of the commodity: "1250.00".
#[must_use]
pub fn text(units: i64, scale: u32) -> String {
    Decimal::from_i128_with_scale(i128::from(units), scale).to_string()
}

/// Writes a sum of units that may be beyond 64 bits.
#[must_use]
pub fn sum_text(units: i128, scale: u32) -> String {
    match i64::try_from(units) {
        Ok(units) => text(units, scale),
        Err(_) => format!("{units}e-{scale}"),
    }
}
