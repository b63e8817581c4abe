//! Keys: an Ed25519 key signs, and who verifies knows it as a verifier key of C2SP signed-note, one line of text.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{
    Signature, Signer as _, SigningKey, VerifyingKey,
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _, spki::der::pem::LineEnding},
};
use sha2::{Digest as _, Sha256};

use crate::Refused;

/// The algorithm byte of Ed25519 in signed-note.
const ED25519: u8 = 1;

/// Signs heads. Holds a private key: never printed.
pub struct LogSigner(SigningKey);

impl LogSigner {
    /// A fresh key.
    #[must_use]
    pub fn generate() -> Self {
        Self::from_seed(&rand::random())
    }

    /// The key of a seed of 32 bytes.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// From a PKCS #8 private key in PEM (`openssl genpkey -algorithm ed25519`).
    ///
    /// # Errors
    /// A sentence that says what is expected; the key is never part of it.
    pub fn from_pem(pem: &str) -> Result<Self, Refused> {
        SigningKey::from_pkcs8_pem(pem.trim()).map(Self).map_err(|_| {
            let remedy = "make one with openssl genpkey -algorithm ed25519";
            Refused::Form(format!("is not an Ed25519 private key in PKCS #8 PEM; {remedy}"))
        })
    }

    /// The private key in PEM, to be kept in a file of mode 0600.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub fn private_pem(&self) -> Result<String, Refused> {
        let pem = self.0.to_pkcs8_pem(LineEnding::LF);
        pem.map(|pem| pem.as_str().to_owned()).map_err(|e| Refused::Form(format!("cannot encode the key: {e}")))
    }

    /// The public key in PEM.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub fn public_pem(&self) -> Result<String, Refused> {
        let pem = self.0.verifying_key().to_public_key_pem(LineEnding::LF);
        pem.map_err(|e| Refused::Form(format!("cannot encode the key: {e}")))
    }

    /// What verifies this signer's heads of the log with an origin.
    #[must_use]
    pub fn key(&self, origin: &str) -> LogKey {
        LogKey { name: origin.to_owned(), key: self.0.verifying_key() }
    }

    /// Signs a text that is no head, whose first line says what it is; gives the id of the key and the signature in base64.
    #[must_use]
    pub fn sign_text(&self, origin: &str, text: &str) -> String {
        STANDARD.encode(self.sign(origin, text))
    }

    /// Signs the text of a note; gives the id of the key and the signature.
    pub(crate) fn sign(&self, origin: &str, text: &str) -> Vec<u8> {
        let mut signed = self.key(origin).id().to_vec();
        signed.extend(self.0.sign(text.as_bytes()).to_bytes());
        signed
    }
}

impl fmt::Debug for LogSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogSigner").finish_non_exhaustive()
    }
}

/// Verifies heads of one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogKey {
    name: String,
    key: VerifyingKey,
}

impl LogKey {
    /// From its text: `NAME+ID+KEY`, where ID is 8 hex digits and KEY is base64 of a byte of one and the 32 bytes of the key.
    ///
    /// # Errors
    /// A sentence that says what is expected.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let wrong = || Refused::Form("is not a verifier key of the form NAME+ID+KEY".to_owned());
        let mut parts = text.splitn(3, '+');
        let (name, id, key) =
            (parts.next().ok_or_else(wrong)?, parts.next().ok_or_else(wrong)?, parts.next().ok_or_else(wrong)?);
        let bytes = STANDARD.decode(key).map_err(|_| wrong())?;
        let Some((&ED25519, bytes)) = bytes.split_first() else { return Err(wrong()) };
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| wrong())?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| wrong())?;
        let read = Self { name: name.to_owned(), key };
        let sound = is_name(name) && hex::encode(read.id()) == id;
        if sound {
            Ok(read)
        } else {
            Err(Refused::Form("is a verifier key whose id is not that of its key".to_owned()))
        }
    }

    /// The name: the origin of the log.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of SHA-256 over name, line feed, algorithm and key.
    pub(crate) fn id(&self) -> [u8; 4] {
        let mut hash = Sha256::new();
        hash.update(self.name.as_bytes());
        hash.update([b'\n', ED25519]);
        hash.update(self.key.as_bytes());
        let [a, b, c, d, ..]: [u8; 32] = hash.finalize().into();
        [a, b, c, d]
    }

    /// Whether what [`LogSigner::sign_text`] gave signs the text with this key.
    #[must_use]
    pub fn holds_text(&self, text: &str, signed: &str) -> bool {
        STANDARD.decode(signed).is_ok_and(|signed| self.holds(text, &signed))
    }

    /// Whether the bytes (key id and signature) sign the text with this key.
    pub(crate) fn holds(&self, text: &str, signed: &[u8]) -> bool {
        let Some((id, signature)) = signed.split_at_checked(4) else { return false };
        let Ok(signature) = Signature::from_slice(signature) else { return false };
        id == self.id() && self.key.verify_strict(text.as_bytes(), &signature).is_ok()
    }
}

impl fmt::Display for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519];
        key.extend(self.key.as_bytes());
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id()), STANDARD.encode(key))
    }
}

/// Whether a text can be the name of a key: not empty, without spaces and without "+".
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+')
}
