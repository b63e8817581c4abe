//! The trace as an aligned table in plain text, for terminals and mails.

use super::origins::{short, why};
use super::own::DIGEST;
use super::words::{amount, counted, edge, exact, facts, field_name, number, percent, rate, rounding, value};
use crate::{
    canonical::decimal_text,
    trace::{LineTrace, MeasureTrace},
};

/// The trace as an aligned table: a block of names and values, then the slices with their numbers to the right.
#[must_use]
pub fn table(trace: &LineTrace) -> String {
    let currency = trace.amount.currency;
    if !trace.origins.is_empty() {
        return settled(trace);
    }
    let mut head = vec![
        ["rule".to_owned(), format!("{} ({})", trace.rule, trace.rule_type)],
        ["plan".to_owned(), plan(trace)],
        ["measure".to_owned(), measure(trace, &trace.measure)],
    ];
    head.extend(trace.base.as_ref().map(|base| ["base".to_owned(), measure(trace, base)]));
    head.extend(trace.growth.as_ref().map(|growth| ["growth".to_owned(), percent(growth)]));
    head.extend(trace.attributes.iter().map(|a| {
        [
            a.attribute.clone(),
            match a.revision {
                0 => a.value.clone(),
                n => format!("{} (revision {n})", a.value),
            },
        ]
    }));
    head.extend(trace.target.map(|target| ["target".to_owned(), value(target, trace)]));
    head.extend(trace.attainment.as_ref().map(|attained| ["attainment".to_owned(), percent(attained)]));
    head.extend(trace.inputs.iter().map(|i| [i.input.clone(), format!("{} ({})", i.value, i.source)]));
    let mut foot: Vec<[String; 2]> = trace.steps.iter().map(|s| [s.name.clone(), s.reason.clone()]).collect();
    foot.push(["exact".to_owned(), exact(&trace.exact, currency)]);
    foot.push(["rounding".to_owned(), rounding(trace.rounding).to_owned()]);
    foot.push(["amount".to_owned(), format!("{currency} {}", amount(&trace.amount.number(), currency))]);
    foot.extend(trace.carried.as_ref().map(|carried| ["carried".to_owned(), carried.display()]));
    if let Some(next) = &trace.next_tier {
        let gain = exact(&next.gain, currency);
        let text = format!("{} more reaches {}, gain {gain}", value(next.distance, trace), rate(next.rate, trace));
        foot.push(["next tier".to_owned(), text]);
    }
    foot.extend(trace.not_fired.iter().map(|n| ["no line".to_owned(), format!("{}: {}", n.rule, n.reason)]));
    let width = head.iter().chain(&foot).map(|[name, _]| length(name)).max().unwrap_or(0);
    let mut out: String = head.iter().map(|row| named(row, width)).collect();
    out.push_str(&slices(trace));
    out.extend(foot.iter().map(|row| named(row, width)));
    out
}

/// A true-up: a row per origin.
fn settled(trace: &LineTrace) -> String {
    let currency = trace.amount.currency;
    let mut rows: Vec<[String; 2]> = vec![["rule".to_owned(), trace.rule_type.clone()]];
    rows.extend(trace.origins.iter().map(|o| {
        let part = if o.part.is_empty() { String::new() } else { format!(".{}", o.part) };
        [format!("{} {}.{}{part}", o.period, o.slot, o.rule), format!("{}{}", short(o), why(&o.cause))]
    }));
    rows.push(["amount".to_owned(), format!("{currency} {}", amount(&trace.amount.number(), currency))]);
    let width = rows.iter().map(|[name, _]| length(name)).max().unwrap_or(0);
    rows.iter().map(|row| named(row, width)).collect()
}

fn plan(trace: &LineTrace) -> String {
    let name = if trace.plan_version.is_empty() { "preview" } else { &trace.plan_version };
    format!("{name}, digest {}", trace.plan_digest)
}

fn measure(trace: &LineTrace, measure: &MeasureTrace) -> String {
    let worth = value(measure.value, trace);
    let Some((from, to)) = measure.from.zip(measure.to) else { return format!("{worth}, {}", measure.filter) };
    let (digest, last) = (&measure.facts_digest, to.plus_days(-1));
    let digest = if digest.is_empty() { String::new() } else { format!("{DIGEST}{digest}") };
    let (field, count) = (field_name(measure.field), facts(measure.fact_count));
    format!("{worth} ({field}, {}, {from} to {last}, {count}{digest})", counted(measure))
}

fn slices(trace: &LineTrace) -> String {
    if trace.slices.is_empty() {
        return String::new();
    }
    let currency = trace.amount.currency;
    let mut rows = vec![["from", "to", "amount in slice", "rate", "product", "flat"].map(str::to_owned)];
    rows.extend(trace.slices.iter().map(|s| {
        [
            edge(s.from, trace),
            s.to.map_or_else(|| "open".to_owned(), |to| edge(to, trace)),
            number(s.amount_in_slice, trace),
            rate(s.rate, trace),
            exact(&s.product, currency),
            amount(&decimal_text(s.flat), currency),
        ]
    }));
    let mut widths = [0_usize; 6];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(length(cell));
        }
    }
    rows.iter()
        .map(|row| {
            let cells = row.iter().zip(widths).map(|(cell, width)| format!("  {cell:>width$}"));
            format!("{}\n", cells.collect::<String>())
        })
        .collect()
}

fn named([name, text]: &[String; 2], width: usize) -> String {
    format!("{name:<width$}  {text}\n")
}

fn length(text: &str) -> usize {
    text.chars().count()
}
