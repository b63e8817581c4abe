//! The store on PostgreSQL: names the engine for the shared text.

use tributary_sql::postgres::Db;
pub(crate) use tributary_sql::postgres::{Pool, Tx};

type DbRow = sqlx::postgres::PgRow;

/// Migrations of this service, numbers 100 and up.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("src/store/migrations/postgres");

#[path = "shared/batches.rs"]
mod batches;
#[path = "shared/cells.rs"]
mod cells;
#[path = "shared/journey_tx.rs"]
mod journey_tx;
#[path = "shared/journeys.rs"]
mod journeys;
#[path = "shared/set_aside.rs"]
mod set_aside;
#[path = "shared/tx.rs"]
mod tx;
