//! Pages of facts, read ahead of whoever adds them up.

use std::sync::{Arc, Mutex, PoisonError};

use incentive_calculation_domain::engine::Fields;
use tokio::{sync::mpsc, task::JoinSet};
use tributary_core::TenantId;
use tributary_sql::StoreError;

use crate::ports::{FactQuery, IncentiveStore, StoredFact};

/// Pages that wait to be taken.
const AHEAD: usize = 2;

/// A page.
type Page = Result<Vec<StoredFact>, StoreError>;

/// Pages of some queries. Those of one query come in its order; queries of different payees come as they are read.
pub(super) struct Pages {
    receiver: mpsc::Receiver<Page>,
    /// Ends the readers when the pages are no longer wanted.
    _readers: JoinSet<()>,
}

/// What is read.
pub(super) struct Wanted {
    pub store: Arc<dyn IncentiveStore>,
    pub tenant: TenantId,
    pub fields: Fields,
}

impl Pages {
    /// Starts so many readers, at least one.
    pub(super) fn start(wanted: Wanted, queries: Vec<FactQuery>, readers: usize) -> Self {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let (wanted, queries) = (Arc::new(wanted), Arc::new(Mutex::new(queries.into_iter())));
        let mut tasks = JoinSet::new();
        for _ in 0..readers.max(1) {
            let (wanted, queries, sender) = (wanted.clone(), queries.clone(), sender.clone());
            tasks.spawn(async move {
                loop {
                    let next = queries.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(query) = next else { return };
                    if !read(&wanted, query, &sender).await {
                        return;
                    }
                }
            });
        }
        Self { receiver, _readers: tasks }
    }

    /// The next page; `None` after the last.
    pub(super) async fn next(&mut self) -> Option<Page> {
        self.receiver.recv().await
    }
}

/// Reads the pages of a query; `false` when nobody wants more.
async fn read(wanted: &Wanted, mut query: FactQuery, sender: &mpsc::Sender<Page>) -> bool {
    let full = usize::try_from(query.limit).unwrap_or(usize::MAX);
    loop {
        let page = wanted.store.measured_facts(&wanted.tenant, &query, wanted.fields).await;
        let more = page.is_ok();
        query.after = page.as_ref().ok().and_then(|p| p.last().filter(|_| p.len() >= full)).map(StoredFact::key);
        if sender.send(page).await.is_err() || !more {
            return false;
        }
        if query.after.is_none() {
            return true;
        }
    }
}
