//! `tributary.gateway.v1.AuditService`.

use tonic::{Request, Response, Status, async_trait};
use tributary_core::{Fault, Timestamp, fault::common::FILTER_INVALID};
use tributary_proto::tributary::gateway::v1::{
    AuditEntry, ListAuditEntriesRequest, ListAuditEntriesResponse, audit_service_server::AuditService,
};
use tributary_rpc::{
    Edge,
    convert::timestamp_to_proto,
    filter::{Expr, Field, Fields, Kind, Op, parse},
    page::PageRequest,
};

use crate::{
    app::audit::list_entries,
    ports::{self, AuditFilter, Ports},
};

const METHOD: &str = "tributary.gateway.v1.AuditService/ListAuditEntries";
const IS: &[Op] = &[Op::Equal];
/// The names of google.rpc.Code by number.
const CODES: &[&str] = &[
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// The fields of the proto comment.
const FIELDS: Fields = Fields(&[
    Field { name: "subject", kind: Kind::Text, ops: IS },
    Field { name: "api_key", kind: Kind::Text, ops: IS },
    Field { name: "method", kind: Kind::Text, ops: IS },
    Field { name: "resource", kind: Kind::Text, ops: IS },
    Field { name: "client_address", kind: Kind::Text, ops: IS },
    Field { name: "code", kind: Kind::Enum(CODES), ops: IS },
    Field { name: "reason", kind: Kind::Text, ops: IS },
    Field { name: "request_id", kind: Kind::Text, ops: IS },
    Field { name: "answer_time", kind: Kind::Text, ops: &[Op::GreaterOrEqual, Op::Less] },
]);

/// Handlers of AuditService.
#[derive(Debug, Clone)]
pub struct Audit {
    edge: Edge,
    ports: Ports,
}

impl Audit {
    /// Over the gateway's store.
    #[must_use]
    pub fn new(edge: Edge, ports: Ports) -> Self {
        Self { edge, ports }
    }
}

#[async_trait]
impl AuditService for Audit {
    async fn list_audit_entries(
        &self,
        request: Request<ListAuditEntriesRequest>,
    ) -> Result<Response<ListAuditEntriesResponse>, Status> {
        let work = |context, query: ListAuditEntriesRequest| async move {
            let bound = [METHOD, query.filter.as_str()];
            let page = PageRequest::read(&bound, query.page_size, &query.page_token)?;
            let filter = filter(&query.filter)?;
            let mut entries =
                list_entries(&self.ports, &context, &filter, page.cursor.as_deref(), page.limit()).await?;
            let next_page_token = page.cut(&mut entries, &bound, |entry| entry.id.clone());
            let audit_entries = entries.into_iter().map(to_proto).collect();
            Ok(ListAuditEntriesResponse { audit_entries, next_page_token })
        };
        self.edge.read(request, work).await
    }
}

fn to_proto(entry: ports::AuditEntry) -> AuditEntry {
    let api_key = if entry.api_key.is_empty() { String::new() } else { format!("apiKeys/{}", entry.api_key) };
    AuditEntry {
        name: format!("auditEntries/{}", entry.id),
        answer_time: Some(timestamp_to_proto(entry.answer_time)),
        subject: entry.subject,
        api_key,
        method: entry.method,
        resource: entry.resource,
        client_address: entry.client_address,
        protocol: entry.protocol,
        request_digest: entry.request_digest,
        code: entry.code,
        reason: entry.reason,
        request_id: entry.request_id,
        duration_us: entry.duration_us,
        call_count: entry.call_count,
    }
}

fn filter(text: &str) -> Result<AuditFilter, Fault> {
    let mut filter = AuditFilter::default();
    let parts = match parse(text, &FIELDS)? {
        None => Vec::new(),
        Some(Expr::And(parts)) => parts,
        Some(one) => vec![one],
    };
    for part in parts {
        let Expr::Compare { field, op, value } = part else {
            return Err(Fault::new(
                FILTER_INVALID,
                "comparisons are joined by AND here; ask twice instead of OR and NOT",
            ));
        };
        let time = || {
            let read = value.parse::<prost_types::Timestamp>().ok();
            let read = read.and_then(|time| tributary_rpc::convert::timestamp(&time).ok());
            read.ok_or_else(|| {
                Fault::new(FILTER_INVALID, format!("{value:?} is not a time such as 2026-01-31T08:00:00Z"))
            })
        };
        match (field.as_str(), op) {
            ("subject", _) => filter.subject = value,
            ("api_key", _) => filter.api_key = value.strip_prefix("apiKeys/").unwrap_or(&value).to_owned(),
            ("method", _) => filter.method = value,
            ("resource", _) => filter.resource = value,
            ("client_address", _) => filter.client_address = value,
            ("reason", _) => filter.reason = value,
            ("request_id", _) => filter.request_id = value,
            ("code", _) => filter.code = CODES.iter().zip(0..).find(|(name, _)| **name == value).map(|(_, code)| code),
            (_, Op::Less) => filter.until = Some(earliest(filter.until, time()?)),
            _ => filter.from = Some(filter.from.unwrap_or(Timestamp(i64::MIN)).max(time()?)),
        }
    }
    Ok(filter)
}

fn earliest(known: Option<Timestamp>, other: Timestamp) -> Timestamp {
    known.map_or(other, |known| known.min(other))
}
