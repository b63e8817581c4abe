//! Territories (PR-08): regions, rights, conflicts before anything is signed. Every change waits for the tenant's turn
//! first, so that what was checked stays true until it is written.

mod find;
mod regions;
mod rights;
mod terms;
mod weigh;

pub(crate) use find::{Found, Holder};
pub(crate) use regions::RegionOutcome;
pub(crate) use rights::{EndRight, MOST_LISTED, RecordRight, Recorded};
pub(crate) use terms::{Area, Proposal};
pub(crate) use weigh::Weighed;
