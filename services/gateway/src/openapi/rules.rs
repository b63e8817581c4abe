//! Bounds of fields (`buf.validate`) and what they are for (`google.api.field_behavior`), in the words of JSON Schema.

use prost_reflect::{DynamicMessage, FieldDescriptor, ReflectMessage as _, Value};
use serde_json::{Map, Value as Json};

/// What the annotations of a field say.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// The caller must give it.
    pub required: bool,
    /// Only the suite sets it.
    pub output_only: bool,
    /// Bounds of the field itself.
    pub own: Map<String, Json>,
    /// Bounds of the items of a list.
    pub items: Map<String, Json>,
}

/// Rules of validate.proto by kind and name, and their keyword.
const KEYWORDS: [(&str, &str, &str); 13] = [
    ("string", "min_len", "minLength"),
    ("string", "max_len", "maxLength"),
    ("string", "len", "minLength"),
    ("string", "pattern", "pattern"),
    ("repeated", "min_items", "minItems"),
    ("repeated", "max_items", "maxItems"),
    ("repeated", "unique", "uniqueItems"),
    ("map", "min_pairs", "minProperties"),
    ("map", "max_pairs", "maxProperties"),
    ("int32", "gte", "minimum"),
    ("int32", "lte", "maximum"),
    ("uint32", "gte", "minimum"),
    ("uint32", "lte", "maximum"),
];

/// Reads the annotations of a field.
pub(super) fn rules(field: &FieldDescriptor) -> Rules {
    let mut rules = Rules::default();
    let pool = field.parent_pool().clone();
    let options = field.options();
    let extension = |name: &str| {
        let extension = pool.get_extension_by_name(name).filter(|extension| options.has_extension(extension))?;
        Some(options.get_extension(&extension).into_owned())
    };
    let behavior = extension("google.api.field_behavior");
    for number in behavior.as_ref().and_then(Value::as_list).into_iter().flatten().filter_map(Value::as_enum_number) {
        rules.required |= number == 2;
        rules.output_only |= number == 3;
    }
    if let Some(validate) = extension("buf.validate.field").as_ref().and_then(Value::as_message) {
        rules.own = keywords(validate);
        rules.items = inner(validate, "repeated")
            .and_then(|list| inner(&list, "items"))
            .map(|i| keywords(&i))
            .unwrap_or_default();
    }
    rules
}

/// The message in a field, when it is set.
fn inner(message: &DynamicMessage, field: &str) -> Option<DynamicMessage> {
    message.has_field_by_name(field).then(|| message.get_field_by_name(field)?.as_message().cloned())?
}

fn keywords(validate: &DynamicMessage) -> Map<String, Json> {
    let mut out = Map::new();
    for field in validate.descriptor().fields().filter(|field| validate.has_field(field)) {
        let value = validate.get_field(&field);
        let Some(kind) = value.as_message() else { continue };
        for (_, name, keyword) in KEYWORDS.iter().filter(|(of, _, _)| *of == field.name()) {
            if kind.has_field_by_name(name)
                && let Some(bound) = kind.get_field_by_name(name).and_then(|bound| number(&bound))
            {
                out.insert((*keyword).to_owned(), bound.clone());
                if *name == "len" {
                    out.insert("maxLength".to_owned(), bound);
                }
            }
        }
    }
    out
}

fn number(value: &Value) -> Option<Json> {
    match value {
        Value::Bool(b) => Some((*b).into()),
        Value::I32(n) => Some((*n).into()),
        Value::U32(n) => Some((*n).into()),
        Value::U64(n) => Some((*n).into()),
        Value::String(text) => Some(text.clone().into()),
        _ => None,
    }
}
