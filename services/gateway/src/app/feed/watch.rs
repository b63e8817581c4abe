//! A stream of events, as long as somebody reads it: events from a place on, then new ones as they come, and the place
//! alone while none comes.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use tributary_core::{Fault, TenantId};
use tributary_lifecycle::CancellationToken;

use super::{
    selection::Selection,
    stretch::{Place, Reader},
    tail::Tail,
};
use crate::{ports::feed::FeedEvent, reasons::EVENT_WATCHERS};

/// How long a stream lasts: a key that was revoked must not go on reading for ever.
pub const LIFETIME: Duration = Duration::from_secs(30 * 60);
/// After so long without an event the place is told.
const QUIET: Duration = Duration::from_secs(15);
/// Events made ready at once.
const ROOM: usize = 200;
/// Bytes of events made ready at once.
const BYTES: usize = 1024 * 1024;
/// Streams of one tenant at this gateway.
const MOST: usize = 200;

/// What a stream says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// An event, and the place after it.
    Event(Box<FeedEvent>, String),
    /// The place alone.
    Place(String),
}

/// What all streams of a gateway share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Watching {
    reader: Reader,
    tail: Arc<Tail>,
    stopping: CancellationToken,
    open: Arc<Mutex<HashMap<TenantId, usize>>>,
}

impl Watching {
    /// Streams end when `stopping` is cancelled.
    #[must_use]
    pub fn new(reader: Reader, tail: Arc<Tail>, stopping: CancellationToken) -> Self {
        Self { reader, tail, stopping, open: Arc::default() }
    }

    /// Begins a stream.
    ///
    /// # Errors
    /// `EVENT_WATCHERS`, `EVENT_CURSOR_INVALID`, `EVENT_CURSOR_EXPIRED`, `EVENT_CURSOR_UNKNOWN`; store faults.
    pub async fn watch(
        &self,
        tenant: &TenantId,
        selection: Selection,
        from: &str,
        latest: bool,
    ) -> Result<Watch, Fault> {
        let open = self.enter(tenant)?;
        let place = self.reader.begin(tenant, from, latest).await?;
        let first = Step::Place(place.cursor(tenant));
        let until = Instant::now().checked_add(LIFETIME);
        Ok(Watch { of: self.clone(), open, selection, place, ready: VecDeque::from([first]), until })
    }

    fn enter(&self, tenant: &TenantId) -> Result<Open, Fault> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(tenant.clone()).or_insert(0);
        if *count >= MOST {
            let why = format!("the tenant has {MOST} open streams at this gateway; close some, or read by ListEvents");
            return Err(Fault::new(EVENT_WATCHERS, why).with("most", MOST.to_string()));
        }
        *count = count.saturating_add(1);
        Ok(Open { tenant: tenant.clone(), all: self.open.clone() })
    }
}

/// Counts a stream until it ends.
#[derive(Debug)]
struct Open {
    tenant: TenantId,
    all: Arc<Mutex<HashMap<TenantId, usize>>>,
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = all.get_mut(&self.tenant) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                all.remove(&self.tenant);
            }
        }
    }
}

/// An open stream.
#[derive(Debug)]
pub struct Watch {
    of: Watching,
    open: Open,
    selection: Selection,
    place: Place,
    ready: VecDeque<Step>,
    until: Option<Instant>,
}

impl Watch {
    /// What comes next; `None` at the end.
    ///
    /// # Errors
    /// `EVENT_CURSOR_EXPIRED` when the reader is so slow that events were removed before it came to them; store faults.
    pub async fn next(&mut self) -> Result<Option<Step>, Fault> {
        let tenant = self.open.tenant.clone();
        loop {
            if self.of.stopping.is_cancelled() || self.until.is_some_and(|until| Instant::now() >= until) {
                return Ok(None);
            }
            if let Some(step) = self.ready.pop_front() {
                return Ok(Some(step));
            }
            let found = self.of.reader.next(&tenant, &self.selection, &mut self.place, (ROOM, BYTES)).await?;
            let log = self.place.clone();
            self.ready.extend(found.events.into_iter().map(|feed| {
                let cursor = log.at(feed.number).cursor(&tenant);
                Step::Event(Box::new(feed), cursor)
            }));
            if found.more || !self.ready.is_empty() {
                continue;
            }
            let end = self.until.unwrap_or_else(Instant::now);
            tokio::select! {
                () = self.of.tail.beyond(&tenant, self.place.number()) => {}
                () = tokio::time::sleep(QUIET) => return Ok(Some(Step::Place(self.place.cursor(&tenant)))),
                () = tokio::time::sleep_until(end) => {}
                () = self.of.stopping.cancelled() => {}
            }
        }
    }
}
