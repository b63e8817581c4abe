//! An issuer of tokens: discovery and keys over HTTP on a free port; it rotates its keys, goes away, and counts who asks. It signs
//! by ring and writes its tokens by hand, so that it shares no code with what verifies them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::{
    rand::SystemRandom,
    signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair},
};
use serde_json::{Value as Json, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tributary_core::{Clock as _, Role};
use tributary_gateway::{
    Options,
    app::tokens::{IdentitySettings, IssuerSettings},
};

use super::World;

/// A key that an issuer signs with.
pub enum Signer {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl Signer {
    /// A key of RSA; always the same one, because ring makes none.
    pub fn rsa() -> Self {
        let text: String = include_str!("issuer-rsa.pk8.b64").split_whitespace().collect();
        Self::Rsa(RsaKeyPair::from_pkcs8(&STANDARD.decode(text).expect("base64")).expect("a key"))
    }

    pub fn ec() -> Self {
        let (curve, random) = (&signature::ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let made = EcdsaKeyPair::generate_pkcs8(curve, &random).expect("a key");
        Self::Ec(EcdsaKeyPair::from_pkcs8(curve, made.as_ref(), &random).expect("a key"))
    }

    pub fn ed() -> Self {
        let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        Self::Ed(Ed25519KeyPair::from_pkcs8(made.as_ref()).expect("a key"))
    }

    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RS256",
            Self::Ec(_) => "ES256",
            Self::Ed(_) => "EdDSA",
        }
    }

    /// The public half as a JWK.
    pub fn jwk(&self, kid: &str) -> Json {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Rsa(key) => {
                let public = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(key.public());
                json!({"kty": "RSA", "use": "sig", "kid": kid, "n": text(&public.n), "e": text(&public.e)})
            }
            Self::Ec(key) => {
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "kid": kid, "x": text(x), "y": text(y)})
            }
            Self::Ed(key) => json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": text(key.public_key().as_ref())}),
        }
    }

    /// A token with any header and claims.
    pub fn sign(&self, header: &Json, claims: &Json) -> String {
        let message = message(header, claims);
        let random = SystemRandom::new();
        let signature = match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&signature::RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature).expect("signed");
                signature
            }
            Self::Ec(key) => key.sign(&random, message.as_bytes()).expect("signed").as_ref().to_vec(),
            Self::Ed(key) => key.sign(message.as_bytes()).as_ref().to_vec(),
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A token as an honest issuer signs it.
    pub fn token(&self, kid: &str, claims: &Json) -> String {
        self.sign(&json!({"typ": "JWT", "alg": self.algorithm(), "kid": kid}), claims)
    }
}

/// What is signed of a token.
pub fn message(header: &Json, claims: &Json) -> String {
    let text = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}", text(header), text(claims))
}

#[derive(Default)]
struct State {
    documents: HashMap<String, String>,
    away: bool,
    pause: Duration,
    asked: Vec<String>,
}

/// The issuer, until it is dropped.
pub struct Issuer {
    pub url: String,
    state: Arc<Mutex<State>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Issuer {
    /// Without a key.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                tokio::spawn(answer(stream, shared.clone()));
            }
        });
        let issuer = Self { url, state, serving };
        let discovery = json!({"issuer": issuer.url, "jwks_uri": format!("{}/keys", issuer.url)});
        issuer.serve("/.well-known/openid-configuration", &discovery.to_string());
        issuer
    }

    /// Answers a path with a document.
    pub fn serve(&self, path: &str, document: &str) {
        self.state.lock().expect("lock").documents.insert(path.to_owned(), document.to_owned());
    }

    /// Publishes these keys, and no others.
    pub fn publish(&self, keys: &[Json]) {
        self.serve("/keys", &json!({ "keys": keys }).to_string());
    }

    /// Whether it closes every connection without an answer.
    pub fn away(&self, away: bool) {
        self.state.lock().expect("lock").away = away;
    }

    /// How long it thinks before an answer.
    pub fn slow(&self, pause: Duration) {
        self.state.lock().expect("lock").pause = pause;
    }

    /// How often a path was asked for.
    pub fn asked(&self, path: &str) -> usize {
        self.state.lock().expect("lock").asked.iter().filter(|asked| *asked == path).count()
    }

    /// How often its keys were asked for.
    pub fn fetches(&self) -> usize {
        self.asked("/keys")
    }

    /// What is set about it: tenant "acme" for all, roles by "groups".
    pub fn settings(&self) -> IssuerSettings {
        self.settings_with(json!({}))
    }

    /// The same with other values; null takes one away.
    pub fn settings_with(&self, other: Json) -> IssuerSettings {
        let mut set = json!({
            "issuer": self.url, "audiences": ["tributary"], "tenant": "acme", "roles_claim": "groups",
            "roles": {"channel-admins": "ADMIN", "money": ["FINANCE", "ANALYST"], "readers": "ANALYST"},
        });
        for (name, value) in other.as_object().expect("an object") {
            set[name] = value.clone();
        }
        set.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
        serde_json::from_value(set).expect("settings")
    }

    /// Claims that are in order.
    pub fn claims(&self, world: &World) -> Json {
        let now = world.clock.now().0.div_euclid(1_000_000);
        json!({
            "iss": self.url, "aud": "tributary", "sub": "00u1|li.wei", "iat": now, "exp": now + 300,
            "groups": ["channel-admins", "everybody"],
        })
    }

    /// The same with other values; null takes one away.
    pub fn claims_with(&self, world: &World, other: &Json) -> Json {
        let mut claims = self.claims(world);
        for (name, value) in other.as_object().expect("an object") {
            claims[name] = value.clone();
        }
        claims.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
        claims
    }
}

/// Options of a gateway that believes these issuers.
pub fn believing(issuers: &[(&str, IssuerSettings)]) -> Options {
    let issuers = issuers.iter().map(|(id, settings)| ((*id).to_owned(), settings.clone())).collect();
    let identity = IdentitySettings { allow_http: true, issuers, ..IdentitySettings::default() };
    let mut violations = tributary_core::Violations::new();
    identity.check("identity", &mut violations);
    assert!(violations.is_empty(), "{violations:?}");
    Options { identity, ..Options::default() }
}

/// The role names of a caller as JSON gives them.
pub fn roles(roles: &[Role]) -> Json {
    roles.iter().map(|role| format!("ROLE_{}", json!(role).as_str().expect("text"))).collect()
}

async fn answer(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        request.push(byte);
    }
    let path = String::from_utf8_lossy(&request).split(' ').nth(1).unwrap_or_default().to_owned();
    let (document, away, pause) = {
        let mut state = state.lock().expect("lock");
        state.asked.push(path.clone());
        (state.documents.get(&path).cloned(), state.away, state.pause)
    };
    tokio::time::sleep(pause).await;
    if away {
        return;
    }
    let (status, body) = document.map_or(("404 Not Found", String::new()), |document| ("200 OK", document));
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    // Whoever asked may have gone.
    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
}
