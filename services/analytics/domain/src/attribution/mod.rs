//! Attribution (AN-05): which channel earned which part of the conversions and of their value. Pure.
//!
//! Journeys are counted first, in integers, into what the models need: touches by their place, coalitions of channels,
//! steps of the chain. The models are then computed from the counts, in the order of the channels' names. So a result
//! depends on the journeys alone, never on the order in which they came, and any number of models costs one pass.
//!
//! Floats are right here and only here: the result is a share, no amount that is paid.

mod analysis;
mod coalitions;
mod labels;
mod markov;
mod model;
mod numbers;
mod places;
mod tally;

pub use analysis::{Analysis, Credit, ModelResult, Proof, Synergy, Totals};
pub use coalitions::Coalition;
pub use labels::Labels;
pub use markov::{End, MarkovProof, State, Transition};
pub use model::{Model, Models};
pub use tally::{Counted, Tally};

#[cfg(test)]
mod tests;
