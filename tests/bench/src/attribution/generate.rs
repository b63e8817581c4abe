//! Journeys by a seeded chain, written as the peer reads them: the same ones on every machine.
//!
//! A journey starts at a channel, some more often than others, goes from channel to channel by a table of its own, ends
//! after each touch with probability 1/4, and converts with a probability of 2 to 10 % that depends on its last channel.
//! All of it in integers. A longer file begins with the journeys of a shorter one of as many channels.

use std::{fs::File, io::Write as _, path::Path};

use anyhow::{Context as _, Result, ensure};

use super::input::{HEADER, SEPARATOR};

/// Longest journey.
const MOST_TOUCHES: usize = 40;
/// Different values that a conversion may have. The peer keeps a table of all it saw, per state; a short list of prices
/// is in its favour.
const PRICES: u64 = 16;
/// Where the sequence starts; any number will do.
const SEED: u64 = 20_240_101;

/// A sequence of numbers (splitmix64).
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// Where to go from a channel: sums of weights, ascending.
struct Next(Vec<u64>);

impl Next {
    /// Weights at random, the first channels heavier.
    fn new(channels: u64, sequence: &mut Sequence) -> Self {
        let mut sum = 0;
        let weight = |place: u64| {
            sum += (1 + sequence.below(100)) * 1000 / (place + 3);
            sum
        };
        Self((0..channels).map(weight).collect())
    }

    fn pick(&self, sequence: &mut Sequence) -> usize {
        let at = sequence.below(self.0.last().copied().unwrap_or(1));
        self.0.partition_point(|sum| *sum <= at)
    }
}

/// Writes `paths` journeys over `channels` channels to a file.
///
/// # Errors
/// When the numbers make no sense or the file cannot be written.
pub fn generate(paths: u64, channels: u64, file: &Path) -> Result<()> {
    ensure!(paths > 0, "0 paths: give at least 1");
    ensure!((1..=1000).contains(&channels), "{channels} channels: give 1 to 1000");
    let mut sequence = Sequence(SEED + channels);
    let start = Next::new(channels, &mut sequence);
    let steps: Vec<Next> = (0..channels).map(|_| Next::new(channels, &mut sequence)).collect();
    let names: Vec<String> = (0..channels).map(|number| format!("ch{number:02}")).collect();
    let converting: Vec<u64> = (0..channels).map(|_| 20 + sequence.below(81)).collect();

    let created = File::create(file).with_context(|| format!("cannot write {}", file.display()))?;
    let mut out = std::io::BufWriter::with_capacity(1 << 20, created);
    writeln!(out, "{HEADER}")?;
    for _ in 0..paths {
        let mut at = start.pick(&mut sequence);
        for touch in 1.. {
            out.write_all(names.get(at).map(String::as_bytes).unwrap_or_default())?;
            if touch == MOST_TOUCHES || sequence.below(4) == 0 {
                break;
            }
            out.write_all(SEPARATOR.as_bytes())?;
            at = steps.get(at).map(|next| next.pick(&mut sequence)).unwrap_or_default();
        }
        if sequence.below(1000) < converting.get(at).copied().unwrap_or_default() {
            writeln!(out, ",1,{},0", 1990 + 7770 * sequence.below(PRICES))?;
        } else {
            writeln!(out, ",0,0,1")?;
        }
    }
    out.flush().with_context(|| format!("cannot write {}", file.display()))
}
