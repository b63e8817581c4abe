//! The service through its generated client, layers included, on every engine.

mod create;
mod read;
mod support;
