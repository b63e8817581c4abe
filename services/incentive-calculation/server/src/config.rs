//! Settings of this service.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tributary_core::Timestamp;
use tributary_sql::StoreUrl;

/// Settings of incentive-calculation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where its store is: `sqlite:PATH` or `postgres://…`.
    pub store: StoreUrl,
    /// IANA time zone that turns instants into days. Default: Asia/Shanghai.
    pub zone: String,
    /// How runs are calculated.
    pub run: RunSettings,
    /// How long simulations are kept.
    pub simulations: SimulationSettings,
    /// The evidence log.
    pub evidence: EvidenceSettings,
}

/// The evidence log, and who signs its heads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EvidenceSettings {
    /// What the origins of the logs begin with, a name that is yours alone, as the host of the suite; service and tenant
    /// follow. It never changes: keys and heads name it. Default: "tributary".
    pub name: String,
    /// The Ed25519 key (PKCS #8 PEM) that signs heads, the same for all replicas; made with mode 0600 when missing. `None`:
    /// `DATA/evidence.key`.
    pub signing_key_file: Option<PathBuf>,
    /// Accepts a name or a key that is another one than before. Default: false; such a start is refused.
    pub change_key: bool,
}

impl Default for EvidenceSettings {
    fn default() -> Self {
        Self { name: "tributary".to_owned(), signing_key_file: None, change_key: false }
    }
}

impl EvidenceSettings {
    /// Checks the name.
    ///
    /// # Errors
    /// A sentence with the name and the remedy.
    pub fn check_name(&self) -> Result<(), String> {
        let fits = |c: char| c.is_ascii_alphanumeric() || ".-_/:".contains(c);
        if !self.name.is_empty() && self.name.len() <= 200 && self.name.chars().all(fits) {
            return Ok(());
        }
        Err(format!("{:?} is no name of a log; give 1 to 200 of the characters a-z A-Z 0-9 . - _ / :", self.name))
    }
}

/// How runs are calculated.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunSettings {
    /// Tasks that add facts up at once; 0 (default): one per core. What a run gives does not depend on it.
    pub workers: u16,
}

impl RunSettings {
    /// How many tasks there are.
    #[must_use]
    pub fn tasks(&self) -> usize {
        match self.workers {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            n => usize::from(n),
        }
    }
}

/// How long simulations are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SimulationSettings {
    /// Days after its end on which a simulation is deleted, with its changes; 0: never. Default: 30.
    pub keep_days: u16,
}

impl Default for SimulationSettings {
    fn default() -> Self {
        Self { keep_days: 30 }
    }
}

impl SimulationSettings {
    /// Those that were worked out before this are deleted; `None`: none is.
    #[must_use]
    pub fn oldest_kept(&self, now: Timestamp) -> Option<Timestamp> {
        const DAY: i64 = 24 * 60 * 60;
        (self.keep_days > 0).then(|| now.plus_seconds(-DAY.saturating_mul(i64::from(self.keep_days))))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            store: StoreUrl::Sqlite(PathBuf::from("data/incentive-calculation.db")),
            zone: "Asia/Shanghai".to_owned(),
            run: RunSettings::default(),
            simulations: SimulationSettings::default(),
            evidence: EvidenceSettings::default(),
        }
    }
}
