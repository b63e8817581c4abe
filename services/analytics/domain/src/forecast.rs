//! Where a sum will end if the days to come are like the days so far: the run rate, with an interval (AN-03).
//!
//! The expected value is an exact fraction. The interval is a statistic: it uses floats, which is allowed because nobody
//! is paid by a forecast. Its variance is computed exactly and becomes a float only at the end, so neither the order of the
//! days nor their size costs digits, and equal days give a width of exactly 0.
//!
//! The interval assumes that days are independent, alike and roughly normal. Lines of business with weekends or campaigns
//! are not, and then it is too narrow or too wide. Its lower end may be below zero: sums of net value can fall by returns,
//! so nothing is cut.
#![expect(clippy::float_arithmetic, reason = "an interval of a forecast is a statistic, nobody is paid by it")]

use statrs::distribution::{ContinuousCDF as _, StudentsT};
use tributary_core::Exact;

/// Decimals with which the width of an interval becomes exact again; values are shown with fewer.
const WIDTH_DIGITS: usize = 9;

/// A run rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRate {
    /// The expected sum at the end: sum so far + days to come × mean of the observed days.
    pub expected: Exact,
    /// The interval; `None` with fewer than two observed days.
    pub interval: Option<Interval>,
}

/// An interval around an expected value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    /// Lower end.
    pub low: Exact,
    /// Upper end.
    pub high: Exact,
    /// Probability with which it holds the end, under the assumptions.
    pub confidence: Exact,
}

/// The run rate of `observed` days with `remaining` days to come. `days` are the values of the days that have any, in any
/// order; the other observed days count as 0. `None` when nothing was observed. `confidence` lies between 0 and 1.
#[must_use]
pub fn run_rate(days: &[Exact], observed: u32, remaining: u32, confidence: &Exact) -> Option<RunRate> {
    let (n, r) = (Exact::from(i64::from(observed)), Exact::from(i64::from(remaining)));
    let total: Exact = days.iter().cloned().sum();
    let mean = total.checked_div(&n)?;
    let expected = total.clone() + r.clone() * mean.clone();
    let interval = half_width(days, &total, &mean, observed, &r, confidence).map(|half| Interval {
        low: expected.clone() - half.clone(),
        high: expected.clone() + half,
        confidence: confidence.clone(),
    });
    Some(RunRate { expected, interval })
}

/// t · s · √(r + r² ÷ n).
fn half_width(
    days: &[Exact],
    total: &Exact,
    mean: &Exact,
    observed: u32,
    r: &Exact,
    confidence: &Exact,
) -> Option<Exact> {
    let freedom = observed.checked_sub(1).filter(|freedom| *freedom > 0)?;
    let squares: Exact = days.iter().map(|day| day.clone() * day.clone()).sum();
    let deviations = squares - total.clone() * mean.clone();
    let variance = deviations.checked_div(&Exact::from(i64::from(freedom)))?;
    let of_the_mean = (r.clone() * r.clone()).checked_div(&Exact::from(i64::from(observed)))?;
    let spread = float(&(variance * (r.clone() + of_the_mean))).sqrt();
    let student = StudentsT::new(0.0, 1.0, f64::from(freedom)).ok()?;
    exact(student.inverse_cdf(f64::midpoint(1.0, float(confidence))) * spread)
}

/// The nearest float, give or take the last digit: text becomes a float with correct rounding.
fn float(value: &Exact) -> f64 {
    let read = |text: String| text.parse().unwrap_or(f64::NAN);
    let (numerator, denominator): (f64, f64) =
        (read(value.numerator().to_string()), read(value.denominator().to_string()));
    numerator / denominator
}

/// A width with [`WIDTH_DIGITS`] decimals; `None` for one that is no number or has more than 38 digits.
fn exact(width: f64) -> Option<Exact> {
    let digits = format!("{width:.WIDTH_DIGITS$}").replace('.', "");
    Some(Exact::from_scaled(digits.parse().ok()?, u32::try_from(WIDTH_DIGITS).ok()?))
}

#[cfg(test)]
mod tests;
