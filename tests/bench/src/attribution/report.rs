//! The measured sides of a case beside each other, with their ratios.
#![expect(clippy::as_conversions, clippy::float_arithmetic, reason = "ratios of what was measured")]

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;

use super::{Credits, Measured, Side};

/// Largest relative difference to the exact solution that is let pass.
const TOLERANCE: f64 = 1e-9;

/// What one side took; every side runs in one thread.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figures {
    /// Processor time from numbers to credits.
    pub seconds: Option<f64>,
    /// Processor time from texts to credits.
    pub text_seconds: Option<f64>,
    /// The same by the clock, texts included where there are any.
    pub elapsed_seconds: f64,
    /// How often it ran; times are the shortest.
    pub runs: u32,
    /// Highest resident memory of the process while it computed: program, input and what was added.
    pub peak_mib: f64,
    /// What computing added to what was resident before.
    pub added_mib: f64,
}

/// A case, compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Case {
    /// Journeys.
    pub paths: usize,
    /// Channels.
    pub channels: usize,
    /// Order of the chain.
    pub order: usize,
    /// The suite, from numbers.
    pub ours: Figures,
    /// The suite, from texts.
    pub ours_from_text: Figures,
    /// The least an exact solution has to do, from numbers.
    pub floor: Figures,
    /// The peer.
    pub peer: Figures,
    /// Times from numbers, peer ÷ ours.
    pub peer_to_ours: f64,
    /// Times from numbers, ours ÷ floor.
    pub ours_to_floor: f64,
    /// Times from texts, peer ÷ ours.
    pub peer_to_ours_from_text: f64,
    /// Peaks of the processes that hold the texts, peer ÷ ours.
    pub peer_to_ours_memory: f64,
    /// Largest relative difference between ours and the floor in conversions or value of a channel.
    pub difference_to_floor: f64,
    /// Largest relative difference between the peer and the floor in conversions of a channel: what simulating costs.
    pub peer_difference_to_floor: f64,
}

/// Puts the sides of each case together, in the order of the first.
///
/// # Errors
/// When a side is missing, names other channels or took no time; when ours from texts is not ours from numbers; when
/// ours is not the exact solution.
pub fn compared(measured: &[Measured]) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for ours in measured.iter().filter(|m| m.side == Side::Ours) {
        let case = |m: &Measured| (m.paths, m.credits.len(), m.order);
        let (paths, channels, order) = case(ours);
        let named = format!("{paths} × {channels}, order {order}");
        let side = |side: Side| {
            let found = measured.iter().find(|m| m.side == side && case(m) == (paths, channels, order));
            found.with_context(|| format!("{named}: no {side:?}"))
        };
        let (text, floor, peer) = (side(Side::Text)?, side(Side::Floor)?, side(Side::Peer)?);
        ensure!(ours.credits == text.credits, "{named}: from texts the result is another");
        let difference_to_floor = [0, 1].map(|column| difference(&ours.credits, &floor.credits, column));
        let [conversions, value] = difference_to_floor;
        let difference_to_floor = conversions?.max(value?);
        ensure!(
            difference_to_floor <= TOLERANCE,
            "{named}: {difference_to_floor:e} from the exact solution, more than {TOLERANCE:e}"
        );
        let [ours_figures, text_figures, floor_figures, peer_figures] = [ours, text, floor, peer].map(Figures::of);
        cases.push(Case {
            paths,
            channels,
            order,
            ours: ours_figures,
            ours_from_text: text_figures,
            floor: floor_figures,
            peer: peer_figures,
            peer_to_ours: ratio(peer.seconds, ours.seconds)?,
            ours_to_floor: ratio(ours.seconds, floor.seconds)?,
            peer_to_ours_from_text: ratio(peer.text_seconds, text.text_seconds)?,
            peer_to_ours_memory: peer_figures.peak_mib / text_figures.peak_mib,
            difference_to_floor,
            peer_difference_to_floor: difference(&peer.credits, &floor.credits, 0)?,
        });
    }
    Ok(cases)
}

impl Figures {
    fn of(measured: &Measured) -> Self {
        Self {
            seconds: measured.seconds,
            text_seconds: measured.text_seconds,
            elapsed_seconds: measured.elapsed_seconds,
            runs: measured.runs,
            peak_mib: mib(measured.peak_kib),
            added_mib: mib(measured.peak_kib.saturating_sub(measured.before_kib)),
        }
    }
}

fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

fn ratio(of: Option<f64>, to: Option<f64>) -> Result<f64> {
    let (of, to) = of.zip(to).context("a time is missing")?;
    ensure!(of > 0.0 && to > 0.0, "a time is 0");
    Ok(of / to)
}

/// Largest relative difference; channels that one side lacks are an error.
fn difference(found: &Credits, expected: &Credits, column: usize) -> Result<f64> {
    ensure!(found.keys().eq(expected.keys()), "other channels: {:?} and {:?}", found.keys(), expected.keys());
    let mut largest = 0.0_f64;
    for (channel, (found, expected)) in found.iter().map(|(c, f)| (c, (f, expected.get(c)))) {
        let (found, expected) = (found.get(column), expected.and_then(|e| e.get(column)));
        let (found, expected) = found.zip(expected).context("no such column")?;
        ensure!(found.is_finite() && expected.is_finite(), "{channel}: {found} and {expected}");
        if found != expected {
            largest = largest.max(((found - expected) / expected).abs());
        }
    }
    Ok(largest)
}
