//! A JSON tree becomes a message, by its descriptor. Everything that is wrong is noted with its field path (proto names) and
//! its place in the text; nothing is guessed and nothing is dropped.

use std::collections::HashMap;

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value};
use tributary_core::Violations;

use super::{
    scalar,
    text::{Node, Tree, place},
};

/// More than so many violations tell nobody more.
const MAX_VIOLATIONS: usize = 100;

/// Messages of google.protobuf that JSON writes in a way of their own.
const WELL_KNOWN: [&str; 16] = [
    "Any",
    "Timestamp",
    "Duration",
    "FieldMask",
    "Struct",
    "Value",
    "ListValue",
    "BoolValue",
    "StringValue",
    "BytesValue",
    "Int32Value",
    "Int64Value",
    "UInt32Value",
    "UInt64Value",
    "FloatValue",
    "DoubleValue",
];

/// Whether JSON writes a message in a way of its own, and not as an object of its fields.
pub(super) fn is_well_known(of: &MessageDescriptor) -> bool {
    of.package_name() == "google.protobuf" && WELL_KNOWN.contains(&of.name())
}

/// Decodes one text.
pub(super) struct Decoder<'a> {
    text: &'a str,
    /// When the text is one field of a request: the request, and that field.
    request: Option<(MessageDescriptor, String)>,
    pub violations: Violations,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, request: None, violations: Violations::new() }
    }

    /// The text is the field `body` of a request; its other fields are in the query.
    pub(super) fn around(&mut self, request: MessageDescriptor, body: &str) {
        self.request = Some((request, body.to_owned()));
    }

    pub(super) fn add(&mut self, path: &str, at: usize, why: impl std::fmt::Display) {
        if self.violations.as_slice().len() < MAX_VIOLATIONS {
            let place = if self.text.is_empty() { String::new() } else { format!("{}: ", place(self.text, at)) };
            self.violations.add(path, format!("{place}{why}"));
        }
    }

    /// A message from what should be an object. What is wrong is among the violations.
    pub(super) fn message(&mut self, of: &MessageDescriptor, node: &Node, path: &str) -> DynamicMessage {
        let mut message = DynamicMessage::new(of.clone());
        if is_well_known(of) {
            if let Some(known) = self.well_known(of, node, path) {
                message = known;
            }
            return message;
        }
        let Tree::Object(entries) = &node.tree else {
            self.add(path, node.at, format!("is {}; {} is an object", node.tree.kind(), of.name()));
            return message;
        };
        let mut seen: Vec<u32> = Vec::new();
        for (at, key, value) in entries {
            let Some(field) = of.get_field_by_json_name(key).or_else(|| of.get_field_by_name(key)) else {
                self.add(&join(path, &scalar::shown(key)), *at, self.unknown(of, key, path));
                continue;
            };
            let path = join(path, field.name());
            if seen.contains(&field.number()) {
                self.add(&path, *at, "comes twice; give it once");
                continue;
            }
            seen.push(field.number());
            if let Some(value) = self.field(&field, value, &path) {
                if let Some(other) = other_of_oneof(&message, &field) {
                    self.add(&path, *at, format!("{} and {} exclude each other; give one", other.name(), field.name()));
                } else {
                    message.set_field(&field, value);
                }
            }
        }
        message
    }

    /// The value of a field; `None` when it is null or wrong.
    pub(super) fn field(&mut self, field: &FieldDescriptor, node: &Node, path: &str) -> Option<Value> {
        if node.tree == Tree::Null && !takes_null(field) {
            return None;
        }
        if field.is_map() {
            self.map(field, node, path)
        } else if field.is_list() {
            let Tree::List(items) = &node.tree else {
                self.add(path, node.at, format!("is {}; write a list", node.tree.kind()));
                return None;
            };
            let each = items.iter().enumerate();
            let values = each.filter_map(|(i, item)| self.single(&field.kind(), item, &format!("{path}[{i}]")));
            Some(Value::List(values.collect()))
        } else {
            self.single(&field.kind(), node, path)
        }
    }

    fn single(&mut self, kind: &Kind, node: &Node, path: &str) -> Option<Value> {
        match kind {
            Kind::Message(of) => Some(Value::Message(self.message(of, node, path))),
            Kind::Enum(of) if of.full_name() == "google.protobuf.NullValue" => Some(Value::EnumNumber(0)),
            _ => match scalar::from_json(kind, &node.tree) {
                Ok(value) => Some(value),
                Err(why) => {
                    self.add(path, node.at, why);
                    None
                }
            },
        }
    }

    fn map(&mut self, field: &FieldDescriptor, node: &Node, path: &str) -> Option<Value> {
        let Tree::Object(entries) = &node.tree else {
            self.add(path, node.at, format!("is {}; write an object", node.tree.kind()));
            return None;
        };
        let entry = field.kind();
        let entry = entry.as_message()?;
        let (key_kind, value_kind) = (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
        let mut map: HashMap<MapKey, Value> = HashMap::new();
        for (at, key, value) in entries {
            let path = format!("{path}[{:?}]", scalar::shown(key));
            let Some(value) = self.single(&value_kind, value, &path) else { continue };
            match scalar::from_text(&key_kind, key).ok().and_then(Value::into_map_key) {
                None => self.add(&path, *at, "is not a key of this map"),
                Some(key) if map.contains_key(&key) => self.add(&path, *at, "comes twice; give it once"),
                Some(key) => {
                    map.insert(key, value);
                }
            }
        }
        Some(Value::Map(map))
    }

    /// What has a form of its own is read by the library that writes it.
    fn well_known(&mut self, of: &MessageDescriptor, node: &Node, path: &str) -> Option<DynamicMessage> {
        let mut json = plain(node);
        if of.name() == "FieldMask"
            && let serde_json::Value::String(mask) = &mut json
        {
            *mask = camel(mask);
        }
        match DynamicMessage::deserialize(of.clone(), json) {
            Ok(message) => Some(message),
            Err(why) => {
                let found = match &node.tree {
                    Tree::Text(text) | Tree::Number(text) => format!("{:?}", scalar::shown(text)),
                    other => other.kind().to_owned(),
                };
                self.add(path, node.at, format!("{found} is no {}: {why}{}", of.name(), example(of.name())));
                None
            }
        }
    }
}

fn example(name: &str) -> &'static str {
    match name {
        "Timestamp" => "; write it as \"2026-01-31T08:00:00Z\"",
        "Duration" => "; write it as \"1.5s\"",
        "FieldMask" => "; write it as \"displayName,labels\"",
        _ => "",
    }
}

/// Paths of a mask may be written either way; its JSON form has no underscores.
fn camel(mask: &str) -> String {
    let mut out = String::with_capacity(mask.len());
    let mut raise = false;
    for c in mask.chars() {
        match c {
            '_' => raise = true,
            c if raise => {
                out.push(c.to_ascii_uppercase());
                raise = false;
            }
            c => out.push(c),
        }
    }
    out
}

fn takes_null(field: &FieldDescriptor) -> bool {
    if field.is_list() || field.is_map() {
        return false;
    }
    match field.kind() {
        Kind::Message(of) => of.full_name() == "google.protobuf.Value",
        Kind::Enum(of) => of.full_name() == "google.protobuf.NullValue",
        _ => false,
    }
}

/// The other member of the field's oneof that is set already.
fn other_of_oneof(message: &DynamicMessage, field: &FieldDescriptor) -> Option<FieldDescriptor> {
    let oneof = field.containing_oneof()?;
    oneof.fields().find(|other| other.number() != field.number() && message.has_field(other))
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

impl Decoder<'_> {
    fn unknown(&self, of: &MessageDescriptor, key: &str, path: &str) -> String {
        let outer = self.request.as_ref().filter(|(_, body)| body == path);
        let outer = outer
            .and_then(|(request, _)| request.get_field_by_json_name(key).or_else(|| request.get_field_by_name(key)));
        match outer {
            Some(field) if field.name() == path => {
                format!("the body is the {path} itself; leave {key:?} around it out")
            }
            Some(field) => format!("{} has no such field; it goes into the query: ?{}=…", of.name(), field.json_name()),
            None => unknown(of, key),
        }
    }
}

fn unknown(of: &MessageDescriptor, key: &str) -> String {
    let near = of
        .fields()
        .map(|field| (strsim::damerau_levenshtein(field.json_name(), key), field.json_name().to_owned()))
        .min()
        .filter(|(distance, name)| *distance <= name.len().min(key.len()).div_ceil(3));
    match near {
        Some((_, name)) => format!("{} has no such field; did you mean {name:?}", of.name()),
        None => {
            let all: Vec<String> = of.fields().take(20).map(|field| field.json_name().to_owned()).collect();
            format!("{} has no such field; it has {}", of.name(), all.join(", "))
        }
    }
}

fn plain(node: &Node) -> serde_json::Value {
    use serde_json::Value as Json;
    match &node.tree {
        Tree::Null => Json::Null,
        Tree::Bool(value) => Json::Bool(*value),
        Tree::Number(text) => serde_json::from_str(text).unwrap_or(Json::Null),
        Tree::Text(text) => Json::String(text.clone()),
        Tree::List(items) => Json::Array(items.iter().map(plain).collect()),
        Tree::Object(entries) => {
            Json::Object(entries.iter().map(|(_, key, value)| (key.clone(), plain(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use prost_reflect::DynamicMessage;

    use super::Decoder;
    use crate::json::{message, text};

    fn decode(name: &str, json: &str) -> (DynamicMessage, Vec<(String, String)>) {
        let of = tributary_proto::pool().get_message_by_name(name).expect("known");
        let mut decoder = Decoder::new(json);
        let decoded = decoder.message(&of, &text::parse(json).expect("json"), "");
        let violations = decoder.violations.into_vec();
        (decoded, violations.into_iter().map(|v| (v.field, v.description)).collect())
    }

    #[test]
    fn canonical_json_goes_there_and_back() {
        for (name, json) in [
            (
                "tributary.incentive.v1.SalesFact",
                r#"{"sourceSystem":"erp","sourceId":"1","occurredOn":{"year":2026,"month":1,"day":31},"net":{"currencyCode":"CNY","units":"9007199254740993","nanos":500000000}}"#,
            ),
            (
                "tributary.gateway.v1.ApiKey",
                r#"{"name":"apiKeys/k","roles":["ROLE_ADMIN",77],"createTime":"2026-01-31T08:00:00.500Z"}"#,
            ),
            ("tributary.partner.v1.Partner", r#"{"displayName":"名","labels":{"a":"b"}}"#),
            ("tributary.partner.v1.UpdatePartnerRequest", r#"{"updateMask":"displayName,externalRefs"}"#),
            ("google.longrunning.WaitOperationRequest", r#"{"name":"operations/x","timeout":"1.500s"}"#),
            (
                "google.longrunning.Operation",
                r#"{"name":"o","done":true,"response":{"@type":"type.googleapis.com/tributary.gateway.v1.Caller","subject":"x"}}"#,
            ),
        ] {
            let (decoded, violations) = decode(name, json);
            assert_eq!(violations, [], "{json}");
            assert_eq!(String::from_utf8(message::to_json(&decoded).expect("json")).expect("utf-8"), json);
        }
        let (mask, _) = decode("tributary.partner.v1.UpdatePartnerRequest", r#"{"update_mask":"display_name"}"#);
        assert_eq!(message::to_json(&mask).expect("json"), br#"{"updateMask":"displayName"}"#, "proto names too");
        assert_eq!(decode("tributary.partner.v1.Partner", r#"{"displayName":null}"#).1, [], "null is unset");
    }

    #[test]
    fn everything_that_is_wrong_is_told_with_its_place() {
        let json = r#"{"sourceSystem": 7,
 "sourceID": "x",
 "partner": "partners/a", "partnerExternalRef": {"system": "erp", "id": "1", "ix": 2},
 "occurredOn": "2026-01-31", "net": {"units": "1.5"}, "net": {},
 "attributes": [1], "kind": "FACT_KIND_SOLD"}"#;
        let (_, violations) = decode("tributary.incentive.v1.SalesFact", json);
        let said: Vec<_> =
            violations.iter().map(|(f, d)| (f.as_str(), d.split(':').next().unwrap_or_default())).collect();
        assert_eq!(
            said,
            [
                ("source_system", "line 1, column 18"),
                ("sourceID", "line 2, column 2"),
                ("partner_external_ref.ix", "line 3, column 78"),
                ("partner_external_ref", "line 3, column 27"),
                ("occurred_on", "line 4, column 16"),
                ("net.units", "line 4, column 47"),
                ("net", "line 4, column 55"),
                ("attributes", "line 5, column 2"),
                ("kind", "line 5, column 29"),
            ]
        );
        assert!(violations[1].1.ends_with("did you mean \"sourceId\""), "{violations:?}");
        assert!(violations[3].1.contains("partner and partner_external_ref exclude each other"), "{violations:?}");
        let (_, wrong) = decode("tributary.gateway.v1.ApiKey", r#"{"createTime": "yesterday"}"#);
        assert!(
            wrong[0].1.contains("\"yesterday\" is no Timestamp") && wrong[0].1.contains("2026-01-31T08"),
            "{wrong:?}"
        );
    }
}
