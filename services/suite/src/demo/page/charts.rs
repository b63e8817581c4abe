//! The plots, drawn as SVG by a chart library from a description in JSON. Numbers are floating point here and nowhere
//! else: a plot needs no more, and nothing is computed from it.
#![expect(clippy::float_arithmetic, reason = "scales for the eye")]

use charts_rs::{BarChart, HorizontalBarChart};
use maud::{Markup, PreEscaped};
use serde_json::{Value, json};
use tributary_proto::tributary::analytics::v1::MetricRow;

use crate::{
    cli::Failure,
    demo::{
        network::Member,
        picture::{MODELS, Picture, number},
        show::name_of,
    },
};

/// Commitments shown: those that are furthest behind.
const BEHIND: usize = 12;
/// A million.
const MILLION: f64 = 1_000_000.0;

/// GMV of the months, this year beside the last.
pub(super) fn months(picture: &Picture) -> Result<Markup, Failure> {
    let of_year = |year: &str| -> Vec<f64> {
        let rows = picture.months.iter().filter(|r| r.period.starts_with(year));
        rows.map(|r| round(plotted(r, 0) / MILLION, 2)).collect()
    };
    let names: Vec<String> = (1..=12).map(|m| format!("{m:02}")).collect();
    bars(&json!({
        "width": 620, "height": 320, "title_text": "GMV by month, million CNY", "x_axis_data": names,
        "series_list": [{"name": "2024", "data": of_year("2024")}, {"name": "2025", "data": of_year("2025")}],
    }))
}

/// Net sales of the quarters, by channel class, one upon the other.
pub(super) fn channels(picture: &Picture) -> Result<Markup, Failure> {
    let mut quarters: Vec<&str> = picture.channels.iter().map(|r| r.period.as_str()).collect();
    quarters.dedup();
    let series = ["ONLINE", "OFFLINE", "EMERGING"].map(|class| {
        let of = |quarter: &&str| {
            let row = picture.channels.iter().find(|r| r.period == **quarter && r.channel == class);
            row.map_or(0.0, |r| round(plotted(r, 0) / MILLION, 2))
        };
        json!({"name": class.to_lowercase(), "stack": "all", "data": quarters.iter().map(of).collect::<Vec<_>>()})
    });
    bars(&json!({
        "width": 620, "height": 320, "title_text": "net sales by channel class, million CNY",
        "x_axis_data": quarters, "series_list": series,
    }))
}

/// The commitments that are furthest behind: reached, in per cent of the target.
pub(super) fn commitments(picture: &Picture, network: &[Member]) -> Result<Markup, Failure> {
    let attained = |c: &tributary_proto::tributary::contract::v1::CommitmentProgress| {
        c.attainment.as_ref().map_or(0.0, |a| parsed(&a.value))
    };
    let mut all: Vec<_> = picture.commitments.iter().map(|c| (attained(c), c)).collect();
    all.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    all.truncate(BEHIND);
    all.reverse();
    let names: Vec<String> = all.iter().map(|(_, c)| name_of(network, &c.partner)).collect();
    let values: Vec<f64> = all.iter().map(|(a, _)| round(a * 100.0, 1)).collect();
    let chart = json!({
        "width": 1_000, "height": 420, "title_text": "purchases against the annual commitment, per cent (lowest)",
        "x_axis_data": names, "legend_show": false,
        "series_list": [{"name": "attained", "data": values, "label_show": true}],
    });
    drawn(HorizontalBarChart::from_json(&chart.to_string()).and_then(|c| c.svg()))
}

/// Conversions by channel, a bar per model.
pub(super) fn attribution(picture: &Picture) -> Result<Markup, Failure> {
    let results = &picture.attribution.results;
    let channels = results.first().map_or(&[][..], |first| first.credits.as_slice());
    let names: Vec<&str> = channels.iter().filter_map(|c| Some(c.unit.as_ref()?.channel.as_str())).collect();
    let series = results.iter().zip(MODELS).map(|(result, (_, name))| {
        let values = result.credits.iter().map(|c| c.conversions.as_ref().map_or(0.0, |d| parsed(&d.value)));
        json!({"name": name, "data": values.map(|v| round(v, 1)).collect::<Vec<_>>()})
    });
    bars(&json!({
        "width": 1_000, "height": 340, "title_text": "conversions by channel", "x_axis_data": names,
        "series_list": series.collect::<Vec<Value>>(),
    }))
}

fn bars(chart: &Value) -> Result<Markup, Failure> {
    drawn(BarChart::from_json(&chart.to_string()).and_then(|c| c.svg()))
}

fn drawn(svg: Result<String, charts_rs::Error>) -> Result<Markup, Failure> {
    svg.map(PreEscaped).map_err(|e| Failure::server(format!("a plot cannot be drawn: {e}")))
}

/// The number of a value.
fn plotted(row: &MetricRow, n: usize) -> f64 {
    number(row, n).map_or(0.0, |text| parsed(&text))
}

fn parsed(text: &str) -> f64 {
    text.parse().unwrap_or(0.0)
}

/// Rounded for the eye.
fn round(value: f64, digits: i32) -> f64 {
    let step = 10_f64.powi(digits);
    (value * step).round() / step
}
