//! The update mask of a PATCH whose caller gave none: the fields that the body names, set or cleared. What a caller reads
//! and sends back unchanged because it cannot be changed (name, etag, output-only fields) is not among them.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

use super::text::{Node, Tree};

const MASK: &str = "google.protobuf.FieldMask";
const BEHAVIOR: &str = "google.api.field_behavior";
/// OUTPUT_ONLY and IDENTIFIER of google.api.FieldBehavior.
const NOT_FOR_CALLERS: [i32; 2] = [3, 8];
const ETAG: &str = "etag";

/// The field of a request that holds its mask.
pub(super) fn field(of: &MessageDescriptor) -> Option<FieldDescriptor> {
    of.get_field_by_name("update_mask").filter(|f| f.kind().as_message().is_some_and(|m| m.full_name() == MASK))
}

/// The mask of a body that holds `resource`; `None` when it names nothing to change.
pub(super) fn derive(mask: &FieldDescriptor, resource: &MessageDescriptor, body: &Node) -> Option<Value> {
    let Tree::Object(entries) = &body.tree else { return None };
    let named = entries.iter().filter_map(|(_, key, _)| {
        let field = resource.get_field_by_json_name(key).or_else(|| resource.get_field_by_name(key))?;
        changeable(&field).then(|| Value::String(field.name().to_owned()))
    });
    let paths: Vec<Value> = named.collect();
    let Kind::Message(of) = mask.kind() else { return None };
    let mut value = DynamicMessage::new(of);
    value.set_field_by_name("paths", Value::List(paths.clone()));
    (!paths.is_empty()).then_some(Value::Message(value))
}

fn changeable(field: &FieldDescriptor) -> bool {
    let options = field.options();
    let extension = field.parent_message().parent_pool().get_extension_by_name(BEHAVIOR);
    let behavior = extension.map(|extension| options.get_extension(&extension).into_owned());
    let numbers =
        behavior.as_ref().and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_enum_number);
    field.name() != ETAG && !numbers.into_iter().any(|number| NOT_FOR_CALLERS.contains(&number))
}
