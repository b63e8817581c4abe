//! Submits a document for review.

use async_trait::async_trait;
use partner_registry_domain::{
    Change, Document, DocumentDraft, DocumentName, document::DocumentAction, faults::DOCUMENT_EXISTS,
};
use serde::Serialize;
use tributary_core::{Fault, RequestContext, ResourceId, Violations};

use super::{record, stored};
use crate::{
    app::{
        Registry,
        command::{Call, Command, Once, Refusal},
        update::lock,
    },
    ports::RegistryTx,
};

/// The document to submit.
#[derive(Debug, Serialize)]
pub(crate) struct SubmitDocument {
    pub partner: ResourceId,
    pub draft: DocumentDraft,
    /// The document of the partner that this one renews.
    pub supersedes: Option<ResourceId>,
    /// Id of the new document; `None`: a generated one.
    pub document_id: Option<ResourceId>,
}

impl Registry {
    /// Submits a document. Days are compared with today only here, behind `request_id`: a repeat gets the first answer,
    /// even once the document has expired.
    pub async fn submit_document(
        &self,
        context: &RequestContext,
        command: &SubmitDocument,
        request_id: &str,
    ) -> Result<Document, Fault> {
        self.execute(context, &Once::new("DocumentService/SubmitDocument", request_id, command)).await
    }

    /// What is wrong with a draft of a document, as fields of the request.
    pub fn document_violations(&self, draft: &DocumentDraft) -> Violations {
        in_document(draft.clone().check(self.today()).err().unwrap_or_default())
    }
}

#[async_trait]
impl Command for &SubmitDocument {
    type Answer = Document;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Document, Refusal> {
        let content = self.draft.clone().check(call.today).map_err(|v| Fault::invalid(in_document(v)))?;
        let partner = lock(call, tx, &self.partner).await?.partner;
        let id = self.document_id.clone().unwrap_or_else(|| call.app.ids.resource_id('d'));
        let name = DocumentName { partner: self.partner.clone(), id };
        if tx.stored_document(call.tenant(), &name).await?.is_some() {
            let message = format!("{name} exists; choose another id");
            return Err(Fault::new(DOCUMENT_EXISTS, message).with("document", name.to_string()).into());
        }
        let renews = match self.supersedes.clone() {
            Some(id) => Some(stored(call, tx, &DocumentName { partner: self.partner.clone(), id }).await?),
            None => None,
        };
        let submitter = call.context.subject.clone();
        let document = Document::submit(name, call.app.ids.uuid(), content, renews.as_ref(), submitter, call.now)?;
        let change = Change { document: document.clone(), action: DocumentAction::Submitted };
        record(call, tx, partner.uid, change, "").await?;
        Ok(document)
    }
}

fn in_document(violations: Violations) -> Violations {
    let mut all = Violations::new();
    all.nest("document", violations);
    all
}
