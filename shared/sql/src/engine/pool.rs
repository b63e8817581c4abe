//! A store of one engine: where transactions begin, migrations run and readers come from.

use std::{sync::Arc, time::Instant};

use async_trait::async_trait;
use sqlx::{SqlSafeStr as _, Transaction};
use tokio_util::task::TaskTracker;
use tributary_telemetry::names;

use super::{BASE, BEGIN, Db, Tx, WRITER};
use crate::{REQUEST_MEMORY, Recall, RequestKey, RequestStore, StoreError, deadline, migrations::one_history};

/// The name of a pool that reads and writes.
pub(super) const PRIMARY: &str = "primary";

/// The store of one service; cheap to clone.
#[derive(Debug, Clone)]
pub struct Pool {
    reader: sqlx::Pool<Db>,
    writer: sqlx::Pool<Db>,
    service: Arc<str>,
    tracker: TaskTracker,
}

impl Pool {
    pub(super) fn new(reader: sqlx::Pool<Db>, writer: sqlx::Pool<Db>, service: String) -> Self {
        Self { reader, writer, service: service.into(), tracker: TaskTracker::new() }
    }

    /// Brings the schema to the newest version: the base tables (numbers 1 to 99) and the service's (from 100 on), in
    /// one history.
    ///
    /// # Errors
    /// `Corrupt` when an applied migration was changed or is missing here; `Internal` when numbers collide or the SQL
    /// fails.
    pub async fn migrate(&self, migrations: &sqlx::migrate::Migrator) -> Result<(), StoreError> {
        let all = one_history(&BASE, migrations)?;
        let writer = self.writer.clone();
        self.tracked(async move {
            let mut connection = writer.acquire().await?;
            // Not `run`: its future is not `Send` for every lifetime, so it cannot move into a task.
            match all.run_direct(None, &mut *connection, false).await {
                Ok(()) => Ok(super::tell_planner(&mut connection).await?),
                Err(e) => {
                    // sqlx keeps its advisory lock when a migration fails; only closing the session gives it back.
                    connection.close().await?;
                    Err(e.into())
                }
            }
        })
        .await
    }

    /// Connections for reading outside a transaction; on SQLite they refuse to write.
    #[must_use]
    pub fn reader(&self) -> &sqlx::Pool<Db> {
        &self.reader
    }

    /// Begins a transaction. Runs in a task of its own: when the caller is cancelled, the task ends what it began and
    /// rolls back. (With sqlx 0.9.0 on PostgreSQL a cancelled begin would return a connection to the pool inside an
    /// open transaction, and later writes through it would be lost.)
    ///
    /// Whoever waits until a [`deadline`] waits no longer for his turn.
    ///
    /// # Errors
    /// `Unavailable` when no connection is free in time or the store is away.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let (writer, tracker, service) = (self.writer.clone(), self.tracker.clone(), self.service.clone());
        let begun = async move {
            let asked = Instant::now();
            let connection = deadline::bounded(writer.acquire()).await?;
            let name = [("db.client.connection.pool.name", WRITER), (names::SERVICE, &*service)];
            names::POOL_WAIT.observe(asked.elapsed(), &name);
            let transaction = Transaction::begin(connection, Some(BEGIN.into_sql_str())).await?;
            Ok(Tx::new(transaction, tracker, service))
        };
        self.tracked(deadline::scope(deadline::present(), begun)).await
    }

    /// Deletes request keys that are older than [`REQUEST_MEMORY`]; returns how many. They count as new even before.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn forget_requests(&self, now: tributary_core::Timestamp) -> Result<u64, StoreError> {
        let oldest = crate::options::before(now, REQUEST_MEMORY);
        let mut tx = self.begin().await?;
        let done = sqlx::query("DELETE FROM requests WHERE create_time < $1")
            .bind(oldest.0)
            .execute(tx.conn())
            .await?
            .rows_affected();
        crate::UnitOfWork::commit(Box::new(tx)).await?;
        Ok(done)
    }

    /// Waits for begins and commits that are under way, then closes every connection. Calls after it are `Unavailable`.
    pub async fn close(&self) {
        self.tracker.close();
        self.tracker.wait().await;
        self.reader.close().await;
        self.writer.close().await;
    }

    pub(super) fn service(&self) -> &str {
        &self.service
    }

    /// The pools by name; one where readers and writers share it.
    pub(super) fn pools(&self) -> Vec<(&'static str, &sqlx::Pool<Db>)> {
        if WRITER == PRIMARY {
            return vec![(PRIMARY, &self.writer)];
        }
        vec![("reader", &self.reader), (WRITER, &self.writer)]
    }

    async fn tracked<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        super::tx::tracked(&self.tracker, work).await
    }
}

#[async_trait]
impl RequestStore for Pool {
    async fn recalled(&self, key: &RequestKey, now: tributary_core::Timestamp) -> Result<Recall, StoreError> {
        let known: Option<(Vec<u8>, Vec<u8>)> = sqlx::query_as(
            "SELECT body_digest, answer FROM requests
             WHERE tenant = $1 AND method = $2 AND request_id = $3 AND create_time >= $4 AND answer IS NOT NULL",
        )
        .bind(key.tenant.as_str())
        .bind(&key.method)
        .bind(&key.request_id)
        .bind(crate::options::before(now, REQUEST_MEMORY).0)
        .fetch_optional(self.reader())
        .await?;
        Ok(match known {
            None => Recall::New,
            Some((digest, _)) if digest != key.body_digest => Recall::BodyDiffers,
            Some((_, answer)) => Recall::Known(answer),
        })
    }

    async fn forget_requests(&self, now: tributary_core::Timestamp) -> Result<u64, StoreError> {
        // The inherent method.
        Self::forget_requests(self, now).await
    }
}
