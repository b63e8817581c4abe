//! The registry's tables on SQLite.

pub use tributary_sql::sqlite::{Db, Pool, Tx};

#[path = "shared/deal_leads.rs"]
mod deal_leads;
#[path = "shared/deal_rows.rs"]
mod deal_rows;
#[path = "shared/deals.rs"]
mod deals;
#[path = "shared/document_rows.rs"]
mod document_rows;
#[path = "shared/document_writes.rs"]
mod document_writes;
#[path = "shared/documents.rs"]
mod documents;
#[path = "shared/holders.rs"]
mod holders;
#[path = "shared/links.rs"]
mod links;
#[path = "shared/list.rs"]
mod list;
#[path = "shared/own.rs"]
mod own;
#[cfg(test)]
#[path = "sqlite_plans.rs"]
mod plans;
#[path = "shared/reads.rs"]
mod reads;
#[path = "shared/region_rows.rs"]
mod region_rows;
#[path = "shared/right_rows.rs"]
mod right_rows;
#[path = "shared/rows.rs"]
mod rows;
#[path = "shared/territories.rs"]
mod territories;
#[path = "shared/tier_known.rs"]
mod tier_known;
#[path = "shared/tier_programmes.rs"]
mod tier_programmes;
#[path = "shared/tier_source.rs"]
mod tier_source;
#[path = "shared/tier_writes.rs"]
mod tier_writes;
#[path = "shared/tiers.rs"]
mod tiers;
#[path = "shared/training.rs"]
mod training;
#[path = "shared/training_rows.rs"]
mod training_rows;
#[path = "shared/transaction.rs"]
mod transaction;
#[path = "shared/writes.rs"]
mod writes;

/// The tables of this service, numbers from 100 on.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("src/store/migrations/sqlite");
