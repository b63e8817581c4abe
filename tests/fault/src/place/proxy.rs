//! A proxy before PostgreSQL that cuts connections at the worst moment: when a COMMIT is under way.

use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use e2e_tests::processes::free_port;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// The message with which a transaction is kept, as the driver sends it.
const COMMIT: &[u8] = b"COMMIT\0";
/// What the server needs to carry it out.
const CARRIED_OUT: Duration = Duration::from_millis(50);

/// On which side of a COMMIT a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The server never gets it.
    Before,
    /// The server carries it out, and the answer is lost.
    After,
}

/// Passes everything on, but for the cuts that are asked for.
pub struct Proxy {
    port: u16,
    cuts: Arc<Cuts>,
}

#[derive(Default)]
struct Cuts {
    /// Still to be made.
    before: AtomicU32,
    after: AtomicU32,
    /// Made.
    made: AtomicU32,
}

impl Proxy {
    /// Listens on a port of its own, before a server on this machine.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn start(server: u16) -> anyhow::Result<Self> {
        let port = free_port()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let cuts = Arc::new(Cuts::default());
        let shared = cuts.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, server, shared.clone()));
            }
        });
        Ok(Self { port, cuts })
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Asks for a cut at the next COMMIT there is.
    pub fn cut(&self, side: Cut) {
        let wanted = match side {
            Cut::Before => &self.cuts.before,
            Cut::After => &self.cuts.after,
        };
        wanted.fetch_add(1, Ordering::SeqCst);
    }

    /// How many cuts were made.
    #[must_use]
    pub fn made(&self) -> u32 {
        self.cuts.made.load(Ordering::SeqCst)
    }
}

impl Cuts {
    /// A cut that is to be made now, if any.
    fn next(&self) -> Option<Cut> {
        let take = |wanted: &AtomicU32| {
            wanted.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
        };
        let cut = if take(&self.after) { Some(Cut::After) } else { take(&self.before).then_some(Cut::Before) };
        if cut.is_some() {
            self.made.fetch_add(1, Ordering::SeqCst);
        }
        cut
    }
}

/// One connection, until either side ends it or it is cut. Dropping its streams closes both sides.
async fn pass(client: TcpStream, server: u16, cuts: Arc<Cuts>) {
    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).await else { return };
    drop((client.set_nodelay(true), server.set_nodelay(true)));
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let silent = AtomicBool::new(false);
    tokio::select! {
        _ = requests(from_client, to_server, &cuts, &silent) => {}
        _ = answers(from_server, to_client, &silent) => {}
    }
}

async fn requests(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    cuts: &Cuts,
    silent: &AtomicBool,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = from.read(&mut buffer).await?;
        let read = buffer.get(..count).unwrap_or_default();
        if read.is_empty() {
            return Ok(());
        }
        // A message is not cut in two by the driver.
        let commits = read.windows(COMMIT.len()).any(|part| part == COMMIT);
        match commits.then(|| cuts.next()).flatten() {
            None => to.write_all(read).await?,
            Some(Cut::Before) => return Ok(()),
            Some(Cut::After) => {
                silent.store(true, Ordering::SeqCst);
                to.write_all(read).await?;
                tokio::time::sleep(CARRIED_OUT).await;
                return Ok(());
            }
        }
    }
}

async fn answers(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    silent: &AtomicBool,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = from.read(&mut buffer).await?;
        let read = buffer.get(..count).unwrap_or_default();
        if read.is_empty() {
            return Ok(());
        }
        if !silent.load(Ordering::SeqCst) {
            to.write_all(read).await?;
        }
    }
}
