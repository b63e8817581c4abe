//! Volume classes by cumulative share (Pareto). Not the performance grade of partners nor their credit rating.

use tributary_core::Exact;

/// A class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// The few that make up most.
    A,
    /// The next ones.
    B,
    /// The rest.
    C,
}

/// One member with its class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Place, from 1.
    pub rank: i64,
    /// Its volume, an integer of the unit that was given.
    pub volume: i128,
    /// Volumes above zero of it and all before it.
    pub cumulative: i128,
    /// Its class.
    pub class: Class,
}

/// What a class has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassTotal {
    /// Which.
    pub class: Class,
    /// How many members.
    pub members: i64,
    /// Their volume.
    pub volume: i128,
}

/// All members in their classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classes {
    /// The largest first; of equal volumes the first name first.
    pub members: Vec<Member>,
    /// All volumes above zero.
    pub whole: i128,
    /// One per class.
    pub totals: [ClassTotal; 3],
}

impl Classes {
    /// Puts members into classes: those that together make up at most `a` of the volumes above zero are A, those up to
    /// `b` are B, the others C. Members without a volume above zero are C. The shares are compared as exact fractions.
    #[must_use]
    pub fn of(mut volumes: Vec<(String, i128)>, a: &Exact, b: &Exact) -> Self {
        volumes.sort_unstable_by(|(name, volume), (other, than)| than.cmp(volume).then_with(|| name.cmp(other)));
        let whole = volumes.iter().fold(0_i128, |sum, (_, volume)| sum.saturating_add((*volume).max(0)));
        let bound = |share: &Exact| share.clone() * integer(whole);
        let (up_to_a, up_to_b) = (bound(a), bound(b));
        let mut totals = [Class::A, Class::B, Class::C].map(|class| ClassTotal { class, members: 0, volume: 0 });
        let mut cumulative = 0_i128;
        let mut members = Vec::with_capacity(volumes.len());
        for ((name, volume), rank) in volumes.into_iter().zip(1..) {
            cumulative = cumulative.saturating_add(volume.max(0));
            let reached = integer(cumulative);
            let class = match volume {
                1.. if reached <= up_to_a => Class::A,
                1.. if reached <= up_to_b => Class::B,
                _ => Class::C,
            };
            for total in totals.iter_mut().filter(|total| total.class == class) {
                total.members = total.members.saturating_add(1);
                total.volume = total.volume.saturating_add(volume);
            }
            members.push(Member { name, rank, volume, cumulative, class });
        }
        Self { members, whole, totals }
    }

    /// Part of the whole that a volume is; `None` when no volume is above zero.
    #[must_use]
    pub fn share(&self, volume: i128) -> Option<Exact> {
        integer(volume).checked_div(&integer(self.whole))
    }
}

fn integer(value: i128) -> Exact {
    Exact::from_scaled(value, 0)
}
