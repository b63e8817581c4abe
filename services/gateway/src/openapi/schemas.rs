//! Messages and enums as JSON Schema, each once, as far as the operations need them.

use std::collections::BTreeMap;

use prost_reflect::{DescriptorPool, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value as Json, json};

use super::{Version, comments, comments::Comments, rules::rules};

/// Schemas by name, made when first referred to.
pub(super) struct Schemas<'a> {
    pool: &'a DescriptorPool,
    pub comments: &'a Comments,
    version: Version,
    made: BTreeMap<String, Json>,
}

impl<'a> Schemas<'a> {
    pub(super) fn new(pool: &'a DescriptorPool, comments: &'a Comments, version: Version) -> Self {
        Self { pool, comments, version, made: BTreeMap::new() }
    }

    /// All schemas that were referred to.
    pub(super) fn finish(self) -> Json {
        Json::Object(self.made.into_iter().collect())
    }

    /// A reference to a message by its full name.
    pub(super) fn of_name(&mut self, name: &str) -> Json {
        match self.pool.get_message_by_name(name) {
            Some(of) => self.message(&of),
            None => json!({}),
        }
    }

    /// A reference to a message; what JSON writes in a form of its own is written out.
    pub(super) fn message(&mut self, of: &MessageDescriptor) -> Json {
        if let Some(known) = well_known(of) {
            return known;
        }
        let name = of.full_name().to_owned();
        if !self.made.contains_key(&name) {
            // Before its fields: a message may hold itself.
            self.made.insert(name.clone(), Json::Null);
            let schema = self.object(of, |_| true, true);
            self.made.insert(name.clone(), schema);
        }
        self.reference(&name)
    }

    /// A reference to a message without some of its fields (those in the path), or with none compulsory (a PATCH).
    pub(super) fn part(
        &mut self,
        of: &MessageDescriptor,
        suffix: &str,
        keep: impl Fn(&FieldDescriptor) -> bool,
        required: bool,
    ) -> Json {
        let name = format!("{}.{suffix}", of.full_name());
        if !self.made.contains_key(&name) {
            let schema = self.object(of, keep, required);
            self.made.insert(name.clone(), schema);
        }
        self.reference(&name)
    }

    fn reference(&self, name: &str) -> Json {
        match self.version {
            Version::V3 => json!({"$ref": format!("#/components/schemas/{name}")}),
            Version::V2 => json!({"$ref": format!("#/definitions/{name}")}),
        }
    }

    fn object(&mut self, of: &MessageDescriptor, keep: impl Fn(&FieldDescriptor) -> bool, required: bool) -> Json {
        let mut properties = Map::new();
        let mut must: Vec<String> = Vec::new();
        for field in of.fields().filter(|field| keep(field)) {
            if required && rules(&field).required {
                must.push(field.json_name().to_owned());
            }
            properties.insert(field.json_name().to_owned(), self.property(&field));
        }
        let mut schema = json!({"type": "object", "properties": properties});
        self.describe(&mut schema, &self.comments.get(&of.parent_file(), of.path()));
        if !must.is_empty()
            && let Some(schema) = schema.as_object_mut()
        {
            schema.insert("required".to_owned(), must.into());
        }
        schema
    }

    /// The schema of a field, with its comment, bounds and example.
    pub(super) fn property(&mut self, field: &FieldDescriptor) -> Json {
        let comment = self.comments.get(&field.parent_file(), field.path());
        let rules = rules(field);
        let mut schema = if field.is_map() {
            let entry = field.kind();
            let value = entry.as_message().map(MessageDescriptor::map_entry_value_field);
            let value = value.map_or_else(|| json!({}), |value| self.single(&value.kind()));
            json!({"type": "object", "additionalProperties": value})
        } else if field.is_list() {
            let mut items = self.single(&field.kind());
            if let Some(items) = items.as_object_mut().filter(|items| !items.contains_key("$ref")) {
                items.extend(rules.items.clone());
            }
            json!({"type": "array", "items": items})
        } else {
            self.single(&field.kind())
        };
        let referred = schema.get("$ref").is_some();
        self.describe(&mut schema, &comment);
        if let Some(schema) = schema.as_object_mut() {
            if !referred {
                schema.extend(rules.own);
            }
            if rules.output_only {
                schema.insert("readOnly".to_owned(), true.into());
            }
            if !field.is_list()
                && let (Kind::String, Some(example)) = (field.kind(), comments::example(&comment))
            {
                match self.version {
                    Version::V3 => schema.insert("examples".to_owned(), json!([example])),
                    Version::V2 => schema.insert("example".to_owned(), example.into()),
                };
            }
        }
        schema
    }

    fn single(&mut self, kind: &Kind) -> Json {
        match kind {
            Kind::Message(of) => self.message(of),
            Kind::Enum(of) => self.choice(of),
            scalar => self.scalar(scalar),
        }
    }

    fn choice(&mut self, of: &EnumDescriptor) -> Json {
        let name = of.full_name().to_owned();
        if !self.made.contains_key(&name) {
            let about = self.comments.get(&of.parent_file(), of.path());
            let values: Vec<String> = of.values().map(|value| value.name().to_owned()).collect();
            let each = of
                .values()
                .map(|value| format!("- {}: {}", value.name(), self.comments.get(&of.parent_file(), value.path())));
            let text = format!("{about}\n\n{}", each.collect::<Vec<_>>().join("\n"));
            self.made.insert(name.clone(), json!({"type": "string", "description": text.trim(), "enum": values}));
        }
        self.reference(&name)
    }

    fn scalar(&self, kind: &Kind) -> Json {
        match kind {
            Kind::Bool => json!({"type": "boolean"}),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => json!({"type": "integer", "format": "int32"}),
            Kind::Uint32 | Kind::Fixed32 => json!({"type": "integer", "format": "int64", "minimum": 0}),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => json!({"type": "string", "format": "int64"}),
            Kind::Uint64 | Kind::Fixed64 => json!({"type": "string", "format": "uint64"}),
            Kind::Float => json!({"type": "number", "format": "float"}),
            Kind::Double => json!({"type": "number", "format": "double"}),
            Kind::Bytes if self.version == Version::V3 => json!({"type": "string", "contentEncoding": "base64"}),
            Kind::Bytes => json!({"type": "string", "format": "byte"}),
            Kind::String | Kind::Message(_) | Kind::Enum(_) => json!({"type": "string"}),
        }
    }

    /// Adds a description; 2.0 knows none beside a reference.
    fn describe(&self, schema: &mut Json, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.version == Version::V2 && schema.get("$ref").is_some() {
            *schema = json!({"allOf": [schema.clone()]});
        }
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("description".to_owned(), text.into());
        }
    }
}

/// Messages of google.protobuf that JSON writes in a form of their own.
pub(super) fn well_known(of: &MessageDescriptor) -> Option<Json> {
    if of.package_name() != "google.protobuf" {
        return None;
    }
    Some(match of.name() {
        "Timestamp" => json!({"type": "string", "format": "date-time"}),
        "Duration" => json!({"type": "string", "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$"}),
        "FieldMask" => json!({"type": "string"}),
        "Any" => json!({"type": "object", "properties": {"@type": {"type": "string"}}, "additionalProperties": true}),
        "Struct" => json!({"type": "object", "additionalProperties": true}),
        "ListValue" => json!({"type": "array", "items": {}}),
        "Value" => json!({}),
        "BoolValue" => json!({"type": "boolean"}),
        "StringValue" | "Int64Value" | "UInt64Value" | "BytesValue" => json!({"type": "string"}),
        "Int32Value" | "UInt32Value" => json!({"type": "integer"}),
        "FloatValue" | "DoubleValue" => json!({"type": "number"}),
        _ => return None,
    })
}
