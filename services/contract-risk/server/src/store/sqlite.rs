//! The store on SQLite: names the engine for the shared text.

pub(crate) use tributary_sql::sqlite::{Db, Pool, Tx};

type Connection = sqlx::SqliteConnection;
type DbRow = sqlx::sqlite::SqliteRow;

/// Migrations of this service, numbers 100 and up.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("src/store/migrations/sqlite");

#[path = "shared/alert_list.rs"]
mod alert_list;
#[path = "shared/alert_rules.rs"]
mod alert_rules;
#[path = "shared/alerts.rs"]
mod alerts;
#[path = "shared/contract_list.rs"]
mod contract_list;
#[path = "shared/contract_reads.rs"]
mod contract_reads;
#[path = "shared/contract_rows.rs"]
mod contract_rows;
#[path = "shared/contract_writes.rs"]
mod contract_writes;
#[path = "shared/documents.rs"]
mod documents;
#[path = "shared/obligation_list.rs"]
mod obligation_list;
#[path = "shared/obligation_writes.rs"]
mod obligation_writes;
#[path = "shared/obligations.rs"]
mod obligations;
#[path = "shared/on_time.rs"]
mod on_time;
#[path = "shared/reminders.rs"]
mod reminders;
#[path = "shared/sales.rs"]
mod sales;
#[path = "shared/turns.rs"]
mod turns;
