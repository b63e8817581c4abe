//! The suite on PostgreSQL.
#![expect(clippy::duplicate_mod, reason = "one suite for both engines")]

use tributary_testkit::Engine;

pub use tributary_sql::postgres::{Pool, Tx};

pub const ENGINE: Engine = Engine::Postgres;

#[path = "suite/arrivals.rs"]
mod arrivals;
#[path = "suite/dead_letters.rs"]
mod dead_letters;
#[path = "suite/errors.rs"]
mod errors;
#[path = "suite/evidence.rs"]
mod evidence;
#[path = "suite/fixture.rs"]
mod fixture;
#[path = "suite/idempotency.rs"]
mod idempotency;
#[path = "suite/inbox.rs"]
mod inbox;
#[path = "suite/migrations.rs"]
mod migrations;
#[path = "suite/operations.rs"]
mod operations;
#[path = "suite/outbox.rs"]
mod outbox;
#[path = "suite/runner.rs"]
mod runner;
#[path = "suite/transactions.rs"]
mod transactions;
#[path = "suite/watch.rs"]
mod watch;
