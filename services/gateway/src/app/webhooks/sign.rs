//! Signatures after Standard Webhooks: what is signed is `ID.TIMESTAMP.BODY`, by HMAC-SHA256 (`v1`) or Ed25519 (`v1a`).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signer as _, SigningKey};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use tributary_core::{Fault, Timestamp};

use crate::ports::{
    Entropy,
    webhooks::{Scheme, Secret},
};

/// Bytes of a key, of both schemes.
const KEY: usize = 32;

/// A secret nobody can guess.
///
/// # Errors
/// `INTERNAL` when the system gives no randomness.
pub fn random_secret(entropy: &dyn Entropy, scheme: Scheme) -> Result<Secret, Fault> {
    let mut key = vec![0_u8; KEY];
    entropy.fill(&mut key)?;
    Ok(Secret { scheme, key, expire_time: None })
}

/// What the receiver needs to verify: the secret of HMAC, the public key of Ed25519.
///
/// # Errors
/// `INTERNAL` for a key that is none.
pub fn receiver_key(secret: &Secret) -> Result<String, Fault> {
    Ok(match secret.scheme {
        Scheme::HmacSha256 => format!("whsec_{}", STANDARD.encode(&secret.key)),
        Scheme::Ed25519 => format!("whpk_{}", STANDARD.encode(signing_key(secret)?.verifying_key().as_bytes())),
    })
}

/// The header `webhook-signature`: a signature by every secret that is in force, the newest first.
///
/// # Errors
/// `INTERNAL` for a key that is none.
pub fn signatures(secrets: &[Secret], id: &str, timestamp: i64, body: &[u8], now: Timestamp) -> Result<String, Fault> {
    let mut signed = format!("{id}.{timestamp}.").into_bytes();
    signed.extend_from_slice(body);
    let in_force = secrets.iter().filter(|secret| secret.in_force(now));
    Ok(in_force.map(|secret| signature(secret, &signed)).collect::<Result<Vec<_>, _>>()?.join(" "))
}

fn signature(secret: &Secret, signed: &[u8]) -> Result<String, Fault> {
    Ok(match secret.scheme {
        Scheme::HmacSha256 => {
            let mac = Hmac::<Sha256>::new_from_slice(&secret.key);
            let mut mac = mac.map_err(|e| Fault::internal(format!("a key of HMAC: {e}")))?;
            mac.update(signed);
            format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
        }
        Scheme::Ed25519 => format!("v1a,{}", STANDARD.encode(signing_key(secret)?.sign(signed).to_bytes())),
    })
}

fn signing_key(secret: &Secret) -> Result<SigningKey, Fault> {
    let key = secret.key.first_chunk::<KEY>().filter(|_| secret.key.len() == KEY);
    key.map(SigningKey::from_bytes).ok_or_else(|| Fault::internal("a key of Ed25519 is not 32 bytes"))
}

#[cfg(test)]
mod tests {
    use tributary_core::Timestamp;

    use super::{receiver_key, signatures};
    use crate::ports::webhooks::{Scheme, Secret};

    /// What the Python packages standardwebhooks 1.1.0 and cryptography say:
    /// `Webhook("whsec_AAEC…Hh8=").sign("msg_1", datetime.fromtimestamp(1341100800, timezone.utc), '{"a":1}')`,
    /// `Ed25519PrivateKey.from_private_bytes(bytes(range(32))).sign(b'msg_1.1341100800.{"a":1}')`.
    #[test]
    fn signatures_are_those_of_other_libraries() {
        let secret = |scheme, expire_time| Secret { scheme, key: (0..32).collect(), expire_time };
        let (hmac, ed25519) = (secret(Scheme::HmacSha256, None), secret(Scheme::Ed25519, Some(Timestamp(100))));
        assert_eq!(receiver_key(&hmac), Ok("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned()));
        assert_eq!(receiver_key(&ed25519), Ok("whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=".to_owned()));
        let sign =
            |now| signatures(&[hmac.clone(), ed25519.clone()], "msg_1", 1_341_100_800, b"{\"a\":1}", Timestamp(now));
        let (by_hmac, by_ed25519) = (
            "v1,6RqaMTNQD3nauhEox9Nhlv5zcjXr+Dahh6i0euS+QOg=",
            "v1a,RZI2R4EAC4YvnIq3GBPYZzf4UlEsNXcBGamTC4uOiOtxW6roRCcH+1P2Ik6fz/zX9Ii32JiTQoOaV+Eqv5kLAw==",
        );
        assert_eq!(sign(99), Ok(format!("{by_hmac} {by_ed25519}")));
        assert_eq!(sign(100), Ok(by_hmac.to_owned()), "the second one is over");
    }
}
