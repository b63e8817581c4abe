//! Journeys in memory, in the two forms that are measured: channels as numbers, and as the text that the peer takes.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
};

use analytics_domain::attribution::Labels;
use anyhow::{Context as _, Result, anyhow};

/// Between two channels of a path.
pub(super) const SEPARATOR: &str = " > ";
/// First line of a file of journeys.
pub(super) const HEADER: &str = "path,total_conversions,total_conversion_value,total_null";

/// What a journey weighs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Weights {
    /// How many converted.
    pub conversions: u32,
    /// How many did not.
    pub nulls: u32,
    /// Value of the conversions, in minor units.
    pub value: i64,
}

/// A line of a file of journeys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    /// Channels, first touch to last. Example: "ch04 > ch11".
    pub path: &'a str,
    /// What it weighs.
    pub weights: Weights,
}

/// Journeys with channels as numbers, all touches one behind the other.
#[derive(Debug, Default)]
pub struct Numbers {
    labels: Labels,
    /// By number.
    names: Vec<String>,
    touches: Vec<u16>,
    ends: Vec<u32>,
    weights: Vec<Weights>,
}

/// Journeys with their paths as text, all texts one behind the other.
#[derive(Debug, Default)]
pub struct Texts {
    text: String,
    ends: Vec<u32>,
    weights: Vec<Weights>,
}

impl Numbers {
    /// Reads a file of journeys.
    ///
    /// # Errors
    /// When the file cannot be read or a line is not a journey.
    pub fn read(file: &Path) -> Result<Self> {
        let mut numbers = Self::default();
        each_line(file, |row| numbers.add(row))?;
        numbers.touches.shrink_to_fit();
        numbers.ends.shrink_to_fit();
        numbers.weights.shrink_to_fit();
        Ok(numbers)
    }

    /// Adds a journey.
    ///
    /// # Errors
    /// Above 65,535 channels or 2³² touches.
    pub fn add(&mut self, row: Row<'_>) -> Result<()> {
        for channel in row.path.split(SEPARATOR) {
            let number = self.labels.number(channel)?;
            if self.names.len() < self.labels.len() {
                self.names.push(channel.to_owned());
            }
            self.touches.push(number);
        }
        self.ends.push(u32::try_from(self.touches.len()).context("too many touches")?);
        self.weights.push(row.weights);
        Ok(())
    }

    /// The channels.
    #[must_use]
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Their names, by number.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Number of journeys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// The journeys.
    pub fn iter(&self) -> impl Iterator<Item = (&[u16], Weights)> {
        let path = |(from, to)| self.touches.get(from..to).unwrap_or_default();
        ranges(&self.ends).map(path).zip(self.weights.iter().copied())
    }
}

impl Texts {
    /// Reads a file of journeys.
    ///
    /// # Errors
    /// When the file cannot be read, a line is not a journey, or above 4 GiB of paths.
    pub fn read(file: &Path) -> Result<Self> {
        let mut texts = Self::default();
        each_line(file, |row| texts.add(row))?;
        texts.text.shrink_to_fit();
        texts.ends.shrink_to_fit();
        texts.weights.shrink_to_fit();
        Ok(texts)
    }

    /// Adds a journey.
    ///
    /// # Errors
    /// Above 4 GiB of paths.
    pub fn add(&mut self, row: Row<'_>) -> Result<()> {
        self.text.push_str(row.path);
        self.ends.push(u32::try_from(self.text.len()).context("too much text")?);
        self.weights.push(row.weights);
        Ok(())
    }

    /// Number of journeys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// The journeys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Weights)> {
        let path = |(from, to)| self.text.get(from..to).unwrap_or_default();
        ranges(&self.ends).map(path).zip(self.weights.iter().copied())
    }
}

/// From the end of one to the end of the next.
fn ranges(ends: &[u32]) -> impl Iterator<Item = (usize, usize)> {
    let mut from = 0;
    ends.iter().map(move |end| {
        let to = usize::try_from(*end).unwrap_or(usize::MAX);
        (std::mem::replace(&mut from, to), to)
    })
}

fn each_line(file: &Path, mut each: impl FnMut(Row<'_>) -> Result<()>) -> Result<()> {
    let opened = File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    let mut reader = BufReader::with_capacity(1 << 20, opened);
    let mut line = String::new();
    let mut at = 0_u64;
    while reader.read_line(&mut line)? > 0 {
        at += 1;
        let text = line.trim_end();
        if at > 1 {
            row(text).and_then(&mut each).with_context(|| format!("line {at}: '{text}'"))?;
        } else if text != HEADER {
            return Err(anyhow!("{} does not begin with '{HEADER}'", file.display()));
        }
        line.clear();
    }
    Ok(())
}

fn row(text: &str) -> Result<Row<'_>> {
    let mut columns = text.split(',');
    let mut next = || columns.next().context("not four columns");
    let path = next()?;
    let (conversions, value, nulls) = (next()?.parse()?, next()?.parse()?, next()?.parse()?);
    Ok(Row { path, weights: Weights { conversions, nulls, value } })
}
