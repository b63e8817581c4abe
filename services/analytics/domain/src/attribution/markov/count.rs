//! Counts the steps of journeys through the chain of an order.
//!
//! A state is `order` consecutive touches; a journey that is shorter is one state. Equal states in a row count once,
//! which for order 1 means that repeated touches of a channel are one. A state with the touch behind it is packed into
//! 64 bits, so the higher the order, the fewer channels there may be: 32,766 for order 3, 4,094 for order 4.

use std::collections::BTreeMap;

use crate::attribution::{analysis::Synergy, labels::rank, numbers::Counts, tally::Counted};

/// A state: places of its channels in the order of names, first touch first.
pub type State = Vec<u16>;

/// How often a step was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Steps {
    /// By weight.
    pub weight: u64,
    /// By conversions.
    pub converting: u64,
}

/// How journeys ended in a state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Ends {
    pub conversions: u64,
    pub nulls: u64,
    pub value: i128,
}

/// The counts of one order.
#[derive(Debug)]
pub(crate) struct Chain {
    order: usize,
    /// Bits of a touch in a packed state; 0 is "no touch".
    bits: u32,
    /// Weight of all journeys.
    pub(super) weight: u64,
    starts: Counts<u64>,
    /// Key: the state with the next touch behind it.
    steps: Counts<Steps>,
    ends: Counts<Ends>,
}

/// The counts with states in the order of names, each named by its place.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    pub states: Vec<State>,
    /// Weight that starts in each state.
    pub starts: Vec<u64>,
    /// From, to and how often; ascending.
    pub steps: Vec<(usize, usize, Steps)>,
    /// How journeys ended in each state.
    pub ends: Vec<Ends>,
}

impl Sorted {
    /// Weight that leaves each state.
    pub fn leaving(&self) -> Vec<u64> {
        let mut leaving: Vec<u64> = self.ends.iter().map(|e| e.conversions.saturating_add(e.nulls)).collect();
        for (from, _, steps) in &self.steps {
            if let Some(out) = leaving.get_mut(*from) {
                bump(out, steps.weight);
            }
        }
        leaving
    }
}

impl Chain {
    /// Nothing counted yet.
    pub fn new(order: usize) -> Self {
        let touches = u32::try_from(order + 1).unwrap_or(u32::MAX);
        // 17 bits hold any label and "no touch".
        let bits = (60 / touches).clamp(1, 17);
        Self { order, bits, weight: 0, starts: Counts::default(), steps: Counts::default(), ends: Counts::default() }
    }

    /// Its order.
    pub fn order(&self) -> usize {
        self.order
    }

    fn mask(&self) -> u64 {
        let touches = u32::try_from(self.order).unwrap_or(1);
        (1_u64 << (self.bits * touches)) - 1
    }

    /// Most labels it can tell apart.
    pub(super) fn max_labels(&self) -> usize {
        (1_usize << self.bits) - 2
    }

    /// Counts a journey.
    pub fn add(&mut self, journey: Counted<'_>) {
        let Counted { touches, conversions, nulls, value } = journey;
        let weight = conversions.saturating_add(nulls);
        self.weight = self.weight.saturating_add(weight);
        let mask = self.mask();
        let (first, rest) = touches.split_at(self.order.min(touches.len()));
        let mut state = first.iter().fold(0, |state, touch| self.behind(state, *touch));
        bump(self.starts.entry(state).or_default(), weight);
        for touch in rest {
            let step = self.behind(state, *touch);
            let next = step & mask;
            if next != state {
                let steps = self.steps.entry(step).or_default();
                bump(&mut steps.weight, weight);
                bump(&mut steps.converting, conversions);
            }
            state = next;
        }
        let ends = self.ends.entry(state).or_default();
        bump(&mut ends.conversions, conversions);
        bump(&mut ends.nulls, nulls);
        ends.value = ends.value.saturating_add(value);
    }

    /// A packed state with one more touch behind it.
    fn behind(&self, state: u64, touch: u16) -> u64 {
        (state << self.bits) | (u64::from(touch) + 1)
    }

    fn unpacked(&self, mut packed: u64, ranks: &[u16]) -> State {
        let mut state = State::new();
        while packed != 0 {
            let code = packed & ((1 << self.bits) - 1);
            state.push(rank(ranks, u16::try_from(code.saturating_sub(1)).unwrap_or(u16::MAX)));
            packed >>= self.bits;
        }
        state.reverse();
        state
    }

    /// The counts by states in the order of names.
    pub(super) fn sorted(&self, ranks: &[u16]) -> Sorted {
        // A state is left by a step or by an end, so these keys are all states.
        let mut packed: Vec<u64> = self.ends.keys().copied().collect();
        packed.extend(self.steps.keys().map(|step| step >> self.bits));
        packed.sort_unstable();
        packed.dedup();
        let mut named: Vec<(State, u64)> = packed.into_iter().map(|p| (self.unpacked(p, ranks), p)).collect();
        named.sort_unstable();
        let places: Counts<usize> = named.iter().zip(0..).map(|((_, packed), place)| (*packed, place)).collect();
        let place = |packed: u64| places.get(&packed).copied().unwrap_or_default();
        let mask = self.mask();
        let step = |(key, steps): (&u64, &Steps)| (place(key >> self.bits), place(key & mask), *steps);
        let mut steps: Vec<_> = self.steps.iter().map(step).collect();
        steps.sort_unstable_by_key(|(from, to, _)| (*from, *to));
        let start = |(_, packed): &(State, u64)| self.starts.get(packed).copied().unwrap_or_default();
        let end = |(_, packed): &(State, u64)| self.ends.get(packed).copied().unwrap_or_default();
        Sorted {
            starts: named.iter().map(start).collect(),
            ends: named.iter().map(end).collect(),
            steps,
            states: named.into_iter().map(|(state, _)| state).collect(),
        }
    }

    /// Steps from channel to channel, the most first; of the chain of order 1.
    pub fn synergy(&self, ranks: &[u16]) -> Vec<Synergy> {
        let (mut leaving, mut entering, mut all) = (BTreeMap::new(), BTreeMap::new(), 0_u64);
        let mut steps = Vec::new();
        let sorted = self.sorted(ranks);
        let label =
            |place: usize| sorted.states.get(place).and_then(|state| state.first().copied()).unwrap_or_default();
        for (from, to, step) in &sorted.steps {
            let (from, to) = (label(*from), label(*to));
            bump(leaving.entry(from).or_default(), step.weight);
            bump(entering.entry(to).or_default(), step.weight);
            bump(&mut all, step.weight);
            steps.push(((from, to), *step));
        }
        let of = |((from, to), step): ((u16, u16), Steps)| {
            let total = |ends: &BTreeMap<u16, u64>, label| ends.get(&label).copied().unwrap_or_default();
            let counts = (step.weight, step.converting);
            Synergy::of((from, to), counts, total(&leaving, from), total(&entering, to), all)
        };
        let mut found: Vec<Synergy> = steps.into_iter().map(of).collect();
        found.sort_by(|a, b| b.steps.cmp(&a.steps).then_with(|| (a.from, a.to).cmp(&(b.from, b.to))));
        found
    }
}

fn bump(count: &mut u64, by: u64) {
    *count = count.saturating_add(by);
}
