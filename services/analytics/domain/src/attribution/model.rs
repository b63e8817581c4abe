//! The models and their definitions.
#![expect(clippy::float_arithmetic, reason = "weights of touches are shares")]

use tributary_core::Violations;

use super::numbers::real_len;

/// Highest order of the chain.
pub const MAX_ORDER: usize = 4;
/// Longest half-life in touches.
const MAX_HALF_LIFE: f64 = 1e6;
/// Most models of one question.
const MAX_MODELS: usize = 16;

/// A way to share a conversion among the touches before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Model {
    /// All to the first touch.
    First,
    /// All to the last touch.
    Last,
    /// The same to every touch.
    Linear,
    /// 40 % to the first, 40 % to the last, 20 % to those between.
    PositionBased,
    /// Half for every half-life of touches before the last.
    TimeDecay {
        /// In touches, above 0.
        half_life: f64,
    },
    /// Removal effects of the absorbing chain.
    Markov {
        /// 1 to 4 touches make a state.
        order: usize,
    },
    /// Shapley values of the unanimity games of the journeys.
    Shapley,
}

/// Checked models, each once, in the order asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Models(Vec<Model>);

impl Models {
    /// Checks the models; none means a set of all kinds.
    ///
    /// # Errors
    /// Every violation, under `models[i]`.
    pub fn new(asked: Vec<Model>) -> Result<Self, Violations> {
        if asked.is_empty() {
            return Ok(Self::usual());
        }
        let mut v = Violations::new();
        if asked.len() > MAX_MODELS {
            v.add("models", format!("{} models are too many; ask for at most {MAX_MODELS}", asked.len()));
        }
        for (i, model) in asked.iter().enumerate() {
            match model {
                Model::TimeDecay { half_life } if !(*half_life > 0.0 && *half_life <= MAX_HALF_LIFE) => {
                    v.add(
                        format!("models[{i}].half_life"),
                        format!("{half_life} is not above 0 and at most 1000000 touches"),
                    );
                }
                Model::Markov { order } if !(1..=MAX_ORDER).contains(order) => {
                    v.add(format!("models[{i}].order"), format!("{order} is not an order from 1 to {MAX_ORDER}"));
                }
                model if asked.iter().take(i).any(|before| before == model) => {
                    v.add(format!("models[{i}]"), "is asked for twice; drop one");
                }
                _ => {}
            }
        }
        if v.is_empty() { Ok(Self(asked)) } else { Err(v) }
    }

    /// One of each kind: time decay with 7 touches, the chain of order 1.
    #[must_use]
    pub fn usual() -> Self {
        Self(vec![
            Model::First,
            Model::Last,
            Model::Linear,
            Model::PositionBased,
            Model::TimeDecay { half_life: 7.0 },
            Model::Markov { order: 1 },
            Model::Shapley,
        ])
    }

    /// The models.
    #[must_use]
    pub fn as_slice(&self) -> &[Model] {
        &self.0
    }
}

impl Model {
    /// How the model shares, in full: what a reader needs to compute it again.
    #[must_use]
    pub fn definition(&self) -> String {
        match self {
            Self::First => "all credit of a journey goes to its first touch".to_owned(),
            Self::Last => "all credit of a journey goes to its last touch".to_owned(),
            Self::Linear => "every touch of a journey gets the same part; repeated touches count each".to_owned(),
            Self::PositionBased => {
                "the first touch gets 40 %, the last 40 %, those between share 20 % equally; of two \
                 touches each gets half, a single one gets all; repeated touches count each"
                    .to_owned()
            }
            Self::TimeDecay { half_life } => format!(
                "a touch weighs 2^(-d/{half_life}), d its distance in touches from the last of the journey; weights are \
                 divided by their sum; repeated touches count each"
            ),
            Self::Markov { order } => format!(
                "absorbing chain of order {order}: a state is {order} consecutive touches (a shorter journey is one state), \
                 equal states in a row count once; a journey weighs conversions + nulls; probability of a step = its weight \
                 / weight leaving its state; removal effect = 1 - P(conversion without the states that hold the channel) / \
                 P(conversion), computed exactly; value: the same chain with the value of the journeys that end in a state / \
                 weight leaving it as reward; credit in proportion to removal effects"
            ),
            Self::Shapley => {
                "Shapley value of the game in which a set of channels earns the conversions of the journeys \
                 whose distinct channels it contains: each journey is shared equally among its distinct channels"
                    .to_owned()
            }
        }
    }

    /// The weights of the touches of a journey of `len`, first to last, sum 1; empty for models without.
    pub(super) fn weights(&self, len: usize) -> Vec<f64> {
        let n = real_len(len);
        match self {
            Self::First => (0..len).map(|i| if i == 0 { 1.0 } else { 0.0 }).collect(),
            Self::Last => (0..len).map(|i| if i + 1 == len { 1.0 } else { 0.0 }).collect(),
            Self::Linear => vec![1.0 / n; len],
            Self::PositionBased => match len {
                1 => vec![1.0],
                2 => vec![0.5; 2],
                _ => (0..len).map(|i| if i == 0 || i + 1 == len { 0.4 } else { 0.2 / (n - 2.0) }).collect(),
            },
            Self::TimeDecay { half_life } => {
                let raw: Vec<f64> = (0..len).rev().map(|d| (-real_len(d) / half_life).exp2()).collect();
                let sum: f64 = raw.iter().sum();
                raw.into_iter().map(|w| w / sum).collect()
            }
            Self::Markov { .. } | Self::Shapley => Vec::new(),
        }
    }
}
