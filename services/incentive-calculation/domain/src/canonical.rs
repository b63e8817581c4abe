//! Canonical text: what digests are taken of. Each field is one line `name=LENGTH:value` with the length in bytes of
//! UTF-8, or `name=-` when it is unset. The length makes the text unambiguous whatever the value holds: two different
//! contents never give the same text. Numbers are written without needless zeros, so 1.50 and 1.5 are the same.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use tributary_core::Decimal;

/// Builds the canonical text of one thing.
#[derive(Debug, Clone)]
pub struct Canonical(String);

impl Canonical {
    /// Begins with a line that names the sort of thing and the version of its layout. Example: "tributary.fact.v1".
    #[must_use]
    pub fn new(sort: &str) -> Self {
        Self(format!("{sort}\n"))
    }

    /// Adds a field.
    #[must_use]
    pub fn field(mut self, name: &str, value: &str) -> Self {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "{name}={}:{value}", value.len());
        self
    }

    /// Adds a field that may be unset; unset differs from empty and from 0.
    #[must_use]
    pub fn optional(mut self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.field(name, value),
            None => {
                let _ = writeln!(self.0, "{name}=-");
                self
            }
        }
    }

    /// The text so far.
    #[must_use]
    pub fn text(self) -> String {
        self.0
    }

    /// SHA-256 of the text.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

/// A decimal without needless zeros: "1.5" for 1.50, "0" for −0.00.
#[must_use]
pub fn decimal_text(value: Decimal) -> String {
    value.normalize().to_string()
}

/// The integer `value · 10^-scale` as a decimal without needless zeros.
#[must_use]
pub fn scaled_text(value: i64, scale: u32) -> String {
    decimal_text(Decimal::from_i128_with_scale(i128::from(value), scale))
}

/// Whether a value is what it is when nothing is said: such fields are left out of the stored form, so that a field that
/// is added later changes no digest.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Serde of decimals as canonical text: `#[serde(with = "decimal")]`.
pub(crate) mod decimal {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};
    use tributary_core::{Decimal, exact::parse_decimal};

    pub fn serialize<S: Serializer>(value: &Decimal, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&super::decimal_text(*value))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Decimal, D::Error> {
        parse_decimal(&String::deserialize(d)?, 28).map_err(D::Error::custom)
    }
}

/// Serde of optional decimals as canonical text: `#[serde(with = "optional_decimal")]`.
pub(crate) mod optional_decimal {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};
    use tributary_core::{Decimal, exact::parse_decimal};

    pub fn serialize<S: Serializer>(value: &Option<Decimal>, s: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => s.serialize_some(&super::decimal_text(*value)),
            None => s.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Decimal>, D::Error> {
        Option::<String>::deserialize(d)?.map(|t| parse_decimal(&t, 28).map_err(D::Error::custom)).transpose()
    }
}

/// Serde of lists of decimals as canonical text: `#[serde(with = "decimals")]`.
pub(crate) mod decimals {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};
    use tributary_core::{Decimal, exact::parse_decimal};

    pub fn serialize<S: Serializer>(list: &[Decimal], s: S) -> Result<S::Ok, S::Error> {
        list.iter().map(|d| super::decimal_text(*d)).collect::<Vec<_>>().serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Decimal>, D::Error> {
        Vec::<String>::deserialize(d)?.iter().map(|t| parse_decimal(t, 28).map_err(D::Error::custom)).collect()
    }
}

/// Serde of lists of lists of decimals: `#[serde(with = "decimal_rows")]`.
pub(crate) mod decimal_rows {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};
    use tributary_core::{Decimal, exact::parse_decimal};

    pub fn serialize<S: Serializer>(rows: &[Vec<Decimal>], s: S) -> Result<S::Ok, S::Error> {
        let text = |row: &Vec<Decimal>| row.iter().map(|d| super::decimal_text(*d)).collect::<Vec<_>>();
        rows.iter().map(text).collect::<Vec<_>>().serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Vec<Decimal>>, D::Error> {
        let read = |row: &Vec<String>| row.iter().map(|t| parse_decimal(t, 28).map_err(D::Error::custom)).collect();
        Vec::<Vec<String>>::deserialize(d)?.iter().map(read).collect()
    }
}
