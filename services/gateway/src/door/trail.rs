//! The trail that calls leave in the audit: every call that may change something, with its outcome, and every call that was
//! refused for lack of identity or permission, by the door or by a service.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use http::{HeaderMap, Response};
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use prost_reflect::MessageDescriptor;
use sha2::{Digest as _, Sha256};
use tonic::{Code, Status, body::Body};
use tributary_core::{Fault, FaultKind, TenantId};
use tributary_rpc::status;

use super::{
    audited::{Audited, Observed},
    layers::Origin,
};
use crate::{
    app::{audit::AuditLog, authenticate::Caller},
    json::Routes,
    ports::AuditEntry,
};

/// How much of a request or an answer is looked at for a name, in bytes.
pub(super) const HEAD: usize = 8 * 1024;
/// The longest text that an entry keeps, in characters.
const LONGEST: usize = 300;

/// Writes entries.
#[derive(Debug)]
pub struct Trail {
    log: Arc<AuditLog>,
    /// By gRPC path: the numbers of the field of the request that names the resource.
    named: HashMap<String, Vec<u32>>,
    /// By gRPC path: the numbers of the field of the answer that names what was made.
    answers: HashMap<String, Vec<u32>>,
}

impl Trail {
    /// What a call is about is what its JSON path names.
    #[must_use]
    pub fn new(log: Arc<AuditLog>, routes: &Routes) -> Self {
        let mut named = HashMap::new();
        let mut answers = HashMap::new();
        for route in routes.iter() {
            if let Some(variable) = route.template.variables.first() {
                let mut of = Some(route.method.input());
                let number = |part: &str| {
                    let field = of.as_ref()?.get_field_by_name(part)?;
                    of = field.kind().as_message().cloned();
                    Some(field.number())
                };
                if let Some(numbers) = variable.field.split('.').map(number).collect::<Option<Vec<_>>>() {
                    named.insert(route.path.clone(), numbers);
                }
            }
            if let Some(numbers) = name_in(&route.method.output()) {
                answers.insert(route.path.clone(), numbers);
            }
        }
        Self { log, named, answers }
    }

    /// A call that was refused before it was forwarded; notes it when it was refused for who called.
    pub(super) fn refused(&self, origin: &Origin, who: Who<'_>, path: &str, fault: &Fault) {
        if denied(fault.kind()) {
            let entry = finished(started(origin, who, path), origin, status::code(fault.kind()), fault.reason().code);
            self.log.note(self.log.stamped(entry));
        }
    }

    /// Begins the record of a call that may change something.
    pub(super) fn record(&self, origin: &Origin, caller: &Caller, path: &str) -> Record {
        Record(Some(Inner {
            log: self.log.clone(),
            entry: started(origin, Who::Known(caller), path),
            origin: origin.clone(),
            named: self.named.get(path).cloned(),
            answers: self.answers.get(path).cloned(),
            seen: Arc::default(),
        }))
    }

    /// Notes a call that changes nothing, when the service refused it for who called.
    pub(super) fn answered(&self, origin: &Origin, caller: &Caller, path: &str, answer: &Response<Body>) {
        let Some(status) = refusal(answer.headers()) else { return };
        if matches!(status.code(), Code::PermissionDenied | Code::Unauthenticated) {
            let reason = status::describe(&status).reason;
            let entry = finished(started(origin, Who::Known(caller), path), origin, status.code(), &reason);
            self.log.note(self.log.stamped(entry));
        }
    }
}

/// Who calls, as far as it is known.
#[derive(Debug, Clone, Copy)]
pub(super) enum Who<'a> {
    /// By a valid credential.
    Known(&'a Caller),
    /// Nobody known: the prefix of the key that was shown, and the tenant of the key with that prefix.
    Stranger(&'a str, Option<&'a TenantId>),
}

fn denied(kind: FaultKind) -> bool {
    matches!(kind, FaultKind::Unauthenticated | FaultKind::PermissionDenied)
}

/// The status of an answer that is nothing but a refusal.
fn refusal(headers: &HeaderMap) -> Option<Status> {
    Status::from_header_map(headers).filter(|status| status.code() != Code::Ok)
}

fn started(origin: &Origin, who: Who<'_>, path: &str) -> AuditEntry {
    let entry = AuditEntry {
        method: short(path.trim_start_matches('/')),
        client_address: origin.address.clone(),
        protocol: origin.dialect.number(),
        request_id: origin.request_id.clone(),
        ..AuditEntry::unknown()
    };
    match who {
        Who::Known(caller) => AuditEntry {
            tenant: caller.tenant.clone(),
            subject: caller.subject.clone(),
            api_key: caller.key().to_owned(),
            ..entry
        },
        Who::Stranger(key, tenant) => {
            let tenant = tenant.cloned().unwrap_or_else(TenantId::default_tenant);
            AuditEntry { tenant, api_key: key.to_owned(), ..entry }
        }
    }
}

fn finished(entry: AuditEntry, origin: &Origin, code: Code, reason: &str) -> AuditEntry {
    let duration_us = i64::try_from(origin.began.elapsed().as_micros()).unwrap_or(i64::MAX);
    AuditEntry { code: i32::from(code), reason: short(reason), duration_us, ..entry }
}

fn short(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

/// What was seen of a request while it passed.
#[derive(Debug, Default)]
pub(super) struct Seen {
    digest: Sha256,
    head: Vec<u8>,
    any: bool,
}

impl Seen {
    pub(super) fn see(&mut self, data: &[u8]) {
        self.any = true;
        self.digest.update(data);
        let left = HEAD.saturating_sub(self.head.len());
        self.head.extend_from_slice(data.get(..left.min(data.len())).unwrap_or_default());
    }
}

/// The record of a call that is under way. One that is dropped is that of a caller who went away; nobody knows how far the
/// service had got.
#[derive(Debug)]
pub(super) struct Record(Option<Inner>);

#[derive(Debug)]
struct Inner {
    log: Arc<AuditLog>,
    entry: AuditEntry,
    origin: Origin,
    named: Option<Vec<u32>>,
    answers: Option<Vec<u32>>,
    seen: Arc<Mutex<Seen>>,
}

impl Record {
    /// The body of the request, watched while it passes.
    pub(super) fn observed(&self, body: Body) -> Body {
        match &self.0 {
            Some(inner) => Body::new(Observed::new(body, inner.seen.clone())),
            None => body,
        }
    }

    /// The answer: its end waits until the entry is durable.
    pub(super) async fn answered(self, answer: Response<Body>) -> Response<Body> {
        match refusal(answer.headers()) {
            Some(status) => {
                self.keep(Some(&status), &[]).await;
                answer
            }
            None => answer.map(|body| Body::new(Audited::new(body, self))),
        }
    }

    /// A call that brought no answer.
    pub(super) async fn failed(mut self, fault: &Fault) {
        if let Some(inner) = self.0.take() {
            inner.keep(status::code(fault.kind()), fault.reason().code, &[]).await;
        }
    }

    /// The end of a call; waits until the entry is durable.
    pub(super) async fn keep(mut self, status: Option<&Status>, answer: &[u8]) {
        let (code, reason) = match status {
            None => (Code::Unknown, String::new()),
            Some(status) => (status.code(), status::describe(status).reason),
        };
        if let Some(inner) = self.0.take() {
            inner.keep(code, &reason, answer).await;
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if let Some(inner) = self.0.take() {
            let log = inner.log.clone();
            log.note(inner.entry(Code::Cancelled, "", &[]));
        }
    }
}

impl Inner {
    async fn keep(self, code: Code, reason: &str, answer: &[u8]) {
        let log = self.log.clone();
        log.keep(self.entry(code, reason, answer)).await;
    }

    fn entry(self, code: Code, reason: &str, answer: &[u8]) -> AuditEntry {
        let (request_digest, resource) = {
            let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            let digest = if seen.any { hex::encode(seen.digest.clone().finalize()) } else { String::new() };
            let text = |path: &Option<Vec<u32>>, framed: &[u8]| text_in(framed, path.as_ref()?);
            (digest, text(&self.named, &seen.head).or_else(|| text(&self.answers, answer)))
        };
        let resource = short(&resource.unwrap_or_default());
        self.log.stamped(finished(AuditEntry { request_digest, resource, ..self.entry }, &self.origin, code, reason))
    }
}

/// Where the name of a resource is in an answer: in its first field, or in the first field of that.
fn name_in(answer: &MessageDescriptor) -> Option<Vec<u32>> {
    let first = answer.get_field(1)?;
    if first.name() == "name" {
        return Some(vec![1]);
    }
    let kind = first.kind();
    let inner = kind.as_message().filter(|_| !first.is_list())?.get_field(1)?;
    (inner.name() == "name").then(|| vec![1, 1])
}

/// The text in a field of the first message behind its frame.
fn text_in(framed: &[u8], path: &[u32]) -> Option<String> {
    let (flag, rest) = framed.split_first()?;
    text_at(rest.get(4..).filter(|_| *flag == 0)?, path)
}

/// The text in a field of a message, which may be cut off; a walk over the wire format, because only a name is wanted.
fn text_at(message: &[u8], path: &[u32]) -> Option<String> {
    let (wanted, inner) = path.split_first()?;
    let mut rest = Bytes::copy_from_slice(message);
    while !rest.is_empty() {
        let (tag, wire) = decode_key(&mut rest).ok()?;
        if wire != WireType::LengthDelimited {
            skip_field(wire, tag, &mut rest, DecodeContext::default()).ok()?;
            continue;
        }
        let length = usize::try_from(decode_varint(&mut rest).ok()?).ok()?;
        if rest.len() < length {
            return None;
        }
        let value = rest.split_to(length);
        if tag == *wanted {
            return match inner {
                [] => String::from_utf8(value.to_vec()).ok().filter(|text| !text.is_empty()),
                inner => text_at(&value, inner),
            };
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost::Message as _;
    use tributary_proto::tributary::partner::v1 as pb;

    use super::{text_at, text_in};

    #[test]
    fn names_are_found_where_the_contract_puts_them() {
        let partner =
            pb::Partner { name: "partners/acme".to_owned(), display_name: "A".to_owned(), ..Default::default() };
        let update = pb::UpdatePartnerRequest { partner: Some(partner.clone()), ..Default::default() };
        assert_eq!(text_at(&update.encode_to_vec(), &[1, 1]).as_deref(), Some("partners/acme"));
        let framed = [&[0, 0, 0, 0, 0][..], &partner.encode_to_vec()].concat();
        assert_eq!(text_in(&framed, &[1]).as_deref(), Some("partners/acme"));
        let packed = [&[1, 0, 0, 0, 0][..], &partner.encode_to_vec()].concat();
        assert_eq!((text_in(&packed, &[1]), text_in(b"\0\0\0", &[1])), (None, None));
        assert_eq!(text_at(b"\x08\x01\x0a\x02a", &[1]), None, "cut off");
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..200), path in prop::collection::vec(1_u32..20, 0..4)) {
            let _ = text_at(&bytes, &path);
            let _ = text_in(&bytes, &path);
        }
    }
}
