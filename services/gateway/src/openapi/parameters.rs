//! Parameters in the path and in the query.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Value as Json, json};

use super::{
    Version,
    rules::rules,
    schemas::{Schemas, well_known},
};
use crate::json::{Body, Route, Segment};

/// How deep a query can name fields of fields in the document.
const DEPTH: usize = 3;

/// The path of a route as OpenAPI writes it: each wildcard is a parameter named after the collection before it.
/// Example: "/v1/partners/{partner}:freeze".
pub(super) fn path_of(route: &Route) -> String {
    let names = names(route);
    let parts = route.template.segments.iter().zip(&names).map(|(segment, name)| match (segment, name) {
        (_, Some(name)) => format!("{{{name}}}"),
        (Segment::Literal(text), None) => text.clone(),
        (Segment::One | Segment::Rest, None) => "*".to_owned(),
    });
    let path = parts.collect::<Vec<_>>().join("/");
    match &route.template.verb {
        Some(verb) => format!("/{path}:{verb}"),
        None => format!("/{path}"),
    }
}

/// The name of the parameter of each segment that is one.
fn names(route: &Route) -> Vec<Option<String>> {
    let segments = &route.template.segments;
    let mut before: Option<&str> = None;
    let mut names = Vec::new();
    for (at, segment) in segments.iter().enumerate() {
        names.push(match segment {
            Segment::Literal(text) => {
                before = Some(text);
                None
            }
            Segment::One | Segment::Rest => {
                let variable = route.template.variables.iter().find(|v| v.from == at && v.span == 1);
                Some(match (variable, before) {
                    (Some(variable), _) => variable.field.clone(),
                    (None, Some(collection)) => singular(collection),
                    (None, None) => format!("part{at}"),
                })
            }
        });
    }
    names
}

/// "partners" → "partner", "auditEntries" → "auditEntry".
fn singular(collection: &str) -> String {
    match (collection.strip_suffix("ies"), collection.strip_suffix('s')) {
        (Some(stem), _) => format!("{stem}y"),
        (None, Some(stem)) => stem.to_owned(),
        (None, None) => collection.to_owned(),
    }
}

/// The parameters in the path.
pub(super) fn in_path(route: &Route, schemas: &Schemas<'_>, version: Version) -> Vec<Json> {
    let names = names(route);
    let one = |(at, name): (usize, &Option<String>)| {
        let name = name.as_ref()?;
        let variable =
            route.template.variables.iter().find(|v| (v.from..v.from.saturating_add(v.span)).contains(&at))?;
        let field = field_at(&route.method.input(), &variable.field)?;
        let about = schemas.comments.get(&field.parent_file(), field.path());
        let whole = format!("Part of {}. {about}", variable.field);
        Some(parameter(name, "path", true, whole.trim(), json!({"type": "string"}), version))
    };
    names.iter().enumerate().filter_map(one).collect()
}

/// The parameters in the query.
pub(super) fn in_query(route: &Route, schemas: &mut Schemas<'_>, version: Version) -> Vec<Json> {
    let mut out = Vec::new();
    if route.body != Body::Whole && !route.streams_in() {
        walk(route, &route.method.input(), "", "", DEPTH, &mut |field, proto, json| {
            let mut schema = schemas.property(field);
            let about = schema.as_object_mut().and_then(|s| s.remove("description"));
            // A query has no place for references with examples beside them in 2.0.
            let about = about.as_ref().and_then(Json::as_str).unwrap_or_default().to_owned();
            let required = rules(field).required && !proto.contains('.');
            if version == Version::V2 {
                schema = flat(field);
            }
            out.push(parameter(json, "query", required, &about, schema, version));
        });
    }
    out
}

fn walk(
    route: &Route,
    of: &MessageDescriptor,
    proto: &str,
    json: &str,
    depth: usize,
    each: &mut impl FnMut(&FieldDescriptor, &str, &str),
) {
    for field in of.fields() {
        let join = |path: &str, name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        let (proto, json) = (join(proto, field.name()), join(json, field.json_name()));
        let covers =
            |whole: &str| proto == whole || proto.strip_prefix(whole).is_some_and(|rest| rest.starts_with('.'));
        let elsewhere = route.template.variables.iter().any(|v| covers(&v.field))
            || matches!(&route.body, Body::Field(body) if covers(body));
        if elsewhere || field.is_map() {
            continue;
        }
        match field.kind() {
            Kind::Message(inner) if well_known(&inner).is_none() => {
                if !field.is_list() && depth > 1 {
                    walk(route, &inner, &proto, &json, depth.saturating_sub(1), each);
                }
            }
            _ => each(&field, &proto, &json),
        }
    }
}

/// The schema of a query parameter in 2.0, which knows simple types only.
fn flat(field: &FieldDescriptor) -> Json {
    let single = match field.kind() {
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 | Kind::Uint32 | Kind::Fixed32 => json!({"type": "integer"}),
        Kind::Float | Kind::Double => json!({"type": "number"}),
        Kind::Enum(of) => {
            json!({"type": "string", "enum": of.values().map(|v| v.name().to_owned()).collect::<Vec<_>>()})
        }
        _ => json!({"type": "string"}),
    };
    if field.is_list() { json!({"type": "array", "items": single, "collectionFormat": "multi"}) } else { single }
}

fn parameter(name: &str, place: &str, required: bool, about: &str, schema: Json, version: Version) -> Json {
    let mut out = json!({"name": name, "in": place, "required": required});
    if let Some(fields) = out.as_object_mut() {
        if !about.is_empty() {
            fields.insert("description".to_owned(), about.into());
        }
        match (version, schema) {
            (Version::V2, Json::Object(schema)) => fields.extend(schema),
            (_, schema) => {
                fields.insert("schema".to_owned(), schema);
            }
        }
    }
    out
}

/// The field at a path such as "partner.name".
pub(super) fn field_at(of: &MessageDescriptor, path: &str) -> Option<FieldDescriptor> {
    let mut parts = path.split('.');
    let first = of.get_field_by_name(parts.next()?)?;
    parts.try_fold(first, |field, part| field.kind().as_message()?.get_field_by_name(part))
}
