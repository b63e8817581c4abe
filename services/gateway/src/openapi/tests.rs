//! The documents beside the contract: every path, every reference, what tools rely on.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use tributary_proto::pool;

use super::{Version, document};
use crate::{door::MethodTable, json::Routes};

fn made(version: Version) -> Json {
    let table = MethodTable::from_pool(pool());
    let routes = Routes::from_pool(pool(), |path| table.get(path).is_some()).expect("every annotation is read");
    document(pool(), &routes, version)
}

/// Every reference in a document.
fn references(json: &Json, out: &mut BTreeSet<String>) {
    match json {
        Json::Object(fields) => {
            out.extend(fields.get("$ref").and_then(Json::as_str).map(str::to_owned));
            fields.values().for_each(|value| references(value, out));
        }
        Json::Array(items) => items.iter().for_each(|item| references(item, out)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    for version in [Version::V3, Version::V2] {
        let document = made(version);
        let mut all = BTreeSet::new();
        references(&document, &mut all);
        assert!(all.len() > 150, "only {} references", all.len());
        for reference in all {
            let there = document.pointer(reference.trim_start_matches('#'));
            assert!(there.is_some_and(Json::is_object), "{version}: {reference}");
        }
    }
}

#[test]
fn every_method_is_there_once_by_its_id() {
    let document = made(Version::V3);
    let mut ids = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (http, operation) in methods.as_object().expect("methods") {
            let id = operation["operationId"].as_str().expect("an id").to_owned();
            assert!(ids.insert(id.clone()), "{id} twice");
            assert!(!operation["summary"].as_str().expect("a summary").is_empty(), "{id}");
            for parameter in operation["parameters"].as_array().into_iter().flatten().filter(|p| p["in"] == "path") {
                assert!(path.contains(&format!("{{{}}}", parameter["name"].as_str().expect("a name"))), "{path}");
            }
            let named = path.matches('{').count();
            let given = operation["parameters"].as_array().into_iter().flatten().filter(|p| p["in"] == "path").count();
            assert_eq!(named, given, "{http} {path}");
        }
    }
    let table = MethodTable::from_pool(pool());
    for path in table.paths() {
        let (service, method) = path.trim_start_matches('/').split_once('/').expect("two parts");
        let id = format!("{}_{method}", service.rsplit('.').next().expect("a name"));
        assert!(ids.contains(&id), "{id} is not in the document");
    }
}

#[test]
fn the_document_says_what_the_files_say() {
    let document = made(Version::V3);
    let freeze = &document["paths"]["/v1/partners/{partner}:freeze"]["post"];
    assert_eq!(freeze["x-grpc-method"], "tributary.partner.v1.PartnerService/FreezePartner");
    let body = freeze["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str().expect("a reference");
    assert!(
        document.pointer(&format!("{}/properties/name", body.trim_start_matches('#'))).is_none(),
        "name is in the path"
    );
    let list = &document["paths"]["/v1/partners"]["get"]["parameters"];
    let names: Vec<&str> = list.as_array().expect("a list").iter().filter_map(|p| p["name"].as_str()).collect();
    assert!(names.contains(&"pageSize") && names.contains(&"filter"), "{names:?}");
    let money = &document["components"]["schemas"]["google.type.Money"]["properties"];
    assert_eq!((&money["units"]["type"], &money["nanos"]["type"]), (&"string".into(), &"integer".into()));
    let key = &document["components"]["schemas"]["tributary.gateway.v1.CreateApiKeyRequest"];
    assert_eq!(key["required"], serde_json::json!(["subject", "roles"]));
    assert_eq!(key["properties"]["roles"]["maxItems"], 8);
    let stream = &document["paths"]["/v1/facts:stream"]["post"]["responses"]["200"]["content"];
    assert!(stream["application/x-ndjson"].is_object(), "{stream}");
    assert_eq!(made(Version::V2)["swagger"], "2.0");
}
