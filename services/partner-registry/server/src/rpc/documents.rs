//! DocumentService.

use std::sync::Arc;

use partner_registry_domain::{DocumentName, document::Decision};
use tonic::{Request, Response, Status};
use tributary_core::Fault;
use tributary_proto::tributary::partner::v1::{self as pb, document_service_server::DocumentService};
use tributary_rpc::{
    Edge,
    convert::{self as wire, resource_id},
    page::PageRequest,
};

use super::{
    checks::{broken, number},
    document_requests, filter,
};
use crate::{
    app::{Registry, ReviewDocument},
    convert,
    ports::DocumentQuery,
};

/// The handlers of `DocumentService`.
pub(crate) struct Documents {
    pub edge: Edge,
    pub app: Arc<Registry>,
}

#[tonic::async_trait]
impl DocumentService for Documents {
    async fn submit_document(&self, request: Request<pb::SubmitDocumentRequest>) -> Answer<pb::Document> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |context, query| async move {
                let (command, request_id) = document_requests::submit(&app, query)?;
                app.submit_document(&context, &command, &request_id).await.map(convert::document_to_proto)
            })
            .await
    }

    async fn get_document(&self, request: Request<pb::GetDocumentRequest>) -> Answer<pb::Document> {
        self.edge
            .read(request, |context, query| async move {
                let name = document_name(&query.name)?;
                self.app.document(&context, &name).await.map(convert::document_to_proto)
            })
            .await
    }

    async fn list_documents(&self, request: Request<pb::ListDocumentsRequest>) -> Answer<pb::ListDocumentsResponse> {
        self.edge
            .read(request, |context, query| async move {
                let key = ["ListDocuments", query.parent.as_str(), query.filter.as_str()];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let partner = match query.parent.as_str() {
                    "partners/-" => None,
                    parent => Some(resource_id("partners", parent, "parent")?),
                };
                let after = page.cursor.as_deref().map(DocumentName::parse).transpose().map_err(|_| broken())?;
                let condition = filter::of_documents(&context.scope, &query.filter)?;
                let wanted = DocumentQuery { partner, condition, after, limit: Some(page.limit()) };
                let mut found = self.app.list_documents(&context, &wanted).await?;
                let next_page_token = page.cut(&mut found, &key, |document| document.name.to_string());
                let documents = found.into_iter().map(convert::document_to_proto).collect();
                Ok(pb::ListDocumentsResponse { documents, next_page_token })
            })
            .await
    }

    async fn verify_document(&self, request: Request<pb::VerifyDocumentRequest>) -> Answer<pb::Document> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let (name, decision) = (document_name(&query.name)?, Decision::Verify);
                let command = ReviewDocument { name, decision, note: query.note, etag: query.etag };
                app.review_document(&context, &command, &query.request_id).await.map(convert::document_to_proto)
            })
            .await
    }

    async fn reject_document(&self, request: Request<pb::RejectDocumentRequest>) -> Answer<pb::Document> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let (name, decision) = (document_name(&query.name)?, Decision::Reject);
                let command = ReviewDocument { name, decision, note: query.reason, etag: query.etag };
                app.review_document(&context, &command, &query.request_id).await.map(convert::document_to_proto)
            })
            .await
    }

    async fn list_document_revisions(
        &self,
        request: Request<pb::ListDocumentRevisionsRequest>,
    ) -> Answer<pb::ListDocumentRevisionsResponse> {
        self.edge
            .read(request, |context, query| async move {
                let key = ["ListDocumentRevisions", query.name.as_str()];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let name = document_name(&query.name)?;
                let before = number(page.cursor.as_deref())?;
                let mut found = self.app.document_revisions(&context, &name, before, page.limit()).await?;
                let next_page_token = page.cut(&mut found, &key, |r| r.document.revision.to_string());
                let revisions = found.into_iter().map(convert::document_revision_to_proto).collect();
                Ok(pb::ListDocumentRevisionsResponse { revisions, next_page_token })
            })
            .await
    }

    async fn check_documents(&self, request: Request<pb::CheckDocumentsRequest>) -> Answer<pb::CheckDocumentsResponse> {
        self.edge
            .read(request, |context, query| async move {
                let partner = resource_id("partners", &query.partner, "partner")?;
                let asked = query.date.map(|date| wire::date(&date)).transpose();
                let day = asked.map_err(|e| Fault::invalid_field("date", e))?.unwrap_or_else(|| self.app.today());
                let findings = self.app.check_documents(&context, &partner, day).await?;
                Ok(convert::check_to_proto(&partner, day, findings))
            })
            .await
    }
}

type Answer<T> = Result<Response<T>, Status>;

fn document_name(name: &str) -> Result<DocumentName, Fault> {
    DocumentName::parse(name).map_err(|e| Fault::invalid_field("name", e))
}
