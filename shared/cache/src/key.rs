//! Keys: per service and tenant, and a digest of everything that an answer rests on.

use sha2::{Digest as _, Sha256};
use tributary_core::TenantId;

/// Under what an answer is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    service: &'static str,
    digest: [u8; 32],
}

impl Key {
    /// The key of an answer of a service to a tenant. `parts` are all that the answer rests on: which method, the request,
    /// the version of the data. Parts do not run into each other.
    #[must_use]
    pub fn new(service: &'static str, tenant: &TenantId, parts: &[&[u8]]) -> Self {
        let mut sha = Sha256::new();
        for part in [service.as_bytes(), tenant.as_str().as_bytes()].iter().chain(parts) {
            sha.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            sha.update(part);
        }
        Self { service, digest: sha.finalize().into() }
    }

    /// Its digest.
    pub(crate) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Its name in Redis. Tenants and requests cannot be read from it.
    pub(crate) fn name(&self, prefix: &str) -> String {
        format!("{prefix}:cache:{}:{}", self.service, hex::encode(self.digest))
    }
}

#[cfg(test)]
mod tests {
    use tributary_core::TenantId;

    use super::Key;

    #[test]
    fn every_part_counts_and_none_runs_into_the_next() {
        let (a, b) = (TenantId::parse("a").expect("tenant"), TenantId::parse("b").expect("tenant"));
        let key = |service, tenant, parts: &[&[u8]]| Key::new(service, tenant, parts);
        // Python: sha256(b''.join(len(p).to_bytes(8, 'big') + p for p in [b's', b'a', b'xy', b''])).hexdigest()
        let name = "t:cache:s:33952611fd0ab5bbc273d188d06b077780ef797ef523b11eb7a806acdb24883f";
        assert_eq!(key("s", &a, &[b"xy", b""]).name("t"), name);
        let others = [
            key("s", &a, &[b"xy"]),
            key("s", &a, &[b"x", b"y"]),
            key("s", &a, &[b"", b"xy"]),
            key("s", &b, &[b"xy", b""]),
            key("z", &a, &[b"xy", b""]),
        ];
        for other in others {
            assert_ne!(other, key("s", &a, &[b"xy", b""]));
        }
    }
}
