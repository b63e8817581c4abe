//! Path, query and body of one request become the bytes of its message, or one fault with everything that is wrong.

use prost::Message as _;
use prost_reflect::{DynamicMessage, FieldDescriptor, MessageDescriptor};
use tributary_core::{Fault, Violations, fault::common};

use super::{
    decode::Decoder,
    mask, query,
    routes::{Body, Route},
    scalar,
    text::{self, Node},
};

/// The bytes of the message of a request.
///
/// # Errors
/// `INVALID_REQUEST` with every violation.
pub(super) fn bind(route: &Route, values: &[(String, String)], query: &str, body: &[u8]) -> Result<Vec<u8>, Fault> {
    let text = utf8(body)?;
    let mut decoder = Decoder::new(text);
    let mut message = DynamicMessage::new(route.method.input());
    if let Some((node, resource)) = read_body(route, text, &mut message, &mut decoder)?
        && route.http == http::Method::PATCH
        && let Some(mask) = mask::field(&route.method.input())
        && let Some(value) = mask::derive(&mask, &resource, &node)
        && !names_mask(query)
    {
        message.set_field(&mask, value);
    }
    query::apply(route, query, &mut message, &mut decoder);
    for (field, value) in values {
        from_path(route, field, value, &mut message, &mut decoder);
    }
    decoder.violations.into_result()?;
    Ok(message.encode_to_vec())
}

/// The bytes of one message of a stream, from its line.
///
/// # Errors
/// `INVALID_REQUEST` with every violation, each with the number of the line.
pub(super) fn line(of: &MessageDescriptor, number: usize, line: &[u8]) -> Result<Vec<u8>, Fault> {
    let text = utf8(line)?;
    let mut decoder = Decoder::new(text);
    let node = text::parse(text).map_err(|flaw| {
        unreadable(format!("line {number} of the stream, byte {}: {}", flaw.at.saturating_add(1), flaw.why))
    })?;
    let message = decoder.message(of, &node, "");
    let prefix = format!("line {number} of the stream: ");
    let mut violations = Violations::new();
    for violation in decoder.violations.into_vec() {
        violations.add(violation.field, format!("{prefix}{}", violation.description));
    }
    violations.into_result()?;
    Ok(message.encode_to_vec())
}

fn utf8(bytes: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(bytes)
        .map_err(|e| unreadable(format!("the body is not UTF-8 at byte {}", e.valid_up_to().saturating_add(1))))
}

/// A text that is none: there is no field yet that the violation could name.
fn unreadable(why: String) -> Fault {
    let mut violations = Violations::new();
    violations.add("", why.clone());
    Fault::new(common::INVALID_REQUEST, why).with_violations(violations)
}

/// Reads the body into the message; gives it back with what it describes when it is one field.
fn read_body(
    route: &Route,
    text: &str,
    message: &mut DynamicMessage,
    decoder: &mut Decoder<'_>,
) -> Result<Option<(Node, MessageDescriptor)>, Fault> {
    let empty = text.trim().is_empty();
    if route.body == Body::None {
        if !empty {
            decoder.add("", 0, format!("{} takes no body; its fields go into the query", route.http));
        }
        return Ok(None);
    }
    // A verb without fields of its own may come without a body.
    if empty && route.body == Body::Whole {
        return Ok(None);
    }
    let node = text::parse(text)
        .map_err(|flaw| unreadable(format!("the body is not JSON: {}: {}", text::place(text, flaw.at), flaw.why)))?;
    match &route.body {
        Body::Field(name) => {
            let Some(field) = route.method.input().get_field_by_name(name) else { return Ok(None) };
            decoder.around(route.method.input(), name);
            if let Some(value) = decoder.field(&field, &node, name) {
                message.set_field(&field, value);
            }
            let resource = field.kind().as_message().cloned();
            Ok(resource.map(|resource| (node, resource)))
        }
        _ => {
            *message = decoder.message(&route.method.input(), &node, "");
            Ok(None)
        }
    }
}

fn names_mask(query: &str) -> bool {
    form_urlencoded::parse(query.as_bytes()).any(|(key, _)| key == "update_mask" || key == "updateMask")
}

/// A value of the path; the body may say the same, not something else.
fn from_path(route: &Route, path: &str, text: &str, message: &mut DynamicMessage, decoder: &mut Decoder<'_>) {
    let Some(fields) = fields_along(&route.method.input(), path) else { return };
    let Some((field, parents)) = fields.split_last() else { return };
    match scalar::from_text(&field.kind(), text) {
        Err(why) => decoder.add(path, 0, format!("in the path: {why}")),
        Ok(value) => {
            let said = parents
                .iter()
                .try_fold(message.clone(), |message, parent| message.get_field(parent).as_message().cloned())
                .filter(|inner| inner.has_field(field))
                .map(|inner| inner.get_field(field).into_owned());
            if said.is_some_and(|said| said != value) {
                decoder.add(path, 0, format!("the path says {text:?}, the body another; leave it out of the body"));
            } else {
                query::set(message, parents, field, value);
            }
        }
    }
}

fn fields_along(of: &MessageDescriptor, path: &str) -> Option<Vec<FieldDescriptor>> {
    let mut of = Some(of.clone());
    path.split('.')
        .map(|part| {
            let field = of.as_ref()?.get_field_by_name(part)?;
            of = field.kind().as_message().cloned();
            Some(field)
        })
        .collect()
}
