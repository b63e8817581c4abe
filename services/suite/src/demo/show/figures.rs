//! The figures of analytics: KPIs, channels, volume classes, targets, attribution.

use tributary_core::Exact;
use tributary_proto::tributary::analytics::v1::{
    MetricRow, ModelResult, TargetProgress, TargetStatus, UnitCredit, VolumeClass, VolumeClassTotal, metric_value,
};

use super::Picture;
use crate::{
    demo::picture::{KPIS, MODELS},
    output::{self, Align, decimal_text, grouped, per_cent, read, rounded, share},
};

/// Metrics that are ratios.
const RATIOS: [&str; 3] = ["return_rate", "gross_margin", "channel_share"];

pub(super) fn kpis(picture: &Picture) {
    output::line("\nkey figures of 2025 (CNY)");
    let mut columns = vec![("quarter", Align::Left)];
    columns.extend(KPIS.map(|metric| (metric, Align::Right)));
    let rows: Vec<_> = picture.quarters.iter().map(kpi_cells).collect();
    output::line(&output::table(&columns, &rows));
}

pub(super) fn channels(picture: &Picture) {
    output::line("\nnet sales by channel class (CNY)");
    let columns =
        [("quarter", Align::Left), ("channel", Align::Left), ("net sales", Align::Right), ("share", Align::Right)];
    let row = |row: &MetricRow| {
        let mut all = cells(row.period.clone(), row, &["net_sales", "channel_share"]);
        all.insert(1, row.channel.clone());
        all
    };
    output::line(&output::table(&columns, &picture.channels.iter().map(row).collect::<Vec<_>>()));
}

/// Quarter and KPIs of a row.
pub(in crate::demo) fn kpi_cells(row: &MetricRow) -> Vec<String> {
    cells(row.period.clone(), row, &KPIS)
}

fn cells(first: String, row: &MetricRow, metrics: &[&str]) -> Vec<String> {
    let cell = |(value, metric): (&tributary_proto::tributary::analytics::v1::MetricValue, &&str)| match &value.value {
        Some(metric_value::Value::Amount(money)) => rounded(&decimal_text(money), 0),
        Some(metric_value::Value::Number(number)) if RATIOS.contains(metric) => per_cent(&number.value),
        Some(metric_value::Value::Number(number)) => grouped(&number.value),
        None => "–".to_owned(),
    };
    std::iter::once(first).chain(row.values.iter().zip(metrics).map(cell)).collect()
}

/// The letter of a volume class.
pub(in crate::demo) fn class_letter(total: &VolumeClassTotal) -> &'static str {
    match total.volume_class() {
        VolumeClass::A => "A",
        VolumeClass::B => "B",
        VolumeClass::C | VolumeClass::Unspecified => "C",
    }
}

pub(super) fn classes(picture: &Picture) {
    output::line("\nvolume classes of partners in 2025 (A makes up the first 80 % of net sales, B the next 15 %)");
    let columns = [("class", Align::Left), ("partners", Align::Right), ("net sales (CNY)", Align::Right)];
    let row = |total: &VolumeClassTotal| {
        let volume = total.volume.as_ref().map(|v| rounded(&v.value, 0)).unwrap_or_default();
        vec![class_letter(total).to_owned(), total.member_count.to_string(), volume]
    };
    output::line(&output::table(&columns, &picture.classes.totals.iter().map(row).collect::<Vec<_>>()));
}

pub(super) fn targets(picture: &Picture) {
    let Some(as_of) = picture.targets.first().and_then(|t| t.as_of.as_ref()) else { return };
    output::line(&format!("\ntargets of 2025 as they stood on {}", output::date_text(as_of)));
    let columns = [
        ("target", Align::Left),
        ("to reach", Align::Right),
        ("reached", Align::Right),
        ("attained", Align::Right),
        ("forecast", Align::Right),
        ("from", Align::Right),
        ("to", Align::Right),
        ("status", Align::Left),
    ];
    output::line(&output::table(&columns, &picture.targets.iter().map(target).collect::<Vec<_>>()));
}

fn target(progress: &TargetProgress) -> Vec<String> {
    let target = progress.target.as_ref();
    let is_money = target.is_some_and(|t| !t.currency_code.is_empty());
    let shown = |d: Option<&tributary_proto::google::r#type::Decimal>| match d {
        Some(d) if is_money => rounded(&d.value, 0),
        Some(d) => per_cent(&d.value),
        None => "–".to_owned(),
    };
    let forecast = progress.forecast.as_ref();
    vec![
        target.map(|t| t.title.clone()).unwrap_or_default(),
        shown(progress.target_value.as_ref()),
        shown(progress.actual.as_ref()),
        progress.attainment.as_ref().map(|a| per_cent(&a.value)).unwrap_or_default(),
        shown(forecast.and_then(|f| f.expected.as_ref())),
        shown(forecast.and_then(|f| f.low.as_ref())),
        shown(forecast.and_then(|f| f.high.as_ref())),
        status(progress).to_owned(),
    ]
}

pub(in crate::demo) fn status(progress: &TargetProgress) -> &'static str {
    match progress.status() {
        TargetStatus::Pending | TargetStatus::Unspecified => "pending",
        TargetStatus::OnTrack => "on track",
        TargetStatus::AtRisk => "at risk",
        TargetStatus::OffTrack => "off track",
        TargetStatus::Reached => "reached",
        TargetStatus::Missed => "missed",
    }
}

pub(super) fn attribution(picture: &Picture) {
    let totals = picture.attribution.totals.clone().unwrap_or_default();
    output::line(&format!(
        "\nattribution of {} conversions to channels, {} journeys without one ({} touches)",
        grouped(&totals.conversions.to_string()),
        grouped(&totals.nulls.to_string()),
        grouped(&totals.touch_count.to_string())
    ));
    let mut columns = vec![("channel", Align::Left)];
    columns.extend(MODELS.map(|(_, name)| (name, Align::Right)));
    let rows: Vec<_> = credits(picture).into_iter().map(|(channel, cells)| [vec![channel], cells].concat()).collect();
    output::line(&output::table(&columns, &rows));
}

/// By channel: per model the conversions and their share, in words.
pub(in crate::demo) fn credits(picture: &Picture) -> Vec<(String, Vec<String>)> {
    let results = &picture.attribution.results;
    let cell = |result: &ModelResult, n: usize| {
        let of =
            |credit: &UnitCredit| credit.conversions.as_ref().and_then(|d| read(&d.value)).unwrap_or_else(Exact::zero);
        let all = result.credits.iter().map(of).fold(Exact::zero(), |sum, one| sum + one);
        let own = result.credits.get(n).map_or_else(Exact::zero, of);
        let text = result.credits.get(n).and_then(|c| c.conversions.as_ref()).map_or("0", |d| d.value.as_str());
        format!("{} ({})", rounded(text, 1), share(&own, &all))
    };
    let channels = results.first().map_or(&[][..], |first| first.credits.as_slice());
    let channel = |(n, credit): (usize, &UnitCredit)| {
        let name = credit.unit.as_ref().map(|u| u.channel.clone()).unwrap_or_default();
        (name, results.iter().map(|result| cell(result, n)).collect())
    };
    channels.iter().enumerate().map(channel).collect()
}
