//! What an operator may set: defaults < file < `TRIBUTARY_…` environment < flags. Unknown keys are errors.

mod process;

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    str::FromStr,
};

pub use incentive_calculation_server::{EvidenceSettings, RunSettings, SimulationSettings};
pub use process::{ConnectionSettings, MetricSettings};
use serde::{Deserialize, Serialize};
use tributary_bus::RedisBus;
use tributary_core::{Fault, Violations, Zone};
pub use tributary_gateway::Options as GatewayOptions;
use tributary_sql::StoreUrl;
pub use tributary_telemetry::{Format as LogFormat, Options as LogSettings};

use crate::suite::stores;

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

    /// Those that the gateway forwards to.
    pub const BEHIND_THE_GATEWAY: [Self; 4] =
        [Self::PartnerRegistry, Self::IncentiveCalculation, Self::ContractRisk, Self::Analytics];

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

/// Everything that can be set for `up` and `serve`. Debugging and serializing it never show the passwords of the
/// store and of Redis.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SuiteSettings {
    /// Where the SQLite files, the signing key and the bootstrap key live. Made when missing.
    pub data_dir: PathBuf,
    /// `None`: SQLite files under `data_dir`. `postgres://user@host:port/prefix`: one database per service, named
    /// `prefix_partner_registry`, `prefix_gateway`, …, made when missing.
    #[serde(serialize_with = "without_password")]
    pub store: Option<String>,
    /// The Redis that carries events between processes, counts limits for all of them and keeps answers that they share, for
    /// `serve`: `redis://HOST:PORT/DATABASE`. `None`: events wait in their outboxes, limits and answers are each process's.
    #[serde(serialize_with = "without_credentials")]
    pub redis: Option<String>,
    /// How events go through Redis.
    pub events: EventSettings,
    /// Where the gateway listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The door: web pages that may call, how often callers may.
    pub gateway: GatewayOptions,
    /// How runs are calculated.
    pub run: RunSettings,
    /// How long simulations are kept.
    pub simulations: SimulationSettings,
    /// The evidence log, and who signs its heads.
    pub evidence: EvidenceSettings,
    /// The programme's time zone (IANA), which turns instants into dates. Example: "Asia/Shanghai".
    pub zone: String,
    /// Log lines, and where traces and metrics go.
    pub log: LogSettings,
    /// Metrics for Prometheus.
    pub metrics: MetricSettings,
    /// How connections end.
    pub connections: ConnectionSettings,
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
            redis: None,
            events: EventSettings::default(),
            listen: local(7420),
            gateway: GatewayOptions::default(),
            run: RunSettings::default(),
            simulations: SimulationSettings::default(),
            evidence: EvidenceSettings::default(),
            zone: "Asia/Shanghai".to_owned(),
            log: LogSettings::default(),
            metrics: MetricSettings::default(),
            connections: ConnectionSettings::default(),
            identity: IdentitySettings::default(),
            peers: PeerSettings::default(),
            services: ServiceAddresses::default(),
        }
    }
}

impl fmt::Debug for SuiteSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string(self).map_err(|_| fmt::Error)?;
        write!(f, "SuiteSettings({text})")
    }
}

impl SuiteSettings {
    /// Loads and checks: defaults < file (TOML) < environment (`TRIBUTARY_DATA_DIR`, `TRIBUTARY_LOG__FILTER`, …) <
    /// `flags`, pairs of key and value such as ("listen", "127.0.0.1:0").
    ///
    /// # Errors
    /// Every unknown key and every wrong value, a sentence each.
    pub fn load(file: Option<&Path>, flags: Vec<(String, String)>) -> anyhow::Result<Self> {
        let settings: Self = tributary_config::load(file, "TRIBUTARY", flags)?;
        settings.check()?;
        Ok(settings)
    }

    /// Checks everything that can be checked without opening anything.
    ///
    /// # Errors
    /// `INVALID_REQUEST` with every fault at once, each with the path of its setting.
    pub fn check(&self) -> Result<(), Fault> {
        let mut violations = Violations::new();
        violations.check("zone", Zone::parse(&self.zone));
        violations.check("evidence.name", self.evidence.check_name());
        violations.check("store", stores::url(self, ServiceName::Gateway));
        violations.check("redis", self.redis.as_deref().map_or(Ok(()), RedisBus::check_url));
        self.events.check(&mut violations);
        self.connections.check(&mut violations);
        let percent = self.log.sample_percent;
        let ok = (percent <= 100).then_some(()).ok_or_else(|| format!("{percent} is no percentage; give 0 to 100"));
        violations.check("log.sample_percent", ok);
        self.gateway.check("gateway", &mut violations);
        for (name, url) in ServiceName::BEHIND_THE_GATEWAY.into_iter().zip(self.peers.in_order()) {
            let field = format!("peers.{}", name.as_str().replace('-', "_"));
            let ok = url.split(',').all(|one| one.trim().starts_with("http://"));
            violations.check(&field, ok.then_some(()).ok_or_else(|| format!("{url:?} is not http://HOST:PORT")));
        }
        violations.into_result()
    }
}

fn without_password<S: serde::Serializer>(store: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    let shown = store.as_ref().map(|store| match store.parse::<StoreUrl>() {
        Ok(url) => url.to_string(),
        Err(why) => why,
    });
    shown.serialize(serializer)
}

/// An address without what stands before its "@".
fn without_credentials<S: serde::Serializer>(address: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    let shown = address.as_ref().map(|address| match (address.split_once("://"), address.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://***@{host}"),
        _ => address.clone(),
    });
    shown.serialize(serializer)
}

/// How events go through Redis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EventSettings {
    /// What every key in Redis begins with; installations that share a Redis differ in it.
    pub prefix: String,
    /// How many days back events go out again when Redis lost its memory.
    pub republish_days: u32,
    /// About how many events Redis keeps of each service; a consumer that is further behind misses the oldest.
    pub stream_length: u64,
    /// How long a process that vanished keeps the other replicas of its service from reading events in its place.
    pub lease_seconds: u32,
}

impl Default for EventSettings {
    fn default() -> Self {
        Self { prefix: "tributary".to_owned(), republish_days: 7, stream_length: 1_000_000, lease_seconds: 15 }
    }
}

impl EventSettings {
    fn check(&self, violations: &mut Violations) {
        let mut above_zero = |field: &str, ok: bool| {
            violations.check(field, ok.then_some(()).ok_or("0 would lose events; give a number above it"));
        };
        above_zero("events.republish_days", self.republish_days > 0);
        above_zero("events.stream_length", self.stream_length > 0);
        let lease = (1..=600).contains(&self.lease_seconds);
        violations.check("events.lease_seconds", lease.then_some(()).ok_or("give 1 to 600 seconds"));
    }
}

/// Who signs internal tokens and whose tokens are believed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentitySettings {
    /// The Ed25519 key (PKCS #8 PEM) this process signs with; made with mode 0600 when missing. `None`:
    /// `DATA/signing.key` for `serve`, a key in memory for `up`.
    pub signing_key_file: Option<PathBuf>,
    /// Public keys of the other processes: PEM texts, or paths of files that hold them. This process always trusts its
    /// own; `FILE.pub` beside a signing key is what to give to the others.
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

impl PeerSettings {
    /// The URLs in the order of [`ServiceName::BEHIND_THE_GATEWAY`].
    #[must_use]
    pub fn in_order(&self) -> [&str; 4] {
        [&self.partner_registry, &self.incentive_calculation, &self.contract_risk, &self.analytics]
    }
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

#[cfg(test)]
mod tests {
    use super::{ServiceName, SuiteSettings};

    #[test]
    fn the_defaults_hold_and_are_what_the_handbook_says() {
        let settings = SuiteSettings::default();
        assert_eq!(settings.check(), Ok(()));
        assert_eq!(
            (settings.listen.to_string(), settings.zone.as_str()),
            ("127.0.0.1:7420".to_owned(), "Asia/Shanghai")
        );
        assert_eq!(settings.data_dir.to_str(), Some("data"));
        assert_eq!("contract-risk".parse(), Ok(ServiceName::ContractRisk));
        assert!("registry".parse::<ServiceName>().expect_err("unknown").contains("partner-registry, "));
    }

    #[test]
    fn all_faults_come_at_once() {
        let mut settings = SuiteSettings { zone: "Mars".to_owned(), ..SuiteSettings::default() };
        settings.store = Some("mysql://x".to_owned());
        settings.redis = Some("http://:secret@x".to_owned());
        settings.events.republish_days = 0;
        settings.connections.max_age_seconds = 0;
        settings.connections.stop_delay_seconds = 11;
        settings.log.sample_percent = 101;
        settings.peers.contract_risk = "10.0.0.7".to_owned();
        let fault = settings.check().expect_err("eight faults");
        let fields: Vec<&str> = fault.violations().iter().map(|v| v.field.as_str()).collect();
        let expected = "zone store redis events.republish_days connections.max_age_seconds connections.stop_delay_seconds \
                        log.sample_percent peers.contract_risk";
        assert_eq!(fields.join(" "), expected);
        assert!(!format!("{fault:?}").contains("secret"), "{fault:?}");
    }

    #[test]
    fn flags_win_over_the_file() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("tributary.toml");
        let text = "zone = \"Europe/Berlin\"\n[log]\nformat = \"json\"\n[peers]\nanalytics = \"http://a:1\"\n";
        std::fs::write(&file, text).expect("written");
        let flags = vec![("zone".to_owned(), "UTC".to_owned())];
        let settings = SuiteSettings::load(Some(&file), flags).expect("settings");
        assert_eq!((settings.zone.as_str(), settings.log.format), ("UTC", super::LogFormat::Json));
        assert_eq!(settings.peers.in_order()[2..], ["http://127.0.0.1:7423", "http://a:1"]);
        let wrong = SuiteSettings::load(None, vec![("zone".to_owned(), "Mars".to_owned())]).expect_err("wrong");
        assert!(wrong.to_string().contains("Mars"), "{wrong}");
    }

    #[test]
    fn issuers_come_from_the_file_and_from_elsewhere() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("tributary.toml");
        let text = "[gateway.identity.issuers.corp]\nissuer = \"https://id.example.com/realms/Corp\"\n\
                    audiences = \"tributary\"\ntenant_claim = \"org.slug\"\nroles_claim = \"realm_access.roles\"\n\
                    [gateway.identity.issuers.corp.roles]\nCN-Finance = [\"FINANCE\", \"ANALYST\"]\n\"a.b c\" = \"LEGAL\"\n\
                    [gateway.identity.issuers.corp.tenants]\nOrg-1 = \"acme\"\n";
        std::fs::write(&file, text).expect("written");
        // As TRIBUTARY_GATEWAY__IDENTITY__ISSUERS__OTHER__ISSUER and so on.
        let flags = [
            ("issuer", "https://other.example.com"),
            ("audiences", "a,b"),
            ("algorithms", "[\"ES256\"]"),
            ("skew_seconds", "5"),
            ("tenant", "beta"),
            ("roles_claim", "scope"),
            ("roles.money", "FINANCE"),
        ];
        let flag = |(name, value): (&str, &str)| (format!("gateway.identity.issuers.other.{name}"), value.to_owned());
        let mut flags: Vec<_> = flags.map(flag).to_vec();
        let settings = SuiteSettings::load(Some(&file), flags.clone()).expect("settings");
        let issuers = &settings.gateway.identity.issuers;
        let corp = &issuers["corp"];
        assert_eq!(
            (corp.issuer.as_str(), corp.tenants["Org-1"].as_str()),
            ("https://id.example.com/realms/Corp", "acme")
        );
        assert_eq!(corp.roles["CN-Finance"].0.len(), 2);
        assert_eq!((corp.roles["a.b c"].0.len(), corp.skew_seconds), (1, 60));
        let other = &issuers["other"];
        assert_eq!(
            (other.audiences.as_slice(), other.algorithms.len()),
            (["a".to_owned(), "b".to_owned()].as_slice(), 1)
        );
        assert_eq!((other.skew_seconds, other.tenant.as_deref()), (5, Some("beta")));
        let shown = tributary_config::redacted(&settings);
        assert!(shown.contains("roles_claim = \"realm_access.roles\""), "{shown}");

        flags.push(("gateway.identity.issuers.other.algorithms".to_owned(), "HS256".to_owned()));
        let wrong = SuiteSettings::load(Some(&file), flags).expect_err("symmetric");
        assert!(format!("{wrong:#}").contains("HS256"), "{wrong:#}");
    }

    #[test]
    fn unknown_keys_are_errors_and_passwords_are_not_shown() {
        assert!(toml::from_str::<SuiteSettings>("port = 1").is_err());
        let settings: SuiteSettings = toml::from_str("store = \"postgres://u:secret@h/x\"").expect("settings");
        assert_eq!(settings.store.as_deref(), Some("postgres://u:secret@h/x"));
        assert!(format!("{settings:?}").contains("postgres://u:***@h/x"), "{settings:?}");
        let settings: SuiteSettings = toml::from_str("redis = \"redis://:se@cret@h:6379/1\"").expect("settings");
        assert!(format!("{settings:?}").contains("redis://***@h:6379/1"), "{settings:?}");
    }
}
