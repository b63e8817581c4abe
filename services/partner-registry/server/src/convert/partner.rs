//! Partners.

use std::collections::BTreeMap;

use partner_registry_domain::{
    Address, Candidate, Contact, Draft, ExternalRef, Partner, PartnerKind, PartnerStatus, Registration,
    partner::resource_name,
};
use tributary_core::Violations;
use tributary_proto::{
    google::r#type::Decimal,
    tributary::{common::v1 as common, partner::v1 as pb},
};
use tributary_rpc::convert::timestamp_to_proto;

use crate::ports::PartnerView;

/// A partner as callers see it.
pub(crate) fn view_to_proto(view: PartnerView) -> pb::Partner {
    let duplicates = view.duplicates.into_iter().map(candidate_to_proto).collect();
    pb::Partner { duplicate_candidates: duplicates, ..partner_to_proto(view.partner, view.tier) }
}

pub(super) fn partner_to_proto(partner: Partner, tier: String) -> pb::Partner {
    let (name, etag) = (partner.name(), partner.etag());
    let profile = partner.profile;
    pb::Partner {
        name,
        uid: partner.uid.to_string(),
        display_name: profile.display_name,
        legal_name: profile.legal_name,
        registration: profile.registration.map(|r| pb::Registration { scheme: r.scheme, number: r.number }),
        kind: profile.kind.number(),
        industry: profile.industry,
        founding_year: profile.founding_year,
        region: profile.region,
        addresses: profile.addresses.into_iter().map(address_to_proto).collect(),
        contacts: profile.contacts.into_iter().map(contact_to_proto).collect(),
        external_refs: profile.external_refs.into_iter().map(reference_to_proto).collect(),
        labels: profile.labels.into_iter().collect(),
        status: partner.standing.status().number(),
        tier,
        business_key: partner.business_key,
        duplicate_candidates: Vec::new(),
        revision: partner.revision,
        create_time: Some(timestamp_to_proto(partner.create_time)),
        update_time: Some(timestamp_to_proto(partner.update_time)),
        etag,
    }
}

/// What a caller says about a partner. Output-only fields are ignored. A kind that this version does not know is noted
/// under "kind".
pub(crate) fn draft(partner: pb::Partner, violations: &mut Violations) -> Draft {
    let kind = PartnerKind::from_number(partner.kind);
    if kind.is_none() && partner.kind != 0 {
        let number = partner.kind;
        violations.add("kind", format!("{number} is not a partner kind of this version; use a value of PartnerKind"));
    }
    Draft {
        display_name: partner.display_name,
        legal_name: partner.legal_name,
        registration: partner.registration.map(|r| Registration { scheme: r.scheme, number: r.number }),
        kind,
        industry: partner.industry,
        founding_year: partner.founding_year,
        region: partner.region,
        addresses: partner.addresses.into_iter().map(address).collect(),
        contacts: partner.contacts.into_iter().map(contact).collect(),
        external_refs: partner.external_refs.into_iter().map(reference).collect(),
        labels: partner.labels.into_iter().collect::<BTreeMap<_, _>>(),
    }
}

/// The status to start with; 0 is the default, PROSPECT.
pub(crate) fn initial_status(number: i32, violations: &mut Violations) -> PartnerStatus {
    if number == 0 {
        return PartnerStatus::Prospect;
    }
    PartnerStatus::from_number(number).unwrap_or_else(|| {
        let message = format!("{number} is not a partner status of this version; use a value of PartnerStatus");
        violations.add("initial_status", message);
        PartnerStatus::Prospect
    })
}

/// A key in another system.
pub(crate) fn reference(r: common::ExternalRef) -> ExternalRef {
    ExternalRef { system: r.system, id: r.id }
}

/// A key in another system.
pub(crate) fn reference_to_proto(r: ExternalRef) -> common::ExternalRef {
    common::ExternalRef { system: r.system, id: r.id }
}

fn candidate_to_proto(candidate: Candidate) -> pb::DuplicateCandidate {
    pb::DuplicateCandidate {
        partner: resource_name(&candidate.id),
        display_name: candidate.display_name,
        similarity: Some(Decimal { value: candidate.similarity.to_string() }),
    }
}

fn address(a: pb::Address) -> Address {
    Address {
        purpose: a.purpose,
        country: a.country,
        state: a.state,
        city: a.city,
        district: a.district,
        postal_code: a.postal_code,
        lines: a.lines,
    }
}

fn address_to_proto(a: Address) -> pb::Address {
    pb::Address {
        purpose: a.purpose,
        country: a.country,
        state: a.state,
        city: a.city,
        district: a.district,
        postal_code: a.postal_code,
        lines: a.lines,
    }
}

fn contact(c: pb::Contact) -> Contact {
    Contact { person_name: c.person_name, role: c.role, email: c.email, phone: c.phone }
}

fn contact_to_proto(c: Contact) -> pb::Contact {
    pb::Contact { person_name: c.person_name, role: c.role, email: c.email, phone: c.phone }
}
