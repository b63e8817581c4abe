//! The year as one page: figures, plots and tables, in one file that needs no server.

mod charts;

use std::path::Path;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use tributary_proto::tributary::{
    contract::v1::{Alert, AlertSeverity},
    incentive::v1::Run,
};

use super::{
    network::Member,
    picture::{KPIS, MODELS, Picture},
    show::{credits, severity, status, value},
};
use crate::{
    cli::Failure,
    output::{date_text, grouped, money_text, per_cent},
};

const STYLE: &str = include_str!("style.css");
/// Rows of a table.
const TOP: usize = 25;

/// Writes the page.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write(path: &Path, picture: &Picture, runs: &[Run], network: &[Member]) -> Result<(), Failure> {
    let page = page(picture, runs, network)?.into_string();
    std::fs::write(path, page).map_err(|e| Failure::usage(format!("{} cannot be written: {e}", path.display())))
}

fn page(picture: &Picture, runs: &[Run], network: &[Member]) -> Result<Markup, Failure> {
    Ok(html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "A year of a channel programme" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "A year of a channel programme" }
                p { (network.len()) " partners, figures of 2025, exact in the API; this page rounds for the eye." }
                (tiles(picture, runs))
                h2 { "Sales" }
                div.row { (charts::months(picture)?) (charts::channels(picture)?) }
                (quarters(picture))
                h2 { "Targets" }
                (targets(picture))
                h2 { "Commitments" }
                (charts::commitments(picture, network)?)
                h2 { "Warnings" }
                (alerts(picture, network))
                h2 { "Overdue obligations" }
                (overdue(picture, network))
                h2 { "Which channels bring the customers" }
                (charts::attribution(picture)?)
                (attribution(picture))
                h2 { "Incentives" }
                (incentives(runs))
            }
        }
    })
}

fn tiles(picture: &Picture, runs: &[Run]) -> Markup {
    let critical = picture.alerts.iter().filter(|a| a.severity() == AlertSeverity::Critical).count();
    let tile = |name: &str, value: String| html! { div.tile { div.value { (value) } div.name { (name) } } };
    html! {
        div.row {
            (tile("final runs", runs.len().to_string()))
            (tile("warnings", picture.alerts.len().to_string()))
            (tile("of them critical", critical.to_string()))
            (tile("overdue obligations", picture.overdue.len().to_string()))
            @for total in &picture.classes.totals {
                (tile(&format!("partners of class {}", super::show::class_letter(total)), total.member_count.to_string()))
            }
        }
    }
}

fn quarters(picture: &Picture) -> Markup {
    html! {
        table {
            tr { th { "quarter" } @for metric in KPIS { th.number { (metric) } } }
            @for row in &picture.quarters {
                tr { @for cell in super::show::kpi_cells(row) { td.number { (cell) } } }
            }
        }
    }
}

fn targets(picture: &Picture) -> Markup {
    html! {
        table {
            tr { th { "target" } th.number { "attained" } th.number { "of the year" } th { "status" } th { "as of" } }
            @for progress in &picture.targets {
                tr {
                    td { (progress.target.as_ref().map(|t| t.title.clone()).unwrap_or_default()) }
                    td.number { (progress.attainment.as_ref().map(|a| per_cent(&a.value)).unwrap_or_default()) }
                    td.number { (progress.elapsed.as_ref().map(|e| per_cent(&e.value)).unwrap_or_default()) }
                    td { (status(progress)) }
                    td { (progress.as_of.as_ref().map(date_text).unwrap_or_default()) }
                }
            }
        }
    }
}

fn alerts(picture: &Picture, network: &[Member]) -> Markup {
    let row = |alert: &Alert| {
        html! {
            tr {
                td class=(severity(alert)) { (severity(alert)) }
                td { (super::show::name_of(network, &alert.partner)) }
                td {
                    details {
                        summary { (alert.summary) }
                        ul { @for item in &alert.evidence { li { (item.name) ": " (value(item)) } } }
                    }
                }
                td { (alert.suggested_action) }
            }
        }
    };
    html! {
        table {
            tr { th { "severity" } th { "partner" } th { "what, and what it rests on" } th { "suggested" } }
            @for alert in picture.alerts.iter().take(TOP) { (row(alert)) }
        }
        (more(picture.alerts.len()))
    }
}

fn overdue(picture: &Picture, network: &[Member]) -> Markup {
    html! {
        table {
            tr { th { "partner" } th { "obligation" } th { "due" } th.number { "days" } th.number { "amount" } }
            @for o in picture.overdue.iter().take(TOP) {
                tr {
                    td { (super::show::name_of(network, &o.partner)) }
                    td { (o.title) }
                    td { (o.due_on.as_ref().map(date_text).unwrap_or_default()) }
                    td.number { (o.days_overdue) }
                    td.number { (o.amount.as_ref().map(money_text).unwrap_or_default()) }
                }
            }
        }
        (more(picture.overdue.len()))
    }
}

fn more(all: usize) -> Markup {
    html! { @if all > TOP { p { "and " (all.saturating_sub(TOP)) " more" } } }
}

fn attribution(picture: &Picture) -> Markup {
    html! {
        table {
            tr { th { "channel" } @for (_, name) in MODELS { th.number { (name) } } }
            @for (channel, cells) in credits(picture) {
                tr { td { (channel) } @for cell in cells { td.number { (cell) } } }
            }
        }
        @for result in &picture.attribution.results { p.small { (result.definition) } }
    }
}

fn incentives(runs: &[Run]) -> Markup {
    html! {
        table {
            tr { th { "period" } th.number { "facts" } th.number { "statements" } th.number { "total" } th { "digest" } }
            @for run in runs {
                tr {
                    td { (run.period) }
                    td.number { (grouped(&run.fact_count.to_string())) }
                    td.number { (grouped(&run.statement_count.to_string())) }
                    td.number { (run.totals.iter().map(money_text).collect::<Vec<_>>().join(", ")) }
                    td { code { (run.digest.get(..16).unwrap_or_default()) } }
                }
            }
        }
    }
}
