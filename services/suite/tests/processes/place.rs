//! Processes of the command, each a service, on one Redis.

use std::{
    collections::BTreeMap,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tributary::{
    cli::{ConnectArgs, Connection},
    settings::ServiceName,
};
use tributary_testkit::{Engine, POSTGRES_VARIABLE};

/// Far more than any start or event takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// The password of the store of processes whose lines are kept; it must be in none of them.
pub const PASSWORD: &str = "canary-password";

/// Running processes; dropping this ends them and removes what they kept.
pub struct Place {
    engine: Engine,
    /// What databases, keys in Redis and nothing else begin with.
    prefix: String,
    redis: String,
    data: TempDir,
    /// Ports of each service, one per replica.
    ports: BTreeMap<ServiceName, Vec<u16>>,
    processes: BTreeMap<(ServiceName, usize), Child>,
    /// What else is set; lines go to files then.
    variables: Vec<(&'static str, String)>,
}

impl Place {
    /// Starts every service: once on SQLite, whose files belong to one process; twice on PostgreSQL.
    pub fn start(engine: Engine, redis: String) -> Self {
        Self::start_with(engine, redis, Vec::new())
    }

    /// The same with further variables; what the processes write is kept for [`lines`](Self::lines).
    pub fn start_with(engine: Engine, redis: String, variables: Vec<(&'static str, String)>) -> Self {
        let data = tempfile::tempdir().expect("a directory");
        let random = data.path().file_name().expect("a name").to_string_lossy().to_lowercase();
        let prefix = format!("t{}_{}", std::process::id(), random.replace(|c: char| !c.is_ascii_alphanumeric(), ""));
        let replicas = if engine == Engine::Postgres { 2 } else { 1 };
        // Held all at once, so that none is given twice.
        let free = |count| -> Vec<TcpListener> {
            (0..count).map(|_| TcpListener::bind("127.0.0.1:0").expect("a port")).collect()
        };
        let held: BTreeMap<_, _> = ServiceName::ALL
            .into_iter()
            .map(|name| (name, free(if name == ServiceName::Gateway { 1 } else { replicas })))
            .collect();
        let port = |listener: &TcpListener| listener.local_addr().expect("an address").port();
        let ports = held.iter().map(|(name, held)| (*name, held.iter().map(port).collect())).collect();
        drop(held);
        let mut place = Self { engine, prefix, redis, data, ports, processes: BTreeMap::new(), variables };
        let all: Vec<_> = place.ports.iter().flat_map(|(name, ports)| (0..ports.len()).map(|n| (*name, n))).collect();
        for (name, replica) in all {
            place.begin(name, replica);
        }
        place
    }

    /// Starts a replica of a service.
    pub fn begin(&mut self, name: ServiceName, replica: usize) {
        let at = |name: ServiceName, replica: usize| format!("127.0.0.1:{}", self.ports[&name][replica]);
        let mut command = Command::new(env!("CARGO_BIN_EXE_tributary"));
        command.args(["serve", name.as_str()]).current_dir(self.data.path());
        command.env("TRIBUTARY_DATA_DIR", self.data.path()).env("TRIBUTARY_LOG__FILTER", "error");
        command.env("TRIBUTARY_REDIS", &self.redis).env("TRIBUTARY_EVENTS__PREFIX", &self.prefix);
        if let Some(store) = self.store() {
            command.env("TRIBUTARY_STORE", store);
        }
        for peer in ServiceName::BEHIND_THE_GATEWAY {
            let key = peer.as_str().replace('-', "_").to_uppercase();
            let urls: Vec<_> = (0..self.ports[&peer].len()).map(|n| format!("http://{}", at(peer, n))).collect();
            command.env(format!("TRIBUTARY_PEERS__{key}"), urls.join(","));
            if peer == name {
                command.env(format!("TRIBUTARY_SERVICES__{key}"), at(peer, replica));
            }
        }
        if name == ServiceName::Gateway {
            command.env("TRIBUTARY_LISTEN", at(name, 0));
        }
        command.envs(self.variables.iter().cloned());
        if !self.variables.is_empty() {
            let file = self.data.path().join(format!("{name}-{replica}.log"));
            command.stderr(std::fs::File::options().create(true).append(true).open(file).expect("a file"));
        }
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("it starts");
        self.processes.insert((name, replica), child);
    }

    /// Where a replica listens.
    pub fn address(&self, name: ServiceName, replica: usize) -> String {
        format!("http://127.0.0.1:{}", self.ports[&name][replica])
    }

    /// Asks a replica to end, and waits until it has.
    pub fn end(&mut self, name: ServiceName, replica: usize) {
        let mut child = self.processes.remove(&(name, replica)).expect("it runs");
        run(Command::new("kill").args(["-TERM", &child.id().to_string()]));
        assert!(child.wait().expect("ended").success(), "{name} {replica} did not end cleanly");
    }

    /// Everything the processes wrote.
    pub fn lines(&self) -> String {
        let logs = std::fs::read_dir(self.data.path()).expect("there").filter_map(Result::ok);
        let logs = logs.filter(|file| file.path().extension().is_some_and(|e| e == "log"));
        logs.map(|file| std::fs::read_to_string(file.path()).expect("text")).collect()
    }

    /// The first key.
    pub fn api_key(&self) -> String {
        let key = std::fs::read_to_string(self.data.path().join("bootstrap.key")).expect("made");
        key.trim().to_owned()
    }

    /// Asks every process to end, and waits until all have.
    pub fn stop(&mut self) {
        for child in self.processes.values() {
            run(Command::new("kill").args(["-TERM", &child.id().to_string()]));
        }
        for ((name, replica), mut child) in std::mem::take(&mut self.processes) {
            assert!(child.wait().expect("ended").success(), "{name} {replica} did not end cleanly");
        }
    }

    /// The way in, once the gateway answers.
    pub async fn gateway(&mut self) -> Connection {
        let begun = Instant::now();
        loop {
            for ((name, replica), child) in &mut self.processes {
                let ended = child.try_wait().expect("asked");
                assert!(ended.is_none(), "{name} {replica} ended: {ended:?}");
            }
            let key = std::fs::read_to_string(self.data.path().join("bootstrap.key")).unwrap_or_default();
            let endpoint = format!("http://127.0.0.1:{}", self.ports[&ServiceName::Gateway][0]);
            if !key.trim().is_empty() {
                let key = key.trim().to_owned();
                let args = ConnectArgs { endpoint: Some(endpoint), api_key: Some(key), ..ConnectArgs::default() };
                if let Ok(gateway) = Connection::open(&args).await {
                    return gateway;
                }
            }
            assert!(begun.elapsed() < PATIENCE, "the gateway does not answer");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn store(&self) -> Option<String> {
        if self.engine == Engine::Sqlite {
            return None;
        }
        let server = std::env::var(POSTGRES_VARIABLE).expect("the engine is available");
        let (place, options) = server.split_once('?').map_or((server.as_str(), None), |(p, o)| (p, Some(o)));
        let place = place.rsplit_once('/').map_or(place, |(server, _)| server);
        let options = options.map(|o| format!("?{o}")).unwrap_or_default();
        let place = if self.variables.is_empty() { place.to_owned() } else { with_password(place) };
        Some(format!("{place}/{}{options}", self.prefix))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        for child in self.processes.values_mut() {
            if child.kill().is_ok() {
                drop(child.wait());
            }
        }
        // Only the keys of this test: others use the same Redis.
        let keys = ServiceName::BEHIND_THE_GATEWAY.map(|name| format!("{}:events:{name}", self.prefix));
        let epoch = format!("{}:epoch", self.prefix);
        run(Command::new("redis-cli").args(["-u", &self.redis, "DEL", &epoch]).args(keys));
        if self.engine == Engine::Postgres {
            let server = std::env::var(POSTGRES_VARIABLE).unwrap_or_default();
            let mut psql = Command::new("psql");
            psql.args(["-X", "-q", "-w"]).env("PGOPTIONS", "-c client_min_messages=warning");
            for name in ServiceName::ALL {
                let database = format!("{}_{}", self.prefix, name.as_str().replace('-', "_"));
                psql.args(["-c", &format!("DROP DATABASE IF EXISTS \"{database}\" WITH (FORCE)")]);
            }
            run(psql.arg(server));
        }
    }
}

/// A server that trusts everybody takes any password.
fn with_password(server: &str) -> String {
    let (scheme, rest) = server.split_once("://").expect("a url");
    let (user, host) = rest.split_once('@').expect("a user");
    let user = user.split_once(':').map_or(user, |(user, _)| user);
    format!("{scheme}://{user}:{PASSWORD}@{host}")
}

fn run(command: &mut Command) {
    if !command.stdout(Stdio::null()).status().is_ok_and(|status| status.success()) {
        eprintln!("something of a test stays: {} failed", Path::new(command.get_program()).display());
    }
}

/// Waits for something that must come; `Err` says what is there instead.
pub async fn until<T>(mut holds: impl AsyncFnMut() -> Result<T, String>) -> T {
    let begun = Instant::now();
    loop {
        match holds().await {
            Ok(there) => return there,
            Err(instead) => assert!(begun.elapsed() < PATIENCE, "it does not come: {instead}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
