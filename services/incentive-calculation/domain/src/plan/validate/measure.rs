//! What a rule looks at.

use std::collections::HashSet;

use tributary_core::Violations;

use super::number::{count, figure};
use crate::plan::{Measure, MeasureField, Window};

/// Adds the violations of a measure.
pub(super) fn check(path: &str, measure: &Measure, v: &mut Violations) {
    if measure.field == MeasureField::Figure {
        figure(&format!("{path}.figure"), &measure.figure, v);
        no_facts(path, measure, v);
    } else {
        if measure.kinds.is_empty() {
            v.add(format!("{path}.kinds"), "there is no kind; name those that count, such as SELL_IN and RETURN");
        }
        if !measure.figure.is_empty() {
            let remedy = "leave it out, or set field FIGURE";
            v.add(format!("{path}.figure"), format!("{:?} is not used; {remedy}", measure.figure));
        }
    }
    unique(&format!("{path}.kinds"), &measure.kinds, v);
    unique(&format!("{path}.channels"), &measure.channels, v);
    for (name, list) in lists(measure) {
        unique(&format!("{path}.{name}"), list, v);
        for (i, _) in list.iter().enumerate().filter(|(_, item)| item.is_empty()) {
            v.add(format!("{path}.{name}[{i}]"), "is empty; name one or leave the entry out");
        }
    }
    for (i, region) in measure.regions.iter().enumerate() {
        check_region(&format!("{path}.regions[{i}]"), region, v);
    }
    if let Window::TrailingMonths(months) = measure.window {
        count(&format!("{path}.window.trailing_months"), usize::try_from(months).unwrap_or(usize::MAX), (1, 120), v);
    }
}

fn lists(measure: &Measure) -> [(&'static str, &Vec<String>); 4] {
    [
        ("product_lines", &measure.product_lines),
        ("skus", &measure.skus),
        ("regions", &measure.regions),
        ("sub_channels", &measure.sub_channels),
    ]
}

/// A figure counts no facts, so that a filter on facts would be lost.
fn no_facts(path: &str, measure: &Measure, v: &mut Violations) {
    let kinds = [("kinds", measure.kinds.is_empty()), ("channels", measure.channels.is_empty())];
    let filters = kinds.into_iter().chain(lists(measure).map(|(name, list)| (name, list.is_empty())));
    for (name, _) in filters.filter(|(_, empty)| !empty) {
        v.add(format!("{path}.{name}"), "is not used; a figure counts no facts, so leave it empty");
    }
}

/// Adds a violation for every entry that an earlier one repeats.
pub(super) fn unique<T: Eq + std::hash::Hash + std::fmt::Debug>(path: &str, items: &[T], v: &mut Violations) {
    let mut seen = HashSet::new();
    for (i, item) in items.iter().enumerate() {
        if !seen.insert(item) {
            v.add(format!("{path}[{i}]"), format!("{item:?} is named twice; leave one out"));
        }
    }
}

/// Adds a violation when a region has an empty part.
pub(super) fn check_region(path: &str, region: &str, v: &mut Violations) {
    if region.starts_with('/') || region.ends_with('/') || region.contains("//") {
        v.add(path, format!("{region:?} has an empty part; write it broad to narrow, such as \"CN/GD\""));
    }
}
