//! Reads how one field gets its value.

use serde_yaml_ng::{Mapping as Map, Value};

use super::{Parser, parts::scalar};
use crate::{
    document::Path,
    mapping::{Expr, Source, Template, record},
};

/// The number of a word of an enum.
type Find = fn(&str) -> Option<i32>;

const KEYS: &[&str] = &["from", "const", "product", "template", "map", "default", "sign", "format", "zone"];
/// Where the fields follow a descriptor.
const KEYS_OF_TREES: &[&str] =
    &["from", "const", "product", "template", "split", "by", "map", "default", "sign", "format", "zone"];
const SOURCES: &[&str] = &["from", "const", "product", "template", "split"];
const NUMBERS: &[&str] = &["quantity", "gross", "net", "cost"];

/// What an expression is for.
pub(super) struct Slot<'s> {
    /// The field.
    pub name: &'s str,
    /// Whether it takes numbers.
    pub number: bool,
    /// Whether it takes days, or instants.
    pub time: Option<Time>,
    /// Where it is.
    pub place: Place,
    /// What is wrong with a text that every row would get.
    pub check: &'s dyn Fn(&str, &Expr) -> Result<(), String>,
}

/// Where an expression is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In a fact or partner.
    Own,
    /// In a message along its descriptor.
    Message,
    /// There, within an element of a list.
    Element,
}

/// Sort of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    /// A day.
    Day,
    /// An instant.
    Instant,
}

impl Parser {
    /// One field of a fact or partner.
    pub(super) fn expr(&mut self, path: &Path, name: &str, value: &Value) -> Option<Expr> {
        let facts = self.document.root().get("target").and_then(Value::as_str) == Some("facts");
        let words: Option<(&str, Find)> = match name {
            "kind" if facts => Some(("FACT_KIND_", record::fact_kind)),
            "kind" => Some(("PARTNER_KIND_", record::partner_kind)),
            "channel" => Some(("CHANNEL_CLASS_", record::channel_class)),
            "initial_status" => Some(("PARTNER_STATUS_", record::partner_status)),
            _ => None,
        };
        let check = |word: &str, _: &Expr| match words {
            Some((prefix, find)) if find(&record::enum_name(prefix, word)).is_none() => {
                Err(format!("{word:?} is no {name}; see {prefix}* in the API"))
            }
            _ => Ok(()),
        };
        let time = match name {
            "occurred_on" => Some(Time::Day),
            "occurred_at" => Some(Time::Instant),
            _ => None,
        };
        let number = NUMBERS.contains(&name);
        self.expr_for(path, &Slot { name, number, time, place: Place::Own, check: &check }, value)
    }

    /// One field: `{from: COLUMN}`, `{const: VALUE}`, `{product: [A, B]}`, `{template: "{A}/{B}"}` or, in a list,
    /// `{split: COLUMN, by: ">"}`, with `map`, `default`, `sign`, `format` and `zone`.
    pub(super) fn expr_for(&mut self, path: &Path, slot: &Slot<'_>, value: &Value) -> Option<Expr> {
        if let Some(text) = scalar(value) {
            let remedy =
                format!("write {{from: {text}}} to take a column or {{const: {text}}} for the same value everywhere");
            self.fault(path, format!("{text:?} alone does not say what it is; {remedy}"));
            return None;
        }
        let map = self.map(path, value, if slot.place == Place::Own { KEYS } else { KEYS_OF_TREES })?;
        let source = self.source(path, slot, map)?;
        let words = map.get("map").and_then(|v| self.word_map(&path.key("map"), v));
        let default = self.scalar_at(&path.key("default"), map.get("default"));
        let sign = self.sign(path, slot, map.get("sign"));
        if slot.time.is_none() {
            for key in ["format", "zone"].into_iter().filter(|k| map.contains_key(*k)) {
                self.fault(&path.key(key), format!("{key} belongs to dates and times only; leave it out"));
            }
        }
        let format = self.date_format(&path.key("format"), map.get("format")).or_else(|| self.format.clone());
        let zone = self.zone(&path.key("zone"), map.get("zone")).or_else(|| self.zone.clone());
        let expr = Expr {
            source,
            map: words,
            default,
            sign,
            format: format.filter(|_| slot.time.is_some()),
            zone: zone.filter(|_| slot.time == Some(Time::Instant)),
        };
        self.check_words(path, slot, &expr);
        Some(expr)
    }

    fn source(&mut self, path: &Path, slot: &Slot<'_>, map: &Map) -> Option<Source> {
        let known = SOURCES.iter().copied().filter(|key| slot.place == Place::Element || *key != "split");
        let given: Vec<&str> = SOURCES.iter().copied().filter(|k| map.contains_key(*k)).collect();
        let [only] = given.as_slice() else {
            let found = if given.is_empty() { "nothing".to_owned() } else { given.join(" and ") };
            let known = known.collect::<Vec<_>>().join(", ");
            self.fault(path, format!("{found} says where the value comes from; write exactly one of {known}"));
            return None;
        };
        let at = path.key(only);
        let value = map.get(*only)?;
        match *only {
            "from" => self.scalar_at(&at, Some(value)).map(Source::Column),
            "const" => self.scalar_at(&at, Some(value)).map(Source::Const),
            "product" => {
                let columns = self.words(&at, Some(value));
                if !slot.number {
                    self.fault(&at, format!("a product is a number, and {} takes none", slot.name));
                }
                if columns.len() < 2 {
                    self.fault(&at, "a product needs two columns or more, such as [qty, unit_price]");
                }
                Some(Source::Product(columns))
            }
            "split" => self.split(&at, &path.key("by"), slot, value, map.get("by")),
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

    fn split(&mut self, at: &Path, by_at: &Path, slot: &Slot<'_>, value: &Value, by: Option<&Value>) -> Option<Source> {
        if slot.place != Place::Element {
            self.fault(at, "the parts of a cell are elements of a list, and this is none; write from");
        }
        let by = self.scalar_at(by_at, by).filter(|by| !by.is_empty());
        if by.is_none() {
            self.fault(at, "by is missing; write what parts the cell, such as {split: COLUMN, by: \";\"}");
        }
        Some(Source::Split { column: self.scalar_at(at, Some(value))?, by: by? })
    }

    /// What a field cannot hold is a fault of the mapping where it says so itself, not of every row.
    fn check_words(&mut self, path: &Path, slot: &Slot<'_>, expr: &Expr) {
        let mut check = |at: Path, word: &str| match (slot.check)(word, expr) {
            // Along a descriptor a map may say that a word means nothing.
            Err(_) if word.is_empty() && slot.place != Place::Own => {}
            Err(e) => self.fault(&at, e),
            Ok(()) => {}
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
