//! Changes of a profile by mask (AIP-134), and the merge of an upsert.

use std::collections::BTreeSet;

use tributary_core::Violations;

use crate::{Draft, Profile};

/// A field that Update may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Field {
    DisplayName,
    LegalName,
    Registration,
    Kind,
    Industry,
    FoundingYear,
    Region,
    Addresses,
    Contacts,
    ExternalRefs,
    Labels,
}

/// Every field with its proto name.
const FIELDS: [(Field, &str); 11] = [
    (Field::DisplayName, "display_name"),
    (Field::LegalName, "legal_name"),
    (Field::Registration, "registration"),
    (Field::Kind, "kind"),
    (Field::Industry, "industry"),
    (Field::FoundingYear, "founding_year"),
    (Field::Region, "region"),
    (Field::Addresses, "addresses"),
    (Field::Contacts, "contacts"),
    (Field::ExternalRefs, "external_refs"),
    (Field::Labels, "labels"),
];

/// Fields of the message that Update may never set, and what sets them.
const FIXED: [(&str, &str); 10] = [
    ("name", "the name says which partner and never changes"),
    ("uid", "it is made by the server"),
    ("status", "use a status verb such as ActivatePartner"),
    ("tier", "use TierService.AssignTier"),
    ("business_key", "it is fixed at creation"),
    ("duplicate_candidates", "it is made by the server"),
    ("revision", "it is counted by the server"),
    ("create_time", "it is made by the server"),
    ("update_time", "it is made by the server"),
    ("etag", "send it in the partner, not in the mask"),
];

/// Which fields to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask(BTreeSet<Field>);

impl Mask {
    /// The mask of the paths: proto names, or "*" for every field that can be set.
    ///
    /// # Errors
    /// Every unknown or output-only path at once, under `update_mask`.
    pub fn parse<S: AsRef<str>>(paths: &[S]) -> Result<Self, Violations> {
        let mut v = Violations::new();
        let mut fields = BTreeSet::new();
        for path in paths.iter().map(AsRef::as_ref) {
            if path == "*" {
                fields.extend(FIELDS.map(|(field, _)| field));
            } else if let Some((field, _)) = FIELDS.iter().find(|(_, name)| *name == path) {
                fields.insert(*field);
            } else if let Some((_, why)) = FIXED.iter().find(|(name, _)| *name == path) {
                v.add("update_mask", format!("{path:?} cannot be updated; {why}"));
            } else {
                let names = FIELDS.map(|(_, name)| name).join(", ");
                v.add("update_mask", format!("{path:?} is not a field to update; use any of {names}"));
            }
        }
        if v.is_empty() { Ok(Self(fields)) } else { Err(v) }
    }

    /// The mask of every field that is set in a draft, which is what an empty mask means.
    #[must_use]
    pub fn of_set_fields(draft: &Draft) -> Self {
        let set = |field: Field| match field {
            Field::DisplayName => !draft.display_name.is_empty(),
            Field::LegalName => !draft.legal_name.is_empty(),
            Field::Registration => draft.registration.is_some(),
            Field::Kind => draft.kind.is_some(),
            Field::Industry => !draft.industry.is_empty(),
            Field::FoundingYear => draft.founding_year != 0,
            Field::Region => !draft.region.is_empty(),
            Field::Addresses => !draft.addresses.is_empty(),
            Field::Contacts => !draft.contacts.is_empty(),
            Field::ExternalRefs => !draft.external_refs.is_empty(),
            Field::Labels => !draft.labels.is_empty(),
        };
        Self(FIELDS.into_iter().map(|(field, _)| field).filter(|field| set(*field)).collect())
    }

    /// The profile with the fields of the mask taken from `from`; to be checked again.
    #[must_use]
    pub fn apply(&self, profile: &Profile, from: &Draft) -> Draft {
        let mut draft = Draft::from(profile.clone());
        for field in &self.0 {
            match field {
                Field::DisplayName => draft.display_name.clone_from(&from.display_name),
                Field::LegalName => draft.legal_name.clone_from(&from.legal_name),
                Field::Registration => draft.registration.clone_from(&from.registration),
                Field::Kind => draft.kind = from.kind,
                Field::Industry => draft.industry.clone_from(&from.industry),
                Field::FoundingYear => draft.founding_year = from.founding_year,
                Field::Region => draft.region.clone_from(&from.region),
                Field::Addresses => draft.addresses.clone_from(&from.addresses),
                Field::Contacts => draft.contacts.clone_from(&from.contacts),
                Field::ExternalRefs => draft.external_refs.clone_from(&from.external_refs),
                Field::Labels => draft.labels.clone_from(&from.labels),
            }
        }
        draft
    }
}

/// What an upsert makes of an existing profile: every field that is set replaces the old one, except that external
/// refs are merged by system, so that one system's import never cuts off the keys of another.
#[must_use]
pub fn merge(profile: &Profile, from: &Draft) -> Draft {
    let mut draft = Mask::of_set_fields(from).apply(profile, from);
    draft.external_refs.clone_from(&profile.external_refs);
    for reference in &from.external_refs {
        match draft.external_refs.iter_mut().find(|r| r.system == reference.system) {
            Some(known) => known.clone_from(reference),
            None => draft.external_refs.push(reference.clone()),
        }
    }
    draft
}
