//! Keeps the audit. The answer of a call that may have changed something leaves when its entry is durable: who was told
//! "done" finds it in the audit, whatever happens to this process. Entries that come together share one transaction, so
//! that the wait stays about that of one commit. Refused calls do not wait.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Mutex, mpsc, oneshot};
use tributary_core::{Clock, Fault, IdSource, RequestContext, TenantId};
use tributary_lifecycle::{CancellationToken, Worker};

use crate::ports::{AuditEntry, AuditFilter, AuditStore, Ports};

/// Entries that may wait to be written.
const QUEUE: usize = 10_000;
/// Entries of one transaction.
const BATCH: usize = 500;
/// How long an answer waits for its entry. Then it goes, and the entry stays in the queue.
const PATIENCE: Duration = Duration::from_secs(2);
/// Pause before a failed transaction is tried again.
const AGAIN: Duration = Duration::from_millis(200);
/// How often entries are tried while the process stops.
const LAST_TRIES: usize = 10;

/// The reason of an entry that counts what could not be noted.
const OVERFLOW: &str = "AUDIT_OVERFLOW";

struct Item {
    entry: AuditEntry,
    kept: Option<oneshot::Sender<()>>,
}

/// Takes entries.
pub struct AuditLog {
    sender: mpsc::Sender<Item>,
    receiver: Mutex<mpsc::Receiver<Item>>,
    store: Arc<dyn AuditStore>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    overflow: AtomicI64,
}

impl std::fmt::Debug for AuditLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuditLog").finish_non_exhaustive()
    }
}

impl AuditLog {
    /// In a store; nothing is written before its worker runs.
    #[must_use]
    pub fn new(store: Arc<dyn AuditStore>, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Arc<Self> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        Arc::new(Self { sender, receiver: Mutex::new(receiver), store, clock, ids, overflow: AtomicI64::new(0) })
    }

    /// Gives an entry its id and its time.
    #[must_use]
    pub fn stamped(&self, entry: AuditEntry) -> AuditEntry {
        AuditEntry { id: self.ids.uuid().hyphenated().to_string(), answer_time: self.clock.now(), ..entry }
    }

    /// Waits until an entry is durable; not for ever.
    pub async fn keep(&self, entry: AuditEntry) {
        let (kept, waiting) = oneshot::channel();
        let request_id = entry.request_id.clone();
        let keeping = async {
            let unsent = Unsent(&self.overflow);
            let sent = self.sender.send(Item { entry, kept: Some(kept) }).await;
            if sent.is_ok() {
                std::mem::forget(unsent);
            }
            sent.is_ok() && waiting.await.is_ok()
        };
        if !tokio::time::timeout(PATIENCE, keeping).await.unwrap_or(false) {
            tracing::error!(%request_id, "an answer left before its audit entry was durable");
        }
    }

    /// Takes an entry without waiting: that of a refused call, or of one whose caller went away.
    pub fn note(&self, entry: AuditEntry) {
        if self.sender.try_send(Item { entry, kept: None }).is_err() {
            self.overflow.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Writes entries until the stop, and then those that are left.
    #[must_use]
    pub fn worker(self: &Arc<Self>) -> Worker {
        let log = self.clone();
        Worker::new("audit", move |stop| {
            let log = log.clone();
            async move { log.run(stop).await }
        })
    }

    async fn run(&self, stop: CancellationToken) {
        // Held as long as this runs; after a panic the next run goes on with it.
        let mut receiver = self.receiver.lock().await;
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let count = tokio::select! {
                count = receiver.recv_many(&mut batch, BATCH) => count,
                () = stop.cancelled(), if !receiver.is_closed() => {
                    receiver.close();
                    continue;
                }
            };
            if count == 0 {
                return;
            }
            self.write(std::mem::take(&mut batch), &stop).await;
        }
    }

    async fn write(&self, batch: Vec<Item>, stop: &CancellationToken) {
        let (entries, kept): (Vec<_>, Vec<_>) = batch.into_iter().map(|item| (item.entry, item.kept)).unzip();
        let mut entries = folded(entries);
        entries.extend(self.overflowed());
        let mut tries = 0_usize;
        while let Err(error) = self.store.append(&entries).await {
            tries = tries.saturating_add(1);
            tracing::warn!(%error, entries = entries.len(), "the audit cannot be written, trying again");
            if stop.is_cancelled() && tries >= LAST_TRIES {
                // The last place where a person may find them.
                for entry in &entries {
                    tracing::error!(?entry, "audit entry that could not be kept");
                }
                return;
            }
            tokio::time::sleep(AGAIN).await;
        }
        for waiting in kept.into_iter().flatten() {
            // Whoever does not wait any more needs no answer.
            let _ = waiting.send(());
        }
    }

    fn overflowed(&self) -> Option<AuditEntry> {
        let count = self.overflow.swap(0, Ordering::Relaxed);
        let empty = AuditEntry { reason: OVERFLOW.to_owned(), code: 8, call_count: count, ..AuditEntry::unknown() };
        (count > 0).then(|| self.stamped(empty))
    }
}

/// Counts an entry that did not get into the queue: it was full, and whoever waited went away.
struct Unsent<'a>(&'a AtomicI64);

impl Drop for Unsent<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Calls without a valid credential cost their sender nothing; many from one address are one entry.
fn folded(entries: Vec<AuditEntry>) -> Vec<AuditEntry> {
    let mut out: Vec<AuditEntry> = Vec::with_capacity(entries.len());
    let mut first: HashMap<(TenantId, String, String), usize> = HashMap::new();
    for entry in entries {
        if entry.subject.is_empty() {
            let key = (entry.tenant.clone(), entry.client_address.clone(), entry.reason.clone());
            if let Some(known) = first.get(&key).and_then(|at| out.get_mut(*at)) {
                known.call_count = known.call_count.saturating_add(entry.call_count);
                continue;
            }
            first.insert(key, out.len());
        }
        out.push(entry);
    }
    out
}

/// At most `limit` entries of the caller's tenant before an entry, the latest first.
///
/// # Errors
/// Store faults.
pub async fn list_entries(
    ports: &Ports,
    context: &RequestContext,
    filter: &AuditFilter,
    before: Option<&str>,
    limit: u32,
) -> Result<Vec<AuditEntry>, Fault> {
    Ok(ports.store.entries(&context.tenant, filter, before, limit).await?)
}

#[cfg(test)]
mod tests {
    use super::folded;
    use crate::ports::AuditEntry;

    #[test]
    fn strangers_are_folded_by_address_and_nobody_else_is() {
        let from = |address: &str, subject: &str| AuditEntry {
            client_address: address.to_owned(),
            subject: subject.to_owned(),
            ..AuditEntry::unknown()
        };
        let all =
            [from("a", ""), from("b", ""), from("a", "li.wei"), from("a", ""), from("a", "li.wei"), from("a", "")];
        let folded: Vec<_> =
            folded(all.into()).into_iter().map(|e| (e.client_address, e.subject, e.call_count)).collect();
        let expected = [("a", "", 3), ("b", "", 1), ("a", "li.wei", 1), ("a", "li.wei", 1)];
        assert_eq!(folded, expected.map(|(address, subject, n)| (address.to_owned(), subject.to_owned(), n)));
    }
}
