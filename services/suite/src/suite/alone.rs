//! One service, or the gateway alone, in a process of its own; the others are reached by URL.
//!
//! Events go through the Redis of the settings. Where none is set, they wait in the outbox of their service ([`NoBus`]):
//! none is lost, and a later bus delivers them all. Facts keep flowing even then, because whoever misses something reads
//! it through from its owner; copies that only events keep fresh (a partner's new tier, say) stay as they were read, and
//! metrics do not grow.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use futures::FutureExt as _;
use tributary_bus::{Bus, BusError, RedisBus, RedisOptions, Subscription};
use tributary_cache::{Cache, LocalCache, RedisCache};
use tributary_core::{Clock, Event, SystemClock, SystemIds};
use tributary_gateway::door::Backends;
use tributary_lifecycle::{CancellationToken, Plan, Server, Worker, stop_on_signal};
use tributary_rpc::{client, serve::serve_aged};

use super::{
    accept, bind, ended, identity,
    services::{self, Parts, Peers},
    stores,
    telemetry::Telemetry,
};
use crate::settings::{PeerSettings, ServiceAddresses, ServiceName, SuiteSettings};

/// Name of the signing key in the data directory, unless the settings name another file.
const SIGNING_KEY_FILE: &str = "signing.key";

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Runs one service, or the gateway alone, until SIGTERM or SIGINT; peers are reached by URL.
///
/// # Errors
/// When a setting is wrong, a store cannot be opened or the address is taken.
pub async fn serve_one(service: ServiceName, settings: SuiteSettings) -> anyhow::Result<()> {
    serve_until(service, settings, stop_on_signal()).await
}

/// The same until `stop` is cancelled.
///
/// # Errors
/// As [`serve_one`].
pub async fn serve_until(service: ServiceName, settings: SuiteSettings, stop: CancellationToken) -> anyhow::Result<()> {
    serve_at(service, settings, Arc::new(SystemClock), stop).await
}

/// The same with another clock, for processes that play in another year.
///
/// # Errors
/// As [`serve_one`].
pub async fn serve_at(
    service: ServiceName,
    settings: SuiteSettings,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    settings.check()?;
    let mut telemetry = Telemetry::start(service.as_str(), &settings)?;
    stores::prepare(&settings).await?;
    let (socket, address) = bind(address(service, &settings))?;
    let file = settings.identity.signing_key_file.clone();
    let file = file.unwrap_or_else(|| settings.data_dir.join(SIGNING_KEY_FILE));
    let signer = identity::signer_of_file(&file).await?;
    let redis = redis(&settings, &clock)?;
    let parts = Parts {
        verifier: identity::verifier(&settings.identity, &signer).await?,
        signer,
        bus: match redis.clone() {
            Some(redis) => redis,
            None => Arc::new(NoBus),
        },
        cache: cache(&settings, &clock)?,
        clock,
        ids: Arc::new(SystemIds),
    };
    let peers = peers(&settings.peers)?;

    let mut plan = Plan { delay: settings.connections.stop_delay(), ..Plan::default() };
    telemetry.offer(settings.metrics.listen, &mut plan)?;
    let (router, tls) = if service == ServiceName::Gateway {
        let all = peers.0.into_iter();
        let backends = all.fold(Backends::default(), |all, (name, backend)| all.with(services::area(name), backend));
        let gateway = services::gateway(&settings, &parts, backends).await?;
        gateway.health.refresh().await;
        plan.unhealthy.push(async move { gateway.health.stop().await }.boxed());
        plan.workers.extend(gateway.workers);
        (gateway.router, gateway.tls)
    } else {
        let built = services::build(service, &settings, &parts, &peers).await?;
        let health = built.health;
        plan.unhealthy.push(async move { health.end().await }.boxed());
        plan.workers.extend(built.workers);
        (built.router, None)
    };
    if let Some(redis) = redis {
        plan.workers.push(Worker::new("events", move |stop| redis.clone().run(stop)));
    }
    let listener = accept(socket, address)?;
    let age = settings.connections.age();
    plan.servers.push(Server::new(service.as_str(), move |stop| serve_aged(listener, router, age, tls, stop)));
    tracing::info!(%service, %address, "serving");
    let result = ended(&mut tokio::spawn(tributary_lifecycle::run(plan, stop))).await;
    telemetry.flush().await;
    result
}

fn address(service: ServiceName, settings: &SuiteSettings) -> SocketAddr {
    let ServiceAddresses { partner_registry, incentive_calculation, contract_risk, analytics } = settings.services;
    match service {
        ServiceName::PartnerRegistry => partner_registry,
        ServiceName::IncentiveCalculation => incentive_calculation,
        ServiceName::ContractRisk => contract_risk,
        ServiceName::Analytics => analytics,
        ServiceName::Gateway => settings.listen,
    }
}

fn peers(urls: &PeerSettings) -> anyhow::Result<Peers> {
    let urls = ServiceName::BEHIND_THE_GATEWAY.into_iter().zip(urls.in_order());
    let peers = urls.map(|(name, url)| Ok((name, client::remote(url)?)));
    Ok(Peers(peers.collect::<anyhow::Result<_>>()?))
}

/// The bus over Redis, where one is set.
fn redis(settings: &SuiteSettings, clock: &Arc<dyn Clock>) -> anyhow::Result<Option<Arc<RedisBus>>> {
    let Some(url) = &settings.redis else { return Ok(None) };
    let options = RedisOptions {
        prefix: settings.events.prefix.clone(),
        sources: ServiceName::BEHIND_THE_GATEWAY.map(|name| name.as_str().to_owned()).to_vec(),
        stream_length: settings.events.stream_length,
        lease: Duration::from_secs(settings.events.lease_seconds.into()),
        republish: DAY.saturating_mul(settings.events.republish_days),
        ..RedisOptions::default()
    };
    Ok(Some(Arc::new(RedisBus::new(url, options, clock.clone(), Arc::new(SystemIds))?)))
}

/// Answers are kept for all replicas where a Redis is set, else in this process.
fn cache(settings: &SuiteSettings, clock: &Arc<dyn Clock>) -> anyhow::Result<Arc<dyn Cache>> {
    Ok(match &settings.redis {
        Some(url) => Arc::new(RedisCache::new(url, &settings.events.prefix, clock.clone())?),
        None => Arc::new(LocalCache::default()),
    })
}

/// The bus of a process without Redis: it takes no event, so every event stays in its outbox. The relay says so once
/// and then asks again every ten seconds.
struct NoBus;

#[tonic::async_trait]
impl Bus for NoBus {
    async fn publish(&self, _: &[Event]) -> Result<(), BusError> {
        Err(BusError::Unavailable("no Redis is set that would carry events to the other processes".to_owned()))
    }

    fn subscribe(&self, subscription: Subscription) {
        tracing::warn!(consumer = subscription.consumer, "no events come: set `redis`");
    }
}
