//! How each service is built; the only file of the suite that names them.

use std::sync::Arc;

use anyhow::Context as _;
use tributary_bus::Bus;
use tributary_core::{Clock, IdSource};
use tributary_gateway::{
    Gateway,
    door::{Area, Backends},
};
use tributary_rpc::{
    client::Backend,
    service::Service,
    token::{TokenSigner, TokenVerifier},
};

use super::{BOOTSTRAP_KEY_FILE, stores};
use crate::settings::{ServiceName, SuiteSettings};

/// What every service of a process shares.
#[derive(Clone)]
pub(super) struct Parts {
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn IdSource>,
    pub bus: Arc<dyn Bus>,
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
    let Parts { clock, ids, bus, signer, verifier } = parts.clone();
    let built = match name {
        ServiceName::PartnerRegistry => {
            let mut own = partner_registry_server::Settings::new(store);
            own.zone.clone_from(&settings.zone);
            let deps = partner_registry_server::Deps { clock, ids, bus, verifier };
            partner_registry_server::build(own, deps).await
        }
        ServiceName::IncentiveCalculation => {
            let own = incentive_calculation_server::Settings {
                store,
                zone: settings.zone.clone(),
                ..incentive_calculation_server::Settings::default()
            };
            let partner_registry = peers.get(ServiceName::PartnerRegistry)?;
            let deps = incentive_calculation_server::Deps { clock, ids, bus, verifier, signer, partner_registry };
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
            let deps = analytics_server::Deps { clock, ids, bus, verifier, signer, incentive_calculation };
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
    };
    let Parts { clock, ids, signer, verifier, .. } = parts.clone();
    let deps = tributary_gateway::Deps { clock, ids, signer, verifier, backends };
    tributary_gateway::build(own, deps).await.context("the gateway cannot start")
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
