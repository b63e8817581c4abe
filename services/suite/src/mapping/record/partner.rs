//! Partners from rows.

use tributary_proto::tributary::{
    common::v1::ExternalRef,
    partner::v1::{Address, Contact, Partner, PartnerUpsert, Registration},
};

use super::{
    Reading,
    words::{partner_kind, partner_status},
};
use crate::mapping::{AddressFields, ContactFields, PartnerFields, RefFields, RowFault};

impl Reading<'_> {
    pub fn partner(&mut self, fields: &PartnerFields) -> PartnerUpsert {
        let get = |name: &str| fields.values.get(name);
        let year = self.text("founding_year", get("founding_year"));
        let founding_year = if year.is_empty() {
            0
        } else {
            let parsed = year.trim().parse().map_err(|_| {
                RowFault::new(
                    "founding_year",
                    &year,
                    format!("{year:?} is not a year"),
                    "write it as 1976, or leave it empty",
                )
            });
            self.take(parsed).unwrap_or(0)
        };
        let registration = fields.registration.as_ref().map(|r| Registration {
            scheme: self.text("registration.scheme", r.get("scheme")),
            number: self.text("registration.number", r.get("number")),
        });
        let partner = Partner {
            display_name: self.required("display_name", get("display_name")),
            legal_name: self.text("legal_name", get("legal_name")),
            registration: registration.filter(|r| !r.number.is_empty()),
            kind: self.required_choice("kind", get("kind"), "PARTNER_KIND_", partner_kind),
            industry: self.text("industry", get("industry")),
            founding_year,
            region: self.text("region", get("region")),
            external_refs: self.external_refs(&fields.external_refs),
            labels: self.labels(&fields.labels),
            addresses: fields.addresses.iter().enumerate().filter_map(|(n, a)| self.address(n, a)).collect(),
            contacts: fields.contacts.iter().enumerate().filter_map(|(n, c)| self.contact(n, c)).collect(),
            ..Partner::default()
        };
        PartnerUpsert {
            partner: Some(partner),
            partner_id: self.text("partner_id", get("partner_id")),
            initial_status: self.choice("initial_status", get("initial_status"), "PARTNER_STATUS_", partner_status),
        }
    }

    /// The first reference is compulsory, the others only where the row has them.
    fn external_refs(&mut self, refs: &[RefFields]) -> Vec<ExternalRef> {
        let mut found = Vec::with_capacity(refs.len());
        for (n, r) in refs.iter().enumerate() {
            let field = format!("external_refs[{n}]");
            let empty = self.eval.text(&field, &r.id).is_ok_and(|id| id.is_none());
            if n == 0 || !empty {
                found.push(self.external_ref(&field, r));
            }
        }
        found
    }

    fn address(&mut self, n: usize, fields: &AddressFields) -> Option<Address> {
        let mut get = |name: &str| self.text(&format!("addresses[{n}].{name}"), fields.values.get(name));
        let mut address = Address {
            purpose: get("purpose"),
            country: get("country"),
            state: get("state"),
            city: get("city"),
            district: get("district"),
            postal_code: get("postal_code"),
            lines: Vec::new(),
        };
        let lines = fields.lines.iter().map(|e| self.text(&format!("addresses[{n}].lines"), Some(e)));
        address.lines = lines.filter(|l| !l.is_empty()).collect();
        let nothing = Address { purpose: address.purpose.clone(), ..Address::default() };
        (address != nothing).then_some(address)
    }

    fn contact(&mut self, n: usize, fields: &ContactFields) -> Option<Contact> {
        let mut get = |name: &str| self.text(&format!("contacts[{n}].{name}"), fields.values.get(name));
        let contact =
            Contact { person_name: get("person_name"), role: get("role"), email: get("email"), phone: get("phone") };
        (!contact.person_name.is_empty()).then_some(contact)
    }
}
