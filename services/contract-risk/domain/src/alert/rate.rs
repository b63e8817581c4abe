//! How reliably a partner keeps its days, and whether that is too little.

use tributary_core::{Date, Exact};

use super::{
    figures,
    finding::{Evidence, Finding, Level, PartnerView, below},
    spec::OnTimeRate,
};

/// The partner, when enough was due.
pub(super) fn findings(levels: &OnTimeRate, view: &PartnerView, today: Date) -> Vec<Finding> {
    finding(levels, view, today).into_iter().collect()
}

fn finding(levels: &OnTimeRate, view: &PartnerView, today: Date) -> Option<Finding> {
    let counts = view.on_time.get(&levels.months)?;
    let due = counts.on_time.saturating_add(counts.late).saturating_add(counts.overdue);
    if due < levels.minimum_due {
        return None;
    }
    let rate = Exact::from(counts.on_time).checked_div(&Exact::from(due))?;
    let level = below(&rate, levels.critical_below, levels.trigger_below, levels.clear_from);
    let (on_time, since) = (counts.on_time, today.plus_months(levels.months.saturating_neg()));
    let due_text = figures::plural(due, "obligation", "obligations");
    let summary = format!("{on_time} of {due_text} due since {since} were done in time: {}", figures::percent(&rate));
    let mut evidence = vec![
        Evidence::days("on_time_count", on_time),
        Evidence::days("late_count", counts.late),
        Evidence::days("overdue_count", counts.overdue),
        Evidence::number("rate", rate),
        Evidence::level("trigger_below", levels.trigger_below),
        Evidence::level("clear_from", levels.clear_from),
    ];
    if let Some(critical) = levels.critical_below.filter(|_| level == Level::Critical) {
        evidence.push(Evidence::level("critical_below", critical));
    }
    evidence.extend([Evidence::day("due_from", since), Evidence::day("due_to", today)]);
    Some(Finding { subject: format!("partners/{}", view.partner), contract: None, level, summary, evidence })
}
