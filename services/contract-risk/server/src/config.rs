//! Settings of this service.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tributary_core::{Fault, Zone};
use tributary_sql::StoreUrl;

/// Zone in which "today" is meant, unless the settings say otherwise.
const DEFAULT_ZONE: &str = "Asia/Shanghai";

/// Settings of contract-risk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where its store is: `sqlite:PATH` or `postgres://…`.
    pub store: StoreUrl,
    /// IANA zone in which "today" is meant. Default: "Asia/Shanghai".
    pub zone: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self { store: StoreUrl::Sqlite(PathBuf::from("data/contract-risk.db")), zone: DEFAULT_ZONE.to_owned() }
    }
}

impl Settings {
    /// The zone, looked up.
    pub(crate) fn zone(&self) -> Result<Zone, Fault> {
        let zone = if self.zone == DEFAULT_ZONE { Ok(Zone::shanghai()) } else { Zone::parse(&self.zone) };
        zone.map_err(|e| Fault::invalid_field("zone", e))
    }
}
