//! Price lists, promotions and quotes (IC-19).

mod lists;
mod promotions;
mod quotes;

use incentive_calculation_domain::price::{Promotion, State};
use tributary_core::{Date, Fault};
use tributary_sql::StoreError;

pub use lists::NewItems;
pub use quotes::{Asked, Priced, Quoted, Wanted};

/// A change of state as a caller asks for it.
#[derive(Debug, Clone)]
pub struct PriceMove<N> {
    /// What it is about.
    pub of: N,
    /// Etag the caller decided on.
    pub etag: String,
    /// What is done.
    pub action: PriceAction,
    /// Why.
    pub reason: String,
    /// Check everything, change nothing.
    pub validate_only: bool,
}

/// What can be done to a version of a list, or to a promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceAction {
    /// Draft → approved.
    Approve,
    /// → retired, from a day on; `None`: today.
    Retire(Option<Date>),
}

/// What was changed at the same moment is told as such.
fn saved(result: Result<(), StoreError>, name: &str) -> Result<(), Fault> {
    match result {
        Err(StoreError::Conflict) => {
            let message = format!("{name} was changed at the same moment; read it again and decide anew");
            Err(Fault::new(tributary_core::fault::common::ETAG_MISMATCH, message).with("name", name))
        }
        other => Ok(other?),
    }
}

/// Whether a promotion stands where quotes see it.
fn is_public(promotion: &Promotion) -> bool {
    promotion.life.approved && promotion.life.state != State::Draft
}
