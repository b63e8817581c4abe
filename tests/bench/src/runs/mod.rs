//! Runs over many facts: the standard programme calculated by the suite, beside DuckDB adding up the same tiers from the
//! same facts in Parquet; and again after a few late facts.

mod facts;
mod fill;
mod measure;

use std::path::Path;

use anyhow::Result;
use serde::Serialize;

/// The period that is calculated; the base of growth is the same quarter a year before.
pub const PERIOD: &str = "2026-Q2";

/// What is made.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// How many facts, half of them in the period, half in the quarter a year before.
    pub facts: u32,
    /// How many partners.
    pub partners: u32,
    /// How many late facts come afterwards.
    pub late: u32,
}

/// What was measured, seconds by the clock.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// Facts there were.
    pub facts: u32,
    /// Partners there were.
    pub partners: u32,
    /// A final run with nothing calculated before.
    pub cold_seconds: f64,
    /// A final run after the late facts.
    pub late_seconds: f64,
    /// How many late facts.
    pub late_facts: u32,
    /// Highest resident memory of the process, suite and all, while it ran.
    pub peak_mebibytes: u64,
    /// Sum of all lines, in minor units, by rule.
    pub marginal_total: i64,
    /// Digest of the run over the facts without the late ones.
    pub digest: String,
}

/// Makes the facts, in the suite's store and as CSV for the peer, and measures the suite on them.
///
/// # Errors
/// When something cannot be made or is refused.
pub async fn run(size: Size, data: &Path, csv: &Path) -> Result<Measured> {
    fill::csv(size, csv)?;
    fill::store(size, data).await?;
    measure::measure(size, data).await
}
