//! Exact Markov attribution against ChannelAttribution, and against the least that any exact solution has to do.

mod floor;
mod generate;
mod input;
mod measure;
mod ours;
mod report;
mod table;

use std::collections::BTreeMap;

pub use floor::counted_and_solved;
pub use generate::generate;
pub use input::{Numbers, Row, Texts, Weights};
pub use measure::{Measured, Side, measure};
pub use ours::{from_numbers, from_texts};
pub use report::{Case, Figures, compared};
pub use table::tables;

/// Conversions and value that each channel is credited with.
pub type Credits = BTreeMap<String, [f64; 2]>;
