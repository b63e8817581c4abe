//! The JSON Schema (2020-12) of plan files, from the contract: names, choices, cases, bounds and comments are those of the
//! messages, so that editors know what the service will say.

use std::collections::BTreeMap;

use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor,
    OneofDescriptor, Value as Proto,
};
use serde_json::{Map, Value, json};

use super::build::prefix_of;

/// Decimals as plan files write them.
const DECIMAL: &str = r"^-?[0-9]{1,28}(\.[0-9]{1,28})?$";
/// Days as plan files write them.
const DAY: &str = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";

/// The schema; its order is that of the contract, and the same each time.
#[must_use]
pub fn schema() -> Value {
    let pool = tributary_proto::pool();
    let mut writer = Writer { pool, defs: BTreeMap::new() };
    let Some(spec) = pool.get_message_by_name("tributary.incentive.v1.PlanSpec") else { return Value::Null };
    let mut root = Map::new();
    root.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    root.insert("$id".to_owned(), json!("urn:tributary:plan:v1"));
    root.insert("title".to_owned(), json!("Tributary plan file"));
    root.extend(writer.message(&spec));
    if let Some(Value::Object(properties)) = root.get_mut("properties") {
        properties.insert("apiVersion".to_owned(), json!({"const": "tributary/v1"}));
        properties.insert("kind".to_owned(), json!({"const": "Plan"}));
    }
    if let Some(Value::Array(required)) = root.get_mut("required") {
        required.extend([json!("apiVersion"), json!("kind")]);
    }
    root.insert("$defs".to_owned(), Value::Object(writer.defs.into_iter().collect()));
    Value::Object(root)
}

struct Writer<'p> {
    pool: &'p DescriptorPool,
    defs: BTreeMap<String, Value>,
}

impl Writer<'_> {
    fn message(&mut self, message: &MessageDescriptor) -> Map<String, Value> {
        let mut out = Map::new();
        described(&mut out, &message.parent_file(), message.path());
        out.insert("type".to_owned(), json!("object"));
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in message.fields() {
            let rules = self.rules(&field);
            if field.containing_oneof().is_none() && self.is_required(&field, rules.as_ref()) {
                required.push(json!(field.json_name()));
            }
            properties.insert(field.json_name().to_owned(), self.field(&field, rules.as_ref()));
        }
        out.insert("properties".to_owned(), Value::Object(properties));
        out.insert("required".to_owned(), Value::Array(required));
        let cases: Vec<Value> = message.oneofs().filter(|o| !o.is_synthetic()).map(|o| self.cases(&o)).collect();
        if !cases.is_empty() {
            out.insert("allOf".to_owned(), Value::Array(cases));
        }
        out.insert("additionalProperties".to_owned(), json!(false));
        out
    }

    /// One of the fields; none, too, where the contract asks for none.
    fn cases(&self, oneof: &OneofDescriptor) -> Value {
        let one = |field: FieldDescriptor| json!({"required": [field.json_name()]});
        let mut cases: Vec<Value> = oneof.fields().map(one).collect();
        if !extension(self.pool, &oneof.options(), "buf.validate.oneof").is_some_and(|rules| flag(&rules, "required")) {
            cases.push(json!({"not": {"anyOf": cases}}));
        }
        json!({"oneOf": cases})
    }

    fn field(&mut self, field: &FieldDescriptor, rules: Option<&DynamicMessage>) -> Value {
        let mut out = Map::new();
        described(&mut out, &field.parent_message().parent_file(), field.path());
        if field.is_map() {
            out.insert("type".to_owned(), json!("object"));
            out.insert("additionalProperties".to_owned(), json!({"type": "string"}));
            let pairs = rules.and_then(|r| inner(r, "map"));
            bound(&mut out, pairs.as_ref(), "max_pairs", "maxProperties");
        } else if field.is_list() {
            let list = rules.and_then(|r| inner(r, "repeated"));
            out.insert("type".to_owned(), json!("array"));
            bound(&mut out, list.as_ref(), "min_items", "minItems");
            bound(&mut out, list.as_ref(), "max_items", "maxItems");
            if list.as_ref().is_some_and(|list| flag(list, "unique")) {
                out.insert("uniqueItems".to_owned(), json!(true));
            }
            let items = list.and_then(|list| inner(&list, "items"));
            let mut item = Map::new();
            self.value(&mut item, field, items.as_ref());
            out.insert("items".to_owned(), Value::Object(item));
        } else {
            self.value(&mut out, field, rules);
        }
        Value::Object(out)
    }

    fn value(&mut self, out: &mut Map<String, Value>, field: &FieldDescriptor, rules: Option<&DynamicMessage>) {
        match field.kind() {
            Kind::Message(message) => match message.full_name() {
                "google.type.Decimal" => text(out, DECIMAL),
                "google.type.Date" => text(out, DAY),
                _ => self.refer(out, message.name(), |writer| Value::Object(writer.message(&message))),
            },
            Kind::Enum(choices) => self.refer(out, choices.name(), |_| choice(&choices)),
            Kind::Bool => {
                out.insert("type".to_owned(), json!("boolean"));
            }
            Kind::String => {
                out.insert("type".to_owned(), json!("string"));
                let rules = rules.and_then(|r| inner(r, "string"));
                bound(out, rules.as_ref(), "min_len", "minLength");
                bound(out, rules.as_ref(), "max_len", "maxLength");
                bound(out, rules.as_ref(), "pattern", "pattern");
            }
            _ => {
                out.insert("type".to_owned(), json!("integer"));
                let rules = rules.and_then(|r| inner(r, "int32").or_else(|| inner(r, "int64")));
                bound(out, rules.as_ref(), "gte", "minimum");
                bound(out, rules.as_ref(), "lte", "maximum");
            }
        }
    }

    /// Points to a definition, written once; a message may hold itself.
    fn refer(&mut self, out: &mut Map<String, Value>, name: &str, write: impl FnOnce(&mut Self) -> Value) {
        out.insert("$ref".to_owned(), json!(format!("#/$defs/{name}")));
        if !self.defs.contains_key(name) {
            self.defs.insert(name.to_owned(), Value::Null);
            let definition = write(self);
            self.defs.insert(name.to_owned(), definition);
        }
    }

    fn rules(&self, field: &FieldDescriptor) -> Option<DynamicMessage> {
        extension(self.pool, &field.options(), "buf.validate.field")
    }

    /// Whether the service refuses a message without the field.
    fn is_required(&self, field: &FieldDescriptor, rules: Option<&DynamicMessage>) -> bool {
        let behaviour = self.pool.get_extension_by_name("google.api.field_behavior");
        let required = behaviour.is_some_and(|extension| {
            let options = field.options();
            let list = options.get_extension(&extension);
            list.as_list().is_some_and(|list| list.iter().any(|item| item.as_enum_number() == Some(REQUIRED)))
        });
        let positive = |sort: &str, name: &str| {
            let rules = rules.and_then(|r| inner(r, sort));
            rules.and_then(|r| number(&r, name)).is_some_and(|n| n != json!(0))
        };
        required
            || rules.is_some_and(|rules| flag(rules, "required"))
            || positive("string", "min_len")
            || positive("repeated", "min_items")
    }
}

/// `google.api.FieldBehavior.REQUIRED`.
const REQUIRED: i32 = 2;

/// Choices by their short names, as plan files write them, and by their full ones.
fn choice(choices: &EnumDescriptor) -> Value {
    let mut out = Map::new();
    described(&mut out, &choices.parent_file(), choices.path());
    let prefix = prefix_of(choices);
    let full: Vec<String> = choices.values().filter(|v| v.number() != 0).map(|v| v.name().to_owned()).collect();
    let short = full.iter().map(|name| name.strip_prefix(prefix.as_str()).unwrap_or(name).to_owned());
    let names: Vec<String> = short.chain(full.iter().cloned()).collect();
    out.insert("type".to_owned(), json!("string"));
    out.insert("enum".to_owned(), json!(names));
    Value::Object(out)
}

fn text(out: &mut Map<String, Value>, pattern: &str) {
    out.insert("type".to_owned(), json!("string"));
    out.insert("pattern".to_owned(), json!(pattern));
}

/// The comment in the contract as a description.
fn described(out: &mut Map<String, Value>, file: &FileDescriptor, path: &[i32]) {
    let source = file.file_descriptor_proto().source_code_info.as_ref();
    let comment = source
        .and_then(|info| info.location.iter().find(|location| location.path == path))
        .map(|location| location.leading_comments().split_whitespace().collect::<Vec<_>>().join(" "));
    if let Some(comment) = comment.filter(|comment| !comment.is_empty()) {
        out.insert("description".to_owned(), json!(comment));
    }
}

fn extension(pool: &DescriptorPool, options: &DynamicMessage, name: &str) -> Option<DynamicMessage> {
    let extension = pool.get_extension_by_name(name)?;
    options.has_extension(&extension).then(|| options.get_extension(&extension).as_message().cloned()).flatten()
}

/// A message in a field that is set.
fn inner(message: &DynamicMessage, name: &str) -> Option<DynamicMessage> {
    message.has_field_by_name(name).then(|| message.get_field_by_name(name)?.as_message().cloned()).flatten()
}

fn flag(message: &DynamicMessage, name: &str) -> bool {
    message.get_field_by_name(name).and_then(|value| value.as_bool()).unwrap_or_default()
}

fn number(message: &DynamicMessage, name: &str) -> Option<Value> {
    if !message.has_field_by_name(name) {
        return None;
    }
    match message.get_field_by_name(name)?.as_ref() {
        Proto::U64(n) => Some(json!(n)),
        Proto::I32(n) => Some(json!(n)),
        Proto::I64(n) => Some(json!(n)),
        Proto::String(text) => Some(json!(text)),
        _ => None,
    }
}

/// A bound of the contract as one of the schema.
fn bound(out: &mut Map<String, Value>, rules: Option<&DynamicMessage>, name: &str, keyword: &str) {
    if let Some(value) = rules.and_then(|rules| number(rules, name)) {
        out.insert(keyword.to_owned(), value);
    }
}
