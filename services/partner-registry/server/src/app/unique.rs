//! Keys that are unique per tenant, and the faults that name who holds them.

use partner_registry_domain::{
    ExternalRef, Partner, Profile, Registration,
    faults::{EXTERNAL_REF_TAKEN, PARTNER_EXISTS, PARTNER_NOT_FOUND, REGISTRATION_TAKEN},
    partner::resource_name,
};
use tributary_core::{Fault, ResourceId};

use crate::ports::Holders;

impl Holders {
    /// Refuses a profile whose keys another partner holds; `own` is the partner it is for.
    pub fn check(&self, own: &ResourceId, profile: &Profile) -> Result<(), Fault> {
        if let Some(registration) = &profile.registration
            && let Some(holder) = self.registrations.get(registration).filter(|holder| *holder != own)
        {
            return Err(registration_taken(registration, holder));
        }
        let taken = |r: &ExternalRef| self.refs.get(r).filter(|holder| *holder != own).cloned();
        match profile.external_refs.iter().find_map(|r| Some((r, taken(r)?))) {
            Some((reference, holder)) => Err(ref_taken(reference, &holder)),
            None => Ok(()),
        }
    }

    /// Notes that a partner has given up the keys of `before` and holds those of `after`.
    pub fn note(&mut self, before: Option<&Partner>, after: &Partner) {
        if let Some(before) = before {
            self.registrations.retain(|_, holder| *holder != before.id);
            self.refs.retain(|_, holder| *holder != before.id);
        }
        self.ids.insert(after.id.clone());
        self.business_keys.insert(after.business_key.clone());
        self.registrations.extend(after.profile.registration.clone().map(|r| (r, after.id.clone())));
        self.refs.extend(after.profile.external_refs.iter().map(|r| (r.clone(), after.id.clone())));
    }
}

fn registration_taken(registration: &Registration, holder: &ResourceId) -> Fault {
    let (holder, Registration { scheme, number }) = (resource_name(holder), registration);
    let message = format!("{holder} has the registration number {scheme} {number:?}; update it or correct the number");
    Fault::new(REGISTRATION_TAKEN, message).with("partner", holder).with("scheme", scheme).with("number", number)
}

fn ref_taken(reference: &ExternalRef, holder: &ResourceId) -> Fault {
    let (holder, ExternalRef { system, id }) = (resource_name(holder), reference);
    let message = format!("{holder} has the external ref {system} {id:?}; update it or correct the ref");
    Fault::new(EXTERNAL_REF_TAKEN, message).with("partner", holder).with("system", system).with("id", id)
}

/// The id is taken.
pub(super) fn partner_exists(id: &ResourceId) -> Fault {
    let name = resource_name(id);
    Fault::new(PARTNER_EXISTS, format!("{name} exists; choose another id or update it")).with("partner", name)
}

/// There is no such partner.
pub(super) fn partner_not_found(id: &ResourceId) -> Fault {
    let name = resource_name(id);
    let message = format!("there is no {name}; create it or correct the name");
    Fault::new(PARTNER_NOT_FOUND, message).with("partner", name)
}

/// No partner has the ref.
pub(super) fn ref_not_found(reference: &ExternalRef) -> Fault {
    let ExternalRef { system, id } = reference;
    let message = format!("no partner has the external ref {system} {id:?}; create one or correct the ref");
    Fault::new(PARTNER_NOT_FOUND, message).with("system", system).with("id", id)
}
