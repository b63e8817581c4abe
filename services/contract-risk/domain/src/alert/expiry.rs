//! What comes to its end: contracts without a signed successor, documents that nothing replaces.

use tributary_core::Date;

use super::{
    figures,
    finding::{Evidence, ExpiringDocument, Finding, Level, PartnerView},
    spec::Expiring,
};
use crate::{Contract, ContractState};

/// Contracts in force that end and have no signed successor.
pub(super) fn contracts(levels: Expiring, view: &PartnerView, today: Date) -> Vec<Finding> {
    let alone = |contract: &&Contract| contract.in_force(today) && contract.state != ContractState::Renewed;
    view.contracts.iter().filter(alone).filter_map(|contract| of_contract(levels, contract, today)).collect()
}

fn of_contract(levels: Expiring, contract: &Contract, today: Date) -> Option<Finding> {
    let to = contract.term().to?;
    let days = to.days().saturating_sub(today.days());
    let last = to.plus_days(-1);
    let level = if levels.critical_days > 0 && days <= i64::from(levels.critical_days) {
        Level::Critical
    } else if days <= i64::from(levels.trigger_days) {
        Level::Warning
    } else {
        Level::Clear
    };
    let what = if contract.state == ContractState::Terminating { "the terminated contract" } else { "the contract" };
    let left = figures::plural(days, "day", "days");
    Some(Finding {
        subject: contract.name(),
        contract: Some(contract.id.clone()),
        level,
        summary: format!("{what} is over in {left}, its last day is {last}, and no successor is signed"),
        evidence: evidence(levels, level, "last_day", last, days),
    })
}

/// Documents of some kinds, or of all when none is named.
pub(super) fn documents(levels: Expiring, kinds: &[String], view: &PartnerView, today: Date) -> Vec<Finding> {
    let wanted = |document: &&ExpiringDocument| kinds.is_empty() || kinds.contains(&document.kind);
    let documents = view.documents.iter().filter(wanted);
    documents.map(|document| of_document(levels, document, today)).collect()
}

fn of_document(levels: Expiring, document: &ExpiringDocument, today: Date) -> Finding {
    let ExpiringDocument { name, kind, expires_on } = document;
    // 0 on the last valid day, below once it is no longer valid.
    let days = expires_on.days().saturating_sub(today.days());
    let critical = match levels.critical_days {
        0 => days < 0,
        before => days <= i64::from(before),
    };
    let level = if critical {
        Level::Critical
    } else if days <= i64::from(levels.trigger_days) {
        Level::Warning
    } else {
        Level::Clear
    };
    let state = match days {
        0 => format!("is valid until today, {expires_on}"),
        1.. => format!("is valid for {} more, until {expires_on}", figures::plural(days, "day", "days")),
        _ => format!("is no longer valid since {}", expires_on.plus_days(1)),
    };
    let mut evidence = evidence(levels, level, "expires_on", *expires_on, days);
    evidence.extend([Evidence::text("document", name), Evidence::text("kind", kind)]);
    Finding { subject: name.clone(), contract: None, level, summary: format!("{kind} {name} {state}"), evidence }
}

fn evidence(levels: Expiring, level: Level, name: &str, day: Date, days: i64) -> Vec<Evidence> {
    let mut evidence = vec![
        Evidence::day(name, day),
        Evidence::days("days_left", days),
        Evidence::days("trigger_days", levels.trigger_days),
    ];
    if level == Level::Critical {
        evidence.push(Evidence::days("critical_days", levels.critical_days));
    }
    evidence
}
