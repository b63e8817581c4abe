//! Events between the services of a suite: what a consumer that was killed goes on with, what it could not handle, and
//! what it is rebuilt from.

#![cfg(test)]

mod fixtures;
mod killed;
mod letters;
mod replay;

/// Does nothing, unless this program was started again to be a process of a suite.
#[test]
fn a_process_of_the_suite() -> anyhow::Result<()> {
    e2e_tests::child::serve_if_asked()
}
