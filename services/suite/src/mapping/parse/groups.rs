//! Reads the fields that are groups or lists: references, labels, addresses, contacts.

use std::collections::BTreeMap;

use serde_yaml_ng::Value;

use super::{Parser, own::known, parts::scalar};
use crate::{
    document::{Path, shown},
    mapping::{AddressFields, ContactFields, Expr, RefFields, fields},
};

impl Parser {
    pub(super) fn reference(&mut self, path: &Path, value: &Value) -> Option<RefFields> {
        let map = self.map(path, value, &["system", "id"])?;
        let mut part = |name: &str| match map.get(name) {
            Some(value) => self.expr(&path.key(name), name, value),
            None => {
                self.fault(path, format!("{name} is missing; write {{system: {{const: erp}}, id: {{from: COLUMN}}}}"));
                None
            }
        };
        let (system, id) = (part("system"), part("id"));
        Some(RefFields { system: system?, id: id? })
    }

    pub(super) fn references(&mut self, path: &Path, value: Option<&Value>) -> Vec<RefFields> {
        let remedy = "write - {system: {const: erp}, id: {from: COLUMN}}";
        match self.list(path, value) {
            [] => {
                self.fault(path, format!("a partner needs an external ref to be found again; {remedy}"));
                Vec::new()
            }
            items => items.iter().enumerate().filter_map(|(n, v)| self.reference(&path.index(n), v)).collect(),
        }
    }

    pub(super) fn labels(&mut self, path: &Path, value: Option<&Value>) -> BTreeMap<String, Expr> {
        let Some(value) = value else { return BTreeMap::new() };
        let Value::Mapping(map) = value else {
            self.fault(
                path,
                format!("{} stands where a mapping is wanted, such as {{segment: {{from: COLUMN}}}}", shown(value)),
            );
            return BTreeMap::new();
        };
        let mut labels = BTreeMap::new();
        for (key, value) in map {
            let Some(key) = scalar(key) else { continue };
            if let Some(found) = self.expr(&path.key(&key), "label", value) {
                labels.insert(key, found);
            }
        }
        labels
    }

    pub(super) fn addresses(&mut self, path: &Path, value: Option<&Value>) -> Vec<AddressFields> {
        let items = self.list(path, value);
        let mut found = Vec::with_capacity(items.len());
        for (n, item) in items.iter().enumerate() {
            let at = path.index(n);
            let Some(map) = self.map(&at, item, &known(fields::ADDRESS_VALUES, &["lines"])) else { continue };
            let values = self.values(&at, map, fields::ADDRESS_VALUES);
            let lines_at = at.key("lines");
            let lines = self.list(&lines_at, map.get("lines"));
            let lines =
                lines.iter().enumerate().filter_map(|(n, v)| self.expr(&lines_at.index(n), "lines", v)).collect();
            found.push(AddressFields { values, lines });
        }
        found
    }

    pub(super) fn contacts(&mut self, path: &Path, value: Option<&Value>) -> Vec<ContactFields> {
        let items = self.list(path, value);
        let mut found = Vec::with_capacity(items.len());
        for (n, item) in items.iter().enumerate() {
            let at = path.index(n);
            let Some(map) = self.map(&at, item, &known(fields::CONTACT_VALUES, &[])) else { continue };
            found.push(ContactFields { values: self.values(&at, map, fields::CONTACT_VALUES) });
        }
        found
    }

    fn list<'v>(&mut self, path: &Path, value: Option<&'v Value>) -> &'v [Value] {
        match value {
            None => &[],
            Some(Value::Sequence(items)) => items,
            Some(other) => {
                self.fault(path, format!("{} stands where a list is wanted", shown(other)));
                &[]
            }
        }
    }
}
