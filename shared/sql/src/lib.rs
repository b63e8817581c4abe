//! Pools, safe transactions, idempotency, outbox, inbox, arrivals, operations, evidence log and migrations on both engines.
//!
//! The traits of this crate are the ports that use cases and workers know; [`sqlite`] and [`postgres`] implement them
//! with one SQL text: the files of `src/engine` are mounted once per engine, and only what truly differs (how to
//! connect, how to begin) stands in `sqlite.rs` and `postgres.rs`.

mod arrivals;
mod dead_letters;
pub mod deadline;
mod error;
mod evidence;
mod idempotency;
mod migrations;
mod operations;
mod options;
mod outbox;
mod rows;
mod runner;
mod statistics;
mod unit_of_work;
mod url;
mod watch;

pub mod postgres;
pub mod sqlite;

pub use arrivals::ArrivalStore;
pub use dead_letters::{DeadLetter, DeadLetterStore};
pub use error::StoreError;
pub use evidence::{Evidence, EvidenceStore, EvidenceTx, NewEvidence};
pub use idempotency::{REQUEST_MEMORY, Recall, RequestKey, RequestStore, answer, recall_answer};
pub use operations::{NewOperation, OperationOutcome, OperationRecord, OperationState, OperationStore};
pub use options::PoolOptions;
pub use outbox::OutboxStore;
pub use rows::push_rows;
pub use runner::{OperationHandler, OperationRunner, Progress};
pub use unit_of_work::UnitOfWork;
pub use url::StoreUrl;
pub use watch::{Backlog, Connections, StoreWatch};
