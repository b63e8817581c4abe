//! What a process used, from Linux' `/proc`: processor time and memory.
//!
//! Everything measured here runs in one thread, so processor time is what a clock shows on an idle machine, and work of
//! others on the same machine does not count.

use std::{fs, thread, time::Duration};

use anyhow::{Context as _, Result};

/// Processor time of the main thread since the process began.
///
/// # Errors
/// Where there is no `/proc/self/schedstat`.
pub fn cpu_time() -> Result<Duration> {
    // The kernel brings the count up to date when a thread is put aside, else only with its tick.
    thread::sleep(Duration::from_millis(1));
    let text = fs::read_to_string("/proc/self/schedstat").context("needs Linux with /proc/self/schedstat")?;
    let nanos = text.split_whitespace().next().context("nothing in /proc/self/schedstat")?;
    Ok(Duration::from_nanos(nanos.parse()?))
}

/// Resident memory now, in KiB.
///
/// # Errors
/// Where there is no `/proc/self/status`.
pub fn resident_kib() -> Result<u64> {
    status("VmRSS:")
}

/// Highest resident memory since the process began or [`forget_peak`], in KiB.
///
/// # Errors
/// Where there is no `/proc/self/status`.
pub fn peak_kib() -> Result<u64> {
    status("VmHWM:")
}

/// Lets the highest memory start again from what is resident now, so that what reading the input took is forgotten.
///
/// # Errors
/// Where `/proc/self/clear_refs` cannot be written.
pub fn forget_peak() -> Result<()> {
    fs::write("/proc/self/clear_refs", "5").context("needs Linux with /proc/self/clear_refs")
}

fn status(key: &str) -> Result<u64> {
    let text = fs::read_to_string("/proc/self/status").context("needs Linux with /proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix(key)).with_context(|| format!("no {key} in it"))?;
    Ok(line.trim().trim_end_matches("kB").trim_end().parse()?)
}
