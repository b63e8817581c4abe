//! The fields of facts and partners that a mapping can fill, with the names of the API.

use std::collections::{BTreeMap, BTreeSet};

use super::{Expr, Template};

/// A key in another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefFields {
    /// The system.
    pub system: Expr,
    /// The key there.
    pub id: Expr,
}

/// The fields of a sales fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactFields {
    /// The key of the fact in its source.
    pub source_id: Template,
    /// The single values by the name of their field in the API; money without its currency.
    pub values: BTreeMap<&'static str, Expr>,
    /// The partner by a key of another system; otherwise `values` has "partner".
    pub partner_external_ref: Option<RefFields>,
    /// Labels.
    pub labels: BTreeMap<String, Expr>,
}

/// An address of a partner, by the names of its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressFields {
    /// The single values.
    pub values: BTreeMap<&'static str, Expr>,
    /// Street lines.
    pub lines: Vec<Expr>,
}

/// A contact of a partner, by the names of its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactFields {
    /// The single values.
    pub values: BTreeMap<&'static str, Expr>,
}

/// The fields of a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerFields {
    /// The single values by the name of their field in the API.
    pub values: BTreeMap<&'static str, Expr>,
    /// Number in a commercial register.
    pub registration: Option<BTreeMap<&'static str, Expr>>,
    /// Keys in other systems; the first one finds the partner again.
    pub external_refs: Vec<RefFields>,
    /// Labels.
    pub labels: BTreeMap<String, Expr>,
    /// Addresses.
    pub addresses: Vec<AddressFields>,
    /// Contacts.
    pub contacts: Vec<ContactFields>,
}

/// Single fields of a fact: name, whether it is compulsory.
pub(super) const FACT_VALUES: &[(&str, bool)] = &[
    ("source_system", true),
    ("partner", false),
    ("kind", true),
    ("occurred_on", false),
    ("occurred_at", false),
    ("sku", false),
    ("product_line", false),
    ("region", false),
    ("channel", false),
    ("sub_channel", false),
    ("quantity", false),
    ("currency", true),
    ("gross", false),
    ("net", true),
    ("cost", false),
    ("original_source_id", false),
    ("order_id", false),
    ("customer_key", false),
];

/// Single fields of a partner: name, whether it is compulsory.
pub(super) const PARTNER_VALUES: &[(&str, bool)] = &[
    ("partner_id", false),
    ("display_name", true),
    ("legal_name", false),
    ("kind", true),
    ("industry", false),
    ("founding_year", false),
    ("region", false),
    ("initial_status", false),
];

/// Single fields of an address.
pub(super) const ADDRESS_VALUES: &[(&str, bool)] = &[
    ("purpose", false),
    ("country", false),
    ("state", false),
    ("city", false),
    ("district", false),
    ("postal_code", false),
];

/// Single fields of a contact.
pub(super) const CONTACT_VALUES: &[(&str, bool)] =
    &[("person_name", true), ("role", false), ("email", false), ("phone", false)];

/// Single fields of a registration.
pub(super) const REGISTRATION_VALUES: &[(&str, bool)] = &[("scheme", true), ("number", true)];

impl RefFields {
    fn collect<'f>(&'f self, into: &mut BTreeSet<&'f str>) {
        self.system.collect_columns(into);
        self.id.collect_columns(into);
    }
}

fn collect_all<'f>(exprs: impl IntoIterator<Item = &'f Expr>, into: &mut BTreeSet<&'f str>) {
    exprs.into_iter().for_each(|e| e.collect_columns(into));
}

impl FactFields {
    /// Every column that some field takes from.
    #[must_use]
    pub fn columns(&self) -> BTreeSet<&str> {
        let mut all = BTreeSet::new();
        self.source_id.collect_columns(&mut all);
        collect_all(self.values.values().chain(self.labels.values()), &mut all);
        self.partner_external_ref.iter().for_each(|r| r.collect(&mut all));
        all
    }
}

impl PartnerFields {
    /// Every column that some field takes from.
    #[must_use]
    pub fn columns(&self) -> BTreeSet<&str> {
        let mut all = BTreeSet::new();
        collect_all(self.values.values().chain(self.labels.values()), &mut all);
        self.registration.iter().for_each(|r| collect_all(r.values(), &mut all));
        self.external_refs.iter().for_each(|r| r.collect(&mut all));
        self.addresses.iter().for_each(|a| collect_all(a.values.values().chain(&a.lines), &mut all));
        self.contacts.iter().for_each(|c| collect_all(c.values.values(), &mut all));
        all
    }
}

impl FactFields {
    /// Adds the columns a field of the API takes from.
    pub(super) fn columns_of<'f>(&'f self, field: &str, into: &mut BTreeSet<&'f str>) {
        let (first, rest) = split(field);
        match first {
            "source_id" => self.source_id.collect_columns(into),
            "partner" | "partner_external_ref" | "partner_ref" if self.partner_external_ref.is_some() => {
                self.partner_external_ref.iter().for_each(|r| r.id.collect_columns(into));
            }
            "occurred" => collect_all(["occurred_on", "occurred_at"].iter().filter_map(|n| self.values.get(n)), into),
            "labels" => collect_all(self.labels.get(rest), into),
            name => collect_all(self.values.get(name), into),
        }
    }
}

impl PartnerFields {
    /// Adds the columns a field of the API takes from.
    pub(super) fn columns_of<'f>(&'f self, field: &str, into: &mut BTreeSet<&'f str>) {
        let (first, rest) = split(field);
        let (at, inner) = rest.split_once("].").map_or((0, rest), |(n, inner)| (n.parse().unwrap_or(0), inner));
        match first {
            "external_refs" => self.external_refs.get(at).iter().for_each(|r| match inner {
                "system" => r.system.collect_columns(into),
                _ => r.id.collect_columns(into),
            }),
            "addresses" => collect_all(self.addresses.get(at).and_then(|a| a.values.get(inner)), into),
            "contacts" => collect_all(self.contacts.get(at).and_then(|c| c.values.get(inner)), into),
            "registration" => collect_all(self.registration.as_ref().and_then(|r| r.get(rest)), into),
            "labels" => collect_all(self.labels.get(rest), into),
            name => collect_all(self.values.get(name), into),
        }
    }
}

/// The first name of a path, and what follows: `labels.a`, `labels["a"]`, `external_refs[0].id`.
fn split(field: &str) -> (&str, &str) {
    let end = field.find(['.', '[']).unwrap_or(field.len());
    let (first, rest) = field.split_at(end);
    (first, rest.trim_start_matches(['.', '[', '"']).trim_end_matches(['"', ']']))
}
