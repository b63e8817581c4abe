//! What keeps a service standing under load: rates and quotas per caller, a limit on calls in flight that follows what the
//! service can do, a breaker for one that is away, a budget for retries.
//!
//! Everything here counts and decides; nothing here knows of calls or protocols.

mod breaker;
mod budget;
mod concurrency;
mod local;
mod rate;
mod shared;

pub use breaker::Breaker;
pub use budget::RetryBudget;
pub use concurrency::{Adaptive, Outcome, Permit};
pub use local::LocalLimiter;
pub use rate::{Decision, Limiter, Rate};
pub use shared::RedisLimiter;
