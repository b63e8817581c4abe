//! Incentive plans, measures, rewards, traces. Pure and exact: no I/O, no clock, no float.
//!
//! A caller states facts ([`fact`]), a plan says what they earn ([`plan`]), the [`engine`] adds the facts up and asks
//! [`reward`] for the money, every line carries its [`trace`], and [`explain`] says it in words.

pub mod assignment;
pub mod canonical;
pub mod describe;
pub mod digest;
pub mod engine;
pub mod explain;
pub mod fact;
pub mod plan;
pub mod plan_version;
pub mod programme;
pub mod reasons;
pub mod reward;
pub mod run;
pub mod split;
pub mod trace;

#[cfg(test)]
mod tests;
