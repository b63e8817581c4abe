//! The absorbing chain: counted by steps, solved exactly.

mod count;
mod dense;
mod solve;
mod sweep;
mod system;

pub(super) use count::Chain;
pub use count::State;
pub(super) use solve::solved;
pub use solve::{End, MarkovProof, Transition};
#[cfg(test)]
pub(super) use solve::{Way, solved_by};
