//! Incentive plans, measures, rewards, traces. Pure and exact: no I/O, no clock, no float.
//!
//! A caller states facts ([`fact`]), a plan says what they earn ([`plan`]), the [`engine`] adds the facts up and asks
//! [`reward`] for the money, every line carries its [`trace`], and [`explain`] says it in words.

pub mod accrual;
pub mod assignment;
pub mod calendar;
pub mod canonical;
pub mod close;
pub mod deposit;
pub mod describe;
pub mod digest;
pub mod engine;
pub mod evidence;
pub mod explain;
pub mod fact;
pub mod figure;
pub mod fund;
pub mod ledger;
pub mod opening;
pub mod parallel_run;
pub mod plan;
pub mod plan_version;
pub mod price;
pub mod programme;
pub mod rate;
pub mod reasons;
pub mod revised;
pub mod reward;
pub mod run;
pub mod settlement;
pub mod simulation;
pub mod split;
pub mod standing;
pub mod subsidy;
pub mod trace;

#[cfg(test)]
mod tests;
