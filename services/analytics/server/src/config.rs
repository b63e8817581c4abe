//! Settings of this service.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tributary_core::{Fault, Zone};
use tributary_sql::StoreUrl;

/// Settings of analytics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where its store is: `sqlite:PATH` or `postgres://…`.
    pub store: StoreUrl,
    /// IANA zone in which an instant has its day. Default: "Asia/Shanghai".
    pub zone: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self { store: StoreUrl::Sqlite(PathBuf::from("data/analytics.db")), zone: DEFAULT_ZONE.to_owned() }
    }
}

const DEFAULT_ZONE: &str = "Asia/Shanghai";

impl Settings {
    /// The zone.
    ///
    /// # Errors
    /// `INVALID_REQUEST` when it is not known.
    pub(crate) fn check(&self) -> Result<Zone, Fault> {
        let zone = if self.zone == DEFAULT_ZONE { Ok(Zone::shanghai()) } else { Zone::parse(&self.zone) };
        zone.map_err(|e| Fault::invalid_field("zone", e))
    }
}
