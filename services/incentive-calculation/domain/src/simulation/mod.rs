//! What-if (IC-22): a draft beside what is in force, over the same facts, and what a change of prices, costs or volumes
//! does to both. Both sides come out of the one engine; here they are compared.

mod change;
mod scenario;
mod words;

#[cfg(test)]
mod tests;

pub use change::{Band, Bands, Change, Side, Totals, bands, changes, totals};
pub use scenario::{Margin, Scenario};
pub use words::sentences;
