//! Calls by JSON through the whole gateway, with a service behind it that notes what reaches it and answers as told.

use http::Method;
use serde_json::{Value as Json, json};
use tributary_core::Role;
use tributary_proto::tributary::partner::v1 as partner;

use crate::support::{Whole as _, World};

/// An answer by JSON: status, body, headers.
pub struct Reply {
    pub http: u16,
    pub json: Json,
    pub headers: http::HeaderMap,
    pub text: String,
}

impl Reply {
    /// The reason in the details.
    pub fn reason(&self) -> &str {
        let details = self.json["details"].as_array().map(Vec::as_slice).unwrap_or_default();
        details.iter().find_map(|detail| detail["reason"].as_str()).unwrap_or_default()
    }

    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().expect("text")
    }
}

impl World {
    /// A call by JSON with a key.
    pub async fn json(&self, key: &str, method: Method, path: &str, body: &str) -> Reply {
        let request =
            http::Request::builder().method(method).uri(path).header("authorization", format!("Bearer {key}"));
        let request = request.header("content-type", "application/json");
        self.plain(request.body(axum::body::Body::from(body.to_owned())).expect("a request")).await
    }

    pub async fn plain(&self, request: http::Request<axum::body::Body>) -> Reply {
        let response = tower::ServiceExt::oneshot(self.gateway.router.clone(), request).await.expect("infallible");
        let answer = response.map(tonic::body::Body::new).whole().await;
        let text = String::from_utf8(answer.body.to_vec()).expect("text");
        let json = serde_json::from_str(&text).unwrap_or(Json::Null);
        Reply { http: answer.http, json, headers: answer.headers, text }
    }
}

/// The message that reached the partner registry.
fn sent<M: prost::Message + Default>(world: &World) -> M {
    M::decode(&world.partner.only_body()[5..]).expect("a message")
}

#[tokio::test]
async fn path_query_and_body_become_the_request() {
    let world = World::new().await;
    let key = world.key(&[Role::Admin], None).await;
    let path = "/v1/partners?pageSize=7&filter=region%3A%22CN%2FGD%22&page_token=t";
    world.json(&key, Method::GET, path, "").await;
    let request: partner::ListPartnersRequest = sent(&world);
    assert_eq!((request.page_size, request.filter.as_str(), request.page_token.as_str()), (7, "region:\"CN/GD\"", "t"));
    let seen = world.partner.only();
    assert_eq!(seen.path, "/tributary.partner.v1.PartnerService/ListPartners");
    let mut names: Vec<&str> = seen.headers.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["authorization", "content-type", "te", "x-request-id"]);
}

#[tokio::test]
async fn nested_and_enum_parameters_are_read() {
    let world = World::new().await;
    let key = world.key(&[Role::Admin], None).await;
    let path = "/v1/partners:lookup?externalRef.system=erp&external_ref.id=A%2F1";
    world.json(&key, Method::GET, path, "").await;
    let request: partner::LookupPartnerRequest = sent(&world);
    let reference = request.external_ref.expect("a reference");
    assert_eq!((reference.system.as_str(), reference.id.as_str()), ("erp", "A/1"));
}

#[tokio::test]
async fn a_patch_without_a_mask_changes_what_its_body_names() {
    let cases = [
        ("/v1/partners/acme", vec!["display_name", "labels"]),
        ("/v1/partners/acme?updateMask=region", vec!["region"]),
        ("/v1/partners/acme?update_mask=display_name,founding_year", vec!["display_name", "founding_year"]),
    ];
    for (path, mask) in cases {
        let world = World::new().await;
        let key = world.key(&[Role::Admin], None).await;
        // The name is in the path, the etag guards, create_time is not the caller's: none of them is changed.
        let body =
            r#"{"name":"partners/acme","etag":"e","createTime":"2026-01-01T00:00:00Z","displayName":"名","labels":{}}"#;
        world.json(&key, Method::PATCH, path, body).await;
        let request: partner::UpdatePartnerRequest = sent(&world);
        assert_eq!(request.update_mask.expect("a mask").paths, mask, "{path}");
        let partner = request.partner.expect("a partner");
        assert_eq!(
            (partner.name.as_str(), partner.display_name.as_str(), partner.etag.as_str()),
            ("partners/acme", "名", "e")
        );
    }
}

#[tokio::test]
async fn an_answer_is_canonical_json() {
    let world = World::new().await;
    let key = world.key(&[Role::Admin], None).await;
    // The gateway's own service answers for real.
    let reply = world.json(&key, Method::GET, "/v1/apiKeys", "").await;
    assert_eq!((reply.http, reply.header("content-type")), (200, "application/json"));
    let listed = &reply.json["apiKeys"][0];
    assert_eq!((&listed["subject"], &listed["roles"]), (&json!("erp"), &json!(["ROLE_ADMIN"])));
    assert_eq!(listed["createTime"], "2012-07-01T00:00:00Z");
    let caller = world.json(&key, Method::GET, "/v1/caller", "").await;
    assert_eq!(caller.json, json!({"subject": "erp", "tenant": "default", "roles": ["ROLE_ADMIN"]}));
    let made = world.json(&key, Method::POST, "/v1/apiKeys", r#"{"subject":"crm","roles":["ROLE_ANALYST"]}"#).await;
    assert_eq!((made.http, &made.json["apiKey"]["subject"]), (200, &json!("crm")), "{}", made.text);
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once_after_permission() {
    let world = World::new().await;
    let key = world.key(&[Role::Admin], None).await;
    let path = "/v1/partners/acme:freeze?dryRun=1";
    let reply = world.json(&key, Method::POST, path, "{\"name\": \"partners/b\",\n \"reasn\": 1, \"etag\": 7}").await;
    assert_eq!((reply.http, &reply.json["code"]), (400, &json!(3)), "{}", reply.text);
    let info = &reply.json["details"][0];
    assert_eq!((&info["reason"], &info["domain"]), (&json!("INVALID_REQUEST"), &json!("gateway.tributary")));
    let violations = reply.json["details"][1]["fieldViolations"].as_array().expect("violations").clone();
    let fields: Vec<&str> = violations.iter().filter_map(|v| v["field"].as_str()).collect();
    assert_eq!(fields, ["reasn", "etag", "dryRun", "name"], "{}", reply.text);
    assert!(violations[0]["description"].as_str().expect("text").starts_with("line 2, column 2: "), "{}", reply.text);

    let may_not = world.key(&[Role::Partner], None).await;
    let reply = world.json(&may_not, Method::POST, path, "not json").await;
    assert_eq!((reply.http, reply.reason()), (403, "PERMISSION_DENIED"));
    let reply = world.json("nobody", Method::POST, path, "not json").await;
    assert_eq!((reply.http, reply.reason()), (401, "UNAUTHENTICATED"));
    assert!(reply.header("www-authenticate").starts_with("Bearer"));
    assert_eq!(world.partner.count(), 0);
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there_are_told_to_who_is_known() {
    let world = World::new().await;
    let key = world.key(&[Role::Analyst], None).await;
    for path in
        ["/v1/nothing", "/v1/partners/", "/tributary.partner.v1.PartnerService/GetPartner", "/v1/facts:read", "/x"]
    {
        let reply = world.json(&key, Method::GET, path, "").await;
        assert_eq!((reply.http, reply.reason()), (404, "PATH_UNKNOWN"), "{path}");
        assert_eq!(world.json("nobody", Method::GET, path, "").await.http, 401, "{path}");
    }
    let reply = world.json(&key, Method::DELETE, "/v1/partners/acme", "").await;
    assert_eq!((reply.http, reply.reason(), reply.header("allow")), (405, "HTTP_METHOD_UNKNOWN", "GET, PATCH"));
}

#[tokio::test]
async fn errors_of_services_keep_code_and_details() {
    let world = World::new().await;
    let key = world.key(&[Role::Admin], None).await;
    let reply = world.json(&key, Method::POST, "/v1/apiKeys/k1:revoke", "").await;
    assert_eq!((reply.http, &reply.json["code"]), (404, &json!(5)));
    let info = &reply.json["details"][0];
    assert_eq!(info["@type"], "type.googleapis.com/google.rpc.ErrorInfo");
    assert_eq!((&info["reason"], &info["metadata"]["name"]), (&json!("API_KEY_NOT_FOUND"), &json!("apiKeys/k1")));
    let away = world.json(&key, Method::GET, "/v1/contracts/c1", "").await;
    assert_eq!((away.http, away.header("retry-after")), (503, "1"), "{}", away.text);
}

#[tokio::test]
async fn streams_go_line_by_line_and_end_before_a_wrong_one() {
    let world = World::new().await;
    let key = world.key(&[Role::ChannelManager], None).await;
    // The service gives back the bytes it gets, so field 1 of the answers is read from the requests: facts are a list of
    // messages, batch is a number, hence the empty requests.
    let reply = world.json(&key, Method::POST, "/v1/facts:stream", "{}\n\n{}\n{\"fact\": 1}\n{}\n").await;
    assert_eq!((reply.http, reply.header("content-type")), (200, "application/x-ndjson"));
    let lines: Vec<Json> = reply.text.lines().map(|line| serde_json::from_str(line).expect("json")).collect();
    assert_eq!(lines[..2], [json!({"result": {}}), json!({"result": {}})]);
    assert_eq!((lines.len(), &lines[2]["error"]["code"]), (3, &json!(3)), "{}", reply.text);
    let why = lines[2]["error"]["message"].as_str().expect("a message");
    assert!(why.starts_with("fact: line 4 of the stream: ") && why.contains("did you mean \"facts\""), "{why}");
    assert_eq!(world.incentive.only().path, "/tributary.incentive.v1.FactService/StreamFacts");
}

#[tokio::test]
async fn what_is_too_large_is_refused() {
    let world = World::new().await;
    let key = world.key(&[Role::Admin], None).await;
    let much = format!("{{\"reason\": \"{}\"}}", "x".repeat(4 * 1024 * 1024));
    let reply = world.json(&key, Method::POST, "/v1/partners/acme:freeze", &much).await;
    assert_eq!((reply.http, reply.reason()), (413, "MESSAGE_TOO_LARGE"));
    let deep = format!("{{\"partner\": {}", "[".repeat(200_000));
    let reply = world.json(&key, Method::POST, "/v1/partners:batchUpsert", &deep).await;
    assert_eq!(reply.http, 400);
    assert!(reply.text.contains("nested deeper than 64"), "{}", reply.text);
    let request = http::Request::get("/v1/caller").header("x-own", "x".repeat(16 * 1024));
    let reply = world.plain(request.body(axum::body::Body::empty()).expect("a request")).await;
    assert_eq!((reply.http, reply.reason()), (431, "METADATA_TOO_LARGE"));
    assert_eq!(world.partner.count(), 0);
}

#[tokio::test]
async fn documents_are_open_and_the_root_leads_to_them() {
    let world = World::new().await;
    for (path, kind) in [
        ("/openapi.json", "application/json"),
        ("/openapi-2.0.json", "application/json"),
        ("/reference", "text/html; charset=utf-8"),
        ("/reference.js", "text/javascript; charset=utf-8"),
    ] {
        let reply = world.plain(http::Request::get(path).body(axum::body::Body::empty()).expect("a request")).await;
        assert_eq!((reply.http, reply.header("content-type")), (200, kind), "{path}");
    }
    let reply = world.plain(http::Request::get("/").body(axum::body::Body::empty()).expect("a request")).await;
    assert_eq!((reply.http, reply.header("location")), (307, "/reference"));
}
