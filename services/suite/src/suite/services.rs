//! How each service is built; the only file of the suite that names them.

use std::sync::Arc;

use anyhow::Context as _;
use tributary_bus::Bus;
use tributary_cache::Cache;
use tributary_core::{Clock, IdSource};
use tributary_gateway::{
    Gateway,
    door::{Area, Backends},
    ports::{KeyNews, NoNews},
};
use tributary_limits::{Limiter, LocalLimiter, RedisLimiter};
use tributary_redis::Notices;
use tributary_rpc::{
    client::Backend,
    service::Service,
    token::{TokenSigner, TokenVerifier},
};

use super::{BOOTSTRAP_KEY_FILE, identity, stores};
use crate::settings::{ServiceName, SuiteSettings};

/// Name of the key that signs heads of the evidence log in the data directory, unless the settings name another file.
const EVIDENCE_KEY_FILE: &str = "evidence.key";

/// What every service of a process shares.
#[derive(Clone)]
pub(super) struct Parts {
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn IdSource>,
    pub bus: Arc<dyn Bus>,
    pub cache: Arc<dyn Cache>,
    pub signer: Arc<TokenSigner>,
    pub verifier: TokenVerifier,
}

/// Where the other services are.
pub(super) struct Peers(pub Vec<(ServiceName, Backend)>);

impl Peers {
    fn get(&self, name: ServiceName) -> anyhow::Result<Backend> {
        let peer = self.0.iter().find(|(other, _)| *other == name).map(|(_, backend)| backend.clone());
        peer.with_context(|| format!("no way to {name} was given"))
    }
}

/// Builds one service; [`gateway`] builds the gateway.
pub(super) async fn build(
    name: ServiceName,
    settings: &SuiteSettings,
    parts: &Parts,
    peers: &Peers,
) -> anyhow::Result<Service> {
    let store = stores::url(settings, name)?;
    let Parts { clock, ids, bus, cache, signer, verifier } = parts.clone();
    let built = match name {
        ServiceName::PartnerRegistry => {
            let mut own = partner_registry_server::Settings::new(store);
            own.zone.clone_from(&settings.zone);
            let incentive_calculation = peers.get(ServiceName::IncentiveCalculation)?;
            let deps = partner_registry_server::Deps { clock, ids, bus, verifier, signer, incentive_calculation };
            partner_registry_server::build(own, deps).await
        }
        ServiceName::IncentiveCalculation => {
            let own = incentive_calculation_server::Settings {
                store,
                zone: settings.zone.clone(),
                run: settings.run.clone(),
                simulations: settings.simulations.clone(),
                evidence: settings.evidence.clone(),
            };
            let partner_registry = peers.get(ServiceName::PartnerRegistry)?;
            let file = settings.evidence.signing_key_file.clone();
            let log_signer =
                identity::log_signer(&file.unwrap_or_else(|| settings.data_dir.join(EVIDENCE_KEY_FILE))).await?;
            let deps =
                incentive_calculation_server::Deps { clock, ids, bus, verifier, signer, log_signer, partner_registry };
            incentive_calculation_server::build(own, deps).await
        }
        ServiceName::ContractRisk => {
            let own = contract_risk_server::Settings { store, zone: settings.zone.clone() };
            let incentive_calculation = peers.get(ServiceName::IncentiveCalculation)?;
            let deps = contract_risk_server::Deps { clock, ids, bus, verifier, signer, incentive_calculation };
            contract_risk_server::build(own, deps).await
        }
        ServiceName::Analytics => {
            let incentive_calculation = peers.get(ServiceName::IncentiveCalculation)?;
            let deps = analytics_server::Deps { clock, ids, bus, cache, verifier, signer, incentive_calculation };
            let own = analytics_server::Settings { store, zone: settings.zone.clone() };
            analytics_server::build(own, deps).await
        }
        ServiceName::Gateway => anyhow::bail!("the gateway needs the way to every service"),
    };
    built.with_context(|| format!("{name} cannot start"))
}

/// Builds the gateway in front of the given backends; the first start makes the first key.
pub(super) async fn gateway(settings: &SuiteSettings, parts: &Parts, backends: Backends) -> anyhow::Result<Gateway> {
    let own = tributary_gateway::Settings {
        store: stores::url(settings, ServiceName::Gateway)?,
        bootstrap_key_file: Some(settings.data_dir.join(BOOTSTRAP_KEY_FILE)),
        options: settings.gateway.clone(),
    };
    let Parts { clock, ids, bus, signer, verifier, .. } = parts.clone();
    let (limiter, news) = (limiter(settings, &clock)?, news(settings, &clock)?);
    let deps = tributary_gateway::Deps { clock, ids, signer, verifier, backends, limiter, news, bus };
    tributary_gateway::build(own, deps).await.context("the gateway cannot start")
}

/// Makes the store of a service when it is missing and brings it to the newest version.
///
/// # Errors
/// When it cannot be opened or migrated.
pub async fn migrate(name: ServiceName, settings: &SuiteSettings) -> anyhow::Result<()> {
    stores::prepare(settings).await?;
    let store = stores::url(settings, name)?;
    let done = match name {
        ServiceName::PartnerRegistry => {
            let mut own = partner_registry_server::Settings::new(store);
            own.zone.clone_from(&settings.zone);
            partner_registry_server::migrate(&own).await
        }
        ServiceName::IncentiveCalculation => incentive_calculation_server::migrate(&store).await,
        ServiceName::ContractRisk => contract_risk_server::migrate(&store).await,
        ServiceName::Analytics => analytics_server::migrate(&store).await,
        ServiceName::Gateway => tributary_gateway::migrate(&store).await,
    };
    done.with_context(|| format!("the store of {name} cannot be migrated"))
}

/// Counts calls for all gateways together where a Redis is set, else in this process.
fn limiter(settings: &SuiteSettings, clock: &Arc<dyn Clock>) -> anyhow::Result<Arc<dyn Limiter>> {
    Ok(match &settings.redis {
        Some(url) => Arc::new(RedisLimiter::new(url, &settings.events.prefix, clock.clone())?),
        None => Arc::new(LocalLimiter::new()),
    })
}

/// Gateways tell each other of keys that were revoked where a Redis is set.
fn news(settings: &SuiteSettings, clock: &Arc<dyn Clock>) -> anyhow::Result<Arc<dyn KeyNews>> {
    Ok(match &settings.redis {
        Some(url) => Arc::new(Notices::new(url, &settings.events.prefix, "keys", clock.clone())?),
        None => Arc::new(NoNews),
    })
}

/// The area of the API that a service serves.
pub(super) fn area(name: ServiceName) -> Area {
    match name {
        ServiceName::PartnerRegistry => Area::Partner,
        ServiceName::IncentiveCalculation => Area::Incentive,
        ServiceName::ContractRisk => Area::Contract,
        ServiceName::Analytics => Area::Analytics,
        ServiceName::Gateway => Area::Gateway,
    }
}
