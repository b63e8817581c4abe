//! What callers tell about a partner: a [`Draft`] as it comes, a [`Profile`] when it has been checked.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tributary_core::{ResourceId, Violations};

use crate::{PartnerKind, region, text, uscc};

/// The scheme of the unified social credit code, whose check character is verified.
pub const USCC_SCHEME: &str = "CN-USCC";

/// A number in a commercial register.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Registration {
    /// Scheme. Example: "CN-USCC".
    pub scheme: String,
    /// The number.
    pub number: String,
}

/// The key of a partner in another system.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ExternalRef {
    /// The other system. Example: "erp".
    pub system: String,
    /// The key there, byte for byte.
    pub id: String,
}

/// A postal address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// What it is for. Example: "warehouse".
    pub purpose: String,
    /// ISO 3166-1 alpha-2 code, may be empty.
    pub country: String,
    /// State or province.
    pub state: String,
    /// City.
    pub city: String,
    /// County or district.
    pub district: String,
    /// Postal code.
    pub postal_code: String,
    /// Street lines, at most 5.
    pub lines: Vec<String>,
}

/// A person to talk to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Name of the person.
    pub person_name: String,
    /// What the person does.
    pub role: String,
    /// E-mail address.
    pub email: String,
    /// Telephone number.
    pub phone: String,
}

/// What a caller says about a partner, not yet checked. Empty strings, 0 and `None` mean "not given".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Name for people.
    pub display_name: String,
    /// Name in the register; empty: the display name.
    pub legal_name: String,
    /// Register number.
    pub registration: Option<Registration>,
    /// What sort of partner.
    pub kind: Option<PartnerKind>,
    /// Industry.
    pub industry: String,
    /// Year of foundation, 0 when unknown.
    pub founding_year: i32,
    /// Region path.
    pub region: String,
    /// Addresses.
    pub addresses: Vec<Address>,
    /// Contacts.
    pub contacts: Vec<Contact>,
    /// Keys in other systems, in the caller's order.
    pub external_refs: Vec<ExternalRef>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// A checked draft. Made by [`Draft::check`]; a store rebuilds it from what it has kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Profile {
    /// Name for people, not blank.
    pub display_name: String,
    /// Name in the register; empty when it equals the display name.
    pub legal_name: String,
    /// Register number.
    pub registration: Option<Registration>,
    /// What sort of partner.
    pub kind: PartnerKind,
    /// Industry.
    pub industry: String,
    /// Year of foundation, 0 when unknown.
    pub founding_year: i32,
    /// Region path, empty when unknown.
    pub region: String,
    /// Addresses.
    pub addresses: Vec<Address>,
    /// Contacts.
    pub contacts: Vec<Contact>,
    /// Keys in other systems, one per system.
    pub external_refs: Vec<ExternalRef>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

impl Draft {
    /// Checks everything and makes a profile; `year` is the current year.
    ///
    /// # Errors
    /// Every violation at once, by field path.
    pub fn check(self, year: i32) -> Result<Profile, Violations> {
        let mut v = Violations::new();
        text::required_line(&mut v, "display_name", &self.display_name, 200);
        text::line(&mut v, "legal_name", &self.legal_name, 300);
        text::line(&mut v, "industry", &self.industry, 100);
        if let Some(registration) = &self.registration {
            check_registration(&mut v, registration);
        }
        if self.kind.is_none() {
            v.add("kind", "is required; give the kind of partner, such as PARTNER_KIND_DEALER");
        }
        if self.founding_year != 0 && !(1600..=year).contains(&self.founding_year) {
            let given = self.founding_year;
            v.add("founding_year", format!("{given} is not between 1600 and {year}; use 0 when it is not known"));
        }
        region::check(&mut v, "region", &self.region);
        check_addresses(&mut v, &self.addresses);
        check_contacts(&mut v, &self.contacts);
        check_refs(&mut v, &self.external_refs);
        check_labels(&mut v, &self.labels);
        match self.kind {
            Some(kind) if v.is_empty() => Ok(self.into_profile(kind)),
            _ => Err(v),
        }
    }

    fn into_profile(self, kind: PartnerKind) -> Profile {
        let legal_name = if self.legal_name == self.display_name { String::new() } else { self.legal_name };
        Profile {
            display_name: self.display_name,
            legal_name,
            registration: self.registration,
            kind,
            industry: self.industry,
            founding_year: self.founding_year,
            region: self.region,
            addresses: self.addresses,
            contacts: self.contacts,
            external_refs: self.external_refs,
            labels: self.labels,
        }
    }
}

impl From<Profile> for Draft {
    fn from(p: Profile) -> Self {
        Self {
            display_name: p.display_name,
            legal_name: p.legal_name,
            registration: p.registration,
            kind: Some(p.kind),
            industry: p.industry,
            founding_year: p.founding_year,
            region: p.region,
            addresses: p.addresses,
            contacts: p.contacts,
            external_refs: p.external_refs,
            labels: p.labels,
        }
    }
}

/// Checks a number in a register.
pub(crate) fn check_registration(v: &mut Violations, registration: &Registration) {
    let Registration { scheme, number } = registration;
    text::required_line(v, "registration.scheme", scheme, 32);
    text::required_line(v, "registration.number", number, 64);
    if scheme.trim() != scheme || scheme.eq_ignore_ascii_case(USCC_SCHEME) && scheme != USCC_SCHEME {
        v.add("registration.scheme", format!("{scheme:?} is not written as a scheme; write it like {USCC_SCHEME:?}"));
    }
    if number.trim() != number {
        v.add("registration.number", format!("{number:?} has white space at an end; remove it"));
    } else if scheme == USCC_SCHEME && !number.is_empty() {
        v.check("registration.number", uscc::check(number));
    }
}

fn check_addresses(v: &mut Violations, addresses: &[Address]) {
    at_most(v, "addresses", addresses.len(), 20);
    for (i, a) in addresses.iter().enumerate() {
        let at = |field: &str| format!("addresses[{i}].{field}");
        text::line(v, &at("purpose"), &a.purpose, 63);
        if !(a.country.is_empty() || a.country.len() == 2 && a.country.bytes().all(|b| b.is_ascii_uppercase())) {
            v.add(at("country"), format!("{:?} is not an ISO 3166-1 alpha-2 code; write it like CN", a.country));
        }
        text::line(v, &at("state"), &a.state, 100);
        text::line(v, &at("city"), &a.city, 100);
        text::line(v, &at("district"), &a.district, 100);
        text::line(v, &at("postal_code"), &a.postal_code, 20);
        at_most(v, &at("lines"), a.lines.len(), 5);
        for (j, line) in a.lines.iter().enumerate() {
            text::line(v, &format!("addresses[{i}].lines[{j}]"), line, 200);
        }
    }
}

fn check_contacts(v: &mut Violations, contacts: &[Contact]) {
    at_most(v, "contacts", contacts.len(), 50);
    for (i, c) in contacts.iter().enumerate() {
        let at = |field: &str| format!("contacts[{i}].{field}");
        text::required_line(v, &at("person_name"), &c.person_name, 100);
        text::line(v, &at("role"), &c.role, 100);
        text::line(v, &at("email"), &c.email, 254);
        text::line(v, &at("phone"), &c.phone, 40);
    }
}

fn check_refs(v: &mut Violations, refs: &[ExternalRef]) {
    at_most(v, "external_refs", refs.len(), 20);
    let mut systems = BTreeSet::new();
    for (i, r) in refs.iter().enumerate() {
        let at = |field: &str| format!("external_refs[{i}].{field}");
        v.check(&at("system"), ResourceId::parse(&r.system));
        if r.id.is_empty() {
            v.add(at("id"), "is required and is empty; give the key in that system");
        }
        text::line(v, &at("id"), &r.id, 200);
        if !systems.insert(r.system.as_str()) {
            v.add(at("system"), format!("{:?} is given twice; a partner has one key per system", r.system));
        }
    }
}

pub(crate) fn check_labels(v: &mut Violations, labels: &BTreeMap<String, String>) {
    at_most(v, "labels", labels.len(), 64);
    for (key, value) in labels {
        let field = format!("labels[{key:?}]");
        text::required_line(v, &field, key, 63);
        text::line(v, &field, value, 200);
    }
}

fn at_most(v: &mut Violations, field: &str, count: usize, max: usize) {
    if count > max {
        v.add(field, format!("has {count} entries; at most {max} are allowed"));
    }
}
