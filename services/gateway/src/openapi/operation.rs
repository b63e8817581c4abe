//! One operation: what it is for, what it takes, what it answers.

use prost_reflect::DescriptorPool;
use serde_json::{Map, Value as Json, json};
use tributary_core::Role;
use tributary_rpc::policy::Policies;

use super::{Version, comments::first_sentence, examples, parameters, schemas::Schemas};
use crate::json::{Body, Route};

const NDJSON: &str = "application/x-ndjson";
const JSON: &str = "application/json";

/// Errors by HTTP status: name in the document, when they come.
const ERRORS: [(&str, &str, &str); 9] = [
    (
        "400",
        "Invalid",
        "The request is wrong (INVALID_ARGUMENT, with every violation at once), or the state does not allow it (FAILED_PRECONDITION).",
    ),
    ("401", "Unauthenticated", "No valid API key was sent."),
    ("403", "Forbidden", "The roles of the caller do not allow this method."),
    ("404", "NotFound", "What was named does not exist in this tenant."),
    (
        "409",
        "Conflict",
        "It exists already (ALREADY_EXISTS), or a concurrent change won (ABORTED: read again and retry).",
    ),
    ("429", "TooMany", "A limit is reached; the header retry-after says when to try again."),
    ("500", "Internal", "Our mistake; quote the request id."),
    ("503", "Unavailable", "Try again soon, with backoff; the header retry-after says when."),
    ("504", "Late", "The call took longer than its deadline."),
];

/// The error responses that operations refer to.
pub(super) fn error_responses(status: &Json, version: Version) -> Json {
    let one = |about: &str| match version {
        Version::V3 => json!({"description": about, "content": {JSON: {"schema": status}}}),
        Version::V2 => json!({"description": about, "schema": status}),
    };
    let all: Map<String, Json> = ERRORS.iter().map(|(_, name, about)| ((*name).to_owned(), one(about))).collect();
    Json::Object(all)
}

/// The operation of a route.
pub(super) fn operation(pool: &DescriptorPool, route: &Route, schemas: &mut Schemas<'_>, version: Version) -> Json {
    let service = route.method.parent_service();
    let comment = schemas.comments.get(&service.parent_file(), route.method.path());
    let mut operation = json!({
        "tags": [service.name()],
        "operationId": format!("{}_{}", service.name(), route.method.name()),
        "summary": first_sentence(&comment),
        "description": description(pool, route, &comment),
        "x-grpc-method": route.path.trim_start_matches('/'),
    });
    let mut parameters = parameters::in_path(route, schemas, version);
    parameters.extend(parameters::in_query(route, schemas, version));
    let body = body(route, schemas, version);
    let responses = responses(route, &comment, schemas, version);
    let Some(fields) = operation.as_object_mut() else { return operation };
    match (version, body) {
        (Version::V3, Some(content)) => {
            fields.insert("requestBody".to_owned(), content);
        }
        (Version::V2, Some(parameter)) => parameters.push(parameter),
        (_, None) => {}
    }
    if !parameters.is_empty() {
        fields.insert("parameters".to_owned(), parameters.into());
    }
    if version == Version::V2 {
        let media = |stream: bool| json!([if stream { NDJSON } else { JSON }]);
        if route.streams_in() {
            fields.insert("consumes".to_owned(), media(true));
        }
        if route.streams_out() {
            fields.insert("produces".to_owned(), media(true));
        }
    }
    fields.insert("responses".to_owned(), responses);
    operation
}

fn description(pool: &DescriptorPool, route: &Route, comment: &str) -> String {
    let roles = Policies::of_contract().get(&route.path).map(|policy| policy.roles.as_slice()).unwrap_or_default();
    let known = pool.get_enum_by_name("tributary.common.v1.Role");
    let name =
        |role: &Role| Some(known.as_ref()?.get_value(role.number())?.name().trim_start_matches("ROLE_").to_owned());
    let roles: Vec<String> = roles.iter().filter(|role| **role != Role::Service).filter_map(name).collect();
    let mut text = format!("{comment}\n\nRoles: {}.", roles.join(", "));
    if route.streams_in() {
        text.push_str(
            "\n\nThe body is one request per line (NDJSON); so is the answer, a line {\"result\": …} per message. ",
        );
        text.push_str("When a line is wrong, the lines before it count and the answer ends with {\"error\": …}.");
    } else if route.streams_out() {
        text.push_str(
            "\n\nThe answer is a line {\"result\": …} per message (NDJSON); a failure ends it with {\"error\": …}.",
        );
    }
    text
}

/// The body: for 3.1 its requestBody, for 2.0 its parameter.
fn body(route: &Route, schemas: &mut Schemas<'_>, version: Version) -> Option<Json> {
    let input = route.method.input();
    let bound: Vec<&str> = route.template.variables.iter().map(|v| v.field.as_str()).collect();
    let (schema, example, required) = match &route.body {
        Body::None => return None,
        Body::Whole => {
            let kept = |field: &prost_reflect::FieldDescriptor| !bound.contains(&field.name());
            if !input.fields().any(|field| kept(&field)) {
                return None;
            }
            let schema =
                if bound.is_empty() { schemas.message(&input) } else { schemas.part(&input, "Body", kept, true) };
            let required = input.fields().any(|field| kept(&field) && super::rules::rules(&field).required);
            (schema, examples::example(&input, schemas.comments, 3, kept), required || route.streams_in())
        }
        Body::Field(name) => {
            let field = input.get_field_by_name(name)?;
            let kind = field.kind();
            let of = kind.as_message()?;
            let schema = match route.http == http::Method::PATCH {
                true => schemas.part(of, "Patch", |_| true, false),
                false => schemas.message(of),
            };
            let named = |field: &prost_reflect::FieldDescriptor| field.name() != "name";
            (schema, examples::example(of, schemas.comments, 3, named), true)
        }
    };
    let media = if route.streams_in() { NDJSON } else { JSON };
    Some(match version {
        Version::V3 => json!({"required": required, "content": {media: {"schema": schema, "example": example}}}),
        Version::V2 => json!({"name": "body", "in": "body", "required": required, "schema": schema}),
    })
}

fn responses(route: &Route, comment: &str, schemas: &mut Schemas<'_>, version: Version) -> Json {
    let output = route.method.output();
    let mut schema = schemas.message(&output);
    if route.streams_out() {
        let status = schemas.of_name("google.rpc.Status");
        schema = json!({"type": "object", "properties": {"result": schema, "error": status}});
    }
    let media = if route.streams_out() { NDJSON } else { JSON };
    let good = match version {
        Version::V3 => json!({"description": "Done.", "content": {media: {"schema": schema}}}),
        Version::V2 => json!({"description": "Done.", "schema": schema}),
    };
    let mut all = Map::from_iter([("200".to_owned(), good)]);
    let place = match version {
        Version::V3 => "#/components/responses/",
        Version::V2 => "#/responses/",
    };
    for (code, name, _) in ERRORS {
        // What may be missing or exist already is in the comment of the method.
        let told = match code {
            "404" => comment.contains("NOT_FOUND") || !route.template.variables.is_empty(),
            "409" => comment.contains("ALREADY_EXISTS") || comment.contains("ABORTED"),
            _ => true,
        };
        if told {
            all.insert(code.to_owned(), json!({"$ref": format!("{place}{name}")}));
        }
    }
    Json::Object(all)
}
