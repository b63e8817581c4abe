//! Prices (IC-19): price lists with scales, promotions, and what a quantity of an item costs a partner on a day. The order of
//! conditions is fixed: list price, tier factor, volume step, promotions, floor, one rounding. Nothing here knows a clock or
//! a store.

mod life;
mod list;
mod promotion;
mod quote;
mod run;
mod words;

pub use life::{Change, Life, State};
pub use list::{
    Item, MOST_ITEMS, PriceList, Scale, ScaleMode, Step, StepEffect, Unagreed, check_item, in_force, undecided,
};
pub use promotion::{Effect, Promotion, RECENT_DAYS, Stacking};
pub use quote::{
    Ask, Candidate, Condition, Factor, Ground, Line, MOST_QUANTITY, Miss, NextStep, NotApplied, Part, Quote, chosen,
    quote,
};

/// Decimals of shares, factors and quantities.
pub const DIGITS: u32 = 6;
