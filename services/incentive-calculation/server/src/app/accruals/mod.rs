//! Live accruals (IC-26): sums per day follow the batches of facts; whoever asks gets lines out of the engine that pays.

mod ask;
mod follow;

pub use ask::{Accrual, AccrualPage};
pub use follow::follow;
