//! A test program that is also the processes it tests: started again with a variable set, it serves one service instead.
//! So what runs is always what was built, and its clock may show another year.
//!
//! A test program that uses places of several processes has one test, which calls [`serve_if_asked`], under the name
//! [`TEST`].

use std::{process::Command, sync::Arc};

use anyhow::Context as _;
use tributary::{
    settings::{ServiceName, SuiteSettings},
    suite::serve_at,
};
use tributary_core::{Clock as _, OffsetClock, SystemClock, Timestamp};
use tributary_lifecycle::stop_on_signal;

use crate::processes::Program;

/// Path of the test that serves.
pub const TEST: &str = "a_process_of_the_suite";
/// Which service.
const SERVICE: &str = "E2E_SERVICE";
/// How far its clock is ahead, in microseconds.
const AHEAD: &str = "E2E_CLOCK_AHEAD";

/// Serves a service until it is asked to stop, if this process was started to do so; else does nothing.
///
/// # Errors
/// When it cannot be served.
pub fn serve_if_asked() -> anyhow::Result<()> {
    let Ok(service) = std::env::var(SERVICE) else { return Ok(()) };
    let service: ServiceName = service.parse().map_err(anyhow::Error::msg)?;
    let ahead: i64 = std::env::var(AHEAD).context("how far the clock is ahead")?.parse()?;
    let settings = SuiteSettings::load(None, Vec::new())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let clock = Arc::new(OffsetClock::starting_at(SystemClock.now().plus_micros(ahead)));
        serve_at(service, settings, clock, stop_on_signal()).await
    })
}

/// Starts this program again for a service, by a clock that shows `start` now.
///
/// # Errors
/// When this program does not know its place.
pub fn program(start: Timestamp) -> anyhow::Result<Program> {
    let this = std::env::current_exe()?;
    let ahead = start.0.saturating_sub(SystemClock.now().0);
    Ok(Arc::new(move |service| {
        let mut command = Command::new(&this);
        command.args([TEST, "--exact", "--nocapture", "--test-threads=1"]);
        command.env(SERVICE, service.as_str()).env(AHEAD, ahead.to_string());
        command
    }))
}
