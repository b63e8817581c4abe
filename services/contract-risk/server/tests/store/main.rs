//! The contract of the store's ports, run on every engine.

mod contracts;
mod support;
