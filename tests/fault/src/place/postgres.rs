//! A PostgreSQL server of the rig's own, which may be killed and started again.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail, ensure};
use e2e_tests::processes::free_port;
use tempfile::TempDir;

/// A server in a directory of its own; dropping this ends it.
pub struct Postgres {
    programs: PathBuf,
    directory: TempDir,
    port: u16,
    /// initdb refuses root: the server then runs as the user that Debian's package made.
    as_other: bool,
}

impl Postgres {
    /// Makes a cluster and starts it.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub fn start() -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let root = output(Command::new("id").arg("-u"))?.trim() == "0";
        if root {
            let owned = Command::new("chown").arg("postgres").arg(directory.path()).status()?;
            ensure!(owned.success(), "there is no user postgres to run the server as");
        }
        let server = Self { programs: programs()?, directory, port: free_port()?, as_other: root };
        let mut init = server.program("initdb");
        init.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "-D"]);
        run(init.arg(server.data()))?;
        server.begin()?;
        Ok(server)
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends it as a crash would.
    ///
    /// # Errors
    /// When it cannot be ended.
    pub fn crash(&self) -> anyhow::Result<()> {
        run(self.program("pg_ctl").args(["-s", "-w", "-m", "immediate", "stop", "-D"]).arg(self.data()))
    }

    /// Ends it as an administrator would: sessions are cut, what is committed is written.
    ///
    /// # Errors
    /// When it cannot be ended.
    pub fn stop(&self) -> anyhow::Result<()> {
        run(self.program("pg_ctl").args(["-s", "-w", "-m", "fast", "stop", "-D"]).arg(self.data()))
    }

    /// Starts it.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn begin(&self) -> anyhow::Result<()> {
        // What a crash of the server may lose is in the memory of the machine, which does not crash here: no fsync.
        let options = format!(
            "-p {} -k '' -c listen_addresses=127.0.0.1 -c max_connections=300 -c fsync=off -c log_min_messages=fatal",
            self.port
        );
        let mut start = self.program("pg_ctl");
        start.args(["-s", "-w", "start", "-o", &options, "-l"]).arg(self.directory.path().join("log"));
        run(start.arg("-D").arg(self.data()))
    }

    /// Ends every session of the suite; how many there were.
    ///
    /// # Errors
    /// When the server does not say.
    pub fn terminate_sessions(&self) -> anyhow::Result<u32> {
        let ask = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                   WHERE datname LIKE 'fault%' AND pid <> pg_backend_pid()";
        Ok(self.ask(ask)?.parse()?)
    }

    /// The answer to a question of one value.
    ///
    /// # Errors
    /// When the server does not say.
    pub fn ask(&self, question: &str) -> anyhow::Result<String> {
        let url = format!("postgres://postgres@127.0.0.1:{}/postgres", self.port);
        Ok(output(Command::new("psql").args(["-X", "-q", "-w", "-t", "-A", "-c", question, &url]))?.trim().to_owned())
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        if !self.as_other {
            return Command::new(path);
        }
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(path).current_dir("/");
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Err(error) = self.crash() {
            eprintln!("a PostgreSQL server stays: {error:#}");
        }
    }
}

/// Where the server's programs are: Debian keeps them by version, off the path.
fn programs() -> anyhow::Result<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        found.extend(versions.filter_map(|version| Some(version.ok()?.path().join("bin"))));
    }
    found.sort();
    found.extend(["/usr/bin", "/usr/local/bin"].map(PathBuf::from));
    let complete = |place: &&PathBuf| ["initdb", "pg_ctl"].iter().all(|name| Path::new(place).join(name).is_file());
    found.iter().find(complete).cloned().context("initdb and pg_ctl are not installed")
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    // A server that is started keeps what it inherits: it must not keep the caller's pipes open.
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status()?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}

fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output()?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}
