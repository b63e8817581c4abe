//! The main path through the gateway, over TCP, with generated clients, on both stores: what is refused and how it is
//! said, that a bad row never costs the good ones, that repeating adds nothing, that explanations add up. Expected
//! amounts are worked out by hand in the comments beside them.

#![cfg(test)]

mod facts;
mod fixtures;
mod plans;
mod statements;
mod warnings;
