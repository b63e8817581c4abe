//! Two runs beside each other, line by line, and why lines differ as far as their traces tell.

use std::collections::BTreeMap;

use tributary_core::{Currency, Fault, MinorAmount};

use super::true_up::overflow;
use crate::run::{Statement, StatementLine};

/// A line of a run, with the statement it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedLine {
    /// The statement, without its lines.
    pub statement: Statement,
    /// The line.
    pub line: StatementLine,
}

/// A line of one run beside that of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineDifference {
    /// Last part of the line's name.
    pub id: String,
    /// The line of the first run.
    pub a: Option<ComparedLine>,
    /// The line of the second run.
    pub b: Option<ComparedLine>,
    /// Amount of the second less that of the first.
    pub difference: MinorAmount,
    /// Why they differ; empty: they are equal.
    pub causes: Vec<DifferenceCause>,
}

/// Why two lines differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DifferenceCause {
    /// Other facts were measured.
    Facts,
    /// Another plan version paid.
    Plan,
    /// Other attributes of the payee decided.
    Attributes,
    /// Another figure, rate, base or earlier line decided.
    Inputs,
    /// True-ups name other origins.
    TrueUp,
}

impl LineDifference {
    /// Whichever line there is, the first before the second.
    #[must_use]
    pub fn either(&self) -> Option<&ComparedLine> {
        self.a.as_ref().or(self.b.as_ref())
    }
}

/// Compares the statements of one payee and currency in two runs; either may be missing. Lines come in the order of the
/// first, then those that only the second has.
///
/// # Errors
/// `AMOUNT_OVERFLOW`.
pub fn compare(
    a: Option<&(Statement, Vec<StatementLine>)>,
    b: Option<&(Statement, Vec<StatementLine>)>,
    currency: Currency,
) -> Result<Vec<LineDifference>, Fault> {
    let of = |side: Option<&(Statement, Vec<StatementLine>)>| -> Vec<ComparedLine> {
        let Some((statement, lines)) = side else { return Vec::new() };
        lines.iter().map(|line| ComparedLine { statement: statement.clone(), line: line.clone() }).collect()
    };
    let mut second: BTreeMap<String, ComparedLine> = of(b).into_iter().map(|l| (l.line.id(), l)).collect();
    let mut all = Vec::new();
    for first in of(a) {
        let id = first.line.id();
        let other = second.remove(&id);
        all.push(difference(id, Some(first), other, currency)?);
    }
    for line in of(b) {
        let id = line.line.id();
        if second.remove(&id).is_some() {
            all.push(difference(id, None, Some(line), currency)?);
        }
    }
    Ok(all)
}

fn difference(
    id: String,
    a: Option<ComparedLine>,
    b: Option<ComparedLine>,
    currency: Currency,
) -> Result<LineDifference, Fault> {
    let amount = |side: &Option<ComparedLine>| side.as_ref().map_or(0, |l| l.line.amount.value);
    let value = amount(&b)
        .checked_sub(amount(&a))
        .ok_or_else(|| overflow(a.as_ref().or(b.as_ref()).map_or("a payee", |l| l.statement.partner.as_str())))?;
    let causes = match (&a, &b) {
        (Some(a), Some(b)) => causes(&a.line, &b.line),
        (Some(only), None) | (None, Some(only)) => vec![match only.line.trace.origins.is_empty() {
            false => DifferenceCause::TrueUp,
            true if only.line.trace.measure.fact_count > 0 => DifferenceCause::Facts,
            true => DifferenceCause::Inputs,
        }],
        (None, None) => Vec::new(),
    };
    Ok(LineDifference { id, a, b, difference: MinorAmount { currency, value }, causes })
}

fn causes(a: &StatementLine, b: &StatementLine) -> Vec<DifferenceCause> {
    let (x, y) = (&a.trace, &b.trace);
    let mut causes = Vec::new();
    let facts =
        |t: &crate::trace::LineTrace| (t.measure.facts_digest.clone(), t.base.as_ref().map(|b| b.facts_digest.clone()));
    if facts(x) != facts(y) {
        causes.push(DifferenceCause::Facts);
    }
    if x.plan_digest != y.plan_digest {
        causes.push(DifferenceCause::Plan);
    }
    if x.attributes != y.attributes {
        causes.push(DifferenceCause::Attributes);
    }
    if x.inputs != y.inputs || x.target != y.target {
        causes.push(DifferenceCause::Inputs);
    }
    if x.origins != y.origins {
        causes.push(DifferenceCause::TrueUp);
    }
    // Something that the traces do not name, such as the lines that share a cap.
    if causes.is_empty() && (a.amount != b.amount || a.exact != b.exact || a.measure != b.measure) {
        causes.push(DifferenceCause::Inputs);
    }
    causes
}
