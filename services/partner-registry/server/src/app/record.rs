//! What every change leaves behind: the partner, a revision in the history, an event in the outbox.

use partner_registry_domain::{Action, Partner, PartnerStatus, Revision};
use tributary_core::NewEvent;
use tributary_sql::StoreError;

use super::command::Call;
use crate::{
    convert,
    ports::{PartnerWrite, RegistryTx},
};

/// The revision that came of an action.
pub(super) fn revision(
    call: &Call<'_>,
    partner: Partner,
    tier: &str,
    action: Action,
    reason: &str,
    previous_status: Option<PartnerStatus>,
) -> Revision {
    Revision {
        tier: tier.to_owned(),
        action: action.as_str().to_owned(),
        actor: call.context.subject.clone(),
        reason: reason.to_owned(),
        record_time: partner.update_time,
        previous_status,
        partner,
    }
}

/// Writes partners (each once) with the revisions that led there, and one event per revision.
pub(super) async fn record(
    call: &Call<'_>,
    tx: &mut dyn RegistryTx,
    writes: &[PartnerWrite],
    mut revisions: Vec<Revision>,
) -> Result<(), StoreError> {
    tx.write_partners(call.tenant(), writes).await?;
    tx.add_revisions(call.tenant(), &revisions).await?;
    // Publishing locks the subject: in one order for all writers. The sort keeps a partner's revisions in their order.
    revisions.sort_by(|a, b| a.partner.id.cmp(&b.partner.id));
    for revision in &revisions {
        let data = convert::partner_changed(revision);
        publish(call, tx, "tributary.partner.v1.PartnerChanged", revision.partner.name(), data).await?;
    }
    Ok(())
}

/// Writes an event.
pub(super) async fn publish(
    call: &Call<'_>,
    tx: &mut dyn RegistryTx,
    event_type: &str,
    subject: String,
    data: Vec<u8>,
) -> Result<(), StoreError> {
    tx.publish(event(call, event_type, subject, data)).await
}

/// An event to write.
pub(super) fn event(call: &Call<'_>, event_type: &str, subject: String, data: Vec<u8>) -> NewEvent {
    NewEvent {
        id: call.app.ids.uuid(),
        tenant: call.tenant().clone(),
        event_type: event_type.to_owned(),
        subject,
        time: call.now,
        data,
    }
}
