//! The models, computed from the counts.
#![expect(clippy::float_arithmetic, reason = "counts become shares here")]

use tributary_core::Fault;

use super::{
    coalitions::Coalition,
    labels::Labels,
    markov::{MarkovProof, solved},
    model::Model,
    numbers::{in_proportion, real, real_sum},
    tally::Tally,
};

/// What was counted in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Rows.
    pub rows: u64,
    /// Touches of the rows.
    pub touches: u64,
    /// Journeys that converted.
    pub conversions: u64,
    /// Journeys that did not.
    pub nulls: u64,
    /// Value of the conversions, in the unit it was counted in.
    pub value: i128,
}

/// What one channel is credited with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Credit {
    /// Conversions.
    pub conversions: f64,
    /// Value, in the unit it was counted in.
    pub value: f64,
    /// Removal effects on conversions and on value; `None` for models without.
    pub removal: Option<(f64, f64)>,
}

/// What shows that a result is right.
#[derive(Debug, Clone, PartialEq)]
pub enum Proof {
    /// The definition and the journeys say it all.
    None,
    /// The chain.
    Markov(MarkovProof),
    /// The coalitions, the most conversions first.
    Shapley(Vec<Coalition>),
}

/// The result of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelResult {
    /// The model.
    pub model: Model,
    /// One credit per label, in the order of [`Analysis::labels`].
    pub credits: Vec<Credit>,
    /// What shows it.
    pub proof: Proof,
}

/// How often journeys went from one channel straight to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Synergy {
    /// Place of the channel that feeds.
    pub from: u16,
    /// Place of the channel that is fed.
    pub to: u16,
    /// Steps, by weight (conversions + nulls).
    pub steps: u64,
    /// Steps in journeys that converted, by conversions.
    pub converting_steps: u64,
    /// Part of what leaves `from` that goes to `to`.
    pub share_of_from: f64,
    /// Part of what enters `to` from other channels that comes from `from`.
    pub share_of_to: f64,
    /// Steps ÷ those expected if where one comes from said nothing about where one goes; above 1: feeds.
    pub lift: f64,
}

/// All results of a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// Names of the labels in byte order; results refer to them by place.
    pub labels: Vec<String>,
    /// What was counted.
    pub totals: Totals,
    /// One per model, in the order asked for.
    pub results: Vec<ModelResult>,
    /// The most steps first; empty when not wanted.
    pub synergy: Vec<Synergy>,
}

impl Tally {
    /// Computes the models.
    ///
    /// # Errors
    /// `ATTRIBUTION_TOO_LARGE` for a chain with too many states, `ATTRIBUTION_NOT_SOLVED`.
    pub fn finish(self, labels: &Labels) -> Result<Analysis, Fault> {
        let (names, ranks) = labels.ranked();
        let mut results = Vec::with_capacity(self.models.as_slice().len());
        for model in self.models.as_slice() {
            results.push(self.result(*model, &ranks)?);
        }
        let synergy = match self.chains.first() {
            Some(first) if self.synergy => first.synergy(&ranks),
            _ => Vec::new(),
        };
        let Self { rows, touches, conversions, nulls, value, .. } = self;
        Ok(Analysis { labels: names, totals: Totals { rows, touches, conversions, nulls, value }, results, synergy })
    }

    fn result(&self, model: Model, ranks: &[u16]) -> Result<ModelResult, Fault> {
        let plain = |(conversions, value): (f64, f64)| Credit { conversions, value, removal: None };
        let (credits, proof) = match model {
            Model::Markov { order } => {
                let Some(chain) = self.chains.iter().find(|c| c.order() == order) else {
                    return Err(Fault::internal(format!("no chain of order {order} was counted")));
                };
                let proof = solved(chain, ranks)?;
                let conversions = in_proportion(real(self.conversions), &proof.removal_conversions);
                let value = in_proportion(real_sum(self.value), &proof.removal_value);
                let removal = proof.removal_conversions.iter().zip(&proof.removal_value);
                let credits = conversions.into_iter().zip(value).zip(removal);
                let credit = |((conversions, value), (c, v)): ((f64, f64), (&f64, &f64))| Credit {
                    conversions,
                    value,
                    removal: Some((*c, *v)),
                };
                (credits.map(credit).collect(), Proof::Markov(proof))
            }
            Model::Shapley => {
                let (credits, coalitions) = self.coalitions.as_ref().map(|c| c.solve(ranks)).unwrap_or_default();
                (credits.into_iter().map(plain).collect(), Proof::Shapley(coalitions))
            }
            Model::First | Model::Last | Model::Linear | Model::PositionBased | Model::TimeDecay { .. } => {
                let credits = self.places.as_ref().map(|p| p.credits(&model, ranks)).unwrap_or_default();
                (credits.into_iter().map(plain).collect(), Proof::None)
            }
        };
        Ok(ModelResult { model, credits, proof })
    }
}

impl Synergy {
    /// From steps and the totals of both ends.
    pub(super) fn of(ends: (u16, u16), steps: (u64, u64), leaving: u64, entering: u64, all: u64) -> Self {
        let (share_of_from, share_of_to) = (real(steps.0) / real(leaving), real(steps.0) / real(entering));
        Self {
            from: ends.0,
            to: ends.1,
            steps: steps.0,
            converting_steps: steps.1,
            share_of_from,
            share_of_to,
            lift: share_of_to * real(all) / real(leaving),
        }
    }
}
