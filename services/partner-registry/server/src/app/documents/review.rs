//! Verifies and rejects documents.

use async_trait::async_trait;
use partner_registry_domain::{Document, DocumentName, Review, document::Decision, text};
use serde::Serialize;
use tributary_core::{Fault, RequestContext, Violations};

use super::{record, stored};
use crate::{
    app::{
        Registry,
        command::{Call, Command, Once, Refusal},
        update::lock,
    },
    ports::RegistryTx,
};

/// A decision on a document.
#[derive(Debug, Serialize)]
pub(crate) struct ReviewDocument {
    pub name: DocumentName,
    pub decision: Decision,
    /// A note; the reason of a rejection.
    pub note: String,
    /// Etag that must agree, empty for any.
    pub etag: String,
}

impl Registry {
    /// Takes the decision.
    pub async fn review_document(
        &self,
        context: &RequestContext,
        command: &ReviewDocument,
        request_id: &str,
    ) -> Result<Document, Fault> {
        let method = format!("DocumentService/{}", command.decision.method());
        self.execute(context, &Once::new(&method, request_id, command)).await
    }
}

#[async_trait]
impl Command for &ReviewDocument {
    type Answer = Document;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Document, Refusal> {
        let mut v = Violations::new();
        match self.decision {
            Decision::Verify => text::note(&mut v, "note", &self.note),
            Decision::Reject => text::reason(&mut v, "reason", &self.note),
        }
        v.into_result()?;
        let partner = lock(call, tx, &self.name.partner).await?.partner;
        let before = stored(call, tx, &self.name).await?;
        before.check_etag(&self.etag)?;
        let renews = match &before.supersedes {
            Some(id) => Some(stored(call, tx, &before.sibling(id)).await?),
            None => None,
        };
        let reviewer = call.context.subject.clone();
        let review = Review { reviewer, time: call.now, note: self.note.clone() };
        let (own, other) = before.decide(self.decision, review, renews.as_ref(), call.today)?;
        let document = own.document.clone();
        for change in [own].into_iter().chain(other) {
            record(call, tx, partner.uid, change, &self.note).await?;
        }
        Ok(document)
    }
}
