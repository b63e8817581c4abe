//! The rules of contracts (CR-01). Pure.
//!
//! This version keeps the register of drafts: what a draft must say, its term, and its keys in other systems. Revisions,
//! review and signing build on it.

mod contract;
mod draft;
pub mod reasons;

pub use contract::{Contract, ContractState, ExternalRef, Terms, resource_name};
pub use draft::{Draft, MAX_REFS, MAX_TITLE};

#[cfg(test)]
mod tests;
