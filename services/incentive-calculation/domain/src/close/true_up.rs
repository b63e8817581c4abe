//! R18: the net difference of everything that closed periods would now state otherwise is one line per payee and
//! currency, which names each origin.

use std::collections::{BTreeMap, BTreeSet};

use tributary_core::{Currency, Exact, Fault, MinorAmount, Rounding};

use super::amounts::{LineKey, Lines};
use crate::{
    plan::MeasureField,
    rate::RateKey,
    reasons::AMOUNT_OVERFLOW,
    run::{StatementLine, TRUE_UP},
    trace::{LineTrace, MeasureTrace, OriginCause, OriginTrace},
};

/// What arrived for a payee since a period was stated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PayeeChanges {
    /// Facts, without those that are linked to a sale.
    pub late_facts: i64,
    /// Returns and adjustments that are linked to a sale.
    pub linked_returns: i64,
    /// Revisions, tiers and links that hold in the period.
    pub attribute_changes: i64,
    /// Figures that the period looks at: recorded, corrected or withdrawn.
    pub figure_changes: i64,
    /// Lines of an older system that the period builds on: recorded, corrected or withdrawn.
    pub opening_line_changes: i64,
}

/// What changed since a period was stated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Per payee, resource name.
    pub payees: BTreeMap<String, PayeeChanges>,
    /// Exchange rates that the period looks at, recorded or corrected. Which payees they concern, lines tell.
    pub rates: BTreeSet<RateKey>,
    /// Whether an earlier closed period that this one builds on changed.
    pub earlier_period: bool,
}

/// One true-up: what is settled with a payee in a currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrueUp {
    /// The payee, resource name.
    pub partner: String,
    /// The net difference.
    pub amount: MinorAmount,
    /// What it settles; the differences add up to the amount.
    pub origins: Vec<OriginTrace>,
}

impl TrueUp {
    /// The line of a statement that says so.
    #[must_use]
    pub fn line(&self) -> StatementLine {
        let exact = Exact::from_scaled(i128::from(self.amount.value), self.amount.currency.exponent());
        let trace = LineTrace {
            rule: TRUE_UP.to_owned(),
            rule_type: "R18 true-up".to_owned(),
            plan_version: String::new(),
            plan_digest: String::new(),
            measure: MeasureTrace {
                field: MeasureField::Net,
                kinds: Vec::new(),
                filter: "what closed periods would now state, less what they stated".to_owned(),
                from: None,
                to: None,
                value: tributary_core::Decimal::ZERO,
                fact_count: 0,
                facts_digest: String::new(),
            },
            base: None,
            growth: None,
            slices: Vec::new(),
            steps: Vec::new(),
            exact: exact.clone(),
            rounding: Rounding::default(),
            amount: self.amount,
            attributes: Vec::new(),
            not_fired: Vec::new(),
            next_tier: None,
            target: None,
            attainment: None,
            inputs: Vec::new(),
            carried: None,
            origins: self.origins.clone(),
        };
        StatementLine {
            slot: TRUE_UP.to_owned(),
            rule: String::new(),
            title: "True-up of closed periods".to_owned(),
            measure: tributary_core::Decimal::ZERO,
            base: None,
            amount: self.amount,
            exact,
            fact_count: 0,
            part: String::new(),
            in_kind: None,
            holds: Vec::new(),
            trace,
        }
    }
}

/// Every line of a closed period that would now be another. `formulas` are the rules (slot, id) whose own formula takes
/// off what was stated (R04): they have no true-ups.
///
/// # Errors
/// `AMOUNT_OVERFLOW`.
pub fn differences(
    period: &str,
    stated: &Lines,
    recomputed: &Lines,
    formulas: &BTreeSet<(String, String)>,
    changes: &Changes,
) -> Result<Vec<(LineKey, OriginTrace)>, Fault> {
    let keys: BTreeSet<&LineKey> = stated.0.keys().chain(recomputed.0.keys()).collect();
    let rates = changed_rates(stated, recomputed, &changes.rates);
    let mut all = Vec::new();
    for key in keys {
        if formulas.contains(&(key.slot.clone(), key.rule.clone())) {
            continue;
        }
        let before = stated.0.get(key).cloned().unwrap_or_default();
        let after = recomputed.0.get(key).cloned().unwrap_or_default();
        let difference = after.value.checked_sub(before.value).ok_or_else(|| overflow(&key.partner))?;
        if difference == 0 {
            continue;
        }
        let amount = |value| MinorAmount { currency: key.currency, value };
        let of = changes.payees.get(&key.partner).copied().unwrap_or_default();
        let replaced = before.plan_version != after.plan_version;
        let version = |name: &str| if replaced { name.to_owned() } else { String::new() };
        let origin = OriginTrace {
            period: period.to_owned(),
            slot: key.slot.clone(),
            rule: key.rule.clone(),
            part: key.part.clone(),
            stated: amount(before.value),
            recomputed: amount(after.value),
            difference: amount(difference),
            plan_version: after.plan_version.clone(),
            cause: OriginCause {
                late_facts: of.late_facts,
                linked_returns: of.linked_returns,
                attribute_changes: of.attribute_changes,
                // A line that is new or gone has no other version: it says so itself.
                plan_version_before: version(&before.plan_version),
                plan_version_after: version(&after.plan_version),
                earlier_period: changes.earlier_period,
                figure_changes: of.figure_changes,
                rate_changes: rates.get(key.partner.as_str()).map_or(0, |rates| count(rates.len())),
                opening_line_changes: of.opening_line_changes,
            },
        };
        all.push((key.clone(), origin));
    }
    Ok(all)
}

/// Which changed rates decide the lines of each payee. Rates are never withdrawn: what one changed is seen at a line that
/// converts by it now. A line that is gone tells only by which currencies it converted.
fn changed_rates<'a>(
    stated: &'a Lines,
    recomputed: &'a Lines,
    changed: &'a BTreeSet<RateKey>,
) -> BTreeMap<&'a str, BTreeSet<&'a RateKey>> {
    let mut by_payee: BTreeMap<&str, BTreeSet<&RateKey>> = BTreeMap::new();
    if changed.is_empty() {
        return by_payee;
    }
    for (key, line) in &recomputed.0 {
        by_payee.entry(&key.partner).or_default().extend(changed.intersection(&line.rates));
    }
    for (key, line) in stated.0.iter().filter(|(key, _)| !recomputed.0.contains_key(key)) {
        let pairs: BTreeSet<_> = line.rates.iter().map(RateKey::pair).collect();
        by_payee.entry(&key.partner).or_default().extend(changed.iter().filter(|rate| pairs.contains(&rate.pair())));
    }
    by_payee
}

/// One true-up per payee and currency, in their order; origins keep the order in which they come.
///
/// # Errors
/// `AMOUNT_OVERFLOW`.
pub fn true_ups(differences: Vec<(LineKey, OriginTrace)>) -> Result<Vec<TrueUp>, Fault> {
    let mut all: BTreeMap<(String, Currency), TrueUp> = BTreeMap::new();
    for (key, origin) in differences {
        let entry = all.entry((key.partner.clone(), key.currency)).or_insert_with(|| TrueUp {
            partner: key.partner.clone(),
            amount: MinorAmount { currency: key.currency, value: 0 },
            origins: Vec::new(),
        });
        let sum = entry.amount.value.checked_add(origin.difference.value);
        entry.amount.value = sum.ok_or_else(|| overflow(&key.partner))?;
        entry.origins.push(origin);
    }
    Ok(all.into_values().collect())
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

pub(super) fn overflow(partner: &str) -> Fault {
    Fault::new(
        AMOUNT_OVERFLOW,
        format!(
            "what was stated for {partner} exceeds 64 bits of minor units; look for a fact or a rate of absurd size"
        ),
    )
    .with("payee", partner)
}
