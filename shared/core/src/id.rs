//! Ids: UUIDv7 made by the server, resource ids chosen by callers, tenants.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where new ids come from. Tests count instead.
pub trait IdSource: Send + Sync + fmt::Debug {
    /// A new UUIDv7.
    fn uuid(&self) -> Uuid;

    /// A new resource id with a leading letter, so that it matches the pattern of ids. Example: "p0192f7c4a1b2…".
    fn resource_id(&self, prefix: char) -> ResourceId {
        ResourceId(format!("{prefix}{}", self.uuid().simple()))
    }
}

/// UUIDv7 from the machine's clock and randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl IdSource for SystemIds {
    #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// The last part of a resource name: `[a-z]([a-z0-9-]{0,61}[a-z0-9])?`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceId(String);

impl ResourceId {
    /// Checks the pattern.
    ///
    /// # Errors
    /// A sentence that names the value and the pattern.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bytes = text.as_bytes();
        let inner = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-';
        let ok = bytes.len() <= 63
            && bytes.first().is_some_and(u8::is_ascii_lowercase)
            && bytes.last().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            && bytes.iter().all(inner);
        if ok {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("{text:?} is not an id: use 1 to 63 of a-z, 0-9 and '-', a letter first, no '-' at the end"))
        }
    }

    /// Takes the id out of a resource name such as `partners/x` with `collection` = "partners".
    ///
    /// # Errors
    /// A sentence that names the value and the form.
    pub fn from_name(collection: &str, name: &str) -> Result<Self, String> {
        let id = name
            .strip_prefix(collection)
            .and_then(|rest| rest.strip_prefix('/'))
            .ok_or_else(|| format!("{name:?} is not a resource name of the form \"{collection}/ID\""))?;
        Self::parse(id)
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A tenant; leads every key of every store, comes from the credential, never from a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TenantId(String);

impl TenantId {
    /// Same pattern as a resource id.
    ///
    /// # Errors
    /// A sentence that names the value and the pattern.
    pub fn parse(text: &str) -> Result<Self, String> {
        ResourceId::parse(text).map(|id| Self(id.0))
    }

    /// The tenant of a fresh installation.
    #[must_use]
    pub fn default_tenant() -> Self {
        Self("default".to_owned())
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::ResourceId;

    #[test]
    fn ids_follow_the_pattern() {
        for good in ["a", "ab", "progressive-sports", "a1", &"a".repeat(63)] {
            assert!(ResourceId::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "A", "1a", "a-", "-a", "a_b", "a b", "AW00000001", &"a".repeat(64), "é"] {
            assert!(ResourceId::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(ResourceId::from_name("partners", "partners/x").map(|i| i.to_string()), Ok("x".to_owned()));
        assert!(ResourceId::from_name("partners", "plans/x").is_err());
    }
}
