//! The business licences of the partners that have contracts, submitted by one and verified by another. Some end soon.

use futures::{StreamExt as _, TryStreamExt as _};
use sha2::{Digest as _, Sha256};
use tributary_core::Date;
use tributary_proto::tributary::partner::v1::{
    Document, DocumentKind, SubmitDocumentRequest, VerifyDocumentRequest,
    document_service_client::DocumentServiceClient,
};
use tributary_rpc::convert::date_to_proto;

use super::network::{Level, Member};
use crate::cli::{Connection, Failure, Keyed};

/// Calls that are on their way at the same time.
const CALLS: usize = 16;

/// Every so many a licence ends within weeks.
const ENDS_SOON: usize = 9;

/// Submits the licences and has them verified; how many.
pub(super) async fn licences(connection: &Connection, reviewer: &Keyed, network: &[Member]) -> Result<usize, Failure> {
    let holders: Vec<&Member> = network.iter().filter(|m| m.level != Level::County).collect();
    let mut done = futures::stream::iter(holders.iter().enumerate())
        .map(|(n, member)| async move {
            let request = SubmitDocumentRequest {
                parent: member.resource(),
                document: Some(licence(n, member)?),
                document_id: "business-licence".to_owned(),
                request_id: format!("licence-{}", member.id),
            };
            let submitted = connection.documents().submit_document(request).await?.into_inner();
            let note = "compared with the public register".to_owned();
            let request_id = format!("licence-{}", member.id);
            let request = VerifyDocumentRequest { name: submitted.name, note, etag: String::new(), request_id };
            DocumentServiceClient::new(reviewer.clone()).verify_document(request).await?;
            Ok::<_, Failure>(())
        })
        .buffer_unordered(CALLS);
    while done.try_next().await?.is_some() {}
    Ok(holders.len())
}

fn licence(n: usize, member: &Member) -> Result<Document, Failure> {
    let day = |year, month, day| Date::from_ymd(year, month, day).map_err(Failure::server);
    let weeks = i64::try_from(n).unwrap_or(0);
    let ends = if n % ENDS_SOON == ENDS_SOON / 2 { day(2026, 1, 12)?.plus_days(weeks) } else { day(2029, 6, 30)? };
    Ok(Document {
        kind: DocumentKind::BusinessLicence.into(),
        title: "营业执照".to_owned(),
        number: format!("L-{}", member.key),
        issuer: format!("{}市场监督管理局", member.city.1),
        issued_on: Some(date_to_proto(day(2021, 7, 1)?)),
        expires_on: Some(date_to_proto(ends)),
        file_digest: hex::encode(Sha256::digest(member.id.as_bytes())),
        media_type: "application/pdf".to_owned(),
        size_bytes: 182_400,
        ..Document::default()
    })
}
