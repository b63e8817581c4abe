//! Query parameters become fields: "page_size=5", "pageSize=5", "parent.name=x", repeated ones by repeating, enums by name.
//! What is in the path or in the body may not be in the query as well.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, Value};

use super::{
    decode::{Decoder, is_well_known},
    routes::{Body, Route},
    scalar,
    text::{Node, Tree},
};

/// The most parameters that are read.
const MAX_PARAMETERS: usize = 1_000;

/// Puts the parameters of a query into a message; what is wrong goes among the violations of the decoder.
pub(super) fn apply(route: &Route, query: &str, message: &mut DynamicMessage, decoder: &mut Decoder<'_>) {
    let mut seen: Vec<String> = Vec::new();
    for (count, (key, value)) in form_urlencoded::parse(query.as_bytes()).enumerate() {
        if key.is_empty() {
            continue;
        }
        if count >= MAX_PARAMETERS {
            decoder.add("", 0, format!("more than {MAX_PARAMETERS} query parameters; use a body or several calls"));
            return;
        }
        if let Err((field, why)) = one(route, &key, &value, message, &mut seen) {
            decoder.add(&field, 0, format!("in the query: {why}"));
        }
    }
}

type Wrong = (String, String);

fn one(
    route: &Route,
    key: &str,
    text: &str,
    message: &mut DynamicMessage,
    seen: &mut Vec<String>,
) -> Result<(), Wrong> {
    let fields = fields_of(route, key)?;
    let path = fields.iter().map(FieldDescriptor::name).collect::<Vec<_>>().join(".");
    let wrong = |why: String| (path.clone(), why);
    if route.body == Body::Whole {
        return Err(wrong("this call takes its fields in the body".to_owned()));
    }
    let covers = |field: &str| path == field || path.strip_prefix(field).is_some_and(|rest| rest.starts_with('.'));
    if matches!(&route.body, Body::Field(field) if covers(field)) {
        return Err(wrong("this call takes it in the body".to_owned()));
    }
    if route.template.variables.iter().any(|variable| covers(&variable.field)) {
        return Err(wrong("it is in the path already".to_owned()));
    }
    let Some((last, parents)) = fields.split_last() else { return Ok(()) };
    if !last.is_list() && seen.contains(&path) {
        return Err(wrong("comes twice; give it once".to_owned()));
    }
    let value = leaf(last, text).map_err(&wrong)?;
    set(message, parents, last, value);
    seen.push(path);
    Ok(())
}

/// The fields along a dotted key, in proto or JSON names.
fn fields_of(route: &Route, key: &str) -> Result<Vec<FieldDescriptor>, Wrong> {
    let shown = || scalar::shown(key);
    let mut of = route.method.input();
    let mut fields: Vec<FieldDescriptor> = Vec::new();
    let parts: Vec<&str> = key.split('.').collect();
    for (index, part) in parts.iter().enumerate() {
        let field = of.get_field_by_name(part).or_else(|| of.get_field_by_json_name(part));
        let field = field.ok_or_else(|| {
            let names: Vec<String> = of.fields().map(|f| f.json_name().to_owned()).collect();
            (shown(), format!("there is no such parameter; {} has {}", of.name(), names.join(", ")))
        })?;
        fields.push(field.clone());
        if index.saturating_add(1) == parts.len() {
            break;
        }
        match field.kind() {
            Kind::Message(inner) if !field.is_list() && !field.is_map() && !is_well_known(&inner) => of = inner,
            _ => return Err((shown(), format!("{} has no parts that a query can name", field.name()))),
        }
    }
    Ok(fields)
}

fn leaf(field: &FieldDescriptor, text: &str) -> Result<Value, String> {
    match field.kind() {
        _ if field.is_map() => Err("a map cannot be written in a query".to_owned()),
        Kind::Message(of) if is_well_known(&of) => {
            let mut decoder = Decoder::new("");
            let value = decoder.message(&of, &Node { at: 0, tree: Tree::Text(text.to_owned()) }, "");
            match decoder.violations.into_vec().pop() {
                None => Ok(Value::Message(value)),
                Some(violation) => Err(violation.description),
            }
        }
        Kind::Message(of) => {
            let parts: Vec<String> = of.fields().map(|f| format!("{}.{}", field.json_name(), f.json_name())).collect();
            Err(format!("is an object; give its parts: {}", parts.join(", ")))
        }
        kind => scalar::from_text(&kind, text),
    }
}

/// Sets a field below the given parents; a repeated one grows.
pub(super) fn set(message: &mut DynamicMessage, parents: &[FieldDescriptor], field: &FieldDescriptor, value: Value) {
    match parents.split_first() {
        Some((first, rest)) => {
            if let Some(inner) = message.get_field_mut(first).as_message_mut() {
                set(inner, rest, field, value);
            }
        }
        None if field.is_list() => {
            if let Some(list) = message.get_field_mut(field).as_list_mut() {
                list.push(value);
            }
        }
        None => message.set_field(field, value),
    }
}
