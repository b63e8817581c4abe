//! The keys of issuers over time: rotation, issuers that are away, and how often anybody can make us ask.

use std::{sync::Arc, time::Duration};

use http::Method;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use tributary_core::Clock;
use tributary_gateway::{
    app::tokens::Tokens,
    ports::issuers::{Place, Published},
};
use tributary_testkit::ManualClock;

use crate::support::{
    World,
    issuer::{Issuer, Signer, believing},
};

const DISCOVERY: &str = "/.well-known/openid-configuration";

impl World {
    /// "" when a token is believed, else the reason why it is not.
    async fn verdict(&self, token: &str) -> String {
        self.json(token, Method::GET, "/v1/caller", "").await.reason().to_owned()
    }

    fn later(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

async fn one(other: Json) -> (World, Issuer) {
    let issuer = Issuer::start().await;
    let world = World::with_options(believing(&[("corp", issuer.settings_with(other))])).await;
    (world, issuer)
}

/// A token of now.
fn token(world: &World, issuer: &Issuer, signer: &Signer, kid: &str) -> String {
    signer.token(kid, &issuer.claims(world))
}

#[tokio::test]
async fn new_keys_are_fetched_when_they_are_named_and_old_ones_go() {
    let (world, issuer) = one(json!({})).await;
    let (old, new) = (Signer::ec(), Signer::ed());
    issuer.publish(&[old.jwk("old")]);
    assert_eq!(world.verdict(&token(&world, &issuer, &old, "old")).await, "");
    issuer.publish(&[old.jwk("old"), new.jwk("new")]);
    // Fetched a moment ago: not again, whoever asks.
    assert_eq!(world.verdict(&token(&world, &issuer, &new, "new")).await, "TOKEN_KEY_UNKNOWN");
    world.later(30);
    assert_eq!(world.verdict(&token(&world, &issuer, &new, "new")).await, "");
    assert_eq!(issuer.fetches(), 2);

    // A key that is taken back goes on until the next fetch, even for a token that was believed. After five minutes that is done
    // behind the calls, after ten before them.
    let lasting =
        |signer: &Signer, kid: &str| signer.token(kid, &issuer.claims_with(&world, &json!({"exp": 2_000_000_000})));
    let long = lasting(&old, "old");
    assert_eq!(world.verdict(&long).await, "");
    issuer.publish(&[new.jwk("new")]);
    world.later(299);
    assert_eq!((world.verdict(&long).await, issuer.fetches()), (String::new(), 2));
    world.later(1);
    assert_eq!(world.verdict(&long).await, "", "who comes now does not wait");
    let gone = async || world.verdict(&long).await == "TOKEN_KEY_UNKNOWN";
    crate::support::receiver::until("the old key is gone", gone).await;
    assert_eq!((world.verdict(&lasting(&new, "new")).await, issuer.fetches()), (String::new(), 3));
    // The same name for another key: what was signed with the first does not hold.
    let (kept, again) = (lasting(&new, "new"), Signer::ec());
    issuer.publish(&[again.jwk("new")]);
    world.later(600);
    assert_eq!((world.verdict(&kept).await, issuer.fetches()), ("TOKEN_KEY_UNKNOWN".to_owned(), 4));
    assert_eq!(world.verdict(&token(&world, &issuer, &again, "new")).await, "");
    let third = Signer::ec();
    let kept = lasting(&again, "new");
    assert_eq!(world.verdict(&kept).await, "");
    issuer.publish(&[third.jwk("new")]);
    world.later(600);
    assert_eq!(world.verdict(&kept).await, "TOKEN_INVALID", "it was believed with another key of that name");
}

#[tokio::test]
async fn nobody_can_make_us_ask_often() {
    let (world, issuer) = one(json!({})).await;
    let (signer, stranger) = (Signer::ed(), Signer::ed());
    issuer.publish(&[signer.jwk("k1")]);
    issuer.slow(Duration::from_millis(100));
    let good = token(&world, &issuer, &signer, "k1");
    // All at once, with nothing known yet: one of them asks, the others wait for it.
    let first = futures::future::join_all((0..40).map(|_| world.verdict(&good))).await;
    assert!(first.iter().all(String::is_empty), "{first:?}");
    assert_eq!((issuer.asked(DISCOVERY), issuer.fetches()), (1, 1));
    issuer.slow(Duration::ZERO);
    for second in 0..60 {
        let names = (0..20).map(|n| token(&world, &issuer, &stranger, &format!("{second}-{n}")));
        for name in names {
            assert_eq!(world.verdict(&name).await, "TOKEN_KEY_UNKNOWN");
        }
        world.later(1);
    }
    assert_eq!(issuer.fetches(), 2, "1,200 tokens in a minute: once at the beginning, once after 30 seconds");
    // Other issuers and signatures that do not hold ask for nothing.
    world.later(30);
    let evil = signer.token("k1", &issuer.claims_with(&world, &json!({"iss": "https://evil.example.com"})));
    assert_eq!(world.verdict(&evil).await, "TOKEN_ISSUER_UNKNOWN");
    assert_eq!(world.verdict(&token(&world, &issuer, &stranger, "k1")).await, "TOKEN_INVALID");
    assert_eq!(issuer.fetches(), 2);
}

#[tokio::test]
async fn callers_who_hang_up_do_not_keep_keys_from_being_fetched() {
    let (world, issuer) = one(json!({})).await;
    let signer = Signer::ed();
    issuer.publish(&[signer.jwk("k1")]);
    issuer.slow(Duration::from_millis(200));
    let good = token(&world, &issuer, &signer, "k1");
    assert!(tokio::time::timeout(Duration::from_millis(50), world.verdict(&good)).await.is_err(), "it waits");
    // The clock stands still, so nobody may ask again: the fetch that was begun must have gone on.
    assert_eq!((world.verdict(&good).await, issuer.fetches()), (String::new(), 1));
}

#[tokio::test]
async fn known_keys_hold_for_an_hour_without_their_issuer() {
    let (world, issuer) = one(json!({})).await;
    let (signer, new) = (Signer::ec(), Signer::ec());
    issuer.publish(&[signer.jwk("k1")]);
    issuer.away(true);
    let away = "ISSUER_UNAVAILABLE";
    assert_eq!(world.verdict(&token(&world, &issuer, &signer, "k1")).await, away, "nothing is known: not open");
    let asked = issuer.asked(DISCOVERY);
    assert_eq!(world.verdict(&token(&world, &issuer, &signer, "k1")).await, away);
    assert_eq!(issuer.asked(DISCOVERY), asked, "not again within five seconds");
    let reply = world.json(&token(&world, &issuer, &signer, "k1"), Method::GET, "/v1/caller", "").await;
    assert_eq!(reply.http, 503, "{}", reply.text);
    issuer.away(false);
    world.later(5);
    assert_eq!(world.verdict(&token(&world, &issuer, &signer, "k1")).await, "", "it is back");

    issuer.away(true);
    issuer.publish(&[signer.jwk("k1"), new.jwk("k2")]);
    for _ in 0..59 {
        world.later(60);
        assert_eq!(world.verdict(&token(&world, &issuer, &signer, "k1")).await, "");
    }
    // Whether there is such a key cannot be known.
    world.later(30);
    assert_eq!(world.verdict(&token(&world, &issuer, &new, "k2")).await, away);
    world.later(29);
    assert_eq!(world.verdict(&token(&world, &issuer, &signer, "k1")).await, "");
    world.later(1);
    assert_eq!(world.verdict(&token(&world, &issuer, &signer, "k1")).await, away, "an hour is over");
    // Keys of ours have nothing to do with it.
    let key = world.key(&[tributary_core::Role::Admin], None).await;
    assert_eq!(world.verdict(&key).await, "");
    issuer.away(false);
    world.later(5);
    for (signer, kid) in [(&signer, "k1"), (&new, "k2")] {
        assert_eq!(world.verdict(&token(&world, &issuer, signer, kid)).await, "");
    }
}

#[tokio::test]
async fn documents_that_are_not_what_they_should_be_open_nothing() {
    let signer = Signer::ed();
    let keys = json!({"keys": [signer.jwk("k1")]}).to_string();
    let large = format!("{{\"keys\": [{}], \"x\": \"{}\"}}", signer.jwk("k1"), "x".repeat(256 * 1024));
    let small = json!({"keys": [{"kty": "RSA", "kid": "k1", "n": "AQAB", "e": "AQAB"}]}).to_string();
    let nameless = keys.replace("\"kid\"", "\"no_kid\"");
    let (world, issuer) = one(json!({})).await;
    let refused = async || {
        world.later(5);
        let said = world.verdict(&token(&world, &issuer, &signer, "k1")).await;
        (said, issuer.fetches())
    };
    let away = "ISSUER_UNAVAILABLE".to_owned();
    let documents =
        ["", "[]", "{}", "{\"keys\": 7}", "{\"keys\": []}", "{\"keys\": [7, {}]}", &large, &small, &nameless];
    for (wrong, fetches) in documents.iter().zip(1..) {
        issuer.serve("/keys", wrong);
        assert_eq!(refused().await, (away.clone(), fetches), "{wrong:.60}");
    }
    // Discovery of another issuer, and none.
    issuer.serve("/keys", &keys);
    let jwks_uri = format!("{}/keys", issuer.url);
    for discovery in [json!({"issuer": "https://evil.example.com", "jwks_uri": jwks_uri}), json!({})] {
        issuer.serve(DISCOVERY, &discovery.to_string());
        assert_eq!(refused().await, (away.clone(), documents.len()), "{discovery}");
    }
    issuer.serve(DISCOVERY, &json!({"issuer": issuer.url, "jwks_uri": jwks_uri}).to_string());
    assert_eq!(refused().await, (String::new(), documents.len() + 1), "what is in order is taken");
}

#[tokio::test]
async fn keys_come_from_an_address_or_a_file_that_is_named() {
    let signer = Signer::ec();
    let issuer = Issuer::start().await;
    issuer.publish(&[signer.jwk("k1")]);
    let named = issuer.settings_with(json!({"jwks_uri": format!("{}/keys", issuer.url)}));
    let world = World::with_options(believing(&[("corp", named)])).await;
    assert_eq!(world.verdict(&token(&world, &issuer, &signer, "k1")).await, "");
    assert_eq!((issuer.asked(DISCOVERY), issuer.fetches()), (0, 1));

    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("jwks.json");
    let in_file = json!({"issuer": "our-own-issuer", "jwks_file": file.display().to_string()});
    let (world, issuer) = one(in_file).await;
    let own =
        |signer: &Signer, kid: &str| signer.token(kid, &issuer.claims_with(&world, &json!({"iss": "our-own-issuer"})));
    assert_eq!(world.verdict(&own(&signer, "k1")).await, "ISSUER_UNAVAILABLE", "there is no such file");
    std::fs::write(&file, json!({"keys": [signer.jwk("k1")]}).to_string()).expect("written");
    world.later(5);
    assert_eq!(world.verdict(&own(&signer, "k1")).await, "");
    let next = Signer::ed();
    std::fs::write(&file, json!({"keys": [next.jwk("k2")]}).to_string()).expect("written");
    world.later(30);
    assert_eq!(world.verdict(&own(&next, "k2")).await, "");
    assert_eq!(issuer.asked(DISCOVERY), 0);
}

/// An issuer whose keys are at hand.
#[derive(Debug)]
struct AtHand(String);

#[async_trait::async_trait]
impl Published for AtHand {
    async fn read(&self, _: &Place) -> Result<Vec<u8>, String> {
        Ok(self.0.clone().into_bytes())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// No token with even one character changed is believed, and nothing that is sent breaks anything.
    #[test]
    fn what_was_tampered_with_is_never_believed(
        places in prop::collection::vec((any::<prop::sample::Index>(), "[A-Za-z0-9_.-]"), 1..40),
        noise in "[ -~]{0,200}",
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let (signer, clock) = (Signer::ed(), Arc::new(ManualClock::default()));
        let settings = serde_json::from_value(json!({"issuers": {"corp": {
            "issuer": "x", "jwks_file": "x", "audiences": "tributary", "tenant": "acme", "roles_claim": "groups",
            "roles": {"a": "ADMIN"},
        }}})).expect("settings");
        let published: Arc<dyn Published> = Arc::new(AtHand(json!({"keys": [signer.jwk("k")]}).to_string()));
        let clock: Arc<dyn Clock> = clock;
        let tokens = Tokens::new(&settings, &published, &clock);
        let now = clock.now().0 / 1_000_000;
        let claims = json!({"iss": "x", "aud": "tributary", "sub": "li", "iat": now, "exp": now + 60, "groups": "a"});
        let good = signer.token("k", &claims);
        runtime.block_on(async {
            assert!(tokens.caller(&good, None).await.is_ok());
            for (place, letter) in &places {
                let at = place.index(good.len());
                let mut changed = good.clone();
                changed.replace_range(at..=at, letter);
                assert_eq!(tokens.caller(&changed, None).await.is_ok(), changed == good, "{at}: {letter}");
            }
            assert!(tokens.caller(&noise, None).await.is_err());
            assert!(tokens.caller(&noise.replace(' ', "."), None).await.is_err());
        });
    }
}
