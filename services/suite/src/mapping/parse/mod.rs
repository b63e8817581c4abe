//! Reads a mapping file and checks it as a whole: every fault at once, with its path and what to write instead.

mod expr;
mod groups;
mod own;
mod parts;
mod tree;

use std::collections::BTreeSet;

use serde_yaml_ng::{Mapping as Map, Value};
use sha2::{Digest as _, Sha256};

use super::{Fields, Mapping, Target, Template, Unknown};
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
        let fields = match self.target(&top.key("target"), map.get("target")) {
            Some(Target::Facts) => self.facts(&fields_at, fields, source_id).map(|f| Fields::Facts(Box::new(f))),
            Some(Target::Partners) => {
                if map.contains_key("source_id") {
                    self.fault(
                        &top.key("source_id"),
                        "partners have no source id; name their keys under fields.external_refs",
                    );
                }
                self.partners(&fields_at, fields).map(|p| Fields::Partners(Box::new(p)))
            }
            Some(Target::Record(target)) => {
                self.record(&fields_at, fields, target, source_id).map(|r| Fields::Record(Box::new(r)))
            }
            None => None,
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

    fn target(&mut self, path: &Path, value: Option<&Value>) -> Option<Target> {
        let found = value.and_then(Value::as_str);
        let target = found.and_then(Target::by_name);
        if target.is_none() {
            let known: Vec<_> = Target::all().map(Target::as_str).collect();
            let message = match found {
                None => format!("it is missing; write target: and one of {}", known.join(", ")),
                Some(found) => format!("{found:?} is none; {}", nearest(found, known)),
            };
            self.fault(path, message);
        }
        target
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
                let read = |(n, item): (usize, &Value)| match parts::scalar(item) {
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
}

#[cfg(test)]
mod tests;
