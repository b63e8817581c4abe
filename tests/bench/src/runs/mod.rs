//! Runs over many facts: the standard programme calculated by the suite, beside DuckDB adding up the same tiers from the
//! same facts in Parquet; again after a few late facts; and what a partner has accrued after one more.

mod facts;
mod fill;
mod measure;

use std::path::PathBuf;

use anyhow::Result;
use serde::Serialize;

/// The period that is calculated; the base of growth is the same quarter a year before.
pub const PERIOD: &str = "2026-Q2";

/// The programme, last part of its name.
const PROGRAMME: &str = "standard";

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
    /// How long it took until the sums of a plan that was activated had taken all facts in.
    pub activated_seconds: f64,
    /// How long it took, at the same time, until all facts were in segments.
    pub sealed_seconds: f64,
    /// A final run with nothing calculated before.
    pub cold_seconds: f64,
    /// The same again for proof, from rows alone.
    pub proof_seconds: f64,
    /// The next one, nothing having changed.
    pub again_seconds: f64,
    /// The one after the late facts.
    pub late_seconds: f64,
    /// How many late facts.
    pub late_facts: u32,
    /// How many partners they are of.
    pub late_partners: usize,
    /// The longest of some facts from the call that records it until a call has told the accrual with it.
    pub accrual_seconds: f64,
    /// Highest resident memory of the process, suite and all, while the cold run ran.
    pub peak_mebibytes: u64,
    /// Sum of the commissions of the cold run, in minor units.
    pub marginal_total: i64,
    /// Digest of the cold run.
    pub digest: String,
}

/// Where things are made.
#[derive(Debug, Clone)]
pub struct Place {
    /// The suite's data directory.
    pub data: PathBuf,
    /// PostgreSQL, as the suite's setting `store`; `None`: SQLite.
    pub store: Option<String>,
    /// The facts for the peer.
    pub csv: PathBuf,
}

/// Makes the facts, in the suite's store and as CSV for the peer, and measures the suite on them.
///
/// # Errors
/// When something cannot be made or is refused.
pub async fn run(size: Size, place: &Place) -> Result<Measured> {
    fill::csv(size, &place.csv)?;
    measure::measure(size, place).await
}
