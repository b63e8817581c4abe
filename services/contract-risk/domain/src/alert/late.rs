//! What a partner owes and has not done in time: payments by contract, everything else by contract and kind.

use std::collections::BTreeMap;

use tributary_core::{Currency, Exact, ResourceId};

use super::{
    figures,
    finding::{Evidence, Finding, Level, OverdueDuty, PartnerView},
    spec::Overdue,
};
use crate::ObligationKind;

/// Contracts with payments overdue.
pub(super) fn payments(levels: Overdue, view: &PartnerView) -> Vec<Finding> {
    let mut by_contract: BTreeMap<&ResourceId, Vec<&OverdueDuty>> = BTreeMap::new();
    for duty in view.overdue.iter().filter(|duty| duty.kind == ObligationKind::Payment) {
        by_contract.entry(&duty.contract).or_default().push(duty);
    }
    let each = by_contract.into_iter();
    each.filter_map(|(contract, duties)| {
        let missing = missing(&duties);
        let sums: Vec<_> = missing.iter().map(|(currency, sum)| figures::money(sum, *currency)).collect();
        let mut found = finding(levels, contract, "payments".to_owned(), ObligationKind::Payment, &duties)?;
        if !sums.is_empty() {
            found.summary.push_str(&format!(": {} are missing", sums.join(" and ")));
        }
        found.evidence.extend(missing.into_iter().map(|(currency, sum)| Evidence::amount("missing", currency, sum)));
        Some(found)
    })
    .collect()
}

/// Contracts and kinds with obligations overdue.
pub(super) fn obligations(levels: Overdue, kinds: &[ObligationKind], view: &PartnerView) -> Vec<Finding> {
    let wanted = |kind: ObligationKind| kind != ObligationKind::Payment && (kinds.is_empty() || kinds.contains(&kind));
    let mut by_kind: BTreeMap<(&ResourceId, ObligationKind), Vec<&OverdueDuty>> = BTreeMap::new();
    for duty in view.overdue.iter().filter(|duty| wanted(duty.kind)) {
        by_kind.entry((&duty.contract, duty.kind)).or_default().push(duty);
    }
    let each = by_kind.into_iter();
    each.filter_map(|((contract, kind), duties)| {
        finding(levels, contract, format!("obligations {kind}"), kind, &duties)
    })
    .collect()
}

fn finding(
    levels: Overdue,
    contract: &ResourceId,
    about: String,
    kind: ObligationKind,
    duties: &[&OverdueDuty],
) -> Option<Finding> {
    let oldest = duties.iter().min_by_key(|duty| duty.due_on)?;
    let (days, due_on) = (oldest.days, oldest.due_on);
    let since = format!("{} since {due_on}", figures::plural(days, "day", "days"));
    let (one, many) = noun(kind);
    let summary = match i64::try_from(duties.len()).unwrap_or(i64::MAX) {
        1 => format!("1 {one} is overdue by {since}"),
        count => format!("{} are overdue, the oldest by {since}", figures::plural(count, one, many)),
    };
    let mut evidence = vec![
        Evidence::day("oldest_due_on", due_on),
        Evidence::days("days_overdue", days),
        Evidence::days("overdue_count", i64::try_from(duties.len()).unwrap_or(i64::MAX)),
        Evidence::days("trigger_days", levels.trigger_days),
        Evidence::days("clear_days", levels.clear_days),
    ];
    let level = level(levels, days);
    if level == Level::Critical {
        evidence.push(Evidence::days("critical_days", levels.critical_days));
    }
    let subject = format!("contracts/{contract} {about}");
    Some(Finding { subject, contract: Some(contract.clone()), level, summary, evidence })
}

fn level(levels: Overdue, days: i64) -> Level {
    if levels.critical_days > 0 && days >= i64::from(levels.critical_days) {
        Level::Critical
    } else if days >= i64::from(levels.trigger_days) {
        Level::Warning
    } else if days > i64::from(levels.clear_days) {
        Level::Between
    } else {
        Level::Clear
    }
}

fn missing(duties: &[&OverdueDuty]) -> BTreeMap<Currency, Exact> {
    let mut sums = BTreeMap::new();
    for amount in duties.iter().filter_map(|duty| duty.missing) {
        let sum = sums.entry(amount.currency).or_insert_with(Exact::zero);
        *sum = sum.clone() + Exact::from_scaled(amount.value.into(), amount.currency.exponent());
    }
    sums
}

fn noun(kind: ObligationKind) -> (&'static str, &'static str) {
    match kind {
        ObligationKind::Payment => ("payment", "payments"),
        ObligationKind::Delivery => ("delivery", "deliveries"),
        ObligationKind::Milestone => ("milestone", "milestones"),
        ObligationKind::DataReport => ("data report", "data reports"),
        ObligationKind::Traffic => ("traffic commitment", "traffic commitments"),
        ObligationKind::Other => ("obligation", "obligations"),
    }
}
