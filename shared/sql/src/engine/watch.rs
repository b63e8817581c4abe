//! Looking at a store from outside its use cases.

use async_trait::async_trait;
use tributary_core::Timestamp;

use super::{Db, Pool};
use crate::{Backlog, Connections, StoreError, StoreWatch};

#[async_trait]
impl StoreWatch for Pool {
    async fn ping(&self) -> Result<(), StoreError> {
        // A table that every migrated store has: a database that is there and empty does not count.
        let _: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM bus_epoch").fetch_one(self.reader()).await?;
        Ok(())
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        let (events, oldest_event, dead_letters, pending, oldest_pending, running): Row = sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM outbox WHERE published_time IS NULL),
                    (SELECT MIN(time) FROM outbox WHERE published_time IS NULL),
                    (SELECT COUNT(*) FROM dead_letters),
                    (SELECT COUNT(*) FROM operations WHERE state IN ('PENDING', 'RUNNING') AND state = 'PENDING'),
                    (SELECT MIN(create_time) FROM operations
                     WHERE state IN ('PENDING', 'RUNNING') AND state = 'PENDING'),
                    (SELECT COUNT(*) FROM operations WHERE state IN ('PENDING', 'RUNNING') AND state = 'RUNNING')",
        )
        .fetch_one(self.reader())
        .await?;
        let (oldest_event, oldest_pending) = (oldest_event.map(Timestamp), oldest_pending.map(Timestamp));
        Ok(Backlog { events, oldest_event, dead_letters, pending, oldest_pending, running })
    }

    fn connections(&self) -> Vec<Connections> {
        self.pools().iter().map(|(name, pool)| connections(name, pool)).collect()
    }
}

/// Counts, and the oldest of what was counted.
type Row = (i64, Option<i64>, i64, i64, Option<i64>, i64);

fn connections(name: &'static str, pool: &sqlx::Pool<Db>) -> Connections {
    let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
    let max = pool.options().get_max_connections();
    Connections { pool: name, max, used: pool.size().saturating_sub(idle), idle }
}
