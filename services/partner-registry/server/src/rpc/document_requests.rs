//! Requests of DocumentService as commands, with every violation at once.

use partner_registry_domain::DocumentName;
use tributary_core::{Fault, ResourceId, Violations};
use tributary_proto::tributary::partner::v1 as pb;
use tributary_rpc::validate::validate;

use crate::{
    app::{Registry, SubmitDocument},
    convert,
};

/// A submission and its `request_id`. What only the use case can know to be wrong, because it depends on the day, is
/// told here as well when there is anything else to tell.
pub(super) fn submit(app: &Registry, request: pb::SubmitDocumentRequest) -> Result<(SubmitDocument, String), Fault> {
    let found = validate(&request).err().unwrap_or_default();
    let (mut own, mut of_document) = (Violations::new(), Violations::new());
    let Some(document) = request.document else {
        own.add("document", "is required; give the document to submit");
        return Err(Fault::invalid(found.joined(own)));
    };
    let partner = own.check("parent", ResourceId::from_name("partners", &request.parent));
    let document_id = optional(&request.document_id, |id| own.check("document_id", ResourceId::parse(id)));
    let supersedes =
        optional(&document.supersedes, |name| of_document.check("supersedes", sibling(partner.as_ref(), name)));
    let draft = convert::document_draft(document, &mut of_document);
    own.nest("document", of_document);
    let all = found.joined(own);
    match partner {
        Some(partner) if all.is_empty() => {
            Ok((SubmitDocument { partner, draft, supersedes, document_id }, request.request_id))
        }
        _ => Err(Fault::invalid(all.joined(app.document_violations(&draft)))),
    }
}

fn optional<T>(text: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    if text.is_empty() { None } else { read(text) }
}

/// The id of a document of the partner.
fn sibling(partner: Option<&ResourceId>, name: &str) -> Result<ResourceId, String> {
    let DocumentName { partner: owner, id } = DocumentName::parse(name)?;
    match partner.filter(|partner| **partner != owner) {
        Some(_) => Err(format!("{name:?} belongs to another partner; name a document of the same one")),
        None => Ok(id),
    }
}
