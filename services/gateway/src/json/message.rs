//! Messages as canonical proto3 JSON: int64 as strings, enums by name, camelCase, fields without a value left out.

use bytes::Bytes;
use prost_reflect::{DynamicMessage, MessageDescriptor};
use serde_json::{Map, Value as Json};
use tributary_core::Fault;
use tributary_proto::{google::rpc, pool};

/// A message as JSON text.
///
/// # Errors
/// `INTERNAL` when it packs a message that this gateway does not know.
pub(super) fn to_json(message: &DynamicMessage) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(message).map_err(|e| Fault::internal(format!("{} as JSON: {e}", message_name(message))))
}

fn message_name(message: &DynamicMessage) -> String {
    prost_reflect::ReflectMessage::descriptor(message).full_name().to_owned()
}

/// Bytes of a message as JSON text.
///
/// # Errors
/// `INTERNAL` when the bytes are none of this message.
pub(super) fn bytes_to_json(of: &MessageDescriptor, bytes: Bytes) -> Result<Vec<u8>, Fault> {
    let message = DynamicMessage::decode(of.clone(), bytes)
        .map_err(|e| Fault::internal(format!("a service answered with no {}: {e}", of.full_name())))?;
    to_json(&message)
}

/// A status with its details, each written out by name; one of an unknown type stays base64.
pub(super) fn status_to_json(status: &rpc::Status) -> Json {
    let mut json = Map::new();
    json.insert("code".to_owned(), status.code.into());
    json.insert("message".to_owned(), status.message.clone().into());
    let details: Vec<Json> = status.details.iter().map(detail).collect();
    if !details.is_empty() {
        json.insert("details".to_owned(), details.into());
    }
    Json::Object(json)
}

fn detail(packed: &prost_types::Any) -> Json {
    let mut json = Map::new();
    json.insert("@type".to_owned(), packed.type_url.clone().into());
    let name = packed.type_url.rsplit('/').next().unwrap_or_default();
    let known = pool().get_message_by_name(name);
    let message = known.and_then(|of| DynamicMessage::decode(of, packed.value.as_slice()).ok());
    match message.and_then(|message| serde_json::to_value(message).ok()) {
        Some(Json::Object(fields)) => json.extend(fields),
        Some(other) => {
            json.insert("value".to_owned(), other);
        }
        None => {
            let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &packed.value);
            json.insert("value".to_owned(), text.into());
        }
    }
    Json::Object(json)
}

#[cfg(test)]
mod tests {
    use tributary_core::{Fault, Violations};
    use tributary_proto::google::rpc;
    use tributary_rpc::status::to_rpc_status;

    use super::status_to_json;

    #[test]
    fn details_are_written_out() {
        let mut violations = Violations::new();
        violations.add("name", "is empty");
        let mut status = to_rpc_status(&Fault::invalid(violations), "gateway.tributary");
        status
            .details
            .push(prost_types::Any { type_url: "type.googleapis.com/foreign.Thing".to_owned(), value: vec![1, 2] });
        let json = status_to_json(&status);
        let expected = serde_json::json!({
            "code": 3,
            "message": "name: is empty",
            "details": [
                {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "INVALID_REQUEST", "domain": "gateway.tributary"},
                {"@type": "type.googleapis.com/google.rpc.BadRequest",
                 "fieldViolations": [{"field": "name", "description": "is empty"}]},
                {"@type": "type.googleapis.com/foreign.Thing", "value": "AQI="},
            ],
        });
        assert_eq!(json, expected);
        let bare = rpc::Status { code: 5, message: "gone".to_owned(), details: vec![] };
        assert_eq!(status_to_json(&bare), serde_json::json!({"code": 5, "message": "gone"}));
    }
}
