//! Certificates of clients instead of keys, and tokens that are bound to one.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value as Json, json};
use tonic::body::Body;
use tower::ServiceExt as _;
use tributary_core::{Clock as _, Role};
use tributary_gateway::Options;
use tributary_rpc::{status, tls::PeerCertificate};

use crate::support::{
    Answer, GET_PARTNER, Whole as _, World,
    issuer::{Issuer, Signer, believing},
    request,
};

const MESSAGE: &[u8] = b"\x00\x00\x00\x00\x00";

fn shown(digest: u8, names: &[&str]) -> PeerCertificate {
    PeerCertificate { sha256: [digest; 32], names: names.iter().map(|name| (*name).to_owned()).collect() }
}

/// What a gateway answers over a connection that showed a certificate.
async fn over(world: &World, certificate: Option<PeerCertificate>, headers: &[(&str, &str)]) -> Answer {
    let mut request = request(GET_PARTNER, headers, Body::new(http_body_util::Full::from(MESSAGE)));
    if let Some(certificate) = certificate {
        request.extensions_mut().insert(Arc::new(certificate));
    }
    let response = world.gateway.router.clone().oneshot(request.map(axum::body::Body::new)).await.expect("infallible");
    response.map(Body::new).whole().await
}

fn reason(answer: &Answer) -> String {
    status::describe(&answer.status()).reason
}

/// Who the service behind was told that calls: subject, tenant, roles.
fn told(world: &World) -> (String, String, Vec<Role>) {
    let seen = world.partner.only();
    let inside = seen.headers["authorization"].to_str().expect("text").strip_prefix("Bearer ").expect("a token");
    let context = world.signer.verifier().verify(inside, world.clock.now()).expect("a token of the suite");
    (context.subject, context.tenant.as_str().to_owned(), context.roles)
}

fn known() -> Options {
    let clients = json!({"erp": {"name": "spiffe://example.com/erp", "tenant": "acme", "roles": "FINANCE"}});
    let mut options = Options::default();
    options.identity.clients = serde_json::from_value(clients).expect("settings");
    options
}

#[tokio::test]
async fn the_subject_of_a_certificate_goes_on() {
    let world = World::with_options(known()).await;
    let answer = over(&world, Some(shown(1, &["spiffe://example.com/erp"])), &[]).await;
    assert_eq!(i32::from(answer.status().code()), 0, "{answer:?}");
    assert_eq!(told(&world), ("mtls:erp".to_owned(), "acme".to_owned(), vec![Role::Finance]));

    // What anybody can send says nothing.
    for header in ["x-client-certificate", "x-forwarded-client-cert", "x-ssl-client-san-uri"] {
        let answer = over(&world, None, &[(header, "spiffe://example.com/erp")]).await;
        assert_eq!(reason(&answer), "UNAUTHENTICATED", "{header}");
    }
    let answer = over(&world, Some(shown(1, &["spiffe://example.com/crm"])), &[]).await;
    assert_eq!((i32::from(answer.status().code()), reason(&answer).as_str()), (16, "CERTIFICATE_UNKNOWN"));
    assert_eq!(world.partner.count(), 1);
}

#[tokio::test]
async fn a_key_goes_before_a_certificate() {
    let world = World::with_options(known()).await;
    let bearer = format!("Bearer {}", world.key(&[Role::Analyst], None).await);
    let erp = || Some(shown(1, &["spiffe://example.com/erp"]));
    let answer = over(&world, erp(), &[("authorization", &bearer)]).await;
    assert_eq!(i32::from(answer.status().code()), 0, "{answer:?}");
    assert_eq!(told(&world), ("erp".to_owned(), "default".to_owned(), vec![Role::Analyst]));
    // A key that is not known is not made good by a certificate.
    let answer = over(&world, erp(), &[("authorization", "Bearer trib_unknown_00000000")]).await;
    assert_eq!(reason(&answer), "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_bound_token_needs_its_certificate() {
    let (issuer, signer) = (Issuer::start().await, Signer::ed());
    issuer.publish(&[signer.jwk("k1")]);
    let world = World::with_options(believing(&[("corp", issuer.settings())])).await;
    let thumbprint = |digest: u8| URL_SAFE_NO_PAD.encode([digest; 32]);
    let bearer =
        |cnf: Json| format!("Bearer {}", signer.token("k1", &issuer.claims_with(&world, &json!({ "cnf": cnf }))));
    let bound = bearer(json!({"x5t#S256": thumbprint(7)}));

    let answer = over(&world, Some(shown(7, &[])), &[("authorization", &bound)]).await;
    assert_eq!(i32::from(answer.status().code()), 0, "{answer:?}");
    assert_eq!(told(&world).0, "oidc:corp:00u1|li.wei");
    for other in [None, Some(shown(8, &[]))] {
        let answer = over(&world, other, &[("authorization", &bound)]).await;
        assert_eq!(reason(&answer), "TOKEN_BINDING");
    }
    for cnf in [
        json!({"jkt": "x"}),
        json!({"x5t#S256": thumbprint(7), "jkt": "x"}),
        json!({"x5t#S256": 7}),
        json!("x5t#S256"),
        json!({}),
        json!(null),
    ] {
        // Null takes the claim away: that token is bound to nothing.
        let expected = if cnf.is_null() { "" } else { "TOKEN_INVALID" };
        let answer = over(&world, Some(shown(7, &[])), &[("authorization", &bearer(cnf.clone()))]).await;
        assert_eq!(reason(&answer), expected, "{cnf}");
    }
}
