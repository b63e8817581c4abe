//! Sentences of what stands beside the slices: what was looked up, what goes on, why a line is a part or withheld.

use super::{
    capital, counted_value, own, table, window,
    words::{exact, field_name, percent, value},
};
use crate::{
    engine::{HoldReason, InKindAmount},
    run::StatementLine,
    trace::{AttributeTrace, LineTrace},
};

/// Steps that come after rounding: amounts are whole minor units from there on.
pub(super) const AFTER_ROUNDING: [&str; 5] = ["shared cap", "split", "share", "in kind", "retrospective rate"];

/// Marks an attribute that a condition looked at; the others say why the plan applies.
pub(crate) const IN_CONDITION: &str = ", in a condition";

/// How many numbers that were looked up are told one by one; the trace has all.
const TOLD: usize = 30;

/// One plain English sentence per step of a line, with its part and what withholds it.
#[must_use]
pub fn line_sentences(line: &StatementLine, payee: &str) -> Vec<String> {
    let mut out: Vec<String> = part(&line.part).into_iter().collect();
    out.extend(super::sentences(&line.trace, payee));
    out.extend(line.in_kind.iter().map(in_kind));
    out.extend(line.holds.iter().map(hold));
    out
}

/// A line as an aligned table, with its part and what withholds it.
#[must_use]
pub fn line_table(line: &StatementLine) -> String {
    let mut out = String::new();
    let mut row = |name: &str, text: &str| {
        out.push_str(name);
        out.push_str(": ");
        out.push_str(text);
        out.push('\n');
    };
    if !line.part.is_empty() {
        row("part", &line.part);
    }
    line.in_kind.iter().for_each(|good| row("in kind", &in_kind(good)));
    line.holds.iter().for_each(|reason| row("held", &hold(reason)));
    out.push_str(&table(&line.trace));
    out
}

fn part(part: &str) -> Option<String> {
    let (part, until) = match part.split_once("until-") {
        Some((part, day)) => (part.trim_end_matches('-'), Some(day)),
        None => (part, None),
    };
    let what = match part {
        "" => None,
        "extra" => Some("This line is what the retrospective rate adds.".to_owned()),
        "advance" => Some("This line is the advance of a draw.".to_owned()),
        "recovery" => Some("This line pays an earlier draw back.".to_owned()),
        "forgiveness" => Some("This line strikes what is open of a draw; no money moves.".to_owned()),
        "clawback" => Some("This line takes back what sales of earlier periods earned and returns undid.".to_owned()),
        "share" => Some("This line is a share of what others earned.".to_owned()),
        other => Some(format!("This line is the part {other:?} of its rule.")),
    };
    match (what, until) {
        (what, None) => what,
        (what, Some(day)) => {
            let cut = format!("The plan paid this payee until {day}, when another one took over.");
            Some(what.map_or_else(|| cut.clone(), |what| format!("{what} {cut}")))
        }
    }
}

fn in_kind(good: &InKindAmount) -> String {
    let name = if good.title.is_empty() { &good.item } else { &good.title };
    format!("Given in kind: {} of {name:?}, worth {}.", good.quantity.normalize(), good.value)
}

fn hold(hold: &HoldReason) -> String {
    match hold.until {
        Some(day) => format!("The line is withheld until {day}: {}.", hold.reason),
        None => format!("The line is withheld: {}.", hold.reason),
    }
}

/// What was measured.
pub(super) fn measured(trace: &LineTrace, payee: &str) -> String {
    let measure = &trace.measure;
    let what = match trace.rule_type.split(' ').next() {
        Some("R11" | "R12") => {
            let filter = capital(&measure.filter);
            return format!("{filter} by {payee}: {}.", value(measure.value, trace));
        }
        Some("R14") if measure.filter == own::PARTS => {
            return format!("Parts of pools of other payees that are of {payee}: {}.", value(measure.value, trace));
        }
        Some("R14") => return format!("Pools of other payees that {payee} shares: {}.", value(measure.value, trace)),
        Some("R15") => format!("{} of the downline of {payee}", capital(field_name(measure.field))),
        _ => format!("{} of {payee}", capital(field_name(measure.field))),
    };
    format!("{what} {}: {}.", window(measure), counted_value(trace))
}

/// An attribute that decided.
pub(super) fn attribute(attribute: &AttributeTrace) -> String {
    let of = match attribute.revision {
        0 => String::new(),
        revision => format!(" (revision {revision} of the partner)"),
    };
    match attribute.attribute.strip_suffix(IN_CONDITION) {
        Some(name) => format!("A condition looks at {} {:?}{of}.", name.replace(':', " "), attribute.value),
        None => format!("The plan applies because of {} {:?}{of}.", attribute.attribute, attribute.value),
    }
}

/// The target and what of it was attained.
pub(super) fn target(trace: &LineTrace) -> Option<String> {
    let attained = trace.attainment.as_ref().map(percent)?;
    Some(match trace.target {
        Some(target) => format!("The target is {}, so attainment is {attained}.", value(target, trace)),
        None => format!("There is no target, so attainment counts as {attained}."),
    })
}

/// What was looked up.
pub(super) fn inputs(trace: &LineTrace) -> Vec<String> {
    let told = trace.inputs.iter().take(TOLD);
    let mut out: Vec<String> = told
        .map(|input| {
            let from = if input.source.is_empty() { String::new() } else { format!(", from {}", input.source) };
            format!("{} is {}{from}.", capital(&input.input), input.value)
        })
        .collect();
    let more = trace.inputs.len().saturating_sub(TOLD);
    if more > 0 {
        out.push(format!("And {more} more numbers were looked up; the trace has them."));
    }
    out
}

/// What goes on to the next period.
pub(super) fn carried(trace: &LineTrace) -> Option<String> {
    let carried = trace.carried.as_ref()?;
    let amount = exact(carried, trace.amount.currency);
    Some(match trace.rule_type.split(' ').next() {
        Some("R12") => format!("Of the draw {amount} stays open."),
        Some("R27") => format!("A loss of {amount} goes on to the next period."),
        _ => format!("The next period's measure is lowered by {}.", carried.display()),
    })
}
