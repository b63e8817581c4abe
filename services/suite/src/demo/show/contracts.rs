//! What is owed and late, and what the rules warn of.

use tributary_proto::tributary::contract::v1::{Alert, AlertSeverity, Evidence, evidence};

use super::{Member, Picture, name_of};
use crate::output::{self, Align, date_text, grouped, money_text};

/// Rows of a table.
const TOP: usize = 8;

pub(super) fn overdue(picture: &Picture, network: &[Member]) {
    let late = picture.rates.iter().filter(|r| r.late_count > 0).count();
    output::line(&format!(
        "\noverdue obligations: {}; {late} of {} partners with contracts were late at least once",
        picture.overdue.len(),
        picture.rates.len()
    ));
    let columns = [
        ("partner", Align::Left),
        ("obligation", Align::Left),
        ("due", Align::Left),
        ("days", Align::Right),
        ("amount", Align::Right),
        ("on time", Align::Right),
    ];
    let row = |o: &tributary_proto::tributary::contract::v1::Obligation| {
        let rate = picture.rates.iter().find(|r| r.partner == o.partner).and_then(|r| r.rate.as_ref());
        vec![
            name_of(network, &o.partner),
            o.title.clone(),
            o.due_on.as_ref().map(date_text).unwrap_or_default(),
            o.days_overdue.to_string(),
            o.amount.as_ref().map(money_text).unwrap_or_default(),
            rate.map(|r| output::per_cent(&r.value)).unwrap_or_default(),
        ]
    };
    output::line(&output::table(&columns, &picture.overdue.iter().take(TOP).map(row).collect::<Vec<_>>()));
}

pub(super) fn alerts(picture: &Picture, network: &[Member]) {
    let critical = picture.alerts.iter().filter(|a| a.severity() == AlertSeverity::Critical).count();
    output::line(&format!("\nwarnings: {}, of them {critical} critical", picture.alerts.len()));
    let columns = [("severity", Align::Left), ("partner", Align::Left), ("what", Align::Left)];
    let row = |a: &Alert| vec![severity(a).to_owned(), name_of(network, &a.partner), a.summary.clone()];
    output::line(&output::table(&columns, &picked(&picture.alerts).map(row).collect::<Vec<_>>()));
    if let Some(first) = picture.alerts.first() {
        output::line(&format!("\nwhat the first of them rests on ({})", first.rule_version));
        for item in &first.evidence {
            output::line(&format!("  {}: {}", item.name, value(item)));
        }
        output::line(&format!("  suggested: {}", first.suggested_action));
    }
}

/// A few of every rule, the gravest first: one rule must not hide the others.
fn picked(alerts: &[Alert]) -> impl Iterator<Item = &Alert> {
    let mut seen = std::collections::BTreeMap::<&str, usize>::new();
    alerts.iter().filter(move |a| {
        let count = seen.entry(a.rule_version.as_str()).or_default();
        *count = count.saturating_add(1);
        *count <= 3
    })
}

pub(in crate::demo) fn severity(alert: &Alert) -> &'static str {
    match alert.severity() {
        AlertSeverity::Critical => "critical",
        AlertSeverity::Warning => "warning",
        AlertSeverity::Unspecified => "",
    }
}

/// A value in words.
pub(in crate::demo) fn value(item: &Evidence) -> String {
    match &item.value {
        Some(evidence::Value::Amount(money)) => money_text(money),
        Some(evidence::Value::Number(number)) => grouped(&number.value),
        Some(evidence::Value::Day(day)) => date_text(day),
        Some(evidence::Value::Text(text)) => text.clone(),
        None => String::new(),
    }
}
