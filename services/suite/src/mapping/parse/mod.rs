//! Reads a mapping file and checks it as a whole: every fault at once, with its path and what to write instead.

mod expr;
mod groups;

use std::collections::{BTreeMap, BTreeSet};

use serde_yaml_ng::{Mapping as Map, Value};
use sha2::{Digest as _, Sha256};

use super::{FactFields, Fields, Mapping, PartnerFields, Template, Unknown, fields};
use crate::document::{Document, FileFaults, Path, nearest, shown};

const TOP: &[&str] = &[
    "apiVersion",
    "kind",
    "target",
    "title",
    "unknown",
    "ignore",
    "nulls",
    "delimiter",
    "date",
    "source_id",
    "fields",
];

/// Reads a mapping file.
///
/// # Errors
/// Every fault, with path, line and remedy.
pub fn parse(name: &str, text: &str) -> Result<Mapping, FileFaults> {
    let document = Document::parse(name, text)?;
    let mut parser = Parser { document, format: None, zone: None };
    let mapping = parser.mapping(name, text);
    parser.document.finish(mapping)
}

/// Reads the tree and collects the faults.
struct Parser {
    document: Document,
    /// Date format for all fields that name none.
    format: Option<String>,
    /// Zone for all fields that name none.
    zone: Option<String>,
}

impl Parser {
    fn fault(&mut self, path: &Path, message: impl Into<String>) {
        self.document.fault(path, message);
    }

    fn mapping(&mut self, name: &str, text: &str) -> Option<Mapping> {
        let root = self.document.root();
        let top = Path::root();
        let map = self.map(&top, &root, TOP)?;
        self.document.expect_header("Mapping");
        self.date(&top.key("date"), map.get("date"));
        let none = Value::Null;
        let fields_at = top.key("fields");
        let fields = map.get("fields").unwrap_or(&none);
        let source_id = self.source_id(&top, map);
        let fields = match map.get("target").and_then(Value::as_str) {
            Some("facts") => self.facts(&fields_at, fields, source_id).map(|f| Fields::Facts(Box::new(f))),
            Some("partners") => {
                if map.contains_key("source_id") {
                    self.fault(
                        &top.key("source_id"),
                        "partners have no source id; name their keys under fields.external_refs",
                    );
                }
                self.partners(&fields_at, fields).map(|p| Fields::Partners(Box::new(p)))
            }
            other => {
                let found = other.map_or_else(|| "it is missing".to_owned(), |o| format!("{o:?} is none"));
                self.fault(&top.key("target"), format!("{found}; write target: facts or target: partners"));
                None
            }
        };
        Some(Mapping {
            name: name.to_owned(),
            title: map.get("title").and_then(Value::as_str).unwrap_or_default().to_owned(),
            digest: hex::encode(Sha256::digest(text.as_bytes())),
            unknown: self.unknown(&top.key("unknown"), map.get("unknown")),
            ignore: self.words(&top.key("ignore"), map.get("ignore")).into_iter().collect(),
            nulls: self.words(&top.key("nulls"), map.get("nulls")).into_iter().collect(),
            delimiter: self.delimiter(&top.key("delimiter"), map.get("delimiter")),
            fields: fields?,
        })
    }

    /// A mapping with no other keys than the known ones.
    fn map<'v>(&mut self, path: &Path, value: &'v Value, known: &[&str]) -> Option<&'v Map> {
        let Value::Mapping(map) = value else {
            let list = known.join(", ");
            self.fault(path, format!("{} stands where a mapping is wanted, with keys out of: {list}", shown(value)));
            return None;
        };
        for key in map.keys() {
            let text = key.as_str().map_or_else(|| shown(key), str::to_owned);
            if !known.contains(&text.as_str()) {
                self.fault(&path.key(&text), format!("unknown key; {}", nearest(&text, known.iter().copied())));
            }
        }
        Some(map)
    }

    fn unknown(&mut self, path: &Path, value: Option<&Value>) -> Unknown {
        match value.map(|v| v.as_str()) {
            None | Some(Some("error")) => Unknown::Error,
            Some(Some("ignore")) => Unknown::Ignore,
            Some(_) => {
                self.fault(path, "write unknown: error or unknown: ignore");
                Unknown::Error
            }
        }
    }

    fn delimiter(&mut self, path: &Path, value: Option<&Value>) -> u8 {
        match value.map(|v| v.as_str()) {
            None => b',',
            Some(Some("tab" | "\t")) => b'\t',
            Some(Some(text)) if text.len() == 1 => text.bytes().next().unwrap_or(b','),
            Some(_) => {
                self.fault(path, "write one character, such as \";\", or tab");
                b','
            }
        }
    }

    fn words(&mut self, path: &Path, value: Option<&Value>) -> Vec<String> {
        match value {
            None => Vec::new(),
            Some(Value::Sequence(items)) => {
                let read = |(n, item): (usize, &Value)| match expr::scalar(item) {
                    Some(word) => Some(word),
                    None => {
                        self.fault(&path.index(n), format!("{} stands where a text is wanted", shown(item)));
                        None
                    }
                };
                items.iter().enumerate().filter_map(read).collect()
            }
            Some(other) => {
                self.fault(path, format!("{} stands where a list is wanted, such as [\"a\", \"b\"]", shown(other)));
                Vec::new()
            }
        }
    }

    fn date(&mut self, path: &Path, value: Option<&Value>) {
        let Some(value) = value else { return };
        let Some(map) = self.map(path, value, &["format", "zone"]) else { return };
        self.format = self.date_format(&path.key("format"), map.get("format"));
        self.zone = self.zone(&path.key("zone"), map.get("zone"));
    }

    fn source_id(&mut self, top: &Path, map: &Map) -> Option<Template> {
        let path = top.key("source_id");
        let text = match map.get("source_id") {
            Some(Value::String(text)) => text,
            Some(other) => {
                self.fault(
                    &path,
                    format!("{} stands where a text such as \"{{order_no}}/{{line_no}}\" is wanted", shown(other)),
                );
                return None;
            }
            None => return None,
        };
        let template = Template::parse(text).map_err(|e| self.fault(&path, e)).ok()?;
        let mut columns = BTreeSet::new();
        template.collect_columns(&mut columns);
        if columns.is_empty() {
            self.fault(&path, format!("{text:?} names no column, so all rows would have one id; write \"{{COLUMN}}\""));
        }
        Some(template)
    }

    fn facts(&mut self, path: &Path, value: &Value, source_id: Option<Template>) -> Option<FactFields> {
        if source_id.is_none() && self.document.root().get("source_id").is_none() {
            let remedy = "write source_id: \"{order_no}/{line_no}\", or \"{invoice}/{ordinal(by: invoice)}\" without line numbers";
            self.fault(&Path::root(), format!("source_id is missing; {remedy}"));
        }
        let map = self.map(path, value, &known(fields::FACT_VALUES, &["partner_external_ref", "labels"]))?;
        let values = self.values(path, map, fields::FACT_VALUES);
        let partner_external_ref =
            map.get("partner_external_ref").and_then(|v| self.reference(&path.key("partner_external_ref"), v));
        match (map.contains_key("partner"), map.contains_key("partner_external_ref")) {
            (false, false) => {
                self.fault(path, "no partner; write partner_external_ref: {system: {const: erp}, id: {from: COLUMN}}")
            }
            (true, true) => {
                self.fault(&path.key("partner"), "the partner is named twice; keep partner or partner_external_ref")
            }
            _ => {}
        }
        match (map.contains_key("occurred_on"), map.contains_key("occurred_at")) {
            (false, false) => {
                self.fault(path, "no date; write occurred_on: {from: COLUMN}, or occurred_at for a date with a time")
            }
            (true, true) => {
                self.fault(&path.key("occurred_at"), "the date is named twice; keep occurred_on or occurred_at")
            }
            _ => {}
        }
        let labels = self.labels(&path.key("labels"), map.get("labels"));
        Some(FactFields { source_id: source_id?, values, partner_external_ref, labels })
    }

    fn partners(&mut self, path: &Path, value: &Value) -> Option<PartnerFields> {
        let others = ["registration", "external_refs", "labels", "addresses", "contacts"];
        let map = self.map(path, value, &known(fields::PARTNER_VALUES, &others))?;
        let values = self.values(path, map, fields::PARTNER_VALUES);
        let external_refs = self.references(&path.key("external_refs"), map.get("external_refs"));
        let registration = map.get("registration").and_then(|v| {
            let at = path.key("registration");
            let inner = self.map(&at, v, &known(fields::REGISTRATION_VALUES, &[]))?;
            Some(self.values(&at, inner, fields::REGISTRATION_VALUES))
        });
        Some(PartnerFields {
            values,
            registration,
            external_refs,
            labels: self.labels(&path.key("labels"), map.get("labels")),
            addresses: self.addresses(&path.key("addresses"), map.get("addresses")),
            contacts: self.contacts(&path.key("contacts"), map.get("contacts")),
        })
    }

    /// The single values of a group; a compulsory one that is missing is a fault.
    fn values(
        &mut self,
        path: &Path,
        map: &Map,
        known: &'static [(&'static str, bool)],
    ) -> BTreeMap<&'static str, super::Expr> {
        let mut values = BTreeMap::new();
        for (name, compulsory) in known {
            match map.get(*name) {
                Some(value) => {
                    if let Some(found) = self.expr(&path.key(name), name, value) {
                        values.insert(*name, found);
                    }
                }
                None if *compulsory => {
                    self.fault(
                        path,
                        format!("{name} is missing; write {name}: {{from: COLUMN}} or {name}: {{const: VALUE}}"),
                    );
                }
                None => {}
            }
        }
        values
    }
}

fn known<'k>(values: &'k [(&'k str, bool)], others: &[&'k str]) -> Vec<&'k str> {
    values.iter().map(|(name, _)| *name).chain(others.iter().copied()).collect()
}

#[cfg(test)]
mod tests;
