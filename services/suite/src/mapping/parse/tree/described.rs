//! What a descriptor says of a field, and how it is written in a mapping.

use std::collections::BTreeSet;

use prost_reflect::{FieldDescriptor, Kind};

use crate::mapping::LeafKind;

/// What `google.api.field_behavior` says.
pub(super) const REQUIRED: i32 = 2;
pub(super) const OUTPUT_ONLY: i32 = 3;

pub(super) const MONEY: &str = "google.type.Money";

/// How a field is written in a mapping.
pub(super) fn example(field: &FieldDescriptor) -> String {
    let single = match field.kind() {
        kind if LeafKind::of(&kind).is_some() => "{from: COLUMN}".to_owned(),
        Kind::Message(descriptor) if descriptor.full_name() == MONEY => {
            "{amount: {from: COLUMN}, currency: {const: CNY}}".to_owned()
        }
        Kind::Message(descriptor) => {
            let required = descriptor.fields().filter(|inner| behaves(inner, REQUIRED));
            let names: BTreeSet<String> = required.map(|inner| inner.name().to_owned()).collect();
            let inner: Vec<_> = names.into_iter().map(|name| format!("{name}: {{from: COLUMN}}")).collect();
            if inner.is_empty() { "{…}".to_owned() } else { format!("{{{}}}", inner.join(", ")) }
        }
        _ => "{from: COLUMN}".to_owned(),
    };
    match (field.is_map(), field.is_list()) {
        (true, _) => "{KEY: {from: COLUMN}}".to_owned(),
        (_, true) => format!("[{single}]"),
        _ => single,
    }
}

/// Whether `google.api.field_behavior` names this behaviour.
pub(super) fn behaves(field: &FieldDescriptor, behavior: i32) -> bool {
    let pool = field.parent_pool();
    let Some(extension) = pool.get_extension_by_name("google.api.field_behavior") else { return false };
    let options = field.options();
    let stated = options.get_extension(&extension);
    stated.as_list().is_some_and(|all| all.iter().any(|value| value.as_enum_number() == Some(behavior)))
}
