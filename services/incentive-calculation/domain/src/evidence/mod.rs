//! Verifiable statements (IC-28): what is entered into the evidence log, the bundle that a partner takes away, and its
//! verification without us.
//!
//! Everything that is attested is a canonical text ([`crate::canonical`]), entered and exported byte for byte: a bundle holds
//! the texts themselves and nothing beside them that could say something else.

mod bundle;
mod entries;
mod postings;
mod read;
mod recompute;
mod statement;
mod verify;

pub use bundle::{Bundle, BundleFact, BundlePlan, FORMAT, Proven};
pub use entries::{SettledRun, journal_entry, plan_version, programme_period, run};
pub use postings::causes;
pub use read::Text;
pub use recompute::{obstacle, selections};
pub use statement::{statement, statement_line};
pub use verify::{LineReport, NOT_AS_ISSUED, Recomputed, Report, verify};
