//! The main path through the gateway, over TCP, with generated clients, on both stores: what is refused and how it is
//! said, that a bad row never costs the good ones, that repeating adds nothing, that explanations add up. Expected
//! amounts are worked out by hand in the comments beside them. What happens runs in one process and in several; what is
//! refused without looking at state runs in one.

#![cfg(test)]

mod facts;
mod plans;
mod statements;
mod warnings;

/// Does nothing, unless this program was started again to be a process of a suite.
#[test]
fn a_process_of_the_suite() -> anyhow::Result<()> {
    e2e_tests::child::serve_if_asked()
}
