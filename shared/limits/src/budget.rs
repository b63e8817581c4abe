//! How many retries the first attempts have earned: a tenth. When everything fails, retries add a tenth to the load and not a
//! multiple.

use std::sync::atomic::{AtomicU32, Ordering};

/// What a retry costs, in tenths.
const COST: u32 = 10;
/// The most that is saved up: ten retries.
const MOST: u32 = 100;

/// A budget for retries.
#[derive(Debug)]
pub struct RetryBudget(AtomicU32);

impl Default for RetryBudget {
    fn default() -> Self {
        Self(AtomicU32::new(MOST))
    }
}

impl RetryBudget {
    /// A first attempt was made.
    pub fn earn(&self) {
        let _ =
            self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |saved| Some(saved.saturating_add(1).min(MOST)));
    }

    /// Takes one retry out of the budget, if there is one.
    #[must_use]
    pub fn spend(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |saved| saved.checked_sub(COST)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::RetryBudget;

    #[test]
    fn a_tenth_of_the_calls_may_be_repeated() {
        let budget = RetryBudget::default();
        assert_eq!((0..100).filter(|_| budget.spend()).count(), 10, "what was saved up");
        let retries = (0..1000).filter(|_| {
            budget.earn();
            budget.spend()
        });
        assert_eq!(retries.count(), 100);
    }
}
