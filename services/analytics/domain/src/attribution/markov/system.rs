//! The chain as a system of linear equations, states in the order of names.
#![expect(clippy::float_arithmetic, reason = "probabilities")]

use super::count::{Ends, Sorted, State};
use crate::attribution::numbers::{real, real_sum};

/// One row: where a state leads.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    /// Next state and probability, ascending.
    pub next: Vec<(usize, f64)>,
    /// Reward on leaving: conversions and value per visit.
    pub reward: [f64; 2],
    /// Probability that a journey starts here.
    pub start: f64,
    /// Expected visits of a journey: weight leaving ÷ weight of all journeys.
    pub visits: f64,
}

/// The system.
#[derive(Debug)]
pub(super) struct System {
    /// States, ascending.
    pub states: Vec<State>,
    /// One row per state.
    pub rows: Vec<Row>,
    /// Conversions and value per journey.
    pub total: [f64; 2],
}

impl System {
    pub fn new(sorted: Sorted, weight: u64) -> Self {
        let leaving = sorted.leaving();
        let all = real(weight);
        let mut total = Ends::default();
        let mut rows: Vec<Row> = Vec::with_capacity(leaving.len());
        for ((ends, start), out) in sorted.ends.iter().zip(&sorted.starts).zip(&leaving) {
            total.conversions = total.conversions.saturating_add(ends.conversions);
            total.value = total.value.saturating_add(ends.value);
            let out = real(*out);
            rows.push(Row {
                next: Vec::new(),
                reward: [real(ends.conversions) / out, real_sum(ends.value) / out],
                start: real(*start) / all,
                visits: out / all,
            });
        }
        for (from, to, steps) in &sorted.steps {
            if let (Some(row), Some(out)) = (rows.get_mut(*from), leaving.get(*from)) {
                row.next.push((*to, real(steps.weight) / real(*out)));
            }
        }
        Self { states: sorted.states, rows, total: [real(total.conversions) / all, real_sum(total.value) / all] }
    }

    /// Number of steps with a probability.
    pub fn step_count(&self) -> usize {
        self.rows.iter().map(|r| r.next.len()).sum()
    }
}
