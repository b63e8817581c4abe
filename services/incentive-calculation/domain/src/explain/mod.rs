//! Says in words how a line came about: numbers with thousands separators, rates as percentages, one sentence per step.

mod more;
mod origins;
pub(crate) mod own;
mod table;
mod words;

use tributary_core::Exact;

pub(crate) use more::IN_CONDITION;
pub use more::{line_sentences, line_table};
pub use own::{fault_for, for_partner, hold_for_partner, is_part_of_pools, not_fired_for_partner};
pub use table::table;
pub(crate) use words::{days, facts as fact_count, field_name, grouped, money, percent};

use crate::{
    canonical::decimal_text,
    plan::MeasureField,
    trace::{LineTrace, MeasureTrace, SliceTrace},
};
use words::{amount, capital, counted, exact, facts, number, rate, rounding, tier, value};

/// One plain English sentence per step. `payee` is the payee's name for people.
#[must_use]
pub fn sentences(trace: &LineTrace, payee: &str) -> Vec<String> {
    if !trace.origins.is_empty() {
        return origins::sentences(trace, payee);
    }
    let mut out = vec![more::measured(trace, payee)];
    if !trace.measure.kinds.is_empty() {
        out.push(format!("Facts that count: {}.", counted(&trace.measure)));
    }
    out.extend(trace.attributes.iter().map(more::attribute));
    out.extend(more::target(trace));
    out.extend(more::inputs(trace));
    out.extend(trace.base.as_ref().map(|base| base_sentence(trace, base)));
    out.extend(growth_sentence(trace));
    out.extend(trace.slices.iter().map(|slice| slice_sentence(trace, slice)));
    if trace.slices.len() > 1 {
        let parts: Exact = trace.slices.iter().map(|s| s.product.clone() + s.flat.into()).sum();
        out.push(format!("Together: {}.", exact(&parts, trace.amount.currency)));
    }
    out.extend(trace.steps.iter().map(|step| {
        let (before, after) = (exact(&step.before, trace.amount.currency), exact(&step.after, trace.amount.currency));
        let reason = &step.reason;
        if before == after {
            format!("{}: {reason}.", capital(&step.name))
        } else {
            format!("{}: {reason}, so {before} becomes {after}.", capital(&step.name))
        }
    }));
    out.push(rounding_sentence(trace));
    out.extend(more::carried(trace));
    out.extend(next_tier(trace));
    out.extend(
        trace.not_fired.iter().map(|n| format!("Rule {:?} of the same plan gave no line: {}.", n.rule, n.reason)),
    );
    out
}

/// How the line was computed, in one sentence without a final dot: "600,000.00 × 20 % = 120,000.00; …".
#[must_use]
pub fn one_sentence(trace: &LineTrace) -> String {
    if !trace.origins.is_empty() {
        let each = trace.origins.iter().map(|o| format!("{} {}: {}", o.period, o.rule, origins::short(o)));
        return each.collect::<Vec<_>>().join("; ");
    }
    let currency = trace.amount.currency;
    let mut parts = vec![format!("{} is {}", field_name(trace.measure.field), counted_value(trace))];
    parts.extend(trace.base.as_ref().map(|base| format!("the base is {}", value(base.value, trace))));
    parts.extend(trace.growth.as_ref().map(|growth| format!("growth is {}", percent(growth))));
    parts.extend(trace.slices.iter().map(|s| {
        let flat =
            if s.flat.is_zero() { String::new() } else { format!(" + {}", amount(&decimal_text(s.flat), currency)) };
        let product = exact(&s.product, currency);
        format!("{} × {}{flat} = {product}{flat}", number(s.amount_in_slice, trace), rate(s.rate, trace))
    }));
    parts.extend(trace.steps.iter().map(|step| step.reason.clone()));
    parts.push(format!(
        "exactly {}, rounded {} to {}",
        exact(&trace.exact, currency),
        rounding(trace.rounding),
        amount(&trace.amount.number(), currency)
    ));
    parts.join("; ")
}

fn window(measure: &MeasureTrace) -> String {
    measure.from.zip(measure.to).map_or_else(|| measure.filter.clone(), days)
}

/// The measure with how many facts it comes from.
fn counted_value(trace: &LineTrace) -> String {
    let measured = value(trace.measure.value, trace);
    if trace.measure.field == MeasureField::Count {
        return measured;
    }
    format!("{measured} from {}", facts(trace.measure.fact_count))
}

fn base_sentence(trace: &LineTrace, base: &MeasureTrace) -> String {
    let worth = value(base.value, trace);
    match base.from {
        Some(_) => format!("The base {} is {worth} from {}.", window(base), facts(base.fact_count)),
        None => format!("The base is {worth}, {}.", base.filter),
    }
}

fn growth_sentence(trace: &LineTrace) -> Option<String> {
    let (growth, base) = (trace.growth.as_ref()?, trace.base.as_ref()?);
    let increment = growth.clone() * Exact::from(base.value);
    let increment = increment.to_decimal_string(28)?;
    let increment =
        if trace.measure.field.is_money() { amount(&increment, trace.amount.currency) } else { grouped(&increment) };
    Some(format!("Growth is {increment} ÷ {} = {}.", number(base.value, trace), percent(growth)))
}

fn slice_sentence(trace: &LineTrace, slice: &SliceTrace) -> String {
    let currency = trace.amount.currency;
    let flat = if slice.flat.is_zero() {
        String::new()
    } else {
        format!(", plus a fixed {}", amount(&decimal_text(slice.flat), currency))
    };
    let tier = match trace.rule_type.split(' ').next() {
        Some("R15") => format!("On level {}", slice.from.normalize()),
        _ => format!("In the tier {}", tier(slice.from, slice.to, trace)),
    };
    format!(
        "{tier}, {} at {} gives {}{flat}.",
        number(slice.amount_in_slice, trace),
        rate(slice.rate, trace),
        exact(&slice.product, currency)
    )
}

fn rounding_sentence(trace: &LineTrace) -> String {
    let line = format!("{} {}", trace.amount.currency, grouped(&trace.amount.number()));
    let rounded = trace.exact.to_decimal_string(trace.amount.currency.exponent()).is_none();
    if trace.steps.iter().any(|step| more::AFTER_ROUNDING.iter().any(|name| step.name.starts_with(name))) {
        format!("The line is {line}.")
    } else if rounded {
        let before = exact(&trace.exact, trace.amount.currency);
        format!("The exact value {before} is rounded {} to the line of {line}.", rounding(trace.rounding))
    } else {
        format!("The line is {line}; nothing had to be rounded.")
    }
}

/// What it takes to reach the next tier, and what that pays, in a sentence; `None` on the highest.
#[must_use]
pub fn next_tier(trace: &LineTrace) -> Option<String> {
    let next = trace.next_tier.as_ref()?;
    let by = trace.measure.to.map_or_else(String::new, |to| format!(" by {}", to.plus_days(-1)));
    let there = if next.rate.is_zero() { "the next step".to_owned() } else { rate(next.rate, trace) };
    let reaches = format!("{} more{by} reaches {there}", value(next.distance, trace));
    let currency = trace.amount.currency;
    let (gain, word) = if next.gain.is_negative() { (-next.gain.clone(), "less") } else { (next.gain.clone(), "more") };
    Some(format!("{reaches}, which pays {} {word}.", exact(&gain, currency)))
}
