//! A suite as in production: a process per service, several where the store allows it, with Redis between them.

use std::{
    collections::BTreeMap,
    fmt,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use tributary::{
    cli::{ConnectArgs, Connection},
    settings::ServiceName,
};

/// Far more than any start takes.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a process that was asked to stop may take.
const STOP: Duration = Duration::from_secs(30);

/// Makes the command that runs a service; everything else it is told by its environment.
pub type Program = Arc<dyn Fn(ServiceName) -> Command + Send + Sync>;

/// What the processes have in common.
#[derive(Clone)]
pub struct Setup {
    /// Runs a service.
    pub program: Program,
    /// As the setting of this name; none: SQLite.
    pub store: Option<String>,
    /// As the setting of this name.
    pub redis: String,
    /// What keys in Redis begin with.
    pub prefix: String,
    /// How many processes each service behind the gateway has: one on SQLite, whose files belong to one process.
    pub replicas: usize,
    /// What is logged.
    pub log: String,
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("prefix", &self.prefix).field("replicas", &self.replicas).finish_non_exhaustive()
    }
}

/// Running processes; dropping this ends them.
#[derive(Debug)]
pub struct Processes {
    setup: Setup,
    data: PathBuf,
    /// Ports of each service, one per replica.
    ports: BTreeMap<ServiceName, Vec<u16>>,
    running: BTreeMap<(ServiceName, usize), Child>,
}

impl Processes {
    /// Starts every service, the gateway once the others take calls: its channels then begin with no failure. `data` holds
    /// keys, logs, and the files of SQLite.
    ///
    /// # Errors
    /// When one cannot be started.
    pub async fn start(setup: Setup, data: &Path) -> anyhow::Result<Self> {
        let mut ports = BTreeMap::new();
        for name in ServiceName::ALL {
            let replicas = if name == ServiceName::Gateway { 1 } else { setup.replicas };
            ports.insert(name, (0..replicas).map(|_| free_port()).collect::<anyhow::Result<Vec<_>>>()?);
        }
        let mut processes = Self { setup, data: data.to_owned(), ports, running: BTreeMap::new() };
        let (gateway, services): (Vec<_>, Vec<_>) =
            processes.all().into_iter().partition(|(name, _)| *name == ServiceName::Gateway);
        for (name, replica) in services {
            processes.begin(name, replica)?;
        }
        processes.ready().await?;
        for (name, replica) in gateway {
            processes.begin(name, replica)?;
        }
        processes.ready().await?;
        Ok(processes)
    }

    /// Every service with the number of each replica.
    #[must_use]
    pub fn all(&self) -> Vec<(ServiceName, usize)> {
        self.ports.iter().flat_map(|(name, ports)| (0..ports.len()).map(|replica| (*name, replica))).collect()
    }

    /// Starts a replica of a service.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn begin(&mut self, name: ServiceName, replica: usize) -> anyhow::Result<()> {
        let mut command = (self.setup.program)(name);
        command.current_dir(&self.data).env("TRIBUTARY_DATA_DIR", &self.data);
        command.env("TRIBUTARY_LOG__FILTER", &self.setup.log);
        command.env("TRIBUTARY_REDIS", &self.setup.redis).env("TRIBUTARY_EVENTS__PREFIX", &self.setup.prefix);
        match &self.setup.store {
            Some(store) => command.env("TRIBUTARY_STORE", store),
            None => command.env_remove("TRIBUTARY_STORE"),
        };
        for peer in ServiceName::BEHIND_THE_GATEWAY {
            let key = peer.as_str().replace('-', "_").to_uppercase();
            let addresses = self.addresses(peer);
            let urls: Vec<_> = addresses.iter().map(|address| format!("http://{address}")).collect();
            command.env(format!("TRIBUTARY_PEERS__{key}"), urls.join(","));
            if let Some(own) = addresses.get(replica).filter(|_| peer == name) {
                command.env(format!("TRIBUTARY_SERVICES__{key}"), own.to_string());
            }
        }
        if let Some(own) = self.addresses(name).first().filter(|_| name == ServiceName::Gateway) {
            command.env("TRIBUTARY_LISTEN", own.to_string());
        }
        // Its words go to a file: a test that fails shows where.
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log_of(name, replica))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = command.spawn().with_context(|| format!("{name} does not start"))?;
        self.running.insert((name, replica), child);
        Ok(())
    }

    /// Ends a replica at once, whatever it does; false when it had ended by itself.
    ///
    /// # Errors
    /// When it cannot be ended, or none runs.
    pub fn kill(&mut self, name: ServiceName, replica: usize) -> anyhow::Result<bool> {
        let mut child = self.running.remove(&(name, replica)).with_context(|| format!("{name} does not run"))?;
        let ran = child.try_wait()?.is_none();
        child.kill()?;
        child.wait()?;
        Ok(ran)
    }

    /// Asks a replica to stop and waits until it has.
    ///
    /// # Errors
    /// When it does not stop in 30 seconds, or ends badly.
    pub fn stop(&mut self, name: ServiceName, replica: usize) -> anyhow::Result<()> {
        let mut child = self.running.remove(&(name, replica)).with_context(|| format!("{name} does not run"))?;
        let asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status()?;
        ensure!(asked.success(), "{name} cannot be asked to stop");
        let begun = Instant::now();
        loop {
            match child.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => bail!("{name} ended with {status}: {}", self.log_of(name, replica).display()),
                None if begun.elapsed() > STOP => {
                    child.kill()?;
                    child.wait()?;
                    bail!("{name} did not stop in {STOP:?}");
                }
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    /// A process that has ended by itself, if any, and its last words.
    ///
    /// # Errors
    /// When that cannot be told.
    pub fn ended(&mut self) -> anyhow::Result<Option<String>> {
        for ((name, replica), child) in &mut self.running {
            if let Some(status) = child.try_wait()? {
                let (name, replica) = (*name, *replica);
                return Ok(Some(format!("{name} {replica} ended with {status}: {}", self.last_words(name, replica))));
            }
        }
        Ok(None)
    }

    /// Whether a replica takes calls: its port is opened last.
    #[must_use]
    pub fn is_open(&self, name: ServiceName, replica: usize) -> bool {
        let address = self.addresses(name).get(replica).copied();
        address.is_some_and(|address| TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok())
    }

    /// Waits until every process takes calls.
    ///
    /// # Errors
    /// When one ends or does not come up.
    pub async fn ready(&mut self) -> anyhow::Result<()> {
        let begun = Instant::now();
        for (name, replica) in self.running.keys().copied().collect::<Vec<_>>() {
            while !self.is_open(name, replica) {
                if let Some(ended) = self.ended()? {
                    bail!("{ended}");
                }
                ensure!(begun.elapsed() < PATIENCE, "{name} does not come up: {}", self.last_words(name, replica));
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Ok(())
    }

    /// The bootstrap key, once the gateway has made it.
    ///
    /// # Errors
    /// When it has not.
    pub fn api_key(&self) -> anyhow::Result<String> {
        Ok(std::fs::read_to_string(self.key_file())?.trim().to_owned())
    }

    /// Where that key is kept.
    #[must_use]
    pub fn key_file(&self) -> PathBuf {
        self.data.join("bootstrap.key")
    }

    /// Where the gateway answers.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.addresses(ServiceName::Gateway).first().map(|address| format!("http://{address}")).unwrap_or_default()
    }

    /// The way in, once every process takes calls.
    ///
    /// # Errors
    /// When one does not come up.
    pub async fn gateway(&mut self) -> anyhow::Result<Connection> {
        self.ready().await?;
        let args =
            ConnectArgs { endpoint: Some(self.endpoint()), api_key: Some(self.api_key()?), ..ConnectArgs::default() };
        Ok(Connection::open(&args).await?)
    }

    fn addresses(&self, name: ServiceName) -> Vec<SocketAddr> {
        let ports = self.ports.get(&name).into_iter().flatten();
        ports.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, *port))).collect()
    }

    fn log_of(&self, name: ServiceName, replica: usize) -> PathBuf {
        self.data.join(format!("{name}.{replica}.log"))
    }

    /// The end of what a process said.
    fn last_words(&self, name: ServiceName, replica: usize) -> String {
        let text = std::fs::read_to_string(self.log_of(name, replica)).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(20).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        for child in self.running.values_mut() {
            if child.kill().is_ok() {
                drop(child.wait());
            }
        }
    }
}

/// A port that nobody listens on, outside of the range that connections going out take theirs from: a process that is
/// killed must find its port again.
///
/// # Errors
/// When there is none.
pub fn free_port() -> anyhow::Result<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 12_000;
    let start = u16::try_from(std::process::id() % u32::from(COUNT))?.wrapping_mul(37) % COUNT;
    for _ in 0..COUNT {
        let offset = start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
        let port = FIRST.saturating_add(offset);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port is free")
}
