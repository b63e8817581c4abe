//! What an operator may set: defaults < file < `TRIBUTARY_…` environment < flags. Unknown keys are errors.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    str::FromStr,
};

use serde::{Deserialize, Serialize};

/// The processes that can be run on their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceName {
    /// Partners, tiers, hierarchy.
    PartnerRegistry,
    /// Facts, plans, runs, statements.
    IncentiveCalculation,
    /// Contracts and obligations.
    ContractRisk,
    /// Metrics.
    Analytics,
    /// The one door.
    Gateway,
}

impl ServiceName {
    /// All, the gateway last, because it needs the others.
    pub const ALL: [Self; 5] =
        [Self::PartnerRegistry, Self::IncentiveCalculation, Self::ContractRisk, Self::Analytics, Self::Gateway];

    /// The name as typed, logged and reported by health. Example: "partner-registry".
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PartnerRegistry => "partner-registry",
            Self::IncentiveCalculation => "incentive-calculation",
            Self::ContractRisk => "contract-risk",
            Self::Analytics => "analytics",
            Self::Gateway => "gateway",
        }
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ServiceName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|name| name.as_str() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(", ");
            format!("{text:?} is not a service: use one of {known}")
        })
    }
}

/// Everything that can be set for `up` and `serve`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SuiteSettings {
    /// Where the SQLite files, the signing key and the bootstrap key live. Made when missing.
    pub data_dir: PathBuf,
    /// `None`: SQLite files under `data_dir`. `postgres://user@host:port/prefix`: one database per service, named
    /// `prefix_partner_registry`, `prefix_gateway`, …, made when missing.
    pub store: Option<String>,
    /// Where the gateway listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The programme's time zone (IANA), which turns instants into dates. Example: "Asia/Shanghai".
    pub zone: String,
    /// Log lines.
    pub log: LogSettings,
    /// Internal tokens.
    pub identity: IdentitySettings,
    /// Where the other services are, for `serve`.
    pub peers: PeerSettings,
    /// Where a service listens, for `serve`.
    pub services: ServiceAddresses,
}

impl Default for SuiteSettings {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("data"),
            store: None,
            listen: local(7420),
            zone: "Asia/Shanghai".to_owned(),
            log: LogSettings::default(),
            identity: IdentitySettings::default(),
            peers: PeerSettings::default(),
            services: ServiceAddresses::default(),
        }
    }
}

/// How log lines look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// Filter in the form of `tracing`. Example: "info,sqlx=warn".
    pub filter: String,
    /// Shape of a line.
    pub format: LogFormat,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { filter: "info".to_owned(), format: LogFormat::Text }
    }
}

/// Shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}

/// Who signs internal tokens and whose tokens are believed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentitySettings {
    /// The Ed25519 key (PKCS #8 PEM) this process signs with; made with mode 0600 when missing. `None`:
    /// `DATA/signing.key` for `serve`, a key in memory for `up`.
    pub signing_key_file: Option<PathBuf>,
    /// Public keys of the other processes. This process always trusts its own.
    pub trusted_keys: Vec<String>,
}

/// URLs of the other services. Example: "http://10.0.0.7:7421".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PeerSettings {
    /// Partner registry.
    pub partner_registry: String,
    /// Incentive calculation.
    pub incentive_calculation: String,
    /// Contract and risk.
    pub contract_risk: String,
    /// Analytics.
    pub analytics: String,
}

impl Default for PeerSettings {
    fn default() -> Self {
        let at = |port: u16| format!("http://127.0.0.1:{port}");
        Self {
            partner_registry: at(7421),
            incentive_calculation: at(7422),
            contract_risk: at(7423),
            analytics: at(7424),
        }
    }
}

/// Listen addresses of the single services under `serve`; the gateway uses `listen`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceAddresses {
    /// Partner registry.
    pub partner_registry: SocketAddr,
    /// Incentive calculation.
    pub incentive_calculation: SocketAddr,
    /// Contract and risk.
    pub contract_risk: SocketAddr,
    /// Analytics.
    pub analytics: SocketAddr,
}

impl Default for ServiceAddresses {
    fn default() -> Self {
        Self {
            partner_registry: local(7421),
            incentive_calculation: local(7422),
            contract_risk: local(7423),
            analytics: local(7424),
        }
    }
}

/// The loopback address with a port.
fn local(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}
