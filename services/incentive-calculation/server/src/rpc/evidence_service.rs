//! `EvidenceService`.

use std::pin::Pin;

use futures::{Stream, stream};
use tonic::{Request, Response, Status};
use tributary_evidence::Hash;
use tributary_proto::tributary::incentive::v1::{
    ConsistencyProof, EvidenceEntry, ExportStatementBundleRequest, ExportStatementBundleResponse,
    GetConsistencyProofRequest, GetInclusionProofRequest, GetSignedHeadRequest, InclusionProof, ListEvidenceRequest,
    ListEvidenceResponse, SignedHead, evidence_service_server::EvidenceService,
};
use tributary_rpc::{convert::timestamp_to_proto, page};
use tributary_sql::Evidence;

use super::Rpc;

/// Bytes of a part of a bundle.
const PART: usize = 64 * 1024;

/// Parts of a bundle.
pub type Parts = Pin<Box<dyn Stream<Item = Result<ExportStatementBundleResponse, Status>> + Send>>;

#[tonic::async_trait]
impl EvidenceService for Rpc {
    type ExportStatementBundleStream = Parts;

    async fn get_signed_head(&self, request: Request<GetSignedHeadRequest>) -> Result<Response<SignedHead>, Status> {
        self.edge
            .read(request, |caller, _| async move {
                let signed = self.app.signed_head(&caller).await?;
                Ok(SignedHead {
                    origin: signed.head.origin,
                    size: stored(signed.head.size),
                    root: signed.head.root.to_vec(),
                    checkpoint: signed.checkpoint,
                    key: signed.key,
                })
            })
            .await
    }

    async fn get_inclusion_proof(
        &self,
        request: Request<GetInclusionProofRequest>,
    ) -> Result<Response<InclusionProof>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let proof = self.app.prove_inclusion(&caller, number(query.position), number(query.size));
                let (size, entry, path) = proof.await?;
                Ok(InclusionProof {
                    position: query.position,
                    size: stored(size),
                    entry_hash: entry.to_vec(),
                    path: bytes(&path),
                })
            })
            .await
    }

    async fn get_consistency_proof(
        &self,
        request: Request<GetConsistencyProofRequest>,
    ) -> Result<Response<ConsistencyProof>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let proof = self.app.prove_consistency(&caller, number(query.from_size), number(query.to_size));
                let (to_size, path) = proof.await?;
                Ok(ConsistencyProof { from_size: query.from_size, to_size: stored(to_size), path: bytes(&path) })
            })
            .await
    }

    async fn list_evidence(
        &self,
        request: Request<ListEvidenceRequest>,
    ) -> Result<Response<ListEvidenceResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let parts = ["ListEvidence"];
                let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
                let after: Option<i64> = page.cursor.as_deref().and_then(|cursor| cursor.parse().ok());
                let from = after.map_or(0, |after| after.saturating_add(1));
                let mut list = self.app.evidence_entries(&caller, from, page.limit()).await?;
                let next_page_token = page.cut(&mut list, &parts, |entry| entry.position.to_string());
                Ok(ListEvidenceResponse { entries: list.into_iter().map(entry_to_proto).collect(), next_page_token })
            })
            .await
    }

    async fn export_statement_bundle(
        &self,
        request: Request<ExportStatementBundleRequest>,
    ) -> Result<Response<Parts>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let id = query.name.trim_start_matches("statements/");
                let file = self.app.export_bundle(&caller, id, query.without_facts).await?.into_bytes();
                let part = |data: &[u8]| Ok(ExportStatementBundleResponse { data: data.to_vec() });
                let parts: Vec<Result<_, Status>> = file.chunks(PART).map(part).collect();
                let parts: Parts = Box::pin(stream::iter(parts));
                Ok(parts)
            })
            .await
    }
}

fn entry_to_proto(entry: Evidence) -> EvidenceEntry {
    EvidenceEntry {
        position: entry.position,
        subject: entry.subject,
        content: entry.content,
        record_time: Some(timestamp_to_proto(entry.record_time)),
    }
}

fn bytes(hashes: &[Hash]) -> Vec<Vec<u8>> {
    hashes.iter().map(|hash| hash.to_vec()).collect()
}

/// The annotations have refused what is below 0.
fn number(stated: i64) -> u64 {
    u64::try_from(stated).unwrap_or_default()
}

fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
