//! One side, measured in a process of its own.

use std::{
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use super::{Credits, Numbers, Texts, counted_and_solved, from_numbers, from_texts};
use crate::process::{cpu_time, forget_peak, peak_kib, resident_kib};

/// No run begins when those before took longer in all.
const ENOUGH: Duration = Duration::from_secs(60);

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The suite, from channels that are numbers already.
    Ours,
    /// The suite, from the texts that the peer takes.
    Text,
    /// The least that an exact solution has to do, from numbers.
    Floor,
    /// ChannelAttribution; measured by `peer.py`.
    Peer,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// What was measured.
    pub side: Side,
    /// Journeys.
    pub paths: usize,
    /// Order of the chain.
    pub order: usize,
    /// How often it ran; times are the shortest.
    pub runs: u32,
    /// Processor time from numbers to credits.
    pub seconds: Option<f64>,
    /// Processor time from texts to credits.
    pub text_seconds: Option<f64>,
    /// Time by the clock of what the processor times count, texts included where there are any.
    pub elapsed_seconds: f64,
    /// Resident memory with the input, before the first run.
    pub before_kib: u64,
    /// Highest resident memory during the first run.
    pub peak_kib: u64,
    /// Conversions and value by channel.
    pub credits: Credits,
}

/// Measures a side on a file of journeys, `runs` times or until it took a minute.
///
/// # Errors
/// When the file cannot be read, the chain cannot be solved, or this is no Linux.
pub fn measure(side: Side, order: usize, runs: u32, file: &Path) -> Result<Measured> {
    match side {
        Side::Ours => {
            let journeys = Numbers::read(file)?;
            repeated((side, journeys.len(), order), runs, || from_numbers(&journeys, order))
        }
        Side::Text => {
            let journeys = Texts::read(file)?;
            repeated((side, journeys.len(), order), runs, || from_texts(&journeys, order))
        }
        Side::Floor => {
            let journeys = Numbers::read(file)?;
            repeated((side, journeys.len(), order), runs, || counted_and_solved(&journeys, order))
        }
        Side::Peer => bail!("the peer is measured by peer.py"),
    }
}

fn repeated(
    (side, paths, order): (Side, usize, usize),
    runs: u32,
    run: impl Fn() -> Result<Credits>,
) -> Result<Measured> {
    forget_peak()?;
    let before_kib = resident_kib()?;
    let (began, mut best, mut found) = (Instant::now(), (Duration::MAX, Duration::MAX), None);
    let mut made = 0;
    while made == 0 || (made < runs && began.elapsed() < ENOUGH) {
        let (cpu, clock) = (cpu_time()?, Instant::now());
        let credits = black_box(run()?);
        let elapsed = clock.elapsed();
        best = (best.0.min(cpu_time()?.saturating_sub(cpu)), best.1.min(elapsed));
        made += 1;
        if found.is_none() {
            found = Some((credits, peak_kib()?));
        }
    }
    let (credits, peak_kib) = found.context("never ran")?;
    let seconds = Some(best.0.as_secs_f64());
    let (seconds, text_seconds) = if side == Side::Text { (None, seconds) } else { (seconds, None) };
    let elapsed_seconds = best.1.as_secs_f64();
    Ok(Measured {
        side,
        paths,
        order,
        runs: made,
        seconds,
        text_seconds,
        elapsed_seconds,
        before_kib,
        peak_kib,
        credits,
    })
}
