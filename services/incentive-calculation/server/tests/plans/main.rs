//! The plan language as a whole: specs are made along the contract, so that a field that is added later is in every
//! test here without a change.
#![cfg(test)]

mod any;
mod changed;
mod every_field;
mod round_trip;
mod sentences;
