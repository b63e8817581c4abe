//! The rules of the house as functions: each takes files (or a descriptor pool) and returns what breaks the rule, with
//! file, line and reason. `tests/house.rs` runs every rule on the tree; the tests beside a rule plant a violation and
//! see that it is found, because a rule that cannot fail protects nothing.

pub mod layers;
pub mod lexer;
pub mod manifests;
pub mod migrations;
pub mod partners;
pub mod protos;
pub mod shared;
pub mod text;
pub mod tree;

pub use tree::{Finding, SourceFile};
