//! Reads the fields of facts and partners, which have code of their own.

use std::collections::BTreeMap;

use serde_yaml_ng::{Mapping as Map, Value};

use super::Parser;
use crate::{
    document::Path,
    mapping::{Expr, FactFields, PartnerFields, Template, fields},
};

impl Parser {
    pub(super) fn facts(&mut self, path: &Path, value: &Value, source_id: Option<Template>) -> Option<FactFields> {
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

    pub(super) fn partners(&mut self, path: &Path, value: &Value) -> Option<PartnerFields> {
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
    pub(super) fn values(
        &mut self,
        path: &Path,
        map: &Map,
        known: &'static [(&'static str, bool)],
    ) -> BTreeMap<&'static str, Expr> {
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

pub(super) fn known<'k>(values: &'k [(&'k str, bool)], others: &[&'k str]) -> Vec<&'k str> {
    values.iter().map(|(name, _)| *name).chain(others.iter().copied()).collect()
}
