//! Settings of this service.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tributary_sql::StoreUrl;

/// Settings of contract-risk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where its store is: `sqlite:PATH` or `postgres://…`.
    pub store: StoreUrl,
}

impl Default for Settings {
    fn default() -> Self {
        Self { store: StoreUrl::Sqlite(PathBuf::from("data/contract-risk.db")) }
    }
}
