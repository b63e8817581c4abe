//! Whose tokens are believed, and what they say here.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use serde::{Deserialize, Deserializer, Serialize};
use tributary_core::{ResourceId, Role, TenantId, Violations};

use super::claims::ClaimPath;
use crate::app::clients::{self, ClientSettings};

/// The longest id of an issuer; it is the beginning of every subject of his.
const MAX_ID: usize = 32;
/// The largest skew: beyond it a clock is wrong, not late.
const MAX_SKEW: u32 = 300;
/// How long keys are used before a call waits for them to be fetched again: so long a key that its issuer took back may go on
/// working, while the issuer answers. It is the least that they are believed while he does not.
pub(super) const USED_SECONDS: u32 = 600;
/// The longest that keys are believed without word of their issuer: a day.
const MAX_HOLD: u32 = 86_400;

/// Settings of identity by tokens and certificates. Without an issuer and a client only API keys are taken.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentitySettings {
    /// Whether keys may be fetched without TLS: whoever is on the way can then be anybody. For trying out.
    pub allow_http: bool,
    /// A file of certificates (PEM) of authorities that are believed beside the public ones when keys are fetched.
    pub authorities_file: Option<PathBuf>,
    /// Issuers by an id of ours, which every subject of theirs begins with: `oidc:ID:SUB`. It must never be given to another
    /// issuer: histories name it.
    pub issuers: BTreeMap<String, IssuerSettings>,
    /// Clients that are known by a certificate, by an id of ours, which is their subject: `mtls:ID`. Needs TLS that asks for
    /// certificates of clients.
    pub clients: BTreeMap<String, ClientSettings>,
}

/// One issuer of tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerSettings {
    /// Its URL, letter by letter as in the claim `iss`.
    pub issuer: String,
    /// Who tokens must be for: one of these must be in `aud`.
    #[serde(deserialize_with = "one_or_many")]
    pub audiences: Vec<String>,
    /// Where its keys are (a JWK set). Neither this nor a file: the document of OpenID Connect discovery says.
    #[serde(default)]
    pub jwks_uri: Option<String>,
    /// A file with its keys (a JWK set), read again from time to time.
    #[serde(default)]
    pub jwks_file: Option<PathBuf>,
    /// The algorithms that it may sign with.
    #[serde(default = "standard_algorithms", deserialize_with = "one_or_many")]
    pub algorithms: Vec<SigningAlgorithm>,
    /// How far its clock and ours may differ.
    #[serde(default = "standard_skew")]
    pub skew_seconds: u32,
    /// How old a token may be, whatever its end.
    #[serde(default = "standard_age")]
    pub max_age_seconds: u32,
    /// How long the keys that are known are believed while the issuer cannot be reached.
    #[serde(default = "standard_hold")]
    pub hold_seconds: u32,
    /// The tenant of everybody from here.
    #[serde(default)]
    pub tenant: Option<String>,
    /// The claim that names the tenant, instead.
    #[serde(default)]
    pub tenant_claim: Option<ClaimPath>,
    /// Tenants by what the claim says, when those are not the same; what is not listed is then refused.
    #[serde(default)]
    pub tenants: BTreeMap<String, String>,
    /// The claim that names the partner of a partner's own user, by its id or resource name; or a list of them. Required
    /// where a value gives PARTNER.
    #[serde(default)]
    pub partners_claim: Option<ClaimPath>,
    /// Ids of partners by what that claim says, when those are not the same; what is not listed names none.
    #[serde(default)]
    pub partners: BTreeMap<String, String>,
    /// The claim that names groups or roles: a list of texts, or one text with spaces between.
    pub roles_claim: ClaimPath,
    /// Our roles by what the claim says. What is not listed gives none.
    pub roles: BTreeMap<String, Roles>,
}

/// The roles that one value of a claim gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Roles(#[serde(deserialize_with = "one_or_many")] pub Vec<Role>);

/// How a token may be signed: by asymmetric keys only. Anything else cannot even be written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SigningAlgorithm {
    /// RSA PKCS #1 with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// RSA PKCS #1 with SHA-384.
    #[serde(rename = "RS384")]
    Rs384,
    /// RSA PKCS #1 with SHA-512.
    #[serde(rename = "RS512")]
    Rs512,
    /// RSA PSS with SHA-256.
    #[serde(rename = "PS256")]
    Ps256,
    /// RSA PSS with SHA-384.
    #[serde(rename = "PS384")]
    Ps384,
    /// RSA PSS with SHA-512.
    #[serde(rename = "PS512")]
    Ps512,
    /// ECDSA on P-256.
    #[serde(rename = "ES256")]
    Es256,
    /// ECDSA on P-384.
    #[serde(rename = "ES384")]
    Es384,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

fn standard_algorithms() -> Vec<SigningAlgorithm> {
    vec![SigningAlgorithm::Rs256, SigningAlgorithm::Es256, SigningAlgorithm::EdDsa]
}

const fn standard_skew() -> u32 {
    60
}

const fn standard_age() -> u32 {
    86_400
}

const fn standard_hold() -> u32 {
    3_600
}

impl IdentitySettings {
    /// Notes everything that is wrong, under `field`.
    pub fn check(&self, field: &str, violations: &mut Violations) {
        let mut known = BTreeSet::new();
        clients::check(&self.clients, &format!("{field}.clients"), violations);
        for (id, issuer) in &self.issuers {
            let field = format!("{field}.issuers.{id}");
            check_id(id, &field, violations);
            if !known.insert(issuer.issuer.as_str()) {
                let why = format!("{:?} is the issuer of another entry, too; a token must lead to one", issuer.issuer);
                violations.add(format!("{field}.issuer"), why);
            }
            issuer.check(&field, self.allow_http, violations);
        }
    }
}

/// Notes an id that no subject could begin with.
pub(in crate::app) fn check_id(id: &str, field: &str, violations: &mut Violations) {
    let letters = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if id.is_empty() || id.len() > MAX_ID || !letters {
        violations.add(field, format!("{id:?} is no id; write 1 to {MAX_ID} of a-z, 0-9 and -"));
    }
}

impl IssuerSettings {
    fn check(&self, field: &str, allow_http: bool, violations: &mut Violations) {
        let mut wrong = |name: &str, why: String| violations.add(format!("{field}.{name}"), why);
        let url = |text: &str| {
            let open = text.starts_with("https://") || (allow_http && text.starts_with("http://"));
            open.then_some(()).ok_or_else(|| {
                format!(
                    "{text:?} does not begin with https://; gateway.identity.allow_http allows http:// for trying out"
                )
            })
        };
        // With keys from a file nothing is fetched, and an issuer may be any name.
        let fetched = self.jwks_uri.as_ref().or_else(|| self.jwks_file.is_none().then_some(&self.issuer));
        if let Some(Err(why)) = fetched.map(|text| url(text)) {
            wrong(if self.jwks_uri.is_some() { "jwks_uri" } else { "issuer" }, why);
        }
        if self.issuer.is_empty() {
            wrong("issuer", "is empty; write the URL that is in the claim iss".to_owned());
        }
        if self.jwks_uri.is_some() && self.jwks_file.is_some() {
            wrong("jwks_file", "there is a jwks_uri, too; give one of them".to_owned());
        }
        if self.audiences.is_empty() || self.audiences.iter().any(String::is_empty) {
            let why = "name at least one audience, else tokens for other services would open this one";
            wrong("audiences", why.to_owned());
        }
        if self.algorithms.is_empty() {
            wrong("algorithms", "name at least one".to_owned());
        }
        for (name, value, least, most) in [
            ("skew_seconds", self.skew_seconds, 0, MAX_SKEW),
            ("max_age_seconds", self.max_age_seconds, 1, u32::MAX),
            ("hold_seconds", self.hold_seconds, USED_SECONDS, MAX_HOLD),
        ] {
            if !(least..=most).contains(&value) {
                wrong(name, format!("{value} is too much or too little; give {least} to {most} seconds"));
            }
        }
        match (&self.tenant, &self.tenant_claim) {
            (Some(_), Some(_)) => wrong("tenant_claim", "there is a tenant, too; give one of them".to_owned()),
            (None, None) => wrong("tenant", "give the tenant of everybody, or a tenant_claim".to_owned()),
            _ => {}
        }
        for (name, tenant) in
            self.tenant.iter().map(|t| ("tenant", t)).chain(self.tenants.values().map(|t| ("tenants", t)))
        {
            if let Err(why) = TenantId::parse(tenant) {
                wrong(name, why);
            }
        }
        if self.tenant.is_some() && !self.tenants.is_empty() {
            wrong("tenants", "is for a tenant_claim; there is none".to_owned());
        }
        for partner in self.partners.values() {
            if let Err(why) = ResourceId::parse(partner) {
                wrong("partners", why);
            }
        }
        if self.partners_claim.is_none() && !self.partners.is_empty() {
            wrong("partners", "is for a partners_claim; there is none".to_owned());
        }
        for (value, roles) in self.roles.iter().filter(|(_, roles)| roles.0.contains(&Role::Partner)) {
            if roles.0.len() > 1 {
                wrong("roles", format!("{value:?} gives PARTNER and another role; PARTNER stands alone"));
            }
            if self.partners_claim.is_none() {
                let why = format!("{value:?} gives PARTNER; name the claim that says which partner's user it is");
                wrong("partners_claim", why);
            }
        }
        if self.roles.values().all(|roles| roles.0.is_empty()) {
            wrong("roles", "maps no value to a role, so nobody could do anything; map one".to_owned());
        }
        for (value, _) in self.roles.iter().filter(|(_, roles)| roles.0.contains(&Role::Service)) {
            wrong("roles", format!("{value:?} gives SERVICE, which is for the services themselves"));
        }
    }
}

/// A list, or one value alone; a text with commas is a list, as in the environment.
fn one_or_many<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: for<'t> Deserialize<'t>,
{
    use serde::de::{Error as _, IntoDeserializer as _, value::StrDeserializer};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Many(Vec<String>),
        One(String),
    }
    let texts = match Given::deserialize(deserializer)? {
        Given::Many(many) => many,
        Given::One(one) => one.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect(),
    };
    let read = |text: &String| {
        let text: StrDeserializer<'_, serde::de::value::Error> = text.as_str().into_deserializer();
        T::deserialize(text).map_err(D::Error::custom)
    };
    texts.iter().map(read).collect()
}

#[cfg(test)]
mod tests;
