//! The store on SQLite: names the engine for the shared text.

use tributary_sql::sqlite::Db;
pub(crate) use tributary_sql::sqlite::{Pool, Tx};

type DbRow = sqlx::sqlite::SqliteRow;

/// Migrations of this service, numbers 100 and up.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("src/store/migrations/sqlite");

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
