//! What the end-to-end tests share: a suite of its own per test, on each store, and calls through its gateway the way
//! any client makes them. Expected values are computed in the tests, never by the suite.

pub mod calls;
pub mod child;
pub mod data;
pub mod exact;
pub mod fixtures;
pub mod people;
pub mod place;
pub mod processes;

pub use place::{Place, on_every_place, on_every_place_from, on_every_store, on_every_store_from};
