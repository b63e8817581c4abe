//! Requests of PartnerService as commands, with every violation at once.

use tributary_core::{Fault, ResourceId, Violations};
use tributary_proto::tributary::partner::v1 as pb;
use tributary_rpc::{convert::resource_id, validate::validate};

use crate::{
    app::{CreatePartner, Registry, UpdatePartner, UpsertItem},
    convert,
};

/// Limit of `request_id`, as in the contract.
const MAX_REQUEST_ID: usize = 64;

/// A creation and its `request_id`.
pub(super) fn create(app: &Registry, request: pb::CreatePartnerRequest) -> Result<(CreatePartner, String), Fault> {
    let found = validate(&request).err().unwrap_or_default();
    let (mut own, mut of_partner) = (Violations::new(), Violations::new());
    let partner = request.partner.unwrap_or_else(|| {
        own.add("partner", "is required; give the partner to create");
        pb::Partner::default()
    });
    let draft = convert::draft(partner, &mut of_partner);
    if own.is_empty() {
        own.nest("partner", of_partner.joined(app.violations(&draft)));
    }
    let status = convert::initial_status(request.initial_status, &mut own);
    let partner_id = optional_id(&request.partner_id, &mut own);
    found.joined(own).into_result()?;
    Ok((CreatePartner { draft, partner_id, status }, request.request_id))
}

/// An update and its `request_id`. The partner of the request is not checked as a whole: it need not be one.
pub(super) fn update(request: pb::UpdatePartnerRequest) -> Result<(UpdatePartner, String), Fault> {
    let partner = request
        .partner
        .ok_or_else(|| Fault::invalid_field("partner", "is required; give the name and the fields to change"))?;
    let mut v = Violations::new();
    if request.request_id.contains('\0') {
        v.add("request_id", "has a NUL character; remove it");
    }
    let length = request.request_id.chars().count();
    if length > MAX_REQUEST_ID {
        v.add("request_id", format!("has {length} characters; at most {MAX_REQUEST_ID} are allowed"));
    }
    let id = v.check("partner.name", ResourceId::from_name("partners", &partner.name));
    let paths = request.update_mask.map(|mask| mask.paths).unwrap_or_default();
    let etag = partner.etag.clone();
    let mut of_partner = Violations::new();
    let draft = convert::draft(partner, &mut of_partner);
    v.nest("partner", of_partner);
    let id = match id {
        Some(id) if v.is_empty() => id,
        _ => return Err(Fault::invalid(v)),
    };
    Ok((UpdatePartner { id, draft, paths, etag }, request.request_id))
}

/// The items of a batch, each for itself; the number of items is checked as a whole.
pub(super) fn upsert(
    app: &Registry,
    request: pb::BatchUpsertPartnersRequest,
) -> Result<Vec<Result<UpsertItem, Fault>>, Fault> {
    let count = request.items.len();
    if !(1..=1000).contains(&count) {
        return Err(Fault::invalid_field("items", format!("has {count} items; send 1 to 1000")));
    }
    Ok(request.items.into_iter().map(|item| upsert_item(app, item)).collect())
}

fn upsert_item(app: &Registry, item: pb::PartnerUpsert) -> Result<UpsertItem, Fault> {
    let found = validate(&item).err().unwrap_or_default();
    let (mut own, mut of_partner) = (Violations::new(), Violations::new());
    let partner = item.partner.unwrap_or_default();
    let etag = partner.etag.clone();
    let draft = convert::draft(partner, &mut of_partner);
    let reference = draft.external_refs.first().cloned();
    if reference.is_none() {
        of_partner.add("external_refs", "is empty; give at least one ref, by which the partner is found");
    }
    own.nest("partner", of_partner.joined(app.violations(&draft)));
    let status = convert::initial_status(item.initial_status, &mut own);
    let partner_id = optional_id(&item.partner_id, &mut own);
    found.joined(own).into_result()?;
    let reference = reference.ok_or_else(|| Fault::internal("an item without a ref passed its checks"))?;
    Ok(UpsertItem { reference, draft, partner_id, status, etag })
}

fn optional_id(text: &str, violations: &mut Violations) -> Option<ResourceId> {
    if text.is_empty() { None } else { violations.check("partner_id", ResourceId::parse(text)) }
}

/// The partners that a batch asks for.
pub(super) fn batch(request: &pb::BatchGetPartnersRequest) -> Result<Vec<ResourceId>, Fault> {
    let count = request.names.len().saturating_add(request.external_refs.len());
    let mut v = Violations::new();
    if count > 1000 {
        v.add("names", format!("names and external_refs together are {count}; at most 1000 are allowed"));
    }
    let mut ids = Vec::with_capacity(request.names.len());
    for (i, name) in request.names.iter().enumerate() {
        ids.extend(v.check(&format!("names[{i}]"), ResourceId::from_name("partners", name)));
    }
    v.into_result()?;
    Ok(ids)
}

/// The partner and the verb's arguments.
pub(super) fn status(
    verb: partner_registry_domain::StatusVerb,
    request: pb::ChangePartnerStatusRequest,
) -> Result<(crate::app::ChangeStatus, String), Fault> {
    let id = resource_id("partners", &request.name, "name")?;
    let command = crate::app::ChangeStatus { id, verb, reason: request.reason, etag: request.etag };
    Ok((command, request.request_id))
}
