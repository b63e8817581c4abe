//! Settings of the service, checked with all faults at once.

use serde::Deserialize;
use tributary_core::{Fault, Violations, Zone};
use tributary_sql::StoreUrl;

/// Settings of the partner registry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the partners are kept.
    pub store: StoreUrl,
    /// IANA zone in which "today" is meant. Default: "Asia/Shanghai".
    #[serde(default = "default_zone")]
    pub zone: String,
    /// How many levels a hierarchy may have below its top, 1 to 100. Default: 10.
    #[serde(default = "default_depth")]
    pub hierarchy_max_depth: u32,
    /// Most connections at once (SQLite: readers). Default: 10.
    #[serde(default = "default_connections")]
    pub max_connections: u32,
}

fn default_zone() -> String {
    "Asia/Shanghai".to_owned()
}

fn default_depth() -> u32 {
    10
}

fn default_connections() -> u32 {
    10
}

/// Settings that have been checked.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    pub zone: Zone,
    pub max_depth: usize,
}

impl Settings {
    /// The defaults with a store.
    #[must_use]
    pub fn new(store: StoreUrl) -> Self {
        Self {
            store,
            zone: default_zone(),
            hierarchy_max_depth: default_depth(),
            max_connections: default_connections(),
        }
    }

    pub(crate) fn check(&self) -> Result<Checked, Fault> {
        let mut v = Violations::new();
        let zone = if self.zone == default_zone() { Ok(Zone::shanghai()) } else { Zone::parse(&self.zone) };
        let zone = v.check("zone", zone);
        let depth = self.hierarchy_max_depth;
        let in_range = usize::try_from(depth).ok().filter(|depth| (1..=100).contains(depth));
        let max_depth = v.check("hierarchy_max_depth", in_range.ok_or(format!("{depth} is not between 1 and 100")));
        if self.max_connections == 0 {
            v.add("max_connections", "0 is too few; give at least 1");
        }
        match (zone, max_depth) {
            (Some(zone), Some(max_depth)) if v.is_empty() => Ok(Checked { zone, max_depth }),
            _ => Err(Fault::invalid(v)),
        }
    }
}
