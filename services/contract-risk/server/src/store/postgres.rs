//! The store on PostgreSQL: names the engine for the shared text.

pub(crate) use tributary_sql::postgres::{Pool, Tx};

type DbRow = sqlx::postgres::PgRow;

/// Migrations of this service, numbers 100 and up.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("src/store/migrations/postgres");

#[path = "shared/contracts.rs"]
mod contracts;
