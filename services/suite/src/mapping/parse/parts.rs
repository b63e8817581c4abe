//! Reads the parts of an expression: texts, words for words, signs, formats and zones.

use std::collections::BTreeMap;

use serde_yaml_ng::Value;

use super::{Parser, expr::Slot};
use crate::{
    document::{Path, shown},
    mapping::{Sign, time},
};

/// A scalar as text. Fractions are refused: a parser has already turned them into floats.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(b) => Some(b.to_string()),
        Value::Number(n) if n.is_i64() || n.is_u64() => Some(n.to_string()),
        _ => None,
    }
}

impl Parser {
    pub(super) fn scalar_at(&mut self, path: &Path, value: Option<&Value>) -> Option<String> {
        let value = value?;
        let found = scalar(value);
        if found.is_none() {
            let remedy = if matches!(value, Value::Number(_)) { "write it as a quoted string" } else { "write a text" };
            self.fault(path, format!("{} stands where a text is wanted; {remedy}", shown(value)));
        }
        found
    }

    pub(super) fn word_map(&mut self, path: &Path, value: &Value) -> Option<BTreeMap<String, String>> {
        let Value::Mapping(map) = value else {
            self.fault(
                path,
                format!("{} stands where a mapping is wanted, such as {{\"1\": RETURN, \"0\": SELL_IN}}", shown(value)),
            );
            return None;
        };
        let mut words = BTreeMap::new();
        for (key, value) in map {
            let Some(from) = scalar(key) else {
                self.fault(path, format!("{} is no key of a map; write it as a quoted string", shown(key)));
                continue;
            };
            if let Some(to) = self.scalar_at(&path.key(&from), Some(value)) {
                words.insert(from, to);
            }
        }
        Some(words)
    }

    pub(super) fn sign(&mut self, path: &Path, slot: &Slot<'_>, value: Option<&Value>) -> Sign {
        let Some(value) = value else { return Sign::Keep };
        let at = path.key("sign");
        if !slot.number {
            self.fault(&at, "only numbers have a sign; leave it out");
        }
        match value {
            Value::String(word) if word == "keep" => Sign::Keep,
            Value::String(word) if word == "negate" => Sign::Negate,
            Value::Mapping(_) => {
                let Some(map) = self.map(&at, value, &["column", "negative"]) else { return Sign::Keep };
                let column = self.scalar_at(&at.key("column"), map.get("column"));
                let values = self.words(&at.key("negative"), map.get("negative"));
                match column {
                    Some(column) if !values.is_empty() => {
                        Sign::NegativeWhere { column, values: values.into_iter().collect() }
                    }
                    _ => {
                        self.fault(&at, "write {column: COLUMN, negative: [\"VALUE\"]}");
                        Sign::Keep
                    }
                }
            }
            other => {
                let found = shown(other);
                self.fault(
                    &at,
                    format!("{found} is no sign; write keep, negate or {{column: COLUMN, negative: [\"VALUE\"]}}"),
                );
                Sign::Keep
            }
        }
    }

    pub(super) fn date_format(&mut self, path: &Path, value: Option<&Value>) -> Option<String> {
        let text = self.scalar_at(path, value)?;
        if let Err(e) = time::check_format(&text) {
            self.fault(path, e);
        }
        Some(text)
    }

    pub(super) fn zone(&mut self, path: &Path, value: Option<&Value>) -> Option<String> {
        let text = self.scalar_at(path, value)?;
        if let Err(e) = time::check_zone(&text) {
            self.fault(path, e);
        }
        Some(text)
    }
}
