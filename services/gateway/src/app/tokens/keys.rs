//! A set of public keys as its issuer publishes it, and what was signed with them.

use std::{
    collections::HashSet,
    fmt,
    sync::{Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse, RSAKeyParameters},
};
use serde::{
    Deserialize as _,
    de::{
        IntoDeserializer as _,
        value::{self, StrDeserializer},
    },
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{claims::Claims, settings::SigningAlgorithm};

/// How many keys of a set are looked at.
const MAX_KEYS: usize = 100;
/// The longest id of a key.
const MAX_KID: usize = 256;
/// Lengths of an RSA modulus in bytes: 2048 bits is the least that is safe, 4096 the most that is worth the time.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=512;
/// How many tokens are remembered as well signed; beyond that all are forgotten and verified again.
const REMEMBERED: usize = 10_000;

/// Keys of one issuer at one time.
pub(super) struct KeySet {
    keys: Vec<Key>,
    /// Digests of tokens whose signature held with these keys. A new set begins with none, so that a key that is gone takes
    /// with it what it signed. Everything else about a token is looked at every time.
    held: Mutex<HashSet<[u8; 32]>>,
}

struct Key {
    kid: String,
    algorithms: Vec<SigningAlgorithm>,
    key: DecodingKey,
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| &key.kid)).finish()
    }
}

impl KeySet {
    /// The keys of a document that can verify one of the given algorithms. Others are passed over: issuers publish keys for
    /// other purposes, too.
    ///
    /// # Errors
    /// A sentence when it is no JWK set, or has no usable key.
    pub(super) fn read(document: &[u8], pinned: &[SigningAlgorithm]) -> Result<Self, String> {
        let document: Value = serde_json::from_slice(document).map_err(|e| format!("is not JSON: {e}"))?;
        let listed = document.get("keys").and_then(Value::as_array).ok_or("is no JWK set: it has no list of keys")?;
        let keys: Vec<Key> = listed.iter().take(MAX_KEYS).filter_map(|jwk| Key::read(jwk, pinned)).collect();
        if keys.is_empty() {
            return Err(format!("has no key with a kid for {}", names(pinned)));
        }
        Ok(Self { keys, held: Mutex::default() })
    }

    /// Whether there is a key with this id for this algorithm.
    pub(super) fn knows(&self, kid: &str, algorithm: SigningAlgorithm) -> bool {
        self.candidates(kid, algorithm).next().is_some()
    }

    /// Whether a token was signed with a key of this id, by this algorithm.
    pub(super) fn signed(&self, token: &str, kid: &str, algorithm: SigningAlgorithm) -> bool {
        let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        if self.held.lock().unwrap_or_else(PoisonError::into_inner).contains(&digest) {
            return true;
        }
        let mut validation = Validation::new(algorithm.library());
        // Only the signature is looked at here; the claims are judged by the caller's clock.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let holds = |key: &Key| jsonwebtoken::decode::<Claims>(token, &key.key, &validation).is_ok();
        if !self.candidates(kid, algorithm).any(holds) {
            return false;
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= REMEMBERED {
            held.clear();
        }
        held.insert(digest);
        true
    }

    fn candidates(&self, kid: &str, algorithm: SigningAlgorithm) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(move |key| key.kid == kid && key.algorithms.contains(&algorithm))
    }
}

impl Key {
    fn read(jwk: &Value, pinned: &[SigningAlgorithm]) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(jwk.clone()).ok()?;
        let kid = jwk.common.key_id.clone().filter(|kid| (1..=MAX_KID).contains(&kid.len()))?;
        if jwk.common.public_key_use.as_ref().is_some_and(|r#use| *r#use != PublicKeyUse::Signature) {
            return None;
        }
        let own = jwk.common.key_algorithm.map(|algorithm| algorithm.to_string());
        let possible = possible(&jwk.algorithm).iter().copied();
        let algorithms: Vec<SigningAlgorithm> = possible
            .filter(|algorithm| pinned.contains(algorithm))
            .filter(|algorithm| own.as_ref().is_none_or(|own| own == algorithm.name()))
            .collect();
        let key = DecodingKey::from_jwk(&jwk).ok().filter(|_| !algorithms.is_empty())?;
        Some(Self { kid, algorithms, key })
    }
}

/// What a key can verify, by its kind alone. A symmetric key can verify nothing: what is published is no secret.
fn possible(key: &AlgorithmParameters) -> &'static [SigningAlgorithm] {
    use SigningAlgorithm::{EdDsa, Es256, Es384, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
    match key {
        AlgorithmParameters::RSA(rsa) if is_sound(rsa) => &[Rs256, Rs384, Rs512, Ps256, Ps384, Ps512],
        AlgorithmParameters::EllipticCurve(ec) => match ec.curve {
            EllipticCurve::P256 => &[Es256],
            EllipticCurve::P384 => &[Es384],
            _ => &[],
        },
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => &[EdDsa],
        _ => &[],
    }
}

fn is_sound(rsa: &RSAKeyParameters) -> bool {
    let modulus = URL_SAFE_NO_PAD.decode(&rsa.n).unwrap_or_default();
    let bytes = modulus.iter().skip_while(|byte| **byte == 0).count();
    RSA_BYTES.contains(&bytes)
}

/// Algorithms in a row, for people.
pub(super) fn names(algorithms: &[SigningAlgorithm]) -> String {
    algorithms.iter().map(|algorithm| algorithm.name()).collect::<Vec<_>>().join(", ")
}

impl SigningAlgorithm {
    /// The algorithm of a name as in a token's header: those that can be written into the settings, letter by letter.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name: StrDeserializer<'_, value::Error> = name.into_deserializer();
        Self::deserialize(name).ok()
    }

    /// As in a token's header.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    const fn library(self) -> Algorithm {
        match self {
            Self::Rs256 => Algorithm::RS256,
            Self::Rs384 => Algorithm::RS384,
            Self::Rs512 => Algorithm::RS512,
            Self::Ps256 => Algorithm::PS256,
            Self::Ps384 => Algorithm::PS384,
            Self::Ps512 => Algorithm::PS512,
            Self::Es256 => Algorithm::ES256,
            Self::Es384 => Algorithm::ES384,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }
}

#[cfg(test)]
mod tests;
