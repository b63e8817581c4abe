//! An open transaction of one engine.

use sqlx::{Database, Transaction};
use tokio_util::task::TaskTracker;

use super::{Db, PROBE};
use crate::{RequestKey, StoreError};

/// An open transaction; dropped without commit it is rolled back.
#[derive(Debug)]
pub struct Tx {
    transaction: Transaction<'static, Db>,
    tracker: TaskTracker,
    /// Request keys claimed and not filled yet.
    claimed: Vec<RequestKey>,
}

impl Tx {
    pub(super) fn new(transaction: Transaction<'static, Db>, tracker: TaskTracker) -> Self {
        Self { transaction, tracker, claimed: Vec::new() }
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
        let Self { mut transaction, tracker, .. } = self;
        tracked(&tracker, async move {
            if let Some(probe) = PROBE {
                sqlx::query(probe).execute(&mut *transaction).await?;
            }
            Ok(transaction.commit().await?)
        })
        .await
    }
}

/// Runs work in a task that goes on when the caller is cancelled, and that [`super::Pool::close`] waits for.
pub(super) async fn tracked<T: Send + 'static>(
    tracker: &TaskTracker,
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    match tracker.spawn(work).await {
        Ok(result) => result,
        Err(e) if e.is_panic() => Err(StoreError::Internal("a task of the store panicked".to_owned())),
        Err(_) => Err(StoreError::Unavailable("the process is shutting down".to_owned())),
    }
}
