//! Messages as JSON: proto3 JSON names, but amounts, decimals and dates as texts: no reader has to add units and nanos.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, ReflectMessage as _, Value};
use serde_json::{Map, Value as Json, json};
use tributary_proto::google::r#type::{Date, Money};

use super::{date_text, decimal_text};

/// A message as JSON. Money is `{"currencyCode": "CNY", "amount": "270000.00"}`, a decimal "0.15", a date "2012-07-31";
/// everything else is as proto3 JSON has it. Unset fields are left out.
#[must_use]
pub fn message_json<M: prost::Message + prost::Name>(message: &M) -> Json {
    let descriptor = tributary_proto::pool().get_message_by_name(&M::full_name());
    let dynamic = descriptor.and_then(|d| {
        let mut dynamic = DynamicMessage::new(d);
        dynamic.transcode_from(message).ok().map(|()| dynamic)
    });
    dynamic.map_or(Json::Null, |d| of_message(&d))
}

/// An encoded message of this full name as JSON; none where the name is not known or the bytes are no such message.
#[must_use]
pub fn encoded_json(full_name: &str, bytes: &[u8]) -> Option<Json> {
    let descriptor = tributary_proto::pool().get_message_by_name(full_name)?;
    DynamicMessage::decode(descriptor, bytes).ok().map(|message| of_message(&message))
}

fn of_message(message: &DynamicMessage) -> Json {
    match message.descriptor().full_name() {
        "google.type.Money" => message
            .transcode_to::<Money>()
            .map_or(Json::Null, |m| json!({ "currencyCode": m.currency_code, "amount": decimal_text(&m) })),
        "google.type.Date" => message.transcode_to::<Date>().map_or(Json::Null, |d| Json::String(date_text(&d))),
        "google.type.Decimal" => message
            .get_field_by_name("value")
            .and_then(|v| v.as_str().map(str::to_owned))
            .map_or(Json::Null, Json::String),
        "google.protobuf.Timestamp" => serde_json::to_value(message).unwrap_or(Json::Null),
        _ => {
            let fields = message.fields().map(|(field, value)| (field.json_name().to_owned(), of_value(&field, value)));
            Json::Object(fields.collect())
        }
    }
}

fn of_value(field: &FieldDescriptor, value: &Value) -> Json {
    match value {
        Value::Bool(b) => Json::Bool(*b),
        Value::I32(n) => json!(n),
        Value::U32(n) => json!(n),
        Value::I64(n) => Json::String(n.to_string()),
        Value::U64(n) => Json::String(n.to_string()),
        Value::String(s) => Json::String(s.clone()),
        Value::EnumNumber(n) => match field.kind() {
            Kind::Enum(e) => e.get_value(*n).map_or_else(|| json!(n), |v| Json::String(v.name().to_owned())),
            _ => json!(n),
        },
        Value::Message(m) => of_message(m),
        Value::List(items) => Json::Array(items.iter().map(|v| of_value(field, v)).collect()),
        Value::Map(entries) => {
            let mut sorted: Vec<_> = entries.iter().map(|(k, v)| (key_text(k), v)).collect();
            sorted.sort_by(|a, b| a.0.cmp(&b.0));
            let inner = field.kind().as_message().map(prost_reflect::MessageDescriptor::map_entry_value_field);
            let inner = inner.as_ref().unwrap_or(field);
            Json::Object(sorted.into_iter().map(|(k, v)| (k, of_value(inner, v))).collect::<Map<_, _>>())
        }
        // The API has no floats, and bytes are not for reading.
        Value::F32(_) | Value::F64(_) | Value::Bytes(_) => Json::Null,
    }
}

fn key_text(key: &MapKey) -> String {
    match key {
        MapKey::Bool(b) => b.to_string(),
        MapKey::I32(n) => n.to_string(),
        MapKey::I64(n) => n.to_string(),
        MapKey::U32(n) => n.to_string(),
        MapKey::U64(n) => n.to_string(),
        MapKey::String(s) => s.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tributary_proto::{
        google::r#type::{Decimal, Money},
        tributary::incentive::v1::{Statement, StatementLine},
    };

    use super::{encoded_json, message_json};

    #[test]
    fn amounts_are_texts() {
        let money = Money { currency_code: "CNY".to_owned(), units: 270_000, nanos: 0 };
        let line = StatementLine {
            rule: "commission".to_owned(),
            measure: Some(Decimal { value: "1600000".to_owned() }),
            amount: Some(money.clone()),
            fact_count: 3,
            ..StatementLine::default()
        };
        let statement =
            Statement { period: "2012-Q3".to_owned(), total: Some(money), lines: vec![line], ..Statement::default() };
        let amount = json!({ "currencyCode": "CNY", "amount": "270000.00" });
        let expected = json!({
            "period": "2012-Q3",
            "total": amount,
            "lines": [{ "rule": "commission", "measure": "1600000", "amount": amount, "factCount": "3" }],
        });
        assert_eq!(message_json(&statement), expected);
        let bytes = prost::Message::encode_to_vec(&statement);
        assert_eq!(encoded_json("tributary.incentive.v1.Statement", &bytes), Some(expected));
        assert_eq!(encoded_json("tributary.incentive.v1.Nothing", &bytes), None);
        assert_eq!(encoded_json("tributary.incentive.v1.Statement", b"\xff"), None);
    }
}
