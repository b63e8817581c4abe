//! One case: its numbers, read exactly, and a memory of which fields were read, so that none is ignored silently.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use serde_json::Value;
use tributary_core::{Decimal, Exact, Rounding};

/// A case of the file.
pub struct Case<'a> {
    value: &'a Value,
    read: RefCell<BTreeSet<String>>,
}

/// A number that is expected, as it was written.
pub struct Expected {
    pub text: String,
    value: Decimal,
}

impl Expected {
    /// Equal exactly; a ratio without an end as a decimal is equal when it rounds to what was written.
    pub fn equals(&self, found: &Exact) -> bool {
        let endless = found.to_decimal_string(28).is_none();
        let rounds = || {
            let digits = self.value.scale();
            found.round_to(digits, Rounding::HalfAwayFromZero).map(|v| Exact::from_scaled(v.into(), digits))
        };
        *found == self.value.into() || endless && rounds() == Some(self.value.into())
    }
}

impl<'a> Case<'a> {
    pub fn new(value: &'a Value) -> Self {
        Self { value, read: RefCell::default() }
    }

    pub fn id(&self) -> &'a str {
        self.value["id"].as_str().unwrap_or("a case without id")
    }

    pub fn kind(&self) -> &'a str {
        self.value["kind"].as_str().unwrap_or("")
    }

    /// A field of the rule or of the inputs; null is as good as absent.
    pub fn field(&self, name: &str) -> Option<&'a Value> {
        self.read.borrow_mut().insert(name.to_owned());
        let found = self.value["rule"].get(name).or_else(|| self.value["inputs"].get(name));
        found.filter(|value| !value.is_null())
    }

    /// A number under the first of these names that there is.
    pub fn number(&self, names: &[&str]) -> Result<Decimal, String> {
        self.optional(names)?.ok_or_else(|| format!("there is no {}", names.join(" or ")))
    }

    /// The same where there may be none.
    pub fn optional(&self, names: &[&str]) -> Result<Option<Decimal>, String> {
        let found: Vec<&Value> = names.iter().filter_map(|name| self.field(name)).collect();
        found.first().map(|value| number(value)).transpose()
    }

    /// A list under the first of these names that there is.
    pub fn list(&self, names: &[&str]) -> Result<&'a [Value], String> {
        let found: Vec<&Value> = names.iter().filter_map(|name| self.field(name)).collect();
        let list = found.first().and_then(|value| value.as_array());
        list.map(Vec::as_slice).ok_or_else(|| format!("there is no list {}", names.join(" or ")))
    }

    /// A list of numbers.
    pub fn numbers(&self, names: &[&str]) -> Result<Vec<Decimal>, String> {
        self.list(names)?.iter().map(number).collect()
    }

    /// What is expected, by name.
    pub fn expected(&self) -> Result<BTreeMap<String, Expected>, String> {
        let fields = self.value["expected"].as_object().ok_or("there is no expected")?;
        let fields = fields.iter().filter(|(_, value)| !value.is_null());
        fields.map(|(name, v)| Ok((name.clone(), Expected { text: v.to_string(), value: number(v)? }))).collect()
    }

    /// Whether every field of rule and inputs was read by the kind's mapping.
    pub fn all_read(&self) -> Result<(), String> {
        let read = self.read.borrow();
        let fields = ["rule", "inputs"].into_iter().filter_map(|part| self.value[part].as_object());
        let unread: Vec<&String> =
            fields.flatten().filter(|(name, v)| !v.is_null() && !read.contains(*name)).map(|(name, _)| name).collect();
        if unread.is_empty() { Ok(()) } else { Err(format!("fields that no rule was made of: {unread:?}")) }
    }
}

/// A number as text or as JSON number, also with an exponent.
pub fn number(value: &Value) -> Result<Decimal, String> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let text = text.trim();
    let parsed = if text.contains(['e', 'E']) { Decimal::from_scientific(text) } else { Decimal::from_str_exact(text) };
    parsed.map_err(|e| format!("{text:?} is no number: {e}"))
}
