//! What can be set.

use std::path::PathBuf;

use serde::Deserialize;
use tributary_sql::StoreUrl;

/// Settings of the gateway.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where keys are kept.
    pub store: StoreUrl,
    /// Where the very first start writes the first key (mode 0600). Unset: none is made.
    #[serde(default)]
    pub bootstrap_key_file: Option<PathBuf>,
}
