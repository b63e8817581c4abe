//! The OpenAPI document of everything that can be called by JSON, in version 3.1 and for tools that know only 2.0. It is made from
//! the table of paths that answers calls and from the comments of the contract, so the two cannot disagree.

pub(crate) mod comments;
mod examples;
mod operation;
mod parameters;
mod rules;
mod schemas;

use std::{fmt, str::FromStr};

use prost_reflect::DescriptorPool;
use serde_json::{Map, Value as Json, json};

use crate::json::Routes;
use comments::Comments;
use schemas::Schemas;

/// The version of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// OpenAPI 3.1.
    V3,
    /// Swagger 2.0.
    V2,
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "3.1" => Ok(Self::V3),
            "2.0" => Ok(Self::V2),
            _ => Err(format!("{text:?} is not a version of the document; use 3.1 or 2.0")),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V3 => "3.1",
            Self::V2 => "2.0",
        })
    }
}

const ABOUT: &str = "Channel cooperation: partners, incentives, contracts, analytics. Every method can be called by gRPC, by \
    gRPC-Web and by JSON over HTTP at the same address. JSON is the canonical proto3 mapping: 64-bit integers are strings, \
    enum values are names, fields without a value are left out. Errors are a google.rpc.Status with a reason that does not \
    change. A call that creates or moves something takes a request_id and may then be repeated safely.";

/// The document of all routes.
#[must_use]
pub fn document(pool: &DescriptorPool, routes: &Routes, version: Version) -> Json {
    let comments = Comments::of(pool);
    let mut schemas = Schemas::new(pool, &comments, version);
    let mut paths: Map<String, Json> = Map::new();
    let mut tags: Vec<(String, String)> = Vec::new();
    let mut all: Vec<_> = routes.iter().collect();
    // Ours first.
    all.sort_by_key(|route| {
        (!route.path.starts_with("/tributary."), route.path.clone(), route.template.segments.clone())
    });
    for route in all {
        let service = route.method.parent_service();
        if !tags.iter().any(|(name, _)| name == service.name()) {
            tags.push((service.name().to_owned(), comments.get(&service.parent_file(), service.path())));
        }
        let operation = operation::operation(pool, route, &mut schemas, version);
        let path = paths.entry(parameters::path_of(route)).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(route.http.as_str().to_ascii_lowercase(), operation);
        }
    }
    let status = schemas.of_name("google.rpc.Status");
    paths.sort_keys();
    let info = json!({
        "title": "Tributary", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT,
        "license": license(version),
    });
    let tags: Vec<Json> = tags.into_iter().map(|(name, text)| json!({"name": name, "description": text})).collect();
    let security = json!([{"bearer": []}, {"apiKey": []}]);
    match version {
        Version::V3 => json!({
            "openapi": "3.1.0", "info": info, "servers": [{"url": "/", "description": "this gateway"}],
            "security": security, "tags": tags, "paths": paths,
            "components": {
                "schemas": schemas.finish(),
                "responses": operation::error_responses(&status, version),
                "securitySchemes": {
                    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, or a token of an issuer that the installation believes: authorization: Bearer KEY-OR-TOKEN"},
                    "apiKey": {"type": "apiKey", "in": "header", "name": "x-api-key", "description": "An API key: x-api-key: KEY"},
                },
            },
        }),
        Version::V2 => json!({
            "swagger": "2.0", "info": info, "basePath": "/",
            "consumes": ["application/json"], "produces": ["application/json"],
            "security": security, "tags": tags, "paths": paths,
            "definitions": schemas.finish(),
            "responses": operation::error_responses(&status, version),
            "securityDefinitions": {
                "bearer": {"type": "apiKey", "in": "header", "name": "authorization", "description": "An API key, or a token of an issuer that the installation believes: Bearer KEY-OR-TOKEN"},
                "apiKey": {"type": "apiKey", "in": "header", "name": "x-api-key", "description": "An API key"},
            },
        }),
    }
}

fn license(version: Version) -> Json {
    match version {
        Version::V3 => json!({"name": "Apache 2.0", "identifier": "Apache-2.0"}),
        Version::V2 => json!({"name": "Apache 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}),
    }
}

#[cfg(test)]
mod tests;
