//! Start and stop: signals, drain, worker supervision, the hard limit.
//!
//! The order of a stop is fixed: unhealthy, drain the servers, stop the workers. Whatever hangs is left behind after
//! [`HARD_LIMIT`], so that a process always ends.

mod run;
mod signal;
mod worker;

pub use run::{Ended, HARD_LIMIT, Plan, Server, run};
pub use signal::{shutdown_signal, stop_on_signal};
pub use tokio_util::sync::CancellationToken;
pub use worker::{Worker, run_workers};
