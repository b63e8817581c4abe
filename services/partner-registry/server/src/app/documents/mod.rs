//! Documents of partners (PR-05): submitted, reviewed, expired, checked. Every change locks the partner first, so
//! that the changes of a partner's documents stand in line, whoever makes them.

mod expire;
mod read;
mod review;
mod submit;

use partner_registry_domain::{
    Document, DocumentName, DocumentRevision, document::Change, faults::DOCUMENT_NOT_FOUND, partner::resource_name,
};
use tributary_core::Fault;
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{
    command::{Call, Refusal},
    record::publish,
};
use crate::{convert, ports::RegistryTx};

pub(crate) use review::ReviewDocument;
pub(crate) use submit::SubmitDocument;

/// Writes a change with its revision in the history and its event.
async fn record(
    call: &Call<'_>,
    tx: &mut dyn RegistryTx,
    partner_uid: Uuid,
    change: Change,
    reason: &str,
) -> Result<(), StoreError> {
    let revision = DocumentRevision {
        record_time: change.document.update_time,
        document: change.document,
        action: change.action.as_str().to_owned(),
        actor: call.context.subject.clone(),
        reason: reason.to_owned(),
    };
    tx.write_document(call.tenant(), &revision.document).await?;
    tx.add_document_revision(call.tenant(), &revision).await?;
    let subject = revision.document.name.to_string();
    let data = convert::document_changed(&revision, partner_uid);
    publish(call, tx, "tributary.partner.v1.DocumentChanged", subject, data).await
}

/// A document that has to be there.
async fn stored(call: &Call<'_>, tx: &mut dyn RegistryTx, name: &DocumentName) -> Result<Document, Refusal> {
    let found = tx.stored_document(call.tenant(), name).await?;
    Ok(found.ok_or_else(|| document_not_found(name))?)
}

/// There is no such document.
fn document_not_found(name: &DocumentName) -> Fault {
    let partner = resource_name(&name.partner);
    let message = format!("there is no {name}; list the documents of {partner} or correct the name");
    Fault::new(DOCUMENT_NOT_FOUND, message).with("document", name.to_string())
}
