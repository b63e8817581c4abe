//! Reads documents and tells the gate they make.

use partner_registry_domain::{
    Document, DocumentName, DocumentRevision,
    document::gate::{self, Finding},
};
use tributary_core::{Date, Fault, RequestContext, ResourceId};

use super::document_not_found;
use crate::{app::Registry, ports::DocumentQuery};

impl Registry {
    /// One document.
    pub async fn document(&self, context: &RequestContext, name: &DocumentName) -> Result<Document, Fault> {
        let found = self.store.document(&context.tenant, name).await?;
        found.ok_or_else(|| document_not_found(name))
    }

    /// A page of documents; a partner that the query names has to be there.
    pub async fn list_documents(
        &self,
        context: &RequestContext,
        query: &DocumentQuery,
    ) -> Result<Vec<Document>, Fault> {
        if let Some(partner) = &query.partner {
            self.require(context, partner).await?;
        }
        Ok(self.store.list_documents(&context.tenant, query).await?)
    }

    /// Revisions before a number, newest first.
    pub async fn document_revisions(
        &self,
        context: &RequestContext,
        name: &DocumentName,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<DocumentRevision>, Fault> {
        self.document(context, name).await?;
        Ok(self.store.document_revisions(&context.tenant, name, before, limit).await?)
    }

    /// What is wrong with a partner's documents on a day.
    pub async fn check_documents(
        &self,
        context: &RequestContext,
        partner: &ResourceId,
        day: Date,
    ) -> Result<Vec<Finding>, Fault> {
        let query = DocumentQuery { partner: Some(partner.clone()), ..DocumentQuery::default() };
        let documents = self.list_documents(context, &query).await?;
        Ok(gate::check(&documents, day))
    }
}
