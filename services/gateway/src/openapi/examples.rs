//! Example requests: the compulsory fields and those whose comment gives an example.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value as Json, json};

use super::{comments, comments::Comments, rules::rules};

/// An example of a message, as deep as it takes to be useful.
pub(super) fn example(
    of: &MessageDescriptor,
    comments: &Comments,
    depth: usize,
    keep: impl Fn(&FieldDescriptor) -> bool,
) -> Json {
    match of.full_name() {
        "google.protobuf.Timestamp" => return json!("2026-01-31T08:00:00Z"),
        "google.protobuf.Duration" => return json!("10s"),
        "google.protobuf.FieldMask" => return json!("displayName"),
        "google.type.Date" => return json!({"year": 2026, "month": 1, "day": 31}),
        "google.type.Money" => return json!({"currencyCode": "CNY", "units": "1000", "nanos": 500_000_000}),
        "google.type.Decimal" => return json!({"value": "0.125"}),
        _ => {}
    }
    let mut out = Map::new();
    let mut chosen: Vec<String> = Vec::new();
    for field in of.fields().filter(|field| keep(field)) {
        let rules = rules(&field);
        let comment = comments.get(&field.parent_file(), field.path());
        let said = comments::example(&comment);
        let wanted = rules.required || (said.is_some() && depth > 0 && field.name() != "request_id");
        let oneof = field.containing_oneof().map(|oneof| oneof.name().to_owned());
        if !wanted || rules.output_only || oneof.as_ref().is_some_and(|name| chosen.contains(name)) {
            continue;
        }
        let Some(value) = value(&field, said, comments, depth) else { continue };
        chosen.extend(oneof);
        out.insert(field.json_name().to_owned(), if field.is_list() { json!([value]) } else { value });
    }
    Json::Object(out)
}

fn value(field: &FieldDescriptor, said: Option<String>, comments: &Comments, depth: usize) -> Option<Json> {
    if field.is_map() {
        return None;
    }
    Some(match field.kind() {
        Kind::Message(of) => example(&of, comments, depth.checked_sub(1)?, |_| true),
        Kind::Enum(of) => of.values().find(|value| value.number() != 0)?.name().into(),
        Kind::Bool => true.into(),
        Kind::String => said.unwrap_or_else(|| field.json_name().to_owned()).into(),
        Kind::Bytes => "AQI=".into(),
        Kind::Float | Kind::Double => 1.into(),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 | Kind::Uint32 | Kind::Fixed32 => 1.into(),
        _ => "1".into(),
    })
}
