//! The rules of every message, read once from the options in the descriptor pool.

use std::{collections::HashMap, sync::LazyLock};

use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, ExtensionDescriptor, FieldDescriptor, Kind as ProtoKind,
    MessageDescriptor, Value,
};
use regex::Regex;

use super::{
    OWN_RESULTS,
    wire::{self, Raw},
};

static RULES: LazyLock<Compiled> = LazyLock::new(|| compile(tributary_proto::pool()));

/// The rules of a message type; `None` when nothing about it is checked.
pub(super) fn of(full_name: &str) -> Option<&'static MessageRules> {
    RULES.messages.get(full_name)
}

/// Everything read from a pool.
#[derive(Default)]
pub(super) struct Compiled {
    pub messages: HashMap<String, MessageRules>,
    /// Annotations that this module does not know; a test keeps it empty.
    pub unknown: Vec<String>,
}

/// What is checked about one message.
#[derive(Default)]
pub(super) struct MessageRules {
    pub fields: Vec<FieldRules>,
    /// Place of a field number in `fields`.
    pub by_number: HashMap<u32, usize>,
    pub oneofs: Vec<OneofRules>,
    /// Number of the `update_mask`.
    pub mask: Option<u32>,
}

/// A oneof of which one member has to be set; members by their place in the fields.
pub(super) struct OneofRules {
    pub name: String,
    pub members: Vec<usize>,
}

/// How often a field occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    One,
    List,
    Map,
}

/// What is checked about one field.
pub(super) struct FieldRules {
    pub name: String,
    pub shape: Shape,
    /// Type of the value, of the items, of the values of a map.
    pub kind: Kind,
    pub key_kind: Kind,
    pub presence: bool,
    pub required: bool,
    pub value: ValueRules,
    pub keys: ValueRules,
    pub min_items: Option<u64>,
    pub max_items: Option<u64>,
    pub unique: bool,
    /// Message type to look into.
    pub nested: Option<String>,
}

/// Type of a scalar, as far as rules need it.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    Text,
    Bytes,
    /// int32, int64, bool, uint32, uint64 (the latter two up to 2^63).
    Varint,
    /// sint32, sint64.
    Zigzag,
    Fixed32,
    Fixed64,
    Enum(EnumDescriptor),
    Message,
}

impl Kind {
    fn of(kind: &ProtoKind) -> Self {
        match kind {
            ProtoKind::String => Self::Text,
            ProtoKind::Bytes => Self::Bytes,
            ProtoKind::Sint32 | ProtoKind::Sint64 => Self::Zigzag,
            ProtoKind::Fixed32 | ProtoKind::Sfixed32 | ProtoKind::Float => Self::Fixed32,
            ProtoKind::Fixed64 | ProtoKind::Sfixed64 | ProtoKind::Double => Self::Fixed64,
            ProtoKind::Enum(descriptor) => Self::Enum(descriptor.clone()),
            ProtoKind::Message(_) => Self::Message,
            _ => Self::Varint,
        }
    }

    /// The zero value.
    pub fn zero(&self) -> Raw<'static> {
        match self {
            Self::Text | Self::Bytes | Self::Message => Raw::Bytes(&[]),
            Self::Varint | Self::Zigzag | Self::Enum(_) => Raw::Varint(0),
            Self::Fixed32 => Raw::Fixed32([0; 4]),
            Self::Fixed64 => Raw::Fixed64([0; 8]),
        }
    }

    /// The number behind a value; `None` where it is none.
    pub fn integer(&self, raw: &Raw<'_>) -> Option<i64> {
        match (self, raw) {
            (Self::Varint | Self::Enum(_), Raw::Varint(v)) => Some(v.cast_signed()),
            (Self::Zigzag, Raw::Varint(v)) => Some((v >> 1).cast_signed() ^ -(v & 1).cast_signed()),
            _ => None,
        }
    }

    /// The items of a list of numbers, which the wire packs into one value; `None` for types that are never packed.
    pub fn unpacked<'a>(&self, values: &[Raw<'a>]) -> Option<Vec<Raw<'a>>> {
        match self {
            Self::Text | Self::Bytes | Self::Message => None,
            Self::Varint | Self::Zigzag | Self::Enum(_) => Some(Raw::packed(values, wire::varint)),
            Self::Fixed32 => Some(Raw::packed(values, wire::fixed32)),
            Self::Fixed64 => Some(Raw::packed(values, wire::fixed64)),
        }
    }
}

/// Rules of one scalar.
#[derive(Debug, Clone, Default)]
pub(super) struct ValueRules {
    /// In characters.
    pub min_len: Option<u64>,
    pub max_len: Option<u64>,
    pub min_bytes: Option<u64>,
    pub max_bytes: Option<u64>,
    /// Compiled and as written.
    pub pattern: Option<(Regex, String)>,
    pub texts: Vec<String>,
    pub gte: Option<i64>,
    pub gt: Option<i64>,
    pub lte: Option<i64>,
    pub lt: Option<i64>,
    pub defined_only: bool,
    pub is_in: Vec<i64>,
    pub not_in: Vec<i64>,
    /// Whether any rule was given.
    pub any: bool,
}

impl ValueRules {
    /// What a required value has to look like, where a rule says so.
    pub fn example(&self) -> Option<String> {
        self.pattern.as_ref().map(|(_, source)| format!("set it to a value that matches {source}"))
    }
}

/// Name of the field that says which fields of a resource an update changes.
pub(super) const MASK: &str = "update_mask";

/// Packages whose messages come in requests. Those of others carry no annotations, but texts.
const PACKAGES: [&str; 3] = ["tributary.", "google.type.", "google.longrunning."];

/// Whether a message is looked into.
fn is_checked(full_name: &str) -> bool {
    full_name == "google.protobuf.FieldMask" || PACKAGES.iter().any(|package| full_name.starts_with(package))
}

/// Reads the rules of all messages of the suite.
pub(super) fn compile(pool: &DescriptorPool) -> Compiled {
    let mut out = Compiled::default();
    let reader = Reader {
        field: pool.get_extension_by_name("buf.validate.field"),
        oneof: pool.get_extension_by_name("buf.validate.oneof"),
        behavior: pool.get_extension_by_name("google.api.field_behavior"),
    };
    for message in pool.all_messages().filter(|m| is_checked(m.full_name()) && !m.is_map_entry()) {
        let rules = reader.message(&message, &mut out.unknown);
        if !rules.fields.is_empty() {
            out.messages.insert(message.full_name().to_owned(), rules);
        }
    }
    out
}

struct Reader {
    field: Option<ExtensionDescriptor>,
    oneof: Option<ExtensionDescriptor>,
    behavior: Option<ExtensionDescriptor>,
}

impl Reader {
    fn message(&self, message: &MessageDescriptor, unknown: &mut Vec<String>) -> MessageRules {
        let mut rules = MessageRules::default();
        for field in message.fields() {
            if field.name() == MASK {
                rules.mask = Some(field.number());
            }
            if let Some(read) = self.field(&field, unknown) {
                rules.by_number.insert(field.number(), rules.fields.len());
                rules.fields.push(read);
            }
        }
        for oneof in message.oneofs().filter(|oneof| self.oneof_required(&oneof.options())) {
            let members = oneof.fields().filter_map(|f| rules.by_number.get(&f.number()).copied()).collect();
            rules.oneofs.push(OneofRules { name: oneof.name().to_owned(), members });
        }
        rules
    }

    fn oneof_required(&self, options: &DynamicMessage) -> bool {
        let Some(extension) = self.oneof.as_ref().filter(|e| options.has_extension(e)) else { return false };
        options.get_extension(extension).as_message().is_some_and(|rules| flag(rules, "required"))
    }

    fn field(&self, field: &FieldDescriptor, unknown: &mut Vec<String>) -> Option<FieldRules> {
        let options = field.options();
        let behaviors: Vec<i32> = self.behavior.as_ref().map_or_else(Vec::new, |extension| {
            let value = options.get_extension(extension);
            value.as_list().unwrap_or_default().iter().filter_map(Value::as_enum_number).collect()
        });
        // google.api.FieldBehavior: REQUIRED = 2, OUTPUT_ONLY = 3.
        if behaviors.contains(&3) {
            return None;
        }
        let shape = match (field.is_map(), field.is_list()) {
            (true, _) => Shape::Map,
            (_, true) => Shape::List,
            _ => Shape::One,
        };
        let kind = field.kind();
        let entry = kind.as_message().filter(|_| field.is_map()).cloned();
        let value_kind = entry.as_ref().map_or(kind, |entry| entry.map_entry_value_field().kind());
        let nested = value_kind.as_message().map(|m| m.full_name().to_owned());
        let own_results = |name: &String| shape == Shape::List && OWN_RESULTS.contains(&name.as_str());
        let mut read = FieldRules {
            name: field.name().to_owned(),
            shape,
            kind: Kind::of(&value_kind),
            key_kind: entry.as_ref().map_or(Kind::Varint, |entry| Kind::of(&entry.map_entry_key_field().kind())),
            presence: field.supports_presence(),
            required: behaviors.contains(&2) && !matches!(value_kind, ProtoKind::Bool),
            value: ValueRules::default(),
            keys: ValueRules::default(),
            min_items: None,
            max_items: None,
            unique: false,
            nested: nested.filter(|name| is_checked(name) && !own_results(name)),
        };
        // A text without annotations is looked at too: it may not hold what cannot be kept.
        let text = matches!(read.kind, Kind::Text) || matches!(read.key_kind, Kind::Text);
        let mut any = text || read.required || read.nested.is_some() || field.containing_oneof().is_some();
        if let Some(extension) = self.field.as_ref().filter(|e| options.has_extension(e))
            && let Some(rules) = options.get_extension(extension).as_message()
        {
            any = true;
            read_field(rules, &mut read, &mut |what| unknown.push(format!("{}: {what}", field.full_name())));
        }
        any.then_some(read)
    }
}

fn read_field(rules: &DynamicMessage, read: &mut FieldRules, unknown: &mut dyn FnMut(&str)) {
    for (field, value) in rules.fields() {
        match (field.name(), value.as_message()) {
            ("required", _) => read.required |= value.as_bool() == Some(true),
            ("repeated", Some(list)) => {
                for (field, value) in list.fields() {
                    match field.name() {
                        "min_items" => read.min_items = value.as_u64(),
                        "max_items" => read.max_items = value.as_u64(),
                        "unique" => read.unique = value.as_bool() == Some(true),
                        "items" => read_value(value, &mut read.value, unknown),
                        other => unknown(other),
                    }
                }
            }
            ("map", Some(map)) => {
                for (field, value) in map.fields() {
                    match field.name() {
                        "min_pairs" => read.min_items = value.as_u64(),
                        "max_pairs" => read.max_items = value.as_u64(),
                        "keys" => read_value(value, &mut read.keys, unknown),
                        "values" => read_value(value, &mut read.value, unknown),
                        other => unknown(other),
                    }
                }
            }
            (name, Some(scalar)) => read_scalar(name, scalar, &mut read.value, unknown),
            (other, None) => unknown(other),
        }
    }
}

/// Rules of items, keys and values are whole `FieldRules` again.
fn read_value(value: &Value, into: &mut ValueRules, unknown: &mut dyn FnMut(&str)) {
    for (field, value) in value.as_message().into_iter().flat_map(DynamicMessage::fields) {
        match value.as_message() {
            Some(scalar) => read_scalar(field.name(), scalar, into, unknown),
            None => unknown(field.name()),
        }
    }
}

fn read_scalar(kind: &str, rules: &DynamicMessage, into: &mut ValueRules, unknown: &mut dyn FnMut(&str)) {
    for (field, value) in rules.fields() {
        into.any = true;
        match (kind, field.name()) {
            ("string", "min_len") => into.min_len = value.as_u64(),
            ("string", "max_len") => into.max_len = value.as_u64(),
            ("string", "min_bytes") | ("bytes", "min_len") => into.min_bytes = value.as_u64(),
            ("string", "max_bytes") | ("bytes", "max_len") => into.max_bytes = value.as_u64(),
            ("string", "in") => into.texts = texts(value),
            ("string", "pattern") => match value.as_str().map(|source| (Regex::new(source), source.to_owned())) {
                Some((Ok(pattern), source)) => into.pattern = Some((pattern, source)),
                _ => unknown("pattern that cannot be compiled"),
            },
            ("int32" | "int64", "gte") => into.gte = number(value),
            ("int32" | "int64", "gt") => into.gt = number(value),
            ("int32" | "int64", "lte") => into.lte = number(value),
            ("int32" | "int64", "lt") => into.lt = number(value),
            ("enum", "defined_only") => into.defined_only = value.as_bool() == Some(true),
            ("enum" | "int32" | "int64", "in") => into.is_in = numbers(value),
            ("enum" | "int32" | "int64", "not_in") => into.not_in = numbers(value),
            (kind, other) => unknown(&format!("{kind}.{other}")),
        }
    }
}

fn flag(rules: &DynamicMessage, name: &str) -> bool {
    rules.get_field_by_name(name).is_some_and(|value| value.as_bool() == Some(true))
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_i32().map(i64::from))
}

fn numbers(value: &Value) -> Vec<i64> {
    value.as_list().unwrap_or_default().iter().filter_map(number).collect()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_list().unwrap_or_default().iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
