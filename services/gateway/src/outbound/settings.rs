//! What an operator may choose about webhooks.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tributary_core::Violations;

use super::guard::{Guard, Network};

/// Settings of webhooks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookSettings {
    /// Networks that receivers may be in although the internet cannot reach them, such as "10.1.0.0/16". Empty: none.
    pub allowed_networks: Vec<String>,
    /// Whether URLs may begin with http: events are then read by whoever is on the way.
    pub allow_http: bool,
    /// A file of certificates (PEM) of authorities that are believed beside the public ones.
    pub authorities_file: Option<PathBuf>,
}

impl WebhookSettings {
    /// Notes everything that is wrong, under `field`.
    pub fn check(&self, field: &str, violations: &mut Violations) {
        for (i, network) in self.allowed_networks.iter().enumerate() {
            violations.check(&format!("{field}.allowed_networks[{i}]"), Network::parse(network));
        }
    }

    /// The guard over the networks that can be read.
    #[must_use]
    pub fn guard(&self) -> Guard {
        Guard::new(self.allowed_networks.iter().filter_map(|network| Network::parse(network).ok()).collect())
    }
}
