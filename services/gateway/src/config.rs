//! What can be set.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tributary_core::Violations;
use tributary_rpc::tls::TlsSettings;
use tributary_sql::StoreUrl;

use crate::{
    app::tokens::IdentitySettings,
    door::{CorsSettings, LimitSettings},
    outbound::WebhookSettings,
};

/// Settings of the gateway.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where keys are kept.
    pub store: StoreUrl,
    /// Where the very first start writes the first key (mode 0600). Unset: none is made.
    #[serde(default)]
    pub bootstrap_key_file: Option<PathBuf>,
    /// What an operator may choose.
    #[serde(default)]
    pub options: Options,
}

/// What an operator may choose about the door.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Which web pages may call from a browser.
    pub cors: CorsSettings,
    /// How often callers may call.
    pub limits: LimitSettings,
    /// TLS of the door. Unset: what stands before it has to do that.
    pub tls: TlsSettings,
    /// Whose tokens and certificates are believed beside API keys.
    pub identity: IdentitySettings,
    /// What webhooks may reach.
    pub webhooks: WebhookSettings,
}

impl Options {
    /// Notes everything that is wrong, under `field`.
    pub fn check(&self, field: &str, violations: &mut Violations) {
        self.cors.check(&format!("{field}.cors"), violations);
        self.limits.check(&format!("{field}.limits"), violations);
        self.tls.check(&format!("{field}.tls"), violations);
        if !self.identity.clients.is_empty() && !self.tls.knows_clients() {
            let why = format!(
                "need {field}.tls.client_authorities_file: certificates of clients are not asked for without it"
            );
            violations.add(format!("{field}.identity.clients"), why);
        }
        self.identity.check(&format!("{field}.identity"), violations);
        self.webhooks.check(&format!("{field}.webhooks"), violations);
    }
}
