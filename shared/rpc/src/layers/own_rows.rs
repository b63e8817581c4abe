//! Keeps a partner's own user to the rows of its partners, as the policy of the method says: before the handler looks at the
//! request, and after it has answered. What is for the house alone is left out of the answer. Only calls of such users are
//! read here; all others pass untouched.

use axum::{extract::Request, middleware::Next, response::Response};
use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full, Limited};
use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor, Value};
use tonic::{Code, Status};
use tributary_core::{Fault, RequestContext, Scope};

use crate::policy::{self, OwnRows, PartnerScope, Policies};

/// The largest request that is read, in bytes: what the gateway lets through.
const LIMIT: usize = 4 * 1024 * 1024;
/// A flag and the length, in front of every message.
const PREFIX: usize = 5;

/// Looks after one call of a partner's own user.
pub(super) struct Keeper<'a> {
    own: &'a OwnRows,
    context: RequestContext,
    path: String,
}

impl<'a> Keeper<'a> {
    /// For a call whose caller was admitted; `None` when he is no partner's own user.
    pub(super) fn of(policies: &'a Policies, request: &Request) -> Option<Self> {
        let context = request.extensions().get::<RequestContext>().filter(|context| context.scope.is_own())?.clone();
        let path = request.uri().path().to_owned();
        let own = policies.get(&path)?.own.as_ref()?;
        Some(Self { own, context, path })
    }

    /// Runs the call.
    pub(super) async fn run(&self, request: Request, next: Next) -> Result<Response, Fault> {
        let request = match self.own.scope {
            PartnerScope::Request => self.admitted(request).await?,
            _ => request,
        };
        let (parts, body) = next.run(request).await.into_parts();
        let body = body.collect().await.map_err(|e| Fault::internal(format!("an answer broke off: {e}")))?;
        let trailers = body.trailers().cloned();
        let status = Status::from_header_map(&parts.headers).or_else(|| Status::from_header_map(trailers.as_ref()?));
        let missing = status.as_ref().is_some_and(|status| status.code() == Code::NotFound);
        if missing && self.own.scope == PartnerScope::Row {
            return Err(self.outside());
        }
        let bytes = body.to_bytes();
        // A refusal is its head alone, and ends with it.
        if bytes.is_empty() && trailers.is_none() {
            return Ok(Response::from_parts(parts, axum::body::Body::empty()));
        }
        let bytes = if bytes.is_empty() { bytes } else { self.shown(&bytes)? };
        let body = Full::new(bytes).with_trailers(async move { trailers.map(Ok) });
        Ok(Response::from_parts(parts, axum::body::Body::new(body)))
    }

    /// The request, if it names a partner of the caller. One that cannot be read names none.
    async fn admitted(&self, request: Request) -> Result<Request, Fault> {
        let (parts, body) = request.into_parts();
        let body = Limited::new(body, LIMIT.saturating_add(PREFIX)).collect().await;
        let bytes = body.map_err(|_| self.outside())?.to_bytes();
        let message = read(&bytes, self.own.method.input()).ok_or_else(|| self.outside())?;
        if !names_own(&Value::Message(message), &self.own.field, &self.context.scope) {
            return Err(self.outside());
        }
        Ok(Request::from_parts(parts, axum::body::Body::from(bytes)))
    }

    /// The answer as a partner may see it.
    fn shown(&self, bytes: &Bytes) -> Result<Bytes, Fault> {
        let unreadable = || Fault::internal("an answer to a partner's own user cannot be read");
        let mut message = read(bytes, self.own.method.output()).ok_or_else(unreadable)?;
        if self.own.scope == PartnerScope::Row && !self.own.field.is_empty() {
            let answer = Value::Message(message);
            if !names_own(&answer, &self.own.field, &self.context.scope) {
                return Err(self.outside());
            }
            let Value::Message(answer) = answer else { return Err(unreadable()) };
            message = answer;
        }
        self.leave_out(&mut message);
        let length = u32::try_from(message.encoded_len()).map_err(|_| unreadable())?;
        let mut framed = BytesMut::with_capacity(PREFIX.saturating_add(message.encoded_len()));
        framed.put_u8(0);
        framed.put_u32(length);
        message.encode(&mut framed).map_err(|_| unreadable())?;
        Ok(framed.freeze())
    }

    /// Takes out what is for the house alone, however deep.
    fn leave_out(&self, message: &mut DynamicMessage) {
        let hidden: Vec<_> = message.fields().map(|(field, _)| field).collect();
        for field in hidden.iter().filter(|field| policy::is_house_only(field.full_name())) {
            message.clear_field(field);
        }
        for (_, value) in message.fields_mut() {
            match value {
                Value::Message(inner) => self.leave_out(inner),
                Value::List(list) => list.iter_mut().filter_map(Value::as_message_mut).for_each(|m| self.leave_out(m)),
                Value::Map(map) => map.values_mut().filter_map(Value::as_message_mut).for_each(|m| self.leave_out(m)),
                _ => {}
            }
        }
    }

    fn outside(&self) -> Fault {
        policy::outside(&self.context, &self.path, self.own)
    }
}

/// The one message of a unary call; an empty body is an empty message. `None`: it cannot be read.
fn read(bytes: &Bytes, of: MessageDescriptor) -> Option<DynamicMessage> {
    if bytes.is_empty() {
        return Some(DynamicMessage::new(of));
    }
    let (mut prefix, message) = bytes.split_at_checked(PREFIX)?;
    let (flag, length) = (prefix.get_u8(), prefix.get_u32());
    if flag != 0 || usize::try_from(length).ok()? != message.len() {
        return None;
    }
    DynamicMessage::decode(of, message).ok()
}

/// Whether every name that a path leads to is a partner that may be seen. A field that is not set is a name that is none; a
/// list without members has no name.
fn names_own(value: &Value, path: &[String], scope: &Scope) -> bool {
    match (value, path.split_first()) {
        (Value::List(list), _) => list.iter().all(|one| names_own(one, path, scope)),
        (Value::Message(message), Some((first, rest))) => {
            message.get_field_by_name(first).is_some_and(|field| names_own(&field, rest, scope))
        }
        (Value::String(name), None) => scope.sees(name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use prost::Message as _;
    use prost_reflect::{DynamicMessage, MessageDescriptor, ReflectMessage as _, Value};
    use tributary_core::{RequestContext, Role, Scope, TenantId};

    use super::{Keeper, names_own, read};
    use crate::policy::Policies;

    fn message(name: &str) -> MessageDescriptor {
        tributary_proto::pool().get_message_by_name(name).expect(name)
    }

    fn decoded(name: &str, bytes: &[u8]) -> DynamicMessage {
        DynamicMessage::decode(message(name), bytes).expect("readable")
    }

    #[test]
    fn one_whole_message_is_read_and_nothing_else() {
        let of = || message("tributary.partner.v1.GetPartnerRequest");
        let sees = |bytes: &'static [u8]| {
            let message = read(&Bytes::from_static(bytes), of())?;
            Some(message.get_field_by_name("name")?.as_str()?.to_owned())
        };
        assert_eq!(sees(b""), Some(String::new()));
        assert_eq!(sees(b"\0\0\0\0\x04\x0a\x02ab"), Some("ab".to_owned()));
        // The last one counts, for the handler too.
        assert_eq!(sees(b"\0\0\0\0\x08\x0a\x02ab\x0a\x02cd"), Some("cd".to_owned()));
        let broken: [&[u8]; 6] = [
            b"\0\0\0\0",
            b"\x01\0\0\0\x04\x0a\x02ab",
            b"\0\0\0\0\x05\x0a\x02ab",
            b"\0\0\0\0\x03\x0a\x02ab",
            b"\0\0\0\0\x04\x0a\x02ab\0\0\0\0\0",
            b"\0\0\0\0\x02\xff\xff",
        ];
        for bytes in broken {
            assert_eq!(sees(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn every_name_must_be_the_callers_own() {
        let scope = Scope::Partners(vec!["partners/a".to_owned(), "partners/b".to_owned()]);
        let path = ["settlements".to_owned(), "partner".to_owned()];
        let listed = |partners: &[&str]| {
            let of = message("tributary.incentive.v1.Settlement");
            let list = partners.iter().map(|&name| {
                let mut settlement = DynamicMessage::new(of.clone());
                settlement.set_field_by_name("partner", Value::String(name.to_owned()));
                Value::Message(settlement)
            });
            let mut page = DynamicMessage::new(message("tributary.incentive.v1.ListSettlementsResponse"));
            page.set_field_by_name("settlements", Value::List(list.collect()));
            names_own(&Value::Message(page), &path, &scope)
        };
        assert!(listed(&[]) && listed(&["partners/a", "partners/b", "partners/a"]));
        assert!(!listed(&["partners/a", "partners/c"]) && !listed(&[""]) && !listed(&["partners/ab"]));
        // A message that is not there has no partner.
        let empty = Value::Message(DynamicMessage::new(message("tributary.incentive.v1.ExplainLineResponse")));
        assert!(!names_own(&empty, &["statement".to_owned(), "partner".to_owned()], &scope));
        assert!(!names_own(&empty, &["nothing".to_owned()], &scope) && !names_own(&empty, &[], &scope));
    }

    #[test]
    fn what_is_for_the_house_is_left_out_however_deep() {
        use tributary_proto::tributary::incentive::v1::{
            ListSettlementsResponse, Settlement, SettlementHold, SettlementLine, SettlementStep,
        };
        let policies = Policies::from_pool(tributary_proto::pool());
        let path = "/tributary.incentive.v1.SettlementService/ListSettlements".to_owned();
        let own = policies.get(&path).and_then(|policy| policy.own.as_ref()).expect("open to partners");
        let context = RequestContext {
            tenant: TenantId::default_tenant(),
            subject: "s".to_owned(),
            roles: vec![Role::Partner],
            scope: Scope::default(),
            request_id: String::new(),
        };
        let keeper = Keeper { own, context, path };
        let hold = |author: &str| SettlementHold { reason: "audit".to_owned(), author: author.to_owned(), kind: 2 };
        let page = |steps: Vec<SettlementStep>, author: &str| {
            let line = SettlementLine { line: "l".to_owned(), holds: vec![hold(author)], ..Default::default() };
            let settlement = Settlement { etag: "e".to_owned(), lines: vec![line], steps, ..Default::default() };
            ListSettlementsResponse { settlements: vec![settlement], next_page_token: "n".to_owned() }
        };
        let full = page(vec![SettlementStep { actor: "li.wei".to_owned(), ..Default::default() }], "li.wei");
        let mut shown = decoded("tributary.incentive.v1.ListSettlementsResponse", &full.encode_to_vec());
        keeper.leave_out(&mut shown);
        assert_eq!(shown.transcode_to::<ListSettlementsResponse>(), Ok(page(vec![], "")));
        assert_eq!(shown.descriptor().full_name(), "tributary.incentive.v1.ListSettlementsResponse");
    }
}
