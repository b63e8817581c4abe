//! Removal effects of the chain, and the counts that prove them.
#![expect(clippy::float_arithmetic, reason = "probabilities")]

use tributary_core::Fault;

use super::{
    count::{Chain, Sorted, State},
    dense, sweep,
    system::System,
};
use crate::{attribution::numbers::real, reasons::ATTRIBUTION_TOO_LARGE};

/// Largest chain of order 1 that is solved in closed form; its work grows with the third power.
const MAX_DENSE: usize = 600;
/// Most steps times channels: each channel's removal walks all steps a few dozen times.
const MAX_WORK: usize = 100_000_000;

/// A step with its weight.
#[derive(Debug, Clone, PartialEq)]
pub struct Transition {
    /// From this state; empty: the start.
    pub from: State,
    /// To this one.
    pub to: End,
    /// Weight of the step.
    pub weight: u64,
    /// Weight ÷ weight leaving `from`.
    pub probability: f64,
}

/// Where a step leads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// Another state.
    State(State),
    /// A conversion.
    Conversion,
    /// The journey ended without.
    Null,
}

/// The solved chain.
#[derive(Debug, Clone, PartialEq)]
pub struct MarkovProof {
    /// Number of states.
    pub state_count: usize,
    /// Probability that a journey converts.
    pub conversion_probability: f64,
    /// Value per journey, in the unit it was counted in.
    pub value_per_journey: f64,
    /// Per label: part of the conversions that is lost without it.
    pub removal_conversions: Vec<f64>,
    /// Per label: part of the value that is lost without it.
    pub removal_value: Vec<f64>,
    /// All steps: from the start, then by states in the order of names.
    pub transitions: Vec<Transition>,
}

/// How a chain is solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// In closed form.
    Dense,
    /// By sweeps.
    Sweeps,
}

/// Solves a chain by the way that suits it.
///
/// # Errors
/// `ATTRIBUTION_TOO_LARGE`, `ATTRIBUTION_NOT_SOLVED`.
pub(crate) fn solved(chain: &Chain, ranks: &[u16]) -> Result<MarkovProof, Fault> {
    let way = if chain.order() == 1 && ranks.len() <= MAX_DENSE { Way::Dense } else { Way::Sweeps };
    solved_by(chain, ranks, way)
}

pub(crate) fn solved_by(chain: &Chain, ranks: &[u16], way: Way) -> Result<MarkovProof, Fault> {
    let (labels, most) = (ranks.len(), chain.max_labels());
    if labels > most {
        let message = format!("{labels} channels are too many for a chain of order {}; at most {most}", chain.order());
        return Err(Fault::new(ATTRIBUTION_TOO_LARGE, message));
    }
    let sorted = chain.sorted(ranks);
    let transitions = transitions(&sorted, chain.weight);
    let system = System::new(sorted, chain.weight);
    let lost = match way {
        Way::Dense => by_label(&system, ranks.len(), &dense::lost(&system)),
        Way::Sweeps => by_sweeps(&system, ranks.len())?,
    };
    let effect = |lost: f64, whole: f64| if whole > 0.0 { lost / whole } else { 0.0 };
    Ok(MarkovProof {
        state_count: system.states.len(),
        conversion_probability: system.total[0],
        value_per_journey: system.total[1],
        removal_conversions: lost.iter().map(|l| effect(l[0], system.total[0])).collect(),
        removal_value: lost.iter().map(|l| effect(l[1], system.total[1])).collect(),
        transitions,
    })
}

/// Of order 1 a state is a label; a label that no journey of the chain went through loses nothing.
fn by_label(system: &System, labels: usize, lost: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let mut all = vec![[0.0; 2]; labels];
    for (state, lost) in system.states.iter().zip(lost) {
        if let Some(slot) = state.first().and_then(|label| all.get_mut(usize::from(*label))) {
            *slot = *lost;
        }
    }
    all
}

fn by_sweeps(system: &System, labels: usize) -> Result<Vec<[f64; 2]>, Fault> {
    let steps = system.step_count();
    if steps.saturating_mul(labels) > MAX_WORK {
        let message = format!(
            "a chain of {} states and {steps} steps for {labels} channels is too large; ask for a lower order or fewer days",
            system.states.len()
        );
        return Err(Fault::new(ATTRIBUTION_TOO_LARGE, message));
    }
    let worth = sweep::worth(system)?;
    let mut all = Vec::with_capacity(labels);
    let ids: Vec<u16> = (0..u16::MAX).take(labels).collect();
    for lanes in ids.chunks(sweep::LANES) {
        let bits = |state: &State| {
            lanes
                .iter()
                .zip(0..)
                .filter(|(label, _)| state.contains(label))
                .fold(0, |bits, (_, lane)| bits | (1 << lane))
        };
        let removed: Vec<u8> = system.states.iter().map(bits).collect();
        all.extend(sweep::lost(system, &worth, &removed)?.into_iter().take(lanes.len()));
    }
    Ok(all)
}

fn transitions(sorted: &Sorted, weight: u64) -> Vec<Transition> {
    let state = |place: usize| sorted.states.get(place).cloned().unwrap_or_default();
    let mut all = Vec::with_capacity(sorted.steps.len());
    let mut add = |from: State, to: End, steps: u64, leaving: u64| {
        if steps > 0 {
            all.push(Transition { from, to, weight: steps, probability: real(steps) / real(leaving) });
        }
    };
    for (place, start) in sorted.starts.iter().enumerate() {
        add(State::new(), End::State(state(place)), *start, weight);
    }
    let mut steps = sorted.steps.iter().peekable();
    for (place, (ends, leaving)) in sorted.ends.iter().zip(sorted.leaving()).enumerate() {
        while let Some((_, to, step)) = steps.next_if(|(from, ..)| *from == place) {
            add(state(place), End::State(state(*to)), step.weight, leaving);
        }
        add(state(place), End::Conversion, ends.conversions, leaving);
        add(state(place), End::Null, ends.nulls, leaving);
    }
    all
}
