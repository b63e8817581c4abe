//! What an API key looks like: `trib_<prefix>_<secret>`. The prefix is public and names the key; the secret is 256
//! random bits, so one round of SHA-256 is enough to keep it: there is nothing to guess.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// How many random bytes a key is made of.
pub const ENTROPY: usize = PREFIX_ENTROPY + SECRET_ENTROPY;

const PREFIX_ENTROPY: usize = 9;
const SECRET_ENTROPY: usize = 32;
const MAX_PREFIX: usize = 32;
const MAX_SECRET: usize = 128;
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// A key in clear, as its holder sends it. Printing it for debugging shows the prefix only.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    prefix: String,
    secret: String,
}

impl ApiKey {
    /// A key from random bytes.
    #[must_use]
    pub fn mint(random: &[u8; ENTROPY]) -> Self {
        let (prefix, secret) = random.split_at(PREFIX_ENTROPY);
        let letter = |byte: &u8| char::from(LETTERS.get(usize::from(byte & 31)).copied().unwrap_or(b'a'));
        Self { prefix: std::iter::once('k').chain(prefix.iter().map(letter)).collect(), secret: hex::encode(secret) }
    }

    /// Reads a key as it was sent; `None` when it has not the form of one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (prefix, secret) = text.strip_prefix("trib_")?.split_once('_')?;
        let form = is_prefix(prefix)
            && (1..=MAX_SECRET).contains(&secret.len())
            && secret.bytes().all(|b| b.is_ascii_alphanumeric());
        form.then(|| Self { prefix: prefix.to_owned(), secret: secret.to_owned() })
    }

    /// The public part. Example: "k7f3q2abcd".
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The whole key, to be shown once.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("trib_{}_{}", self.prefix, self.secret)
    }

    /// SHA-256 of the secret: what is stored.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.secret.as_bytes()).into()
    }

    /// Whether this is the key of a stored hash; the time taken does not depend on where they differ.
    #[must_use]
    pub fn matches(&self, stored: &[u8; 32]) -> bool {
        self.hash().ct_eq(stored).into()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey(trib_{}_…)", self.prefix)
    }
}

/// Whether a text can be the prefix of a key: 1 to 32 of a-z and 0-9.
#[must_use]
pub fn is_prefix(text: &str) -> bool {
    (1..=MAX_PREFIX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{ApiKey, ENTROPY};

    #[test]
    fn a_minted_key_reads_back() {
        let mut random = [0_u8; ENTROPY];
        random.iter_mut().zip(0_u8..).for_each(|(byte, i)| *byte = i);
        let key = ApiKey::mint(&random);
        assert_eq!(key.prefix(), "kabcdefghi");
        let secret = "090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728";
        assert_eq!(key.reveal(), format!("trib_kabcdefghi_{secret}"));
        assert_eq!(ApiKey::parse(&key.reveal()), Some(key.clone()));
        assert_eq!(format!("{key:?}"), "ApiKey(trib_kabcdefghi_…)");
    }

    #[test]
    fn the_hash_is_sha_256_of_the_secret() {
        let key = ApiKey::parse("trib_k1_abc").expect("form");
        // FIPS 180-2, appendix B.1: SHA-256("abc").
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex::encode(key.hash()), expected);
        assert!(key.matches(&key.hash()));
        assert!(!ApiKey::parse("trib_k1_abd").expect("form").matches(&key.hash()));
    }

    #[test]
    fn other_forms_are_no_keys() {
        let long_prefix = format!("trib_{}_x", "a".repeat(33));
        let long_secret = format!("trib_a_{}", "x".repeat(129));
        for bad in ["", "trib_", "trib__x", "trib_a_", "trib_a", "TRIB_a_x", "trib_A_x", "trib_a_x-y", "trib_a_x_y"] {
            assert_eq!(ApiKey::parse(bad), None, "{bad}");
        }
        assert_eq!(ApiKey::parse(&long_prefix), None);
        assert_eq!(ApiKey::parse(&long_secret), None);
    }
}
