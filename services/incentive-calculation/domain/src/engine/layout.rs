//! Prepared when an engine is made: the distinct selections of all rules, and where each rule finds its own. Rules with
//! the same filters and window share one set of totals, so that a fact is added and hashed once for all of them.

use std::collections::HashMap;

use tributary_core::{Currency, Period};

use super::{
    PlanInRun,
    selection::{Selection, base_window, measure_window},
    sums::Sums,
};
use crate::plan::Measure;

/// Totals per selection, of one payee and currency.
pub(super) type Cell = Vec<Option<Box<Sums>>>;

/// Totals of all payees.
pub(super) type Cells = HashMap<(u32, Currency), Cell>;

/// Where a rule finds its totals.
#[derive(Debug, Clone)]
pub(super) struct RuleAt {
    /// Index of the selection of the measure.
    pub measure: Option<usize>,
    /// Index of the selection of the base, for growth against facts.
    pub base: Option<usize>,
    /// The filters beyond the kinds, in words; empty: none.
    pub filter: String,
}

impl RuleAt {
    /// The filters as an addition to a sentence.
    pub fn filter_note(&self) -> String {
        if self.filter.is_empty() { String::new() } else { format!(" ({})", self.filter) }
    }
}

/// The selections, and per plan and rule where they are.
pub(super) fn lay_out(period: Period, plans: &[PlanInRun]) -> (Vec<Selection>, Vec<Vec<RuleAt>>) {
    let mut selections: Vec<Selection> = Vec::new();
    let mut place = |selection: Selection| {
        selections.iter().position(|s| *s == selection).unwrap_or_else(|| {
            selections.push(selection);
            selections.len().saturating_sub(1)
        })
    };
    let rules = plans
        .iter()
        .map(|plan| {
            let rules = plan.spec.rules.iter();
            rules
                .map(|rule| RuleAt {
                    measure: rule.measure.as_ref().map(|m| place(Selection::new(m, measure_window(period)))),
                    base: rule
                        .measure
                        .as_ref()
                        .zip(base_window(rule, period))
                        .map(|(m, w)| place(Selection::new(m, w))),
                    filter: rule.measure.as_ref().map(filter_words).unwrap_or_default(),
                })
                .collect()
        })
        .collect();
    (selections, rules)
}

/// How many items of a filter are named; the plan has the rest.
const NAMED: usize = 20;

fn filter_words(measure: &Measure) -> String {
    let channels: Vec<String> = measure.channels.iter().map(ToString::to_string).collect();
    let parts = [
        ("product lines", &measure.product_lines),
        ("SKUs", &measure.skus),
        ("channels", &channels),
        ("regions", &measure.regions),
    ];
    let words = parts.iter().filter(|(_, items)| !items.is_empty()).map(|(name, items)| {
        let named: Vec<&str> = items.iter().take(NAMED).map(String::as_str).collect();
        let more = items.len().saturating_sub(NAMED);
        let more = if more == 0 { String::new() } else { format!(" and {more} more, see the plan") };
        format!("{name} {}{more}", named.join(", "))
    });
    words.collect::<Vec<_>>().join("; ")
}
