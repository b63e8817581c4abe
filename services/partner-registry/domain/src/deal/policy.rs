//! How a tenant registers deals.

use serde::{Deserialize, Serialize};
use tributary_core::{Fault, Timestamp, Violations};

use crate::etag;

/// Its resource name.
pub const POLICY_NAME: &str = "dealPolicy";

/// The rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealRules {
    /// Days of protection from an approval, its day included.
    pub protection_days: i32,
    /// Days within which the house is to decide.
    pub decision_days: i32,
    /// How often a protection may be extended.
    pub max_extensions: i32,
    /// By how many days at most each time.
    pub extension_days: i32,
    /// Whether a deal that meets no other is approved at once.
    pub automatic_approval: bool,
}

impl Default for DealRules {
    fn default() -> Self {
        Self { protection_days: 90, decision_days: 5, max_extensions: 1, extension_days: 30, automatic_approval: false }
    }
}

/// The fields that an update may set.
const FIELDS: [&str; 5] =
    ["protection_days", "decision_days", "max_extensions", "extension_days", "automatic_approval"];

impl DealRules {
    /// Checks every number.
    #[must_use]
    pub fn violations(&self) -> Violations {
        let mut v = Violations::new();
        for (field, value, range) in [
            ("protection_days", self.protection_days, 1..=1095),
            ("decision_days", self.decision_days, 0..=90),
            ("max_extensions", self.max_extensions, 0..=20),
            ("extension_days", self.extension_days, 1..=365),
        ] {
            if !range.contains(&value) {
                v.add(field, format!("{value} is not between {} and {}", range.start(), range.end()));
            }
        }
        v
    }

    /// These rules with those fields of others that a mask names, "*" all of them; an empty one names those that are set,
    /// which 0 and false are not.
    #[must_use]
    pub fn merged(&self, other: &Self, paths: &[String]) -> Self {
        let named = |field: &str, is_set: bool| match paths {
            [] => is_set,
            paths => paths.iter().any(|path| path == field || path == "*"),
        };
        let pick = |field, own: i32, other: i32| if named(field, other != 0) { other } else { own };
        Self {
            protection_days: pick("protection_days", self.protection_days, other.protection_days),
            decision_days: pick("decision_days", self.decision_days, other.decision_days),
            max_extensions: pick("max_extensions", self.max_extensions, other.max_extensions),
            extension_days: pick("extension_days", self.extension_days, other.extension_days),
            automatic_approval: if named("automatic_approval", other.automatic_approval) {
                other.automatic_approval
            } else {
                self.automatic_approval
            },
        }
    }
}

/// What is wrong with the paths of a mask.
#[must_use]
pub fn mask_violations(paths: &[String]) -> Violations {
    let mut v = Violations::new();
    for path in paths.iter().filter(|path| *path != "*" && !FIELDS.contains(&path.as_str())) {
        v.add("update_mask", format!("{path:?} cannot be set; name some of {}", FIELDS.join(", ")));
    }
    v
}

/// The rules at a revision.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealPolicy {
    /// What they say.
    pub rules: DealRules,
    /// Counts changes; 0: the defaults.
    pub revision: i64,
    /// Who changed it last.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When; `None` for the defaults.
    pub update_time: Option<Timestamp>,
}

impl DealPolicy {
    /// Fingerprint of this revision.
    #[must_use]
    pub fn etag(&self) -> String {
        etag::of(self.revision)
    }

    /// Checks the etag a caller sends; an empty one agrees with every revision.
    ///
    /// # Errors
    /// `ETAG_MISMATCH`.
    pub fn check_etag(&self, etag: &str) -> Result<(), Fault> {
        etag::check(etag, self.revision, "policy", POLICY_NAME.to_owned())
    }

    /// The policy with other rules; `None` when nothing differs.
    #[must_use]
    pub fn change(&self, rules: DealRules, actor: String, reason: String, now: Timestamp) -> Option<Self> {
        let time = self.update_time.map_or(now, |before| now.max(before));
        (rules != self.rules).then(|| Self {
            rules,
            revision: self.revision.saturating_add(1),
            actor,
            reason,
            update_time: Some(time),
        })
    }
}
