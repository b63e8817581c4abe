//! The store on PostgreSQL: names the engine for the shared text.

use tributary_sql::postgres::Db;
pub(crate) use tributary_sql::postgres::{Pool, Tx};

type DbRow = sqlx::postgres::PgRow;

/// Migrations of this service, numbers 100 and up.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("src/store/migrations/postgres");

#[path = "shared/campaign_sums.rs"]
mod campaign_sums;
#[path = "shared/costs.rs"]
mod costs;
#[path = "shared/data_versions.rs"]
mod data_versions;
#[path = "shared/first_orders.rs"]
mod first_orders;
#[path = "shared/ingest_tx.rs"]
mod ingest_tx;
#[path = "shared/journeys.rs"]
mod journeys;
#[path = "shared/sales_lines.rs"]
mod sales_lines;
#[path = "shared/sales_tx.rs"]
mod sales_tx;
#[path = "shared/set_aside.rs"]
mod set_aside;
#[path = "shared/targets.rs"]
mod targets;
#[path = "shared/touchpoints.rs"]
mod touchpoints;
