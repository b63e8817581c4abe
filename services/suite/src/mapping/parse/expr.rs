//! Reads how one field gets its value.

use std::collections::BTreeMap;

use serde_yaml_ng::{Mapping as Map, Value};

use super::Parser;
use crate::{
    document::{Path, shown},
    mapping::{Expr, Sign, Source, Template, record, time},
};

const KEYS: &[&str] = &["from", "const", "product", "template", "map", "default", "sign", "format", "zone"];
const NUMBERS: &[&str] = &["quantity", "gross", "net", "cost"];
const TIMES: &[&str] = &["occurred_on", "occurred_at"];

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
    /// One field: `{from: COLUMN}`, `{const: VALUE}`, `{product: [A, B]}` or `{template: "{A}/{B}"}`, with `map`,
    /// `default`, `sign`, `format` and `zone`.
    pub(super) fn expr(&mut self, path: &Path, name: &str, value: &Value) -> Option<Expr> {
        if let Some(text) = scalar(value) {
            let remedy =
                format!("write {{from: {text}}} to take a column or {{const: {text}}} for the same value everywhere");
            self.fault(path, format!("{text:?} alone does not say what it is; {remedy}"));
            return None;
        }
        let map = self.map(path, value, KEYS)?;
        let source = self.source(path, name, map)?;
        let words = map.get("map").and_then(|v| self.word_map(&path.key("map"), v));
        let default = self.scalar_at(&path.key("default"), map.get("default"));
        let sign = self.sign(path, name, map.get("sign"));
        if !TIMES.contains(&name) {
            for key in ["format", "zone"].into_iter().filter(|k| map.contains_key(*k)) {
                self.fault(&path.key(key), format!("{key} belongs to occurred_on or occurred_at only; leave it out"));
            }
        }
        let format = self.date_format(&path.key("format"), map.get("format")).or_else(|| self.format.clone());
        let zone = self.zone(&path.key("zone"), map.get("zone")).or_else(|| self.zone.clone());
        let time = TIMES.contains(&name);
        let expr = Expr {
            source,
            map: words,
            default,
            sign,
            format: format.filter(|_| time),
            zone: zone.filter(|_| name == "occurred_at"),
        };
        self.check_words(path, name, &expr);
        Some(expr)
    }

    fn source(&mut self, path: &Path, name: &str, map: &Map) -> Option<Source> {
        let given: Vec<&str> =
            ["from", "const", "product", "template"].into_iter().filter(|k| map.contains_key(*k)).collect();
        let [only] = given.as_slice() else {
            let found = if given.is_empty() { "nothing".to_owned() } else { given.join(" and ") };
            self.fault(
                path,
                format!("{found} says where the value comes from; write exactly one of from, const, product, template"),
            );
            return None;
        };
        let at = path.key(only);
        let value = map.get(*only)?;
        match *only {
            "from" => self.scalar_at(&at, Some(value)).map(Source::Column),
            "const" => self.scalar_at(&at, Some(value)).map(Source::Const),
            "product" => {
                let columns = self.words(&at, Some(value));
                if !NUMBERS.contains(&name) {
                    self.fault(&at, format!("a product is a number; it fits {} only", NUMBERS.join(", ")));
                }
                if columns.len() < 2 {
                    self.fault(&at, "a product needs two columns or more, such as [qty, unit_price]");
                }
                Some(Source::Product(columns))
            }
            _ => {
                let text = self.scalar_at(&at, Some(value))?;
                let template = Template::parse(&text).map_err(|e| self.fault(&at, e)).ok()?;
                if template.counts() {
                    self.fault(&at, "ordinal(…) belongs to source_id only; leave it out");
                }
                Some(Source::Template(template))
            }
        }
    }

    pub(super) fn scalar_at(&mut self, path: &Path, value: Option<&Value>) -> Option<String> {
        let value = value?;
        let found = scalar(value);
        if found.is_none() {
            let remedy = if matches!(value, Value::Number(_)) { "write it as a quoted string" } else { "write a text" };
            self.fault(path, format!("{} stands where a text is wanted; {remedy}", shown(value)));
        }
        found
    }

    fn word_map(&mut self, path: &Path, value: &Value) -> Option<BTreeMap<String, String>> {
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

    fn sign(&mut self, path: &Path, name: &str, value: Option<&Value>) -> Sign {
        let Some(value) = value else { return Sign::Keep };
        let at = path.key("sign");
        if !NUMBERS.contains(&name) {
            self.fault(&at, format!("only numbers have a sign: {}; leave it out", NUMBERS.join(", ")));
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

    /// Words that a field cannot hold are a fault of the mapping, not of every row.
    fn check_words(&mut self, path: &Path, name: &str, expr: &Expr) {
        let facts = self.document.root().get("target").and_then(Value::as_str) == Some("facts");
        let (prefix, find): (&str, fn(&str) -> Option<i32>) = match name {
            "kind" if facts => ("FACT_KIND_", record::fact_kind),
            "kind" => ("PARTNER_KIND_", record::partner_kind),
            "channel" => ("CHANNEL_CLASS_", record::channel_class),
            "initial_status" => ("PARTNER_STATUS_", record::partner_status),
            _ => return,
        };
        let mut check = |at: Path, word: &str| {
            if find(&record::enum_name(prefix, word)).is_none() {
                self.fault(&at, format!("{word:?} is no {name}; see {}* in the API", prefix));
            }
        };
        if let (Source::Const(word), None) = (&expr.source, &expr.map) {
            check(path.key("const"), word);
        }
        for (from, to) in expr.map.iter().flatten() {
            check(path.key("map").key(from), to);
        }
        if let Some(word) = &expr.default {
            check(path.key("default"), word);
        }
    }
}
