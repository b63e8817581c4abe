//! Tokens of issuers instead of keys: who is believed, for what, and who is not.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::Method;
use serde_json::{Value as Json, json};
use sha2::Sha256;
use tributary_core::{Role, TenantId};
use tributary_gateway::ports::AuditFilter;
use tributary_rpc::status;

use crate::support::{
    GET_PARTNER, Whole as _, World,
    issuer::{Issuer, Signer, believing, message, roles},
};

/// An empty message.
const MESSAGE: &[u8] = b"\x00\x00\x00\x00\x00";
const FREEZE: &str = "/tributary.partner.v1.PartnerService/FreezePartner";

/// A gateway that believes one issuer, called "corp", with one key, called "k1".
async fn one(other: Json) -> (World, Issuer, Signer) {
    let (issuer, signer) = (Issuer::start().await, Signer::ed());
    issuer.publish(&[signer.jwk("k1")]);
    let world = World::with_options(believing(&[("corp", issuer.settings_with(other))])).await;
    (world, issuer, signer)
}

impl World {
    /// Who the gateway says that a token is, or the status and reason of its refusal.
    async fn who(&self, token: &str) -> Result<Json, (u16, String)> {
        let reply = self.json(token, Method::GET, "/v1/caller", "").await;
        if reply.http == 200 { Ok(reply.json.clone()) } else { Err((reply.http, reply.reason().to_owned())) }
    }

    /// Code, reason and message of the refusal of a token by gRPC.
    async fn refused(&self, token: &str) -> (i32, String, String) {
        let bearer = format!("Bearer {token}");
        let answer = self.call(GET_PARTNER, &[("authorization", &bearer)], MESSAGE).await;
        let said = status::describe(&answer.status());
        (i32::from(said.code), said.reason, said.message)
    }
}

#[tokio::test]
async fn a_token_opens_every_protocol_and_its_subject_goes_on() {
    let issuer = Issuer::start().await;
    let signers = [("r", Signer::rsa()), ("e", Signer::ec()), ("d", Signer::ed())];
    issuer.publish(&signers.iter().map(|(kid, signer)| signer.jwk(kid)).collect::<Vec<_>>());
    for (kid, signer) in &signers {
        let world = World::with_options(believing(&[("corp", issuer.settings())])).await;
        let token = signer.token(kid, &issuer.claims(&world));
        let bearer = format!("Bearer {token}");
        let answer = world.call(GET_PARTNER, &[("authorization", &bearer)], MESSAGE).await;
        assert_eq!(i32::from(answer.status().code()), 0, "{kid}: {answer:?}");
        let seen = world.partner.only();
        let inside = seen.headers["authorization"].to_str().expect("text").strip_prefix("Bearer ").expect("a token");
        let context = world.signer.verifier().verify(inside, tributary_core::Clock::now(&*world.clock));
        let context = context.expect("a token of the suite, not that of the issuer");
        assert_eq!((context.subject.as_str(), context.tenant.as_str()), ("oidc:corp:00u1|li.wei", "acme"));
        assert_eq!(context.roles, [Role::Admin]);

        for kind in ["application/grpc-web+proto", "application/grpc-web-text"] {
            let request = http::Request::post(GET_PARTNER).header("content-type", kind).header("accept", kind);
            let body = if kind.ends_with("text") { &b"AAAAAAA="[..] } else { MESSAGE };
            let request = request.header("authorization", &bearer).body(axum::body::Body::from(body));
            let response = tower::ServiceExt::oneshot(world.gateway.router.clone(), request.expect("a request")).await;
            let answer = response.expect("infallible").map(tonic::body::Body::new).whole().await;
            assert_eq!((answer.http, answer.headers.get("grpc-status")), (200, None), "{kind}: {answer:?}");
        }
        assert_eq!(world.partner.count(), 3);
        let who = world.who(&token).await.expect("known");
        assert_eq!((&who["subject"], &who["tenant"]), (&json!("oidc:corp:00u1|li.wei"), &json!("acme")));
        assert_eq!(who["roles"], roles(&[Role::Admin]));
    }
    // Once for each gateway, whatever was called.
    assert_eq!((issuer.fetches(), issuer.asked("/.well-known/openid-configuration")), (3, 3));
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_with_its_reason() {
    let (world, issuer, signer) = one(json!({})).await;
    let now = issuer.claims(&world)["iat"].as_i64().expect("a time");
    for (what, other, reason) in [
        ("another issuer", json!({"iss": "https://evil.example.com"}), "TOKEN_ISSUER_UNKNOWN"),
        ("an issuer almost alike", json!({"iss": format!("{}/", issuer.url)}), "TOKEN_ISSUER_UNKNOWN"),
        ("no issuer", json!({"iss": null}), "TOKEN_ISSUER_UNKNOWN"),
        ("an issuer that is no text", json!({"iss": [issuer.url]}), "TOKEN_ISSUER_UNKNOWN"),
        ("another audience", json!({"aud": "crm"}), "TOKEN_AUDIENCE"),
        ("other audiences", json!({"aud": ["crm", "erp"]}), "TOKEN_AUDIENCE"),
        ("no audience", json!({"aud": null}), "TOKEN_AUDIENCE"),
        ("an audience that is no text", json!({"aud": {"tributary": true}}), "TOKEN_AUDIENCE"),
        ("expired", json!({"iat": now - 400, "exp": now - 60}), "TOKEN_EXPIRED"),
        ("no end", json!({"exp": null}), "TOKEN_INVALID"),
        ("an end that is a text", json!({"exp": "never"}), "TOKEN_INVALID"),
        ("an end out of all bounds", json!({"exp": 1e300}), "TOKEN_INVALID"),
        ("too old", json!({"iat": now - 86_460, "exp": now + 9_000}), "TOKEN_EXPIRED"),
        ("from the future", json!({"iat": now + 61, "exp": now + 300}), "TOKEN_NOT_YET_VALID"),
        ("no beginning", json!({"iat": null}), "TOKEN_INVALID"),
        ("not yet", json!({"nbf": now + 61}), "TOKEN_NOT_YET_VALID"),
        ("a strange nbf", json!({"nbf": true}), "TOKEN_INVALID"),
        ("an nbf out of all bounds", json!({"nbf": 1.5e20}), "TOKEN_INVALID"),
        ("nobody", json!({"sub": null}), "TOKEN_INVALID"),
        ("an empty name", json!({"sub": ""}), "TOKEN_INVALID"),
        ("a name with a line break", json!({"sub": "li\nwei"}), "TOKEN_INVALID"),
        ("a name that is a number", json!({"sub": 7}), "TOKEN_INVALID"),
        ("too long a name", json!({"sub": "x".repeat(256)}), "TOKEN_INVALID"),
        ("bound to a key of the client", json!({"cnf": {"jkt": "x"}}), "TOKEN_INVALID"),
    ] {
        let token = signer.token("k1", &issuer.claims_with(&world, &other));
        let (code, said, message) = world.refused(&token).await;
        assert_eq!((code, said.as_str()), (16, reason), "{what}: {message}");
        assert!(!message.contains(&token) && !message.contains("li.wei"), "{what}: {message}");
        assert_eq!(world.who(&token).await, Err((401, reason.to_owned())), "{what}");
    }
    // Within the skew of the clocks, and lists of audiences, are in order.
    for other in [
        json!({"iat": now - 400, "exp": now - 59}),
        json!({"iat": now + 60, "exp": now + 300, "nbf": now + 60}),
        json!({"aud": ["crm", "tributary"]}),
        json!({"exp": 1e10, "nbf": null}),
    ] {
        let token = signer.token("k1", &issuer.claims_with(&world, &other));
        assert!(world.who(&token).await.is_ok(), "{other}");
    }
    assert_eq!((world.partner.count(), issuer.fetches()), (0, 1));
}

#[tokio::test]
async fn headers_and_signatures_that_are_not_in_order_are_refused() {
    let issuer = Issuer::start().await;
    let (rsa, ec, small) = (Signer::rsa(), Signer::ec(), json!({"kty": "oct", "kid": "o", "k": "c2VjcmV0"}));
    let mut for_encryption = rsa.jwk("x");
    for_encryption["use"] = json!("enc");
    issuer.publish(&[rsa.jwk("k1"), ec.jwk("k2"), small, for_encryption]);
    let world = World::with_options(believing(&[("corp", issuer.settings())])).await;
    let claims = issuer.claims(&world);
    let good = rsa.token("k1", &claims);
    assert!(world.who(&good).await.is_ok());

    let hs256 = |kid: &str, secret: &[u8]| {
        let message = message(&json!({"typ": "JWT", "alg": "HS256", "kid": kid}), &claims);
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("any length");
        mac.update(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    };
    let jwk = rsa.jwk("k1");
    let modulus = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().expect("text")).expect("base64");
    let [head, body, signature] = good.split('.').collect::<Vec<_>>().try_into().expect("three parts");
    let mut admin = claims.clone();
    admin["groups"] = json!(["channel-admins", "money"]);
    let forged = URL_SAFE_NO_PAD.encode(admin.to_string());
    let none = |alg: &str| message(&json!({"typ": "JWT", "alg": alg, "kid": "k1"}), &claims);
    let stranger = Signer::ec();
    let signed = |header: Json| rsa.sign(&header, &claims);
    let mut cases = vec![
        ("no signature", format!("{head}.{body}."), "TOKEN_INVALID"),
        ("other claims", format!("{head}.{forged}.{signature}"), "TOKEN_INVALID"),
        ("alg none", format!("{}.", none("none")), "TOKEN_INVALID"),
        ("alg None", format!("{}.{signature}", none("None")), "TOKEN_INVALID"),
        ("alg empty", format!("{}.{signature}", none("")), "TOKEN_INVALID"),
        ("HS256 by the public modulus", hs256("k1", &modulus), "TOKEN_INVALID"),
        ("HS256 by the text of the modulus", hs256("k1", jwk["n"].as_str().expect("text").as_bytes()), "TOKEN_INVALID"),
        ("HS256 by the JWK", hs256("k1", jwk.to_string().as_bytes()), "TOKEN_INVALID"),
        ("HS256 by a symmetric key that is published", hs256("o", b"secret"), "TOKEN_INVALID"),
        ("HS256 by nothing", hs256("k1", b""), "TOKEN_INVALID"),
        ("an algorithm that is not pinned", signed(json!({"alg": "RS384", "kid": "k1"})), "TOKEN_INVALID"),
        ("an algorithm of another kind of key", ec.token("k1", &claims), "TOKEN_KEY_UNKNOWN"),
        ("a stranger's key under a known name", stranger.token("k2", &claims), "TOKEN_INVALID"),
        (
            "a stranger's key in the header",
            { stranger.sign(&json!({"alg": "ES256", "kid": "k2", "jwk": stranger.jwk("k2")}), &claims) },
            "TOKEN_INVALID",
        ),
        ("no kid", signed(json!({"alg": "RS256"})), "TOKEN_INVALID"),
        ("a kid that is not published", signed(json!({"alg": "RS256", "kid": "k9"})), "TOKEN_KEY_UNKNOWN"),
        ("a key for encryption", signed(json!({"alg": "RS256", "kid": "x"})), "TOKEN_KEY_UNKNOWN"),
        ("a logout token", signed(json!({"alg": "RS256", "kid": "k1", "typ": "logout+jwt"})), "TOKEN_INVALID"),
        ("a proof", signed(json!({"alg": "RS256", "kid": "k1", "typ": "dpop+jwt"})), "TOKEN_INVALID"),
        (
            "critical extensions",
            signed(json!({"alg": "RS256", "kid": "k1", "crit": ["b64"], "b64": true})),
            "TOKEN_INVALID",
        ),
        ("a header that is no object", format!("{}.{body}.{signature}", URL_SAFE_NO_PAD.encode("[]")), "TOKEN_INVALID"),
        ("padding", format!("{head}.{body}.{signature}=="), "TOKEN_INVALID"),
        ("empty parts", "..".to_owned(), "TOKEN_INVALID"),
        ("four parts", format!("{good}.x"), "UNAUTHENTICATED"),
        ("two parts", format!("{head}.{body}"), "UNAUTHENTICATED"),
    ];
    for depth in [10, 5_000] {
        let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        cases.push(("a deep one", format!("{head}.{}.{signature}", URL_SAFE_NO_PAD.encode(deep)), "TOKEN_INVALID"));
    }
    for (what, token, reason) in cases {
        let (code, said, message) = world.refused(&token).await;
        assert_eq!((code, said.as_str()), (16, reason), "{what}: {message}");
    }
    for typ in [json!("at+jwt"), json!("application/at+jwt"), json!("jwt"), Json::Null] {
        let mut header = json!({"alg": "RS256", "kid": "k1"});
        if !typ.is_null() {
            header["typ"] = typ.clone();
        }
        assert!(world.who(&signed(header)).await.is_ok(), "{typ}");
    }
    assert_eq!(world.partner.count(), 0);
}

#[tokio::test]
async fn keys_go_on_beside_tokens() {
    let (world, issuer, signer) = one(json!({})).await;
    let key = world.key(&[Role::Finance], None).await;
    assert_eq!(world.who(&key).await.expect("known")["subject"], "erp");
    let token = signer.token("k1", &issuer.claims(&world));
    let answer = world.call(GET_PARTNER, &[("x-api-key", &token)], MESSAGE).await;
    assert_eq!(status::describe(&answer.status()).reason, "UNAUTHENTICATED", "a token is no key");
    // The subject of a token is none that a key could have.
    let admin = world.key(&[Role::Admin], None).await;
    let made = json!({"subject": "oidc:corp:00u1", "roles": ["ROLE_ADMIN"]}).to_string();
    let reply = world.json(&admin, Method::POST, "/v1/apiKeys", &made).await;
    assert_eq!((reply.http, reply.reason()), (400, "INVALID_REQUEST"), "{}", reply.text);

    let alone = World::new().await;
    let said = alone.refused(&token).await;
    assert_eq!((said.0, said.1.as_str()), (16, "UNAUTHENTICATED"), "without issuers only keys are taken");
}

#[tokio::test]
async fn claims_give_tenant_and_roles() {
    let mapped = json!({
        "tenant": null, "tenant_claim": "org.slug", "tenants": {"org-1": "acme", "org-2": "beta"},
        "roles_claim": "https://tributary.example.com/roles",
    });
    let (world, issuer, signer) = one(mapped).await;
    let roles_claim = "https://tributary.example.com/roles";
    let who = async |org: Json, said: Json| {
        let claims = issuer.claims_with(&world, &json!({"org": org, roles_claim: said}));
        let who = world.who(&signer.token("k1", &claims)).await?;
        Ok::<_, (u16, String)>((who["tenant"].clone(), who["roles"].clone()))
    };
    let (acme, beta) = (json!({"slug": "org-1"}), json!({"slug": "org-2"}));
    let money = roles(&[Role::Finance, Role::Analyst]);
    let all = roles(&[Role::Admin, Role::Finance, Role::Analyst]);
    assert_eq!(who(acme.clone(), json!(["money"])).await, Ok((json!("acme"), money.clone())));
    assert_eq!(who(beta.clone(), json!("openid money channel-admins")).await, Ok((json!("beta"), all)));
    assert_eq!(who(beta, json!(["money", 7, null, "money"])).await, Ok((json!("beta"), money)));
    let no_tenant = Err((403, "TOKEN_TENANT_UNKNOWN".to_owned()));
    for org in [json!({"slug": "org-3"}), json!({"slug": "acme"}), json!({}), Json::Null, json!("org-1"), json!([acme])]
    {
        assert_eq!(who(org.clone(), json!(["money"])).await, no_tenant, "{org}");
    }
    let no_role = Err((403, "TOKEN_WITHOUT_ROLES".to_owned()));
    for said in [json!(["ADMIN"]), json!([]), Json::Null, json!({"money": true}), json!([["money"]]), json!("MONEY")] {
        assert_eq!(who(json!({"slug": "org-1"}), said.clone()).await, no_role, "{said}");
    }

    // Without a list of tenants the claim is the tenant, if it can be one.
    let (world, issuer, signer) = one(json!({"tenant": null, "tenant_claim": "tenant"})).await;
    for (tenant, known) in [("gamma", true), ("Not A Tenant", false), ("", false)] {
        let token = signer.token("k1", &issuer.claims_with(&world, &json!({"tenant": tenant})));
        assert_eq!(world.who(&token).await.is_ok(), known, "{tenant}");
    }
}

#[tokio::test]
async fn claims_say_whose_partners_user_somebody_is() {
    let settings = json!({
        "roles": {"dealers": ["PARTNER"], "money": ["FINANCE"]},
        "partners_claim": "org.partner", "partners": {"Anqing Trading": "anqing", "K-7": "hefei"},
    });
    let (world, issuer, signer) = one(settings).await;
    let who = async |groups: &[&str], partner: Json| {
        let claims = issuer.claims_with(&world, &json!({"groups": groups, "org": {"partner": partner}}));
        let who = world.who(&signer.token("k1", &claims)).await?;
        Ok::<_, (u16, String)>((who["roles"].clone(), who["partners"].clone()))
    };
    let dealer = roles(&[Role::Partner]);
    let anqing = json!(["partners/anqing"]);
    assert_eq!(who(&["dealers"], json!("Anqing Trading")).await, Ok((dealer.clone(), anqing)));
    let both = json!(["partners/anqing", "partners/hefei"]);
    assert_eq!(who(&["dealers"], json!(["K-7", "Anqing Trading", "K-7", 7])).await, Ok((dealer, both)));
    // Who is no partner's user is bound to none, whatever else is said.
    assert_eq!(who(&["money"], json!("K-7")).await.map(|(roles, _)| roles), Ok(roles(&[Role::Finance])));
    let unknown = Err((403, "TOKEN_PARTNER_UNKNOWN".to_owned()));
    for said in [json!("anqing"), json!("K-7 Anqing Trading"), json!([]), json!({}), Json::Null, json!(7)] {
        assert_eq!(who(&["dealers"], said.clone()).await, unknown, "{said}");
    }
    let conflict = Err((403, "TOKEN_ROLES_CONFLICT".to_owned()));
    assert_eq!(who(&["dealers", "money"], json!("K-7")).await, conflict);

    // Without a list of partners the claim is the id or the name, if it can be one.
    let (world, issuer, signer) = one(json!({"roles": {"dealers": ["PARTNER"]}, "partners_claim": "partner"})).await;
    for (said, known) in [("anqing", true), ("partners/anqing", true), ("partners/", false), ("-", false)] {
        let claims = issuer.claims_with(&world, &json!({"groups": ["dealers"], "partner": said}));
        let who = world.who(&signer.token("k1", &claims)).await;
        assert_eq!(who.ok().map(|who| who["partners"][0].clone()), known.then(|| json!("partners/anqing")), "{said}");
    }
}

#[tokio::test]
async fn a_token_sees_its_own_tenant_only() {
    let (one, other) = (Issuer::start().await, Issuer::start().await);
    let signers = [Signer::ec(), Signer::ec()];
    for (issuer, signer) in [&one, &other].into_iter().zip(&signers) {
        issuer.publish(&[signer.jwk("k1")]);
    }
    let settings = [("corp", one.settings()), ("group", other.settings_with(json!({"tenant": "beta"})))];
    let world = World::with_options(believing(&settings)).await;
    let acme = TenantId::parse("acme").expect("a tenant");
    world.key_of(acme, &[Role::Finance], None).await;
    let [mine, others] = &signers;
    let tokens = [mine.token("k1", &one.claims(&world)), others.token("k1", &other.claims(&world))];
    let mut subjects = Vec::new();
    for (token, count) in tokens.iter().zip([1, 0]) {
        let reply = world.json(token, Method::GET, "/v1/apiKeys", "").await;
        assert_eq!(reply.json["apiKeys"].as_array().map_or(0, Vec::len), count, "{}", reply.text);
        subjects.push(world.who(token).await.expect("known")["subject"].clone());
    }
    assert_eq!(subjects, ["oidc:corp:00u1|li.wei", "oidc:group:00u1|li.wei"], "one name, two people");
    // Both call a key "k1", but what one signs about the other's people is not believed.
    let lent = mine.token("k1", &other.claims(&world));
    assert_eq!(world.who(&lent).await, Err((401, "TOKEN_INVALID".to_owned())));
}

#[tokio::test]
async fn the_audit_says_who_and_why() {
    let (world, issuer, signer) = one(json!({})).await;
    let reads = issuer.claims_with(&world, &json!({"groups": ["readers"]}));
    let nothing = issuer.claims_with(&world, &json!({"groups": ["visitors"]}));
    for claims in [&issuer.claims(&world), &reads, &nothing] {
        let bearer = format!("Bearer {}", signer.token("k1", claims));
        world.call(FREEZE, &[("authorization", &bearer)], MESSAGE).await;
    }
    let (any, acme) = (AuditFilter::default(), TenantId::parse("acme").expect("a tenant"));
    let read = async || world.ports.store.entries(&acme, &any, None, 10).await.expect("read");
    crate::support::receiver::until("all is written", async || read().await.len() == 3).await;
    let entries = read().await;
    for entry in &entries {
        assert_eq!((entry.subject.as_str(), entry.api_key.as_str()), ("oidc:corp:00u1|li.wei", ""));
    }
    let mut reasons: Vec<&str> = entries.iter().map(|entry| entry.reason.as_str()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["", "PERMISSION_DENIED", "TOKEN_WITHOUT_ROLES"]);
    assert_eq!(world.partner.count(), 1);
}
