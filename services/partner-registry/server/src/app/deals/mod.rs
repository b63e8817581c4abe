//! Deals (PR-10): registered, decided, extended, closed, expired. Every change locks the partner first, so that the changes
//! of a partner's deals stand in line, whoever makes them; who registers a lead also queues for its product line.

mod expire;
mod moves;
mod policy;
mod read;
mod register;

use partner_registry_domain::{
    Deal, DealName, DealRevision,
    deal::{Customer, DealChange, Lead, Met},
    faults::DEAL_NOT_FOUND,
    partner::resource_name,
};
use tributary_core::{Date, Fault, ResourceId, TenantId};
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{
    command::{Call, Refusal},
    record::publish,
};
use crate::{
    convert,
    ports::{DealSource, RegistryTx},
};

pub(crate) use moves::MoveDeal;
pub(crate) use policy::ChangePolicy;
pub(crate) use read::{Asked, Holding};
pub(crate) use register::RegisterDeal;

/// Writes a change with its revision in the history and its event; `actor` is who made it, and why.
async fn record(
    call: &Call<'_>,
    tx: &mut dyn RegistryTx,
    partner_uid: Uuid,
    change: DealChange,
    (actor, reason): (&str, &str),
) -> Result<(), StoreError> {
    let (previous_state, previous_protection_end) = change.before.unzip();
    let revision = DealRevision {
        record_time: change.deal.update_time,
        deal: change.deal,
        action: change.action.to_owned(),
        actor: actor.to_owned(),
        reason: reason.to_owned(),
        previous_state,
        previous_protection_end: previous_protection_end.flatten(),
    };
    tx.write_deal(call.tenant(), &revision.deal, call.today).await?;
    tx.add_deal_revision(call.tenant(), &revision).await?;
    let subject = revision.deal.name.to_string();
    let data = convert::deal_changed(&revision, partner_uid);
    publish(call, tx, "tributary.partner.v1.DealChanged", subject, data).await
}

/// What a lead meets on a day: the deal that holds it, whoever's that is, and those of others that may be about the same
/// customer.
async fn met<S: DealSource + ?Sized>(
    source: &mut S,
    tenant: &TenantId,
    (lead, customer): (&Lead, &Customer),
    partner: Option<&ResourceId>,
    today: Date,
) -> Result<(Option<Deal>, Met), StoreError> {
    let holder = source.holder(tenant, lead, today).await?;
    let others = source.open_customers(tenant, &lead.product_line, partner, today).await?;
    let other = holder.as_ref().filter(|deal| partner != Some(&deal.name.partner));
    let conflict = other.map(Deal::in_the_way);
    let beside = others.into_iter().filter(|(deal, _)| conflict.as_ref().is_none_or(|c| c.deal != *deal)).collect();
    Ok((holder, Met { similar: customer.similar(beside), conflict }))
}

/// A deal that has to be there, as it is stored.
async fn stored(call: &Call<'_>, tx: &mut dyn RegistryTx, name: &DealName) -> Result<Deal, Refusal> {
    let found = tx.stored_deal(call.tenant(), name).await?;
    Ok(found.ok_or_else(|| deal_not_found(name))?)
}

/// There is no such deal.
fn deal_not_found(name: &DealName) -> Fault {
    let partner = resource_name(&name.partner);
    let message = format!("there is no {name}; list the deals of {partner} or correct the name");
    Fault::new(DEAL_NOT_FOUND, message).with("deal", name.to_string())
}
