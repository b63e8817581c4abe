//! An open transaction of one engine.

use std::{sync::Arc, time::Instant};

use sqlx::{Database, Transaction};
use tokio_util::task::TaskTracker;
use tracing::{Instrument as _, Span};
use tributary_telemetry::names;

use super::{Db, PROBE, SYSTEM};
use crate::{RequestKey, StoreError};

/// An open transaction; dropped without commit it is rolled back.
#[derive(Debug)]
pub struct Tx {
    transaction: Transaction<'static, Db>,
    tracker: TaskTracker,
    /// Request keys claimed and not filled yet.
    claimed: Vec<RequestKey>,
    open: Open,
}

/// What telemetry knows of a transaction: it is told when this goes.
#[derive(Debug)]
struct Open {
    span: Span,
    since: Instant,
    service: Arc<str>,
    outcome: &'static str,
}

impl Open {
    fn new(service: Arc<str>) -> Self {
        let span = tracing::info_span!(
            "transaction",
            otel.kind = "client",
            db.system.name = SYSTEM,
            db.namespace = &*service,
            outcome = tracing::field::Empty,
        );
        Self { span, since: Instant::now(), service, outcome: "rolled_back" }
    }

    fn committed(mut self) {
        self.outcome = "committed";
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.span.record("outcome", self.outcome);
        let attributes = [("db.system.name", SYSTEM), ("outcome", self.outcome), (names::SERVICE, &*self.service)];
        names::TRANSACTION_DURATION.observe(self.since.elapsed(), &attributes);
    }
}

impl Tx {
    pub(super) fn new(transaction: Transaction<'static, Db>, tracker: TaskTracker, service: Arc<str>) -> Self {
        Self { transaction, tracker, claimed: Vec::new(), open: Open::new(service) }
    }

    /// The connection, for the statements of a service's store. Never open a second one inside a transaction.
    pub fn conn(&mut self) -> &mut <Db as Database>::Connection {
        &mut self.transaction
    }

    pub(super) fn claimed(&mut self) -> &mut Vec<RequestKey> {
        &mut self.claimed
    }

    /// Commits in a tracked task, which a cancelled caller cannot cut.
    pub(super) async fn keep(self) -> Result<(), StoreError> {
        if let Some(key) = self.claimed.first() {
            return Err(StoreError::Internal(format!(
                "request {:?} of {} was claimed and not answered: call remember before commit",
                key.request_id, key.method
            )));
        }
        let Self { mut transaction, tracker, open, .. } = self;
        tracked(&tracker, async move {
            if let Some(probe) = PROBE {
                sqlx::query(probe).execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
            open.committed();
            Ok(())
        })
        .await
    }
}

/// Runs work in a task that goes on when the caller is cancelled, and that [`super::Pool::close`] waits for.
pub(super) async fn tracked<T: Send + 'static>(
    tracker: &TaskTracker,
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    match tracker.spawn(work.in_current_span()).await {
        Ok(result) => result,
        Err(e) if e.is_panic() => Err(StoreError::Internal("a task of the store panicked".to_owned())),
        Err(_) => Err(StoreError::Unavailable("the process is shutting down".to_owned())),
    }
}
