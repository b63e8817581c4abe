//! The store on SQLite: names the engine for the shared text.

pub(crate) use tributary_sql::sqlite::{Pool, Tx};

type DbRow = sqlx::sqlite::SqliteRow;

/// Migrations of this service, numbers 100 and up.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("src/store/migrations/sqlite");

#[path = "shared/contracts.rs"]
mod contracts;
