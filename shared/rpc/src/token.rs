//! Identity between the gateway and the services: Ed25519 JWTs that live 60 seconds. The gateway (and a service that
//! acts for itself) signs; every service verifies against its list of trusted public keys. The algorithm is pinned and
//! the time comes from the caller's clock.

use std::{fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{
    SigningKey, VerifyingKey,
    pkcs8::{
        DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _,
        spki::der::pem::LineEnding,
    },
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tributary_core::{Fault, RequestContext, Role, Scope, TenantId, Timestamp, fault::common};

/// Life of a token in seconds.
pub const TOKEN_SECONDS: i64 = 60;
/// How far the clocks of two machines may differ, in seconds.
const SKEW_SECONDS: i64 = 5;
/// The issuer every token names.
const ISSUER: &str = "tributary";

/// What a token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    tenant: String,
    roles: Vec<Role>,
    /// Of a partner's own user: the partners.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    partners: Vec<String>,
    rid: String,
    iat: i64,
    exp: i64,
}

/// Signs tokens. Holds a private key: never printed.
pub struct TokenSigner {
    key: SigningKey,
    encoding: EncodingKey,
    header: Header,
}

impl TokenSigner {
    /// A signer with a fresh key, for one process that signs and verifies.
    ///
    /// # Errors
    /// `INTERNAL` when the key cannot be encoded.
    pub fn generate() -> Result<Self, Fault> {
        Self::from_key(SigningKey::from_bytes(&rand::random()))
    }

    /// From a PKCS #8 private key in PEM (`openssl genpkey -algorithm ed25519`).
    ///
    /// # Errors
    /// A fault that says what is expected; the key is never part of it.
    pub fn from_pem(pem: &str) -> Result<Self, Fault> {
        let key = SigningKey::from_pkcs8_pem(pem.trim()).map_err(|_| {
            Fault::invalid_field(
                "signing_key",
                "is not an Ed25519 private key in PKCS #8 PEM; make one with openssl genpkey -algorithm ed25519",
            )
        })?;
        Self::from_key(key)
    }

    fn from_key(key: SigningKey) -> Result<Self, Fault> {
        let der = key.to_pkcs8_der().map_err(|e| Fault::internal(format!("cannot encode the signing key: {e}")))?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(key_id(&key.verifying_key()));
        Ok(Self { encoding: EncodingKey::from_ed_der(der.as_bytes()), key, header })
    }

    /// The private key in PEM, to be kept in a file of mode 0600.
    ///
    /// # Errors
    /// `INTERNAL` when the key cannot be encoded.
    pub fn private_pem(&self) -> Result<String, Fault> {
        let pem = self.key.to_pkcs8_pem(LineEnding::LF);
        pem.map(|p| p.as_str().to_owned()).map_err(|e| Fault::internal(format!("cannot encode the signing key: {e}")))
    }

    /// The public key in PEM, to be given to those who verify.
    ///
    /// # Errors
    /// `INTERNAL` when the key cannot be encoded.
    pub fn public_pem(&self) -> Result<String, Fault> {
        let pem = self.key.verifying_key().to_public_key_pem(LineEnding::LF);
        pem.map_err(|e| Fault::internal(format!("cannot encode the public key: {e}")))
    }

    /// A verifier that trusts this signer alone.
    #[must_use]
    pub fn verifier(&self) -> TokenVerifier {
        TokenVerifier::of_keys(&[self.key.verifying_key()])
    }

    /// Signs a token for one call.
    ///
    /// # Errors
    /// `INTERNAL` when signing fails.
    pub fn sign(&self, context: &RequestContext, now: Timestamp) -> Result<String, Fault> {
        let iat = now.0.div_euclid(1_000_000);
        let claims = Claims {
            iss: ISSUER.to_owned(),
            sub: context.subject.clone(),
            tenant: context.tenant.to_string(),
            roles: context.roles.clone(),
            partners: context.scope.partners().to_vec(),
            rid: context.request_id.clone(),
            iat,
            exp: iat.saturating_add(TOKEN_SECONDS),
        };
        jsonwebtoken::encode(&self.header, &claims, &self.encoding)
            .map_err(|e| Fault::internal(format!("cannot sign a token: {e}")))
    }
}

impl fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSigner").field("kid", &self.header.kid).finish_non_exhaustive()
    }
}

/// Verifies tokens against a list of trusted public keys. Cheap to clone.
#[derive(Clone)]
pub struct TokenVerifier {
    keys: Arc<[(String, DecodingKey)]>,
    validation: Arc<Validation>,
}

impl TokenVerifier {
    /// From public keys in PEM (SPKI, `openssl pkey -pubout`); several, so that keys can be rotated.
    ///
    /// # Errors
    /// A fault that names the place of the key that cannot be read, or says that there is none.
    pub fn from_pems<S: AsRef<str>>(pems: &[S]) -> Result<Self, Fault> {
        if pems.is_empty() {
            return Err(Fault::invalid_field("trusted_keys", "is empty; name at least one public key"));
        }
        let keys = pems.iter().enumerate().map(|(i, pem)| {
            VerifyingKey::from_public_key_pem(pem.as_ref().trim())
                .map_err(|_| Fault::invalid_field(format!("trusted_keys[{i}]"), "is not an Ed25519 public key in PEM"))
        });
        Ok(Self::of_keys(&keys.collect::<Result<Vec<_>, _>>()?))
    }

    fn of_keys(keys: &[VerifyingKey]) -> Self {
        let keys = keys.iter().map(|key| (key_id(key), DecodingKey::from_ed_der(key.as_bytes()))).collect();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        // The times are checked against the caller's clock instead of the machine's.
        validation.validate_exp = false;
        validation.validate_aud = false;
        Self { keys, validation: Arc::new(validation) }
    }

    /// The caller a token names.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` with what is wrong; never with the token.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<RequestContext, Fault> {
        let refuse = |why: &str| Fault::new(common::UNAUTHENTICATED, format!("the internal token is refused: {why}"));
        let kid = jsonwebtoken::decode_header(token).map_err(|_| refuse("it is not a token of this suite"))?.kid;
        let mut trusted = self.keys.iter().filter(|(id, _)| kid.as_ref().is_none_or(|kid| kid == id)).peekable();
        if trusted.peek().is_none() {
            return Err(refuse("its key is not trusted here"));
        }
        let claims = trusted
            .find_map(|(_, key)| jsonwebtoken::decode::<Claims>(token, key, &self.validation).ok())
            .ok_or_else(|| refuse("its signature or claims do not hold"))?
            .claims;
        let now = now.0.div_euclid(1_000_000);
        if claims.exp.saturating_sub(claims.iat) > TOKEN_SECONDS || claims.iat > now.saturating_add(SKEW_SECONDS) {
            return Err(refuse("it lives too long or comes from the future; compare the clocks"));
        }
        if now >= claims.exp.saturating_add(SKEW_SECONDS) {
            return Err(refuse("it is expired; send a fresh one"));
        }
        let tenant = TenantId::parse(&claims.tenant).map_err(|_| refuse("its tenant is not an id"))?;
        let scope = Scope::of(&claims.roles, claims.partners);
        Ok(RequestContext { tenant, subject: claims.sub, roles: claims.roles, scope, request_id: claims.rid })
    }
}

impl fmt::Debug for TokenVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|(kid, _)| kid)).finish()
    }
}

/// Names a key: the first 12 bytes of SHA-256 over the public key, base64url.
fn key_id(key: &VerifyingKey) -> String {
    let digest = Sha256::digest(key.as_bytes());
    URL_SAFE_NO_PAD.encode(digest.get(..12).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use tributary_core::{RequestContext, Role, Scope, TenantId, Timestamp};

    use super::{TokenSigner, TokenVerifier};

    const NOW: Timestamp = Timestamp(1_700_000_000_000_000);

    fn context() -> RequestContext {
        RequestContext {
            tenant: TenantId::default_tenant(),
            subject: "erp-production".to_owned(),
            roles: vec![Role::Finance, Role::ChannelManager],
            scope: Scope::Tenant,
            request_id: "r-1".to_owned(),
        }
    }

    fn refusal(verifier: &TokenVerifier, token: &str, now: Timestamp) -> String {
        let fault = verifier.verify(token, now).expect_err("refused");
        assert_eq!(fault.reason().code, "UNAUTHENTICATED");
        assert!(!fault.message().contains(token) || token.is_empty());
        fault.message().to_owned()
    }

    #[test]
    fn a_token_says_who_calls() {
        let signer = TokenSigner::generate().expect("key");
        let token = signer.sign(&context(), NOW).expect("signed");
        assert_eq!(signer.verifier().verify(&token, NOW), Ok(context()));
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).expect("payload")).expect("base64");
        assert_eq!(
            String::from_utf8(claims).expect("text"),
            r#"{"iss":"tributary","sub":"erp-production","tenant":"default","roles":["FINANCE","CHANNEL_MANAGER"],"rid":"r-1","iat":1700000000,"exp":1700000060}"#
        );
    }

    #[test]
    fn the_partners_of_a_partners_own_user_are_signed_too() {
        let signer = TokenSigner::generate().expect("key");
        let scope = Scope::Partners(vec!["partners/anqing".to_owned()]);
        let bound = RequestContext { roles: vec![Role::Partner], scope, ..context() };
        let token = signer.sign(&bound, NOW).expect("signed");
        assert_eq!(signer.verifier().verify(&token, NOW), Ok(bound.clone()));
        let parts: Vec<&str> = token.split('.').collect();
        let payload = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).expect("base64")).expect("text");
        let other = URL_SAFE_NO_PAD.encode(payload.replace("anqing", "hefei"));
        refusal(&signer.verifier(), &format!("{}.{other}.{}", parts[0], parts[2]), NOW);
        // A gateway that does not know of partners says none: then nothing is seen.
        let token = signer.sign(&RequestContext { scope: Scope::Tenant, ..bound }, NOW).expect("signed");
        let scope = signer.verifier().verify(&token, NOW).expect("known").scope;
        assert_eq!(scope, Scope::Partners(vec![]));
    }

    #[test]
    fn it_lives_sixty_seconds_by_the_given_clock() {
        let signer = TokenSigner::generate().expect("key");
        let token = signer.sign(&context(), NOW).expect("signed");
        let verifier = signer.verifier();
        assert!(verifier.verify(&token, NOW.plus_seconds(64)).is_ok(), "60 s and 5 s of skew");
        assert!(refusal(&verifier, &token, NOW.plus_seconds(65)).contains("expired"));
        assert!(verifier.verify(&token, NOW.plus_seconds(-5)).is_ok());
        assert!(refusal(&verifier, &token, NOW.plus_seconds(-6)).contains("future"));
    }

    #[test]
    fn keys_rotate_and_strangers_are_refused() {
        let (old, new, stranger) = (TokenSigner::generate(), TokenSigner::generate(), TokenSigner::generate());
        let (old, new, stranger) = (old.expect("key"), new.expect("key"), stranger.expect("key"));
        let pems = [old.public_pem().expect("pem"), new.public_pem().expect("pem")];
        let verifier = TokenVerifier::from_pems(&pems).expect("keys");
        for signer in [&old, &new] {
            assert!(verifier.verify(&signer.sign(&context(), NOW).expect("signed"), NOW).is_ok());
        }
        assert!(refusal(&verifier, &stranger.sign(&context(), NOW).expect("signed"), NOW).contains("not trusted"));
        let again = TokenSigner::from_pem(&old.private_pem().expect("pem")).expect("same key");
        assert!(verifier.verify(&again.sign(&context(), NOW).expect("signed"), NOW).is_ok());
        assert!(TokenVerifier::from_pems::<&str>(&[]).is_err());
        assert!(TokenVerifier::from_pems(&["not a key"]).is_err());
        assert!(TokenSigner::from_pem("not a key").is_err());
    }

    #[test]
    fn tampering_and_other_algorithms_are_refused() {
        let signer = TokenSigner::generate().expect("key");
        let verifier = signer.verifier();
        let token = signer.sign(&context(), NOW).expect("signed");
        let parts: Vec<&str> = token.split('.').collect();
        let b64 = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let payload = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).expect("base64")).expect("text");
        let admin = b64(&payload.replace("FINANCE", "ADMIN"));
        let none = b64(r#"{"typ":"JWT","alg":"none"}"#);
        // HS256 with the public key as the secret: the classic confusion.
        let hs256 = jsonwebtoken::encode(
            &jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256),
            &serde_json::from_str::<serde_json::Value>(&payload).expect("json"),
            &jsonwebtoken::EncodingKey::from_secret(signer.key.verifying_key().as_bytes()),
        )
        .expect("signed");
        for bad in [
            format!("{}.{admin}.{}", parts[0], parts[2]),
            format!("{none}.{}.", parts[1]),
            format!("{none}.{admin}.{}", parts[2]),
            format!("{}.{}.", parts[0], parts[1]),
            hs256,
            "x".to_owned(),
            String::new(),
        ] {
            refusal(&verifier, &bad, NOW);
        }
    }
}
