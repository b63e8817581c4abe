//! The table of all JSON paths, made from the descriptors; which method a path means.

use std::collections::HashMap;

use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor, ReflectMessage as _};

use super::template::{Segment, Template};

/// The extension of method options that carries the path.
const HTTP: &str = "google.api.http";

/// Paths of methods whose file is not ours and names none: method, path (by POST, with the whole request as body).
const MORE: [(&str, &str); 1] = [("google.longrunning.Operations.WaitOperation", "/v1/{name=operations/**}:wait")];

/// What the body of a request is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// There is none.
    None,
    /// The whole message.
    Whole,
    /// One field of it.
    Field(String),
}

/// A path of a method.
#[derive(Debug, Clone)]
pub struct Route {
    /// How it is asked for. Example: PATCH.
    pub http: http::Method,
    /// The path.
    pub template: Template,
    /// What the body is.
    pub body: Body,
    /// The method.
    pub method: MethodDescriptor,
    /// The gRPC path of the method.
    pub path: String,
}

/// What a path means.
#[derive(Debug)]
pub enum Found<'a> {
    /// A route, and the values of its variables by field.
    Route(&'a Route, Vec<(&'a str, String)>),
    /// The path is known, with these HTTP methods.
    Other(Vec<&'a http::Method>),
    /// No such path.
    Nothing,
}

/// All routes.
#[derive(Debug, Default)]
pub struct Routes {
    routes: Vec<Route>,
    /// Routes by number of parts and verb.
    exact: HashMap<(usize, Option<String>), Vec<usize>>,
    /// Routes that take longer paths, by verb.
    open: HashMap<Option<String>, Vec<usize>>,
}

impl Routes {
    /// From the annotations of all methods for which `callable` says so, by gRPC path.
    ///
    /// # Errors
    /// A sentence about the first annotation that cannot be read.
    pub fn from_pool(pool: &DescriptorPool, callable: impl Fn(&str) -> bool) -> Result<Self, String> {
        let mut routes = Vec::new();
        for method in pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
            let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
            if callable(&path) {
                routes.extend(routes_of(pool, &method, &path)?);
            }
        }
        // Literals win over wildcards.
        routes.sort_by(|a, b| a.template.segments.cmp(&b.template.segments));
        let mut table = Self { routes, ..Self::default() };
        for (index, route) in table.routes.iter().enumerate() {
            let verb = route.template.verb.clone();
            let list = if route.template.is_open() {
                table.open.entry(verb).or_default()
            } else {
                table.exact.entry((route.template.segments.len(), verb)).or_default()
            };
            list.push(index);
        }
        Ok(table)
    }

    /// All routes.
    pub fn iter(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter()
    }

    /// What a path means when it is asked for with an HTTP method.
    #[must_use]
    pub fn find<'a>(&'a self, http: &http::Method, path: &str) -> Found<'a> {
        let Some(path) = path.strip_prefix('/') else { return Found::Nothing };
        let head = path.rfind('/').map_or(0, |at| at.saturating_add(1));
        let colon = path.get(head..).and_then(|last| last.rfind(':')).map(|at| at.saturating_add(head));
        // With a verb first; a colon may also be part of a name.
        let with_verb =
            colon.and_then(|at| Some((path.get(..at)?, Some(path.get(at.saturating_add(1)..)?.to_owned()))));
        let mut others = Vec::new();
        for (path, verb) in with_verb.into_iter().chain([(path, None)]) {
            let parts: Vec<&str> = path.split('/').collect();
            for route in self.candidates(parts.len(), verb) {
                let Some(values) = route.template.fit(&parts) else { continue };
                if route.http == *http {
                    return Found::Route(route, values);
                }
                if !others.contains(&&route.http) {
                    others.push(&route.http);
                }
            }
        }
        if others.is_empty() { Found::Nothing } else { Found::Other(others) }
    }

    fn candidates(&self, parts: usize, verb: Option<String>) -> impl Iterator<Item = &Route> {
        let open = self.open.get(&verb).into_iter().flatten();
        let exact = self.exact.get(&(parts, verb)).into_iter().flatten();
        exact.chain(open).filter_map(|index| self.routes.get(*index))
    }
}

fn routes_of(pool: &DescriptorPool, method: &MethodDescriptor, path: &str) -> Result<Vec<Route>, String> {
    let more = MORE.iter().filter(|(name, _)| *name == method.full_name());
    let mut found = more
        .map(|(_, template)| route(method, path, http::Method::POST, template, Body::Whole))
        .collect::<Result<Vec<_>, _>>()?;
    let extension = pool.get_extension_by_name(HTTP).ok_or("the descriptors do not know google.api.http")?;
    let options = method.options();
    if options.has_extension(&extension)
        && let Some(rule) = options.get_extension(&extension).as_message()
    {
        found.extend(rule_route(method, path, rule)?);
        let more = rule.get_field_by_name("additional_bindings");
        for rule in more.iter().filter_map(|v| v.as_list()).flatten().filter_map(|v| v.as_message()) {
            found.extend(rule_route(method, path, rule)?);
        }
    }
    Ok(found)
}

fn rule_route(method: &MethodDescriptor, path: &str, rule: &DynamicMessage) -> Result<Option<Route>, String> {
    let text =
        |field: &str| rule.get_field_by_name(field).and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    let pattern = rule.descriptor().oneofs().find(|o| o.name() == "pattern").map(|o| o.fields().collect::<Vec<_>>());
    let Some(kind) = pattern.into_iter().flatten().find(|field| rule.has_field(field)) else { return Ok(None) };
    let http = match kind.name() {
        "get" => http::Method::GET,
        "put" => http::Method::PUT,
        "post" => http::Method::POST,
        "delete" => http::Method::DELETE,
        "patch" => http::Method::PATCH,
        other => return Err(format!("{path}: the pattern {other:?} is not served")),
    };
    let body = match text("body").as_str() {
        "" => Body::None,
        "*" => Body::Whole,
        field => Body::Field(field.to_owned()),
    };
    route(method, path, http, &text(kind.name()), body).map(Some)
}

fn route(
    method: &MethodDescriptor,
    path: &str,
    http: http::Method,
    template: &str,
    body: Body,
) -> Result<Route, String> {
    let template = Template::parse(template).map_err(|why| format!("{path}: {why}"))?;
    let fields = template.variables.iter().map(|v| v.field.as_str());
    let named = fields.chain(match &body {
        Body::Field(field) => Some(field.as_str()),
        _ => None,
    });
    for field in named {
        field_at(method, field).ok_or_else(|| format!("{path}: the request has no field {field:?}"))?;
    }
    Ok(Route { http, template, body, method: method.clone(), path: path.to_owned() })
}

/// The field at a path such as "partner.name" of the request of a method.
fn field_at(method: &MethodDescriptor, path: &str) -> Option<prost_reflect::FieldDescriptor> {
    let mut parts = path.split('.');
    let first = method.input().get_field_by_name(parts.next()?)?;
    parts.try_fold(first, |field, part| field.kind().as_message()?.get_field_by_name(part))
}

impl Route {
    /// Whether the caller sends more than one message.
    #[must_use]
    pub fn streams_in(&self) -> bool {
        self.method.is_client_streaming()
    }

    /// Whether the answer is more than one message.
    #[must_use]
    pub fn streams_out(&self) -> bool {
        self.method.is_server_streaming()
    }

    /// The literals of the path, for sorting and tags.
    pub fn literals(&self) -> impl Iterator<Item = &str> {
        self.template.segments.iter().filter_map(|s| match s {
            Segment::Literal(text) => Some(text.as_str()),
            Segment::One | Segment::Rest => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::{Found, Routes};

    fn table() -> Routes {
        Routes::from_pool(tributary_proto::pool(), |path| !path.ends_with("/ReadFacts"))
            .expect("every annotation is read")
    }

    fn found(table: &Routes, http: Method, path: &str) -> String {
        match table.find(&http, path) {
            Found::Route(route, values) => {
                let method = route.path.rsplit('/').next().unwrap_or_default();
                values.iter().fold(method.to_owned(), |text, (field, value)| format!("{text} {field}={value}"))
            }
            Found::Other(methods) => format!("{methods:?}"),
            Found::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn paths_mean_what_the_files_say() {
        let table = table();
        for (http, path, expected) in [
            (Method::GET, "/v1/partners/acme", "GetPartner name=partners/acme"),
            (Method::PATCH, "/v1/partners/acme", "UpdatePartner partner.name=partners/acme"),
            (Method::GET, "/v1/partners:lookup", "LookupPartner"),
            (Method::POST, "/v1/partners/acme:freeze", "FreezePartner name=partners/acme"),
            (Method::GET, "/v1/operations/incentive-7", "GetOperation name=operations/incentive-7"),
            (Method::POST, "/v1/operations/incentive-7:wait", "WaitOperation name=operations/incentive-7"),
            (Method::GET, "/v1/operations", "ListOperations name=operations"),
            (Method::POST, "/v1/facts:stream", "StreamFacts"),
            (Method::PUT, "/v1/partners/acme", "[GET, PATCH]"),
            (Method::GET, "/v1/partners/acme/", "nothing"),
            (Method::GET, "/v1//acme", "nothing"),
            (Method::GET, "/v1/partners/acme:unknown", "GetPartner name=partners/acme:unknown"),
            (Method::GET, "*", "nothing"),
            (Method::GET, "", "nothing"),
        ] {
            assert_eq!(found(&table, http, path), expected, "{path}");
        }
    }

    #[test]
    fn every_callable_method_has_a_path_and_no_two_share_one() {
        let table = table();
        let mut seen = std::collections::HashMap::new();
        for route in table.iter() {
            let key = (route.http.clone(), route.template.segments.clone(), route.template.verb.clone());
            let other = seen.insert(key, route.path.clone());
            assert_eq!(other, None, "{} has the path of another method", route.path);
        }
        let callable = crate::door::MethodTable::from_pool(tributary_proto::pool());
        for path in callable.paths() {
            assert!(table.iter().any(|route| route.path == path), "{path} cannot be called by JSON");
        }
    }
}
