//! Sets of channels that journeys went through, for Shapley. The game is a sum of unanimity games, so its Shapley value
//! is each coalition's worth shared equally among its members: exact, and linear in the coalitions.
#![expect(clippy::float_arithmetic, reason = "counts become shares here")]

use std::collections::{BTreeMap, HashMap};

use super::{
    labels::rank,
    numbers::{Sum, real, real_len, real_sum},
};

/// A set of channels and what the journeys through exactly these earned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coalition {
    /// Places of the members in the order of names, ascending.
    pub members: Vec<u16>,
    /// Conversions of the journeys through exactly these channels.
    pub conversions: u64,
    /// Their value, in the unit it was counted in.
    pub value: i128,
}

/// Counts by coalition.
#[derive(Debug, Default)]
pub(super) struct Coalitions {
    counts: HashMap<Box<[u16]>, (u64, i128)>,
    /// Room for the set at hand.
    members: Vec<u16>,
}

impl Coalitions {
    /// Counts a journey that converts.
    pub fn add(&mut self, touches: &[u16], conversions: u64, value: i128) {
        self.members.clear();
        self.members.extend_from_slice(touches);
        self.members.sort_unstable();
        self.members.dedup();
        if let Some(count) = self.counts.get_mut(self.members.as_slice()) {
            *count = (count.0.saturating_add(conversions), count.1.saturating_add(value));
        } else {
            self.counts.insert(self.members.as_slice().into(), (conversions, value));
        }
    }

    /// Conversions and value by rank, and the coalitions, the most conversions first.
    pub fn solve(&self, ranks: &[u16]) -> (Vec<(f64, f64)>, Vec<Coalition>) {
        // What each label earned in coalitions of each size is an integer; only its share is not.
        let mut by_size: BTreeMap<(u16, usize), (u64, i128)> = BTreeMap::new();
        let mut all = Vec::with_capacity(self.counts.len());
        for (members, (conversions, value)) in &self.counts {
            let mut members: Vec<u16> = members.iter().map(|m| rank(ranks, *m)).collect();
            members.sort_unstable();
            for member in &members {
                let earned = by_size.entry((*member, members.len())).or_default();
                *earned = (earned.0.saturating_add(*conversions), earned.1.saturating_add(*value));
            }
            all.push(Coalition { members, conversions: *conversions, value: *value });
        }
        all.sort_unstable_by(|a, b| b.conversions.cmp(&a.conversions).then_with(|| a.members.cmp(&b.members)));

        let mut sums = vec![(Sum::default(), Sum::default()); ranks.len()];
        for ((member, size), (conversions, value)) in by_size {
            if let Some(sum) = sums.get_mut(usize::from(member)) {
                sum.0.add(real(conversions) / real_len(size));
                sum.1.add(real_sum(value) / real_len(size));
            }
        }
        (sums.into_iter().map(|(c, v)| (c.value(), v.value())).collect(), all)
    }
}
