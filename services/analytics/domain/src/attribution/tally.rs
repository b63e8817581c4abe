//! Counts journeys into what the models of a question need: one pass, integers only.

use super::{
    coalitions::Coalitions,
    markov::Chain,
    model::{Model, Models},
    places::Places,
};

/// A journey as it is counted; a row may stand for several equal ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted<'a> {
    /// Numbers of the labels, first touch to last, at least one and at most 1,000.
    pub touches: &'a [u16],
    /// How many converted.
    pub conversions: u64,
    /// How many did not.
    pub nulls: u64,
    /// Value of the conversions, in one unit for all journeys.
    pub value: i128,
}

/// The counts of a question.
#[derive(Debug)]
pub struct Tally {
    pub(super) models: Models,
    pub(super) rows: u64,
    pub(super) touches: u64,
    pub(super) conversions: u64,
    pub(super) nulls: u64,
    pub(super) value: i128,
    pub(super) places: Option<Places>,
    pub(super) coalitions: Option<Coalitions>,
    /// One chain per order asked for; that of order 1 is there if synergy is wanted.
    pub(super) chains: Vec<Chain>,
    pub(super) synergy: bool,
}

impl Tally {
    /// Nothing counted yet. `synergy`: whether the steps from channel to channel are wanted too.
    #[must_use]
    pub fn new(models: Models, synergy: bool) -> Self {
        let (mut places, mut coalitions) = (None, None);
        let mut orders = if synergy { vec![1] } else { Vec::new() };
        for model in models.as_slice() {
            match model {
                Model::Markov { order } => orders.push(*order),
                Model::Shapley => coalitions = Some(Coalitions::default()),
                Model::First | Model::Last | Model::Linear | Model::PositionBased | Model::TimeDecay { .. } => {
                    places = Some(Places::default());
                }
            }
        }
        orders.sort_unstable();
        orders.dedup();
        let chains = orders.into_iter().map(Chain::new).collect();
        Self { models, rows: 0, touches: 0, conversions: 0, nulls: 0, value: 0, places, coalitions, chains, synergy }
    }

    /// Counts a row. One without touches or without weight counts nothing.
    pub fn add(&mut self, journey: Counted<'_>) {
        let Counted { touches, conversions, nulls, value } = journey;
        if touches.is_empty() || (conversions == 0 && nulls == 0) {
            return;
        }
        self.rows = self.rows.saturating_add(1);
        self.touches = self.touches.saturating_add(u64::try_from(touches.len()).unwrap_or(u64::MAX));
        self.conversions = self.conversions.saturating_add(conversions);
        self.nulls = self.nulls.saturating_add(nulls);
        self.value = self.value.saturating_add(value);
        // Only the chain looks at journeys that did not convert.
        if conversions > 0 {
            if let Some(places) = &mut self.places {
                places.add(touches, conversions, value);
            }
            if let Some(coalitions) = &mut self.coalitions {
                coalitions.add(touches, conversions, value);
            }
        }
        for chain in &mut self.chains {
            chain.add(journey);
        }
    }
}
