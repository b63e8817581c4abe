//! The texts of a statement and of its lines. A statement names its lines by their digests; a line holds the canonical text
//! that the digest of its run is taken of, and how it came about.

use tributary_core::{Exact, Rounding};

use crate::{
    canonical::{Canonical, decimal_text},
    digest::{line_text, sha256},
    run::{Statement, StatementLine},
    trace::{MeasureTrace, SliceTrace},
};

/// First line of a statement.
pub(super) const STATEMENT: &str = "tributary.statement.v1";
/// First line of a statement's line.
pub(super) const LINE: &str = "tributary.statement-line.v1";

/// A statement, with the SHA-256 of each of its lines in their order.
#[must_use]
pub fn statement(statement: &Statement, lines: &[StatementLine]) -> String {
    let mut text = Canonical::new(STATEMENT)
        .field("statement", &statement.name())
        .field("run", &format!("runs/{}", statement.run))
        .field("partner", &statement.partner)
        .field("business_key", &statement.partner_business_key)
        .field("display_name", &statement.partner_display_name);
    for external in &statement.partner_external_refs {
        text = text.field("external_ref", external);
    }
    text = text
        .field("period", &statement.period)
        .field("currency", statement.total.currency.code())
        .field("total", &statement.total.number());
    for line in lines {
        let line = statement_line(line, &statement.partner_business_key);
        text = text.field("line", &sha256(line));
    }
    text.text()
}

/// A line of a statement. What the trace repeats of the line, and what only helps to read it (the rules that gave no line,
/// the next tier), is no part of it.
#[must_use]
pub fn statement_line(line: &StatementLine, business_key: &str) -> String {
    let trace = &line.trace;
    let mut text = Canonical::new(LINE)
        .field("line", &line_text(&line.clone().result(0, business_key.to_owned())))
        .field("title", &line.title)
        .field("rule_type", &trace.rule_type)
        .field("plan_version", &trace.plan_version)
        .field("plan_digest", &trace.plan_digest)
        .field("rounding", rounding(trace.rounding));
    text = measure(text, "measure", &trace.measure);
    if let Some(base) = &trace.base {
        text = measure(text, "base", base)
            .field("base_value", &decimal_text(base.value))
            .field("base_fact_count", &base.fact_count.to_string())
            .field("base_digest", &base.facts_digest);
    }
    for slice in &trace.slices {
        text = text.field("slice", &slice_text(slice));
    }
    for step in &trace.steps {
        let step = Canonical::new("step")
            .field("name", &step.name)
            .field("before", &fraction(&step.before))
            .field("after", &fraction(&step.after))
            .field("reason", &step.reason);
        text = text.field("step", &step.text());
    }
    for used in &trace.attributes {
        let used = Canonical::new("attribute")
            .field("attribute", &used.attribute)
            .field("value", &used.value)
            .field("revision", &used.revision.to_string());
        text = text.field("attribute", &used.text());
    }
    for input in &trace.inputs {
        let input = Canonical::new("input")
            .field("input", &input.input)
            .field("value", &fraction(&input.value))
            .field("source", &input.source);
        text = text.field("input", &input.text());
    }
    for origin in &trace.origins {
        let origin = Canonical::new("origin")
            .field("period", &origin.period)
            .field("slot", &origin.slot)
            .field("rule", &origin.rule)
            .field("part", &origin.part)
            .field("stated", &origin.stated.number())
            .field("recomputed", &origin.recomputed.number())
            .field("difference", &origin.difference.number());
        text = text.field("origin", &origin.text());
    }
    text.text()
}

/// The window and the filters of a measure; `name` is "measure" or "base".
fn measure(text: Canonical, name: &str, measure: &MeasureTrace) -> Canonical {
    text.optional(&format!("{name}_from"), measure.from.map(|day| day.to_string()).as_deref())
        .optional(&format!("{name}_to"), measure.to.map(|day| day.to_string()).as_deref())
        .field(&format!("{name}_filter"), &measure.filter)
}

/// From, to ("-": open), the amount in it, rate, product and flat, a space between them.
fn slice_text(slice: &SliceTrace) -> String {
    let to = slice.to.map_or_else(|| "-".to_owned(), decimal_text);
    let [from, amount, rate, flat] = [slice.from, slice.amount_in_slice, slice.rate, slice.flat].map(decimal_text);
    format!("{from} {to} {amount} {rate} {} {flat}", fraction(&slice.product))
}

fn fraction(value: &Exact) -> String {
    format!("{}/{}", value.numerator(), value.denominator())
}

fn rounding(rounding: Rounding) -> &'static str {
    match rounding {
        Rounding::HalfAwayFromZero => "HALF_AWAY_FROM_ZERO",
        Rounding::HalfEven => "HALF_EVEN",
    }
}
