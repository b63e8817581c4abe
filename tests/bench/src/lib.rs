//! Benches: each measures what the suite does against a peer or a limit in the same run, because machines differ and
//! drift. A bench prints ratios; tests assert behaviour.

pub mod attribution;
pub mod ingest;
pub mod metrics;
pub mod partners;
pub mod process;
pub mod runs;
