//! Breaks a running suite again and again while a load goes on, and says what that load was told: `tests/fault/run`
//! starts it and hands what it was told to the reconciler.
//!
//! A rig starts a suite of processes with a Redis (and a PostgreSQL) of its own, runs the load, injects its faults,
//! asserts that they fired, lets the load come to its end, and then the reconciler compares, through the API alone, what
//! was acknowledged with what is there: nothing lost, nothing doubled.

mod journal;
mod load;
mod place;
mod rigs;

use std::process::ExitCode;

use clap::Parser as _;
use rigs::Rig;

#[tokio::main]
async fn main() -> ExitCode {
    match Rig::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("FAILED: {error:#}");
            ExitCode::FAILURE
        }
    }
}
