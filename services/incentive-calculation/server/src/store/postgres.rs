//! The store on PostgreSQL: names the engine for the shared text.

use tributary_sql::postgres::Db;
pub(crate) use tributary_sql::postgres::{Pool, Tx};

type Connection = sqlx::PgConnection;
type DbRow = sqlx::postgres::PgRow;

/// Migrations of this service, numbers 100 and up.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("src/store/migrations/postgres");

#[path = "shared/accruals.rs"]
mod accruals;
#[path = "shared/calendars.rs"]
mod calendars;
#[path = "shared/changes.rs"]
mod changes;
#[path = "shared/closing.rs"]
mod closing;
#[path = "shared/counters.rs"]
mod counters;
#[path = "shared/deposits.rs"]
mod deposits;
#[path = "shared/evidence.rs"]
mod evidence;
#[path = "shared/facts.rs"]
mod facts;
#[path = "shared/figures.rs"]
mod figures;
#[path = "shared/funds.rs"]
mod funds;
#[path = "shared/inputs.rs"]
mod inputs;
#[path = "shared/ledger.rs"]
mod ledger;
#[path = "shared/ledger_tx.rs"]
mod ledger_tx;
#[path = "shared/measured.rs"]
mod measured;
#[path = "shared/openings.rs"]
mod openings;
#[path = "shared/partners.rs"]
mod partners;
#[path = "shared/plans.rs"]
mod plans;
#[path = "shared/prices.rs"]
mod prices;
#[path = "shared/rates.rs"]
mod rates;
#[path = "shared/records.rs"]
mod records;
#[path = "shared/revisions.rs"]
mod revisions;
#[path = "shared/runs.rs"]
mod runs;
#[path = "shared/segments.rs"]
mod segments;
#[path = "shared/settlements.rs"]
mod settlements;
#[path = "shared/simulations.rs"]
mod simulations;
#[path = "shared/stated.rs"]
mod stated;
#[path = "shared/touched.rs"]
mod touched;
#[path = "shared/tx.rs"]
mod tx;
