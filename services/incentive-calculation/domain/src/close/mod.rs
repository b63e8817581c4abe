//! Closing periods (R18, R20): what a period states, what it would state now, and the one true-up that settles the
//! difference on the next open period. Pure: the service reads what was stated and what changed, the engine recomputes.
//!
//! Invariant: after any history, what closed periods state, true-ups included, and what the open period gives is what
//! the engine gives over all facts that are known.

mod amounts;
mod compare;
mod depends;
mod period;
mod true_up;

pub use amounts::{LineKey, Lines, StatedAmount, lines_of};
pub use compare::{ComparedLine, DifferenceCause, LineDifference, compare};
pub use depends::{Recomputed, RecomputedLine, builds_on_stated, formulas};
pub use period::{ClosedPeriod, Lock, LockAttempt, PeriodState, ProgrammePeriod, Seen, comes_before};
pub use true_up::{Changes, PayeeChanges, TrueUp, differences, true_ups};
