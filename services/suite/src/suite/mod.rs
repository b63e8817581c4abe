//! Puts the services together: all in one process ([`RunningSuite`]), or one alone ([`serve_one`]).
//!
//! In one process the services call each other without sockets, and events go through a bus in memory. The order of a
//! start: address, stores (migrated), services, gateway, healthy, port. The order of a stop: unhealthy, drain, workers.

mod alone;
mod identity;
mod services;
pub(crate) mod stores;
mod telemetry;

use std::{net::SocketAddr, path::Path, sync::Arc};

use anyhow::Context as _;
use futures::FutureExt as _;
use tokio::{
    net::{TcpListener, TcpSocket},
    task::JoinHandle,
};
use tributary_bus::InProcessBus;
use tributary_cache::LocalCache;
use tributary_core::{Clock, SystemClock, SystemIds};
use tributary_gateway::door::Backends;
use tributary_lifecycle::{CancellationToken, Ended, Plan, Server, shutdown_signal};
use tributary_rpc::{client, serve::serve_aged};

pub use alone::{serve_at, serve_one, serve_until};
pub use services::migrate;

use crate::settings::{ServiceName, SuiteSettings};
use services::{Parts, Peers};
use telemetry::Telemetry;

/// File of the first key in the data directory.
pub const BOOTSTRAP_KEY_FILE: &str = "bootstrap.key";

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// All services and the gateway, running in this process. Dropped without [`stop`](Self::stop) it stops in the
/// background.
#[derive(Debug)]
pub struct RunningSuite {
    /// Where the gateway answers. Example: "http://127.0.0.1:7420".
    pub endpoint: String,
    /// The bootstrap key: the one just made, or the one read from `DATA/bootstrap.key`. Empty when the file is gone.
    pub api_key: String,
    /// Whether this start made the bootstrap key, so that `up` prints it once.
    pub api_key_is_new: bool,
    stop: CancellationToken,
    running: JoinHandle<Ended>,
    telemetry: Telemetry,
}

impl RunningSuite {
    /// Opens the stores, starts the services, then the gateway; returns once it answers.
    ///
    /// # Errors
    /// When a setting is wrong, a store cannot be opened or the address is taken.
    pub async fn start(settings: SuiteSettings) -> anyhow::Result<Self> {
        Self::start_at(settings, Arc::new(SystemClock)).await
    }

    /// The same with another clock, for a suite that plays in another year.
    ///
    /// # Errors
    /// As [`RunningSuite::start`].
    pub async fn start_at(settings: SuiteSettings, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        settings.check()?;
        let telemetry = Telemetry::start("tributary", &settings)?;
        stores::prepare(&settings).await?;
        let (socket, address) = bind(settings.listen)?;
        let signer = match &settings.identity.signing_key_file {
            Some(file) => identity::signer_of_file(file).await?,
            None => identity::signer_in_memory()?,
        };
        let parts = Parts {
            verifier: identity::verifier(&settings.identity, &signer).await?,
            signer,
            bus: Arc::new(InProcessBus::new(clock.clone())),
            cache: Arc::new(LocalCache::default()),
            clock,
            ids: Arc::new(SystemIds),
        };

        let deferred = ServiceName::BEHIND_THE_GATEWAY.map(|name| (name, client::deferred()));
        let peers = Peers(deferred.iter().map(|(name, (backend, _))| (*name, backend.clone())).collect());
        let mut plan = Plan { delay: settings.connections.stop_delay(), ..Plan::default() };
        telemetry.offer(settings.metrics.listen, &mut plan)?;
        let mut backends = Backends::default();
        for (name, (backend, handle)) in deferred {
            let service = services::build(name, &settings, &parts, &peers).await?;
            handle.set(service.router);
            backends = backends.with(services::area(name), backend);
            plan.workers.extend(service.workers);
        }

        let gateway = services::gateway(&settings, &parts, backends).await?;
        gateway.health.refresh().await;
        let key_file = settings.data_dir.join(BOOTSTRAP_KEY_FILE);
        let api_key_is_new = gateway.bootstrap_key.is_some();
        let api_key = match gateway.bootstrap_key {
            Some(key) => key,
            None => read_key(&key_file).await,
        };
        plan.workers.extend(gateway.workers);
        plan.unhealthy.push(async move { gateway.health.stop().await }.boxed());
        let listener = accept(socket, address)?;
        let age = settings.connections.age();
        plan.servers
            .push(Server::new("gateway", move |stop| serve_aged(listener, gateway.router, age, gateway.tls, stop)));
        let stop = CancellationToken::new();
        let running = tokio::spawn(tributary_lifecycle::run(plan, stop.clone()));
        let scheme = if settings.gateway.tls.is_on() { "https" } else { "http" };
        let endpoint = format!("{scheme}://{address}");
        tracing::info!(%endpoint, "the suite is up");
        Ok(Self { endpoint, api_key, api_key_is_new, stop, running, telemetry })
    }

    /// Stops gracefully: unhealthy, drain, workers, stores; at most 30 seconds.
    ///
    /// # Errors
    /// When something did not stop in time, or a server had failed before.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.stop.cancel();
        let result = ended(&mut self.running).await;
        self.telemetry.flush().await;
        result
    }

    /// Waits for SIGTERM or SIGINT (or for the failure of a server), then stops.
    ///
    /// # Errors
    /// As [`RunningSuite::stop`].
    pub async fn until_stopped(mut self) -> anyhow::Result<()> {
        tokio::select! {
            () = shutdown_signal() => self.stop().await,
            result = ended(&mut self.running) => {
                self.telemetry.flush().await;
                result
            }
        }
    }
}

impl Drop for RunningSuite {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Takes an address, so that a taken one is said at once; says which, because port 0 takes any. Nobody can connect before
/// [`accept`]: who finds the port open finds the first key in its file, too.
fn bind(address: SocketAddr) -> anyhow::Result<(TcpSocket, SocketAddr)> {
    let bound = || -> std::io::Result<_> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // A port that a moment ago was in use may be taken again. On Windows this would mean another thing.
        if cfg!(unix) && address.port() != 0 {
            socket.set_reuseaddr(true)?;
        }
        socket.bind(address)?;
        let address = socket.local_addr()?;
        Ok((socket, address))
    };
    bound().with_context(|| taken(address))
}

/// Opens the port.
fn accept(socket: TcpSocket, address: SocketAddr) -> anyhow::Result<TcpListener> {
    socket.listen(BACKLOG).with_context(|| taken(address))
}

fn taken(address: SocketAddr) -> String {
    format!("cannot listen at {address}; stop what listens there or choose another")
}

async fn ended(running: &mut JoinHandle<Ended>) -> anyhow::Result<()> {
    match running.await? {
        Ended::Clean => Ok(()),
        Ended::Forced => anyhow::bail!("something did not stop in time and was left behind; see the log"),
        Ended::Failed(why) => anyhow::bail!("{why}"),
    }
}

/// The key of an earlier start; empty when its file was put away, as one should after making other keys.
async fn read_key(file: &Path) -> String {
    match tokio::fs::read_to_string(file).await {
        Ok(key) => key.trim().to_owned(),
        Err(error) => {
            tracing::debug!(file = %file.display(), %error, "no bootstrap key");
            String::new()
        }
    }
}
