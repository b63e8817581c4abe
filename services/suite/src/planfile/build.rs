//! From a tree to a message, along the descriptor: names, sorts of values, and the two shorthands for decimals and
//! dates. New fields of the API can be used in plan files without a change here.

use prost_reflect::{DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value as Proto};
use serde_yaml_ng::Value;
use tributary_core::{Date, exact::parse_decimal};

use crate::document::{Document, Path, nearest, shown};

/// Decimals a decimal may have in a plan file; what a field allows is for the service to check.
const MAX_SCALE: u32 = 28;

/// Builds messages and collects faults.
pub(super) struct Builder<'d> {
    pub document: &'d mut Document,
}

impl Builder<'_> {
    fn fault(&mut self, path: &Path, message: impl Into<String>) {
        self.document.fault(path, message);
    }

    /// A message from a mapping, or from a text where it is a decimal or a date. `None` after a fault.
    pub fn message(&mut self, path: &Path, value: &Value, descriptor: &MessageDescriptor) -> Option<DynamicMessage> {
        match (descriptor.full_name(), value) {
            ("google.type.Decimal", Value::String(_) | Value::Number(_)) => {
                return self.decimal(path, value, descriptor);
            }
            ("google.type.Date", Value::String(text)) => return self.date(path, text, descriptor),
            _ => {}
        }
        let Value::Mapping(map) = value else {
            let wanted = match descriptor.full_name() {
                "google.type.Decimal" => {
                    "a decimal is wanted; write it as a quoted string, such as \"0.15\"".to_owned()
                }
                "google.type.Date" => "a date is wanted; write it as 2012-07-31".to_owned(),
                _ => format!("a mapping is wanted, with keys out of: {}", names(descriptor).join(", ")),
            };
            self.fault(path, format!("{} stands where {wanted}", shown(value)));
            return None;
        };
        let mut message = DynamicMessage::new(descriptor.clone());
        for (key, value) in map {
            let Some(name) = key.as_str() else {
                self.fault(path, format!("{} is no key; keys are names", shown(key)));
                continue;
            };
            let at = path.key(name);
            let found = descriptor.get_field_by_json_name(name).or_else(|| descriptor.get_field_by_name(name));
            let Some(field) = found else {
                let known = names(descriptor);
                self.fault(&at, format!("unknown key; {}", nearest(name, known.iter().map(String::as_str))));
                continue;
            };
            if value.is_null() {
                continue;
            }
            let other = field.containing_oneof().and_then(|o| o.fields().find(|f| message.has_field(f)));
            if message.has_field(&field) {
                self.fault(&at, format!("{} is there twice, under both of its names; keep one", field.json_name()));
            } else if let Some(other) = other {
                self.fault(
                    &at,
                    format!("{} is there already; only one of the two can be: take one out", other.json_name()),
                );
            } else if let Some(built) = self.field(&at, value, &field) {
                message.set_field(&field, built);
            }
        }
        Some(message)
    }

    fn field(&mut self, path: &Path, value: &Value, field: &FieldDescriptor) -> Option<Proto> {
        if field.is_map() {
            return self.pairs(path, value);
        }
        if !field.is_list() {
            return self.single(path, value, field);
        }
        let Value::Sequence(items) = value else {
            self.fault(path, format!("{} stands where a list is wanted; begin each item with \"- \"", shown(value)));
            return None;
        };
        let built: Vec<Proto> =
            items.iter().enumerate().filter_map(|(n, item)| self.single(&path.index(n), item, field)).collect();
        (built.len() == items.len()).then_some(Proto::List(built))
    }

    /// A map of texts to texts; the language has no others.
    fn pairs(&mut self, path: &Path, value: &Value) -> Option<Proto> {
        let Value::Mapping(map) = value else {
            self.fault(
                path,
                format!("{} stands where pairs of texts are wanted, such as {{segment: road}}", shown(value)),
            );
            return None;
        };
        let mut built = std::collections::HashMap::new();
        for (key, value) in map {
            match (key.as_str(), value) {
                (Some(key), Value::String(text)) => {
                    built.insert(MapKey::String(key.to_owned()), Proto::String(text.clone()));
                }
                (Some(key), _) => {
                    let message =
                        format!("{} stands where a text is wanted; write it as a quoted string", shown(value));
                    self.fault(&path.key(key), message);
                }
                (None, _) => self.fault(path, format!("{} is no key; keys are names", shown(key))),
            }
        }
        (built.len() == map.len()).then_some(Proto::Map(built))
    }

    fn single(&mut self, path: &Path, value: &Value, field: &FieldDescriptor) -> Option<Proto> {
        let wrong = |wanted: &str| format!("{} stands where {wanted}", shown(value));
        match (field.kind(), value) {
            (Kind::Message(descriptor), _) => self.message(path, value, &descriptor).map(Proto::Message),
            (Kind::Enum(descriptor), _) => self.choice(path, value, &descriptor),
            (Kind::String, Value::String(text)) => Some(Proto::String(text.clone())),
            (Kind::String, Value::Number(_)) => {
                self.fault(path, wrong("a text is wanted; write it as a quoted string"));
                None
            }
            (Kind::String, _) => {
                self.fault(path, wrong("a text is wanted"));
                None
            }
            (Kind::Bool, Value::Bool(b)) => Some(Proto::Bool(*b)),
            (Kind::Bool, _) => {
                self.fault(path, wrong("true or false is wanted"));
                None
            }
            (Kind::Int32 | Kind::Sint32 | Kind::Sfixed32, Value::Number(n)) => {
                let number = n.as_i64().and_then(|n| i32::try_from(n).ok());
                if number.is_none() {
                    self.fault(path, wrong("a whole number of 32 bits is wanted"));
                }
                number.map(Proto::I32)
            }
            (Kind::Int64 | Kind::Sint64 | Kind::Sfixed64, Value::Number(n)) if n.is_i64() => n.as_i64().map(Proto::I64),
            _ => {
                self.fault(path, wrong("a whole number is wanted"));
                None
            }
        }
    }

    /// An enum value by its full name or without the prefix of its enum: NET is MEASURE_FIELD_NET.
    fn choice(&mut self, path: &Path, value: &Value, descriptor: &EnumDescriptor) -> Option<Proto> {
        let prefix = prefix_of(descriptor);
        let named = value.as_str().and_then(|name| {
            descriptor.get_value_by_name(name).or_else(|| descriptor.get_value_by_name(&format!("{prefix}{name}")))
        });
        if let Some(found) = named {
            return Some(Proto::EnumNumber(found.number()));
        }
        let all: Vec<String> = descriptor
            .values()
            .filter(|v| v.number() != 0)
            .map(|v| v.name().strip_prefix(prefix.as_str()).unwrap_or(v.name()).to_owned())
            .collect();
        self.fault(path, format!("{} is none of {}", shown(value), all.join(", ")));
        None
    }

    fn decimal(&mut self, path: &Path, value: &Value, descriptor: &MessageDescriptor) -> Option<DynamicMessage> {
        let Value::String(text) = value else {
            self.fault(
                path,
                format!(
                    "{} is a number, which a reader may round; write it as a quoted string: \"{}\"",
                    shown(value),
                    shown(value)
                ),
            );
            return None;
        };
        if let Err(e) = parse_decimal(text, MAX_SCALE) {
            self.fault(path, e);
            return None;
        }
        let mut message = DynamicMessage::new(descriptor.clone());
        message.set_field_by_name("value", Proto::String(text.trim().to_owned()));
        Some(message)
    }

    fn date(&mut self, path: &Path, text: &str, descriptor: &MessageDescriptor) -> Option<DynamicMessage> {
        let (year, month, day) = match Date::parse(text) {
            Ok(date) => date.ymd(),
            Err(e) => {
                self.fault(path, e);
                return None;
            }
        };
        let mut message = DynamicMessage::new(descriptor.clone());
        for (name, number) in [("year", year), ("month", month), ("day", day)] {
            message.set_field_by_name(name, Proto::I32(number));
        }
        Some(message)
    }
}

fn names(descriptor: &MessageDescriptor) -> Vec<String> {
    descriptor.fields().map(|f| f.json_name().to_owned()).collect()
}

/// The prefix of an enum's values: that of the zero value, which ends in UNSPECIFIED.
pub(super) fn prefix_of(descriptor: &EnumDescriptor) -> String {
    let zero = descriptor.get_value(0).map(|v| v.name().to_owned()).unwrap_or_default();
    zero.strip_suffix("UNSPECIFIED").unwrap_or_default().to_owned()
}
