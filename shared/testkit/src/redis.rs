//! Where tests find a Redis, and a Redis of a test's own that may be emptied and restarted.
#![expect(clippy::expect_used, reason = "a test that cannot prepare its server must fail at once")]

use std::{
    io::{ErrorKind, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// Where tests find a Redis that others use at the same time, by its url. Example: `redis://127.0.0.1:6379`. A test keeps
/// to keys with a prefix of its own.
pub const REDIS_VARIABLE: &str = "TRIBUTARY_TEST_REDIS";

/// The url of the shared Redis; prints "skipped: …" when there is none.
#[must_use]
pub fn redis_url() -> Option<String> {
    let url = std::env::var(REDIS_VARIABLE).ok().filter(|url| !url.is_empty());
    if url.is_none() {
        println!("skipped: {REDIS_VARIABLE} is not set, no test on Redis");
    }
    url
}

/// A Redis server that nobody else knows, behind a Unix socket; dropping this ends it.
#[derive(Debug)]
pub struct RedisServer {
    directory: TempDir,
    child: Option<Child>,
}

impl RedisServer {
    /// Starts one; prints "skipped: …" where the program is not installed.
    ///
    /// # Panics
    /// When it does not come up: the test cannot go on.
    #[must_use]
    pub fn start() -> Option<Self> {
        let mut server = Self { directory: tempfile::tempdir().expect("a temporary directory"), child: None };
        if server.begin() {
            return Some(server);
        }
        println!("skipped: redis-server is not installed");
        None
    }

    /// Its url.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// Empties it.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn flush(&self) {
        let mut stream = UnixStream::connect(self.socket()).expect("the server answers");
        stream.write_all(b"FLUSHALL\r\n").expect("sent");
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).expect("answered");
        assert_eq!(&answer, b"+OK\r\n");
    }

    /// Ends it at once; nothing is kept.
    ///
    /// # Panics
    /// When it cannot be ended.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("killed");
            child.wait().expect("ended");
        }
    }

    /// Starts it again after [`stop`](Self::stop), empty, at the same place.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start_again(&mut self) {
        assert!(self.begin(), "redis-server was there before");
    }

    fn socket(&self) -> PathBuf {
        self.directory.path().join("redis.sock")
    }

    /// False where the program is missing.
    fn begin(&mut self) -> bool {
        let mut command = Command::new("redis-server");
        command.args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"]).arg(self.socket());
        command.arg("--dir").arg(self.directory.path()).stdout(Stdio::null()).stdin(Stdio::null());
        match command.spawn() {
            Err(error) if error.kind() == ErrorKind::NotFound => return false,
            started => self.child = Some(started.expect("redis-server starts")),
        }
        let begun = Instant::now();
        while UnixStream::connect(self.socket()).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "redis-server does not come up");
            std::thread::sleep(Duration::from_millis(10));
        }
        true
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
    }
}
