//! The distribution of changes as a bar chart (SVG): losses in red to the left, gains in green to the right.

use std::fmt::Write as _;

use incentive_calculation_domain::simulation::Band;

use crate::ports::simulations::{CurrencyOutcome, Simulation};

const WIDTH: i64 = 760;
const CHART: i64 = 240;
const LEFT: i64 = 16;
const BAR: i64 = 64;
const STEP: i64 = 81;

/// One chart per currency, below each other.
pub(super) fn chart(simulation: &Simulation) -> String {
    let count = i64::try_from(simulation.totals.len()).unwrap_or(0);
    let height = count.saturating_mul(CHART).max(1);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" font-family=\"sans-serif\" font-size=\"11\" role=\"img\">"
    );
    for (outcome, top) in simulation.totals.iter().zip((0_i64..).step_by(usize::try_from(CHART).unwrap_or(240))) {
        bars(&mut svg, outcome, top);
    }
    svg.push_str("</svg>");
    svg
}

fn bars(svg: &mut String, outcome: &CurrencyOutcome, top: i64) {
    let most = outcome.bands.iter().map(|(_, payees)| *payees).max().unwrap_or(0).max(1);
    let (ground, tall) = (top.saturating_add(190), 140_i64);
    let title = format!("Payees by change, {}", outcome.totals.currency);
    // Writing to a String cannot fail.
    let _ = write!(
        svg,
        "<text x=\"{LEFT}\" y=\"{}\" font-size=\"14\" fill=\"#222\">{title}</text>",
        top.saturating_add(22)
    );
    for ((band, payees), x) in outcome.bands.iter().zip((LEFT..).step_by(usize::try_from(STEP).unwrap_or(81))) {
        let height = payees.saturating_mul(tall).checked_div(most).unwrap_or(0);
        let (y, middle) = (ground.saturating_sub(height), x.saturating_add(BAR.wrapping_div(2)));
        let colour = match band {
            Band::Unchanged => "#8a8f98",
            Band::Lost | Band::DownOver20 | Band::Down10To20 | Band::DownTo10 => "#c2503f",
            _ => "#3f8f5f",
        };
        let _ = write!(svg, "<rect x=\"{x}\" y=\"{y}\" width=\"{BAR}\" height=\"{height}\" fill=\"{colour}\"/>");
        let label = |svg: &mut String, y: i64, text: &str| {
            let _ = write!(svg, "<text x=\"{middle}\" y=\"{y}\" text-anchor=\"middle\" fill=\"#444\">{text}</text>");
        };
        label(svg, y.saturating_sub(5), &payees.to_string());
        let words = band.words();
        let at =
            words.char_indices().filter(|(i, c)| *c == ' ' && *i >= words.len().wrapping_div(2)).map(|(i, _)| i).next();
        let (first, second) = at.map_or((words, ""), |i| words.split_at(i));
        label(svg, ground.saturating_add(15), first.trim());
        label(svg, ground.saturating_add(29), second.trim());
    }
    let right = WIDTH.saturating_sub(LEFT);
    let _ = write!(svg, "<line x1=\"{LEFT}\" x2=\"{right}\" y1=\"{ground}\" y2=\"{ground}\" stroke=\"#444\"/>");
}
