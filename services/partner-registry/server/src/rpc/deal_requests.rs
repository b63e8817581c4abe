//! Requests of DealService as commands, with every violation at once.

use partner_registry_domain::{
    DealName,
    deal::{Move, product_line},
};
use tributary_core::{Date, Fault, ResourceId, Violations};
use tributary_proto::tributary::partner::v1 as pb;
use tributary_rpc::{
    convert::{self as wire, resource_id},
    validate::validate,
};

use crate::{
    app::{Asked, ChangePolicy, MoveDeal, RegisterDeal, Registry},
    convert,
};

/// A registration and its `request_id`. What only the use case can know to be wrong, because it depends on the day, is
/// told here as well when there is anything else to tell.
pub(super) fn register(app: &Registry, request: pb::RegisterDealRequest) -> Result<(RegisterDeal, String), Fault> {
    let found = validate(&request).err().unwrap_or_default();
    let (mut own, mut of_deal) = (Violations::new(), Violations::new());
    let Some(deal) = request.deal else {
        own.add("deal", "is required; give the deal to register");
        return Err(Fault::invalid(found.joined(own)));
    };
    let partner = own.check("parent", ResourceId::from_name("partners", &request.parent));
    let deal_id = match request.deal_id.as_str() {
        "" => None,
        id => own.check("deal_id", ResourceId::parse(id)),
    };
    let draft = convert::deal_draft(deal, &mut of_deal);
    own.nest("deal", of_deal);
    let all = found.joined(own);
    match partner {
        Some(partner) if all.is_empty() => Ok((RegisterDeal { partner, draft, deal_id }, request.request_id)),
        _ => Err(Fault::invalid(all.joined(app.deal_violations(&draft)))),
    }
}

/// A move of the deal of a name.
pub(super) fn moving(name: &str, etag: String, what: Move) -> Result<MoveDeal, Fault> {
    Ok(MoveDeal { name: deal_name(name)?, what, etag })
}

/// An extension.
pub(super) fn extend(request: pb::ExtendDealRequest) -> Result<MoveDeal, Fault> {
    let day = request.protection_end.ok_or_else(|| "is required; give the first day no longer protected".to_owned());
    let day = day.and_then(|day| wire::date(&day));
    let protection_end: Date = day.map_err(|e| Fault::invalid_field("protection_end", e))?;
    moving(&request.name, request.etag, Move::Extend { protection_end, reason: request.reason })
}

/// A conversion and its `request_id`.
pub(super) fn convert_deal(request: pb::ConvertDealRequest) -> Result<(MoveDeal, String), Fault> {
    let found = validate(&request).err().unwrap_or_default();
    let mut own = Violations::new();
    let name = own.check("name", DealName::parse(&request.name));
    let conversion = match request.conversion {
        Some(conversion) => convert::conversion(conversion, &mut own),
        None => {
            own.add("conversion", "is required; give the order");
            None
        }
    };
    let all = found.joined(own);
    match (name, conversion.map(Move::Convert)) {
        (Some(name), Some(what)) if all.is_empty() => {
            Ok((MoveDeal { name, what, etag: request.etag }, request.request_id))
        }
        _ => Err(Fault::invalid(all)),
    }
}

/// A lead that is asked about.
pub(super) fn asked(request: pb::FindDealConflictsRequest) -> Result<Asked, Fault> {
    let partner = partner(&request.parent)?;
    let customer = convert::customer(request.customer.unwrap_or_default());
    let mut v = Violations::new();
    v.nest("customer", customer.violations());
    product_line(&mut v, &request.product_line);
    v.into_result()?;
    Ok(Asked { partner, customer, product_line: request.product_line })
}

/// Other rules and their `request_id`.
pub(super) fn policy(request: pb::UpdateDealPolicyRequest) -> Result<(ChangePolicy, String), Fault> {
    let found = validate(&request).err().unwrap_or_default();
    let Some(policy) = request.deal_policy else { return Err(Fault::invalid(found)) };
    let rules = convert::deal_rules(&policy);
    let paths = request.update_mask.map(|mask| mask.paths).unwrap_or_default();
    let command = ChangePolicy { rules, paths, reason: request.reason, etag: policy.etag };
    found.joined(command.violations()).into_result()?;
    Ok((command, request.request_id))
}

/// The partner of a parent; `None` for all of them.
pub(super) fn partner(parent: &str) -> Result<Option<ResourceId>, Fault> {
    if parent == "partners/-" { Ok(None) } else { resource_id("partners", parent, "parent").map(Some) }
}

/// The name of a deal.
pub(super) fn deal_name(name: &str) -> Result<DealName, Fault> {
    DealName::parse(name).map_err(|e| Fault::invalid_field("name", e))
}
