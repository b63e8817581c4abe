//! Who is calling by a token of an issuer (a JWT, as OAuth 2.0 and OpenID Connect use them) instead of a key of ours.
//!
//! What is said about a token that is refused grows with what is known: before its signature holds only that it does not, after
//! it which claim is in the way. The token itself and what it says are never part of it.

mod claims;
mod issuer;
mod keys;
mod settings;

use std::{fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use tributary_core::{Clock, Fault, Reason, Role, TenantId};
use tributary_rpc::tls::PeerCertificate;

pub(super) use self::settings::check_id;
pub use self::{
    claims::ClaimPath,
    settings::{IdentitySettings, IssuerSettings, Roles, SigningAlgorithm},
};
use self::{claims::Claims, issuer::Issuer};
use crate::{
    app::authenticate::{Caller, Credential},
    ports::issuers::Published,
    reasons::{
        TOKEN_AUDIENCE, TOKEN_BINDING, TOKEN_EXPIRED, TOKEN_INVALID, TOKEN_ISSUER_UNKNOWN, TOKEN_NOT_YET_VALID,
        TOKEN_TENANT_UNKNOWN,
    },
};

/// The longest `sub`, as OpenID Connect has it.
const MAX_SUB: usize = 255;
/// What a token for calls may call itself: a plain JWT, as ID tokens do, or an access token (RFC 9068). Logout tokens, proofs and
/// the like are also signed by the issuer, and open nothing.
const TYPES: [&str; 2] = ["jwt", "at+jwt"];

/// Checks tokens.
pub struct Tokens {
    issuers: Vec<Arc<Issuer>>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("issuers", &self.issuers).finish_non_exhaustive()
    }
}

/// What a token says before its claims.
#[derive(Debug, Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

impl Tokens {
    /// Of these issuers.
    #[must_use]
    pub fn new(settings: &IdentitySettings, published: &Arc<dyn Published>, clock: &Arc<dyn Clock>) -> Self {
        let issuer = |(id, issuer): (&String, &IssuerSettings)| {
            Arc::new(Issuer::new(id.clone(), issuer.clone(), published.clone(), clock.clone()))
        };
        Self { issuers: settings.issuers.iter().map(issuer).collect(), clock: clock.clone() }
    }

    /// Whether a credential is to be judged here: there are issuers, and it has the form of a token.
    #[must_use]
    pub fn takes(&self, presented: &str) -> bool {
        !self.issuers.is_empty() && presented.split('.').count() == 3
    }

    /// The caller whom a token names, over a connection whose client showed this certificate, or none.
    ///
    /// # Errors
    /// Those whose names begin with `TOKEN_`; `ISSUER_UNAVAILABLE` when the keys of the issuer are not known and cannot be
    /// fetched.
    pub async fn caller(&self, token: &str, certificate: Option<&PeerCertificate>) -> Result<Caller, Fault> {
        let mut parts = token.split('.');
        let mut part = || parts.next().unwrap_or_default();
        let header: Header = decoded(part()).ok_or_else(|| invalid("its header cannot be read"))?;
        let claims: Claims = decoded(part()).ok_or_else(|| invalid("its claims cannot be read"))?;
        let issuer = claims.text("iss").and_then(|iss| self.issuers.iter().find(|one| one.settings.issuer == iss));
        let Some(issuer) = issuer else {
            let why = "no issuer is configured here whose URL is the claim iss of the token, letter by letter";
            return Err(refusal(TOKEN_ISSUER_UNKNOWN, why));
        };
        self.verified(token, &header, issuer).await?;
        self.in_time(&claims, &issuer.settings)?;
        bound(&claims, certificate)?;
        judged(&claims, issuer)
    }

    /// That the issuer signed the token, by an algorithm that it may use.
    async fn verified(&self, token: &str, header: &Header, issuer: &Arc<Issuer>) -> Result<(), Fault> {
        let allowed = &issuer.settings.algorithms;
        let algorithm = SigningAlgorithm::named(&header.alg).filter(|algorithm| allowed.contains(algorithm));
        let Some(algorithm) = algorithm else {
            return Err(invalid(&format!("it must be signed by {}", keys::names(allowed))));
        };
        let typ = header.typ.as_deref().map(str::to_ascii_lowercase);
        if typ.is_some_and(|typ| !TYPES.contains(&typ.strip_prefix("application/").unwrap_or(&typ))) {
            return Err(invalid("its typ is that of another kind of token; send an access token or an ID token"));
        }
        if header.crit.is_some() {
            return Err(invalid("its header has extensions that must be understood (crit), and are not here"));
        }
        let kid = header.kid.as_deref().ok_or_else(|| invalid("its header does not name its key (kid)"))?;
        let keys = issuer.keys(kid, algorithm).await?;
        if keys.signed(token, kid, algorithm) { Ok(()) } else { Err(invalid("its signature does not hold")) }
    }

    /// That the token holds now.
    fn in_time(&self, claims: &Claims, issuer: &IssuerSettings) -> Result<(), Fault> {
        let now = self.clock.now().0.div_euclid(1_000_000);
        let skew = i64::from(issuer.skew_seconds);
        let missing = |name: &str| invalid(&format!("it has no {name}, or one that is no time"));
        let exp = claims.time("exp").ok_or_else(|| missing("exp"))?;
        let iat = claims.time("iat").ok_or_else(|| missing("iat"))?;
        let begins = match claims.has("nbf") {
            true => claims.time("nbf").ok_or_else(|| missing("nbf"))?.max(iat),
            false => iat,
        };
        if now >= exp.saturating_add(skew) {
            return Err(refusal(TOKEN_EXPIRED, "the token is expired; get a new one"));
        }
        if now >= iat.saturating_add(i64::from(issuer.max_age_seconds)).saturating_add(skew) {
            let why = format!("the token is older than {} seconds; get a new one", issuer.max_age_seconds);
            return Err(refusal(TOKEN_EXPIRED, why));
        }
        if now < begins.saturating_sub(skew) {
            return Err(refusal(TOKEN_NOT_YET_VALID, "the token holds only later; wait, or compare the clocks"));
        }
        Ok(())
    }
}

/// That a token which is bound to a certificate of its client (RFC 8705) came over a connection that showed it. Who finds such a
/// token cannot use it.
fn bound(claims: &Claims, certificate: Option<&PeerCertificate>) -> Result<(), Fault> {
    if !claims.has("cnf") {
        return Ok(());
    }
    let Some(thumbprint) = claims.confirmed("x5t#S256") else {
        let why = "it is bound to a key of its client (cnf) by another way than a certificate (x5t#S256), which is not checked \
                   here; get another token";
        return Err(invalid(why));
    };
    match certificate {
        Some(certificate) if URL_SAFE_NO_PAD.encode(certificate.sha256) == thumbprint => Ok(()),
        Some(_) => Err(refusal(TOKEN_BINDING, "the token is bound to another certificate than that of the client")),
        None => Err(refusal(TOKEN_BINDING, "the token is bound to a certificate (cnf), and the client showed none")),
    }
}

/// Whom the claims of a well-signed token name.
fn judged(claims: &Claims, issuer: &Issuer) -> Result<Caller, Fault> {
    let settings = &issuer.settings;
    if !claims.is_for(&settings.audiences) {
        let why = "the token is for another service: its aud names none of the audiences that are configured here";
        return Err(refusal(TOKEN_AUDIENCE, why));
    }
    let named = |sub: &&str| (1..=MAX_SUB).contains(&sub.len()) && sub.bytes().all(|b| b.is_ascii_graphic());
    let sub = claims.text("sub").filter(named);
    let sub = sub.ok_or_else(|| invalid("it has no sub of 1 to 255 ASCII characters without spaces"))?;
    let tenant = claims.tenant(settings).and_then(|tenant| TenantId::parse(tenant).ok());
    let Some(tenant) = tenant else {
        let claim = settings.tenant_claim.as_ref().map(ToString::to_string).unwrap_or_default();
        let why = format!("the claim {claim} of the token names no tenant of this installation");
        return Err(refusal(TOKEN_TENANT_UNKNOWN, why).with("claim", claim));
    };
    // No key has a subject with a colon in it, and no id of an issuer has: nobody else is ever called so.
    let subject = format!("oidc:{}:{sub}", issuer.id);
    let roles = claims.roles(settings);
    let partners = if roles.contains(&Role::Partner) { claims.partners(settings) } else { Vec::new() };
    Ok(Caller { tenant, subject, roles, partners, credential: Credential::Token })
}

fn decoded<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

fn refusal(reason: Reason, why: impl Into<String>) -> Fault {
    Fault::new(reason, why)
}

fn invalid(why: &str) -> Fault {
    refusal(TOKEN_INVALID, format!("the token is refused: {why}"))
}
