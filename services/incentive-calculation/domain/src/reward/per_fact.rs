//! R00: each fact earns for itself, and R13: a return that is linked to its sale takes back what that sale earned.

use std::collections::BTreeMap;

use tributary_core::{Decimal, Exact};

use super::{
    FactValue, Outcome, Terms, TooManyDigits,
    negative::sum_below_zero,
    parts::{of_slices, slice, step, text, to_decimal},
    table::{Edges, Piece},
};
use crate::plan::{PerFact, PerFactOn, Rule, TableReading};

/// What the facts earn together and each. The trace sums like products of all facts: the table or the rate, the amounts
/// per unit and per fact, then what floors added, what caps cut, and what linked returns take back.
pub(super) fn pay(rule: &Rule, reward: &PerFact, terms: &Terms<'_>) -> Result<Outcome, TooManyDigits> {
    let table = reward.table.as_ref().map(|table| Edges::of(table, terms.target.as_ref()));
    let (mut sums, mut running) = (Sums::default(), Exact::zero());
    let mut per_fact = Vec::with_capacity(terms.facts.len());
    for fact in terms.facts {
        let before = running.clone();
        running = running + fact.value.clone();
        per_fact.push(match taken_back(fact) {
            Some(back) => {
                sums.returned = sums.returned + back.clone();
                back
            }
            None => {
                let gross = match &table {
                    Some(edges) => sums.add_pieces(edges, pieces(reward, edges, fact, (&before, &running))),
                    None => sums.add_products(reward, fact),
                };
                sums.bound(reward, fact, gross)
            }
        });
    }
    let outcome = sums.outcome(reward, table.as_ref())?;
    Ok(sum_below_zero(rule, Outcome { per_fact, ..outcome }))
}

/// R13: what a linked return (or adjustment) takes back: what the sale earned × value ÷ value of the sale, so with the
/// sign of its own value and never more than the sale earned. A sale of value 0 has no such proportion: `None`, and the
/// return earns for itself, with its own signs.
fn taken_back(fact: &FactValue) -> Option<Exact> {
    let (value, earned) = fact.sale.as_ref()?;
    let share = fact.value.checked_div(value)?;
    Some(share.max(Exact::from(-1)) * earned.clone())
}

/// The pieces of the table that a fact adds.
fn pieces(
    reward: &PerFact,
    edges: &Edges<'_>,
    fact: &FactValue,
    (before, after): (&Exact, &Exact),
) -> Vec<(Piece, bool)> {
    let read = |x: &Exact| match reward.reading {
        TableReading::Marginal => edges.marginal(x, false),
        TableReading::Whole if x.is_zero() => Vec::new(),
        TableReading::Whole => vec![edges.whole(x)],
    };
    match reward.on {
        PerFactOn::SingleFact => read(&fact.value).into_iter().map(|piece| (piece, true)).collect(),
        PerFactOn::RunningTotal => {
            let with = read(after).into_iter().map(|piece| (piece, true));
            with.chain(read(before).into_iter().map(|piece| (piece, false))).collect()
        }
    }
}

/// Below 0 by its value, or by its quantity where it has no value.
fn is_below_zero(fact: &FactValue) -> bool {
    fact.value.is_negative() || fact.value.is_zero() && fact.quantity.is_negative()
}

/// Sums of all facts, kept apart as the trace shows them.
#[derive(Default)]
struct Sums {
    /// Per tier: the part of the measure and the flats.
    tiers: BTreeMap<usize, (Exact, Exact)>,
    value: Exact,
    quantity: Exact,
    count: i64,
    floored: Exact,
    capped: Exact,
    returned: Exact,
}

impl Sums {
    fn add_products(&mut self, reward: &PerFact, fact: &FactValue) -> Exact {
        let sign = if is_below_zero(fact) { -1 } else { 1 };
        self.value = self.value.clone() + fact.value.clone();
        self.quantity = self.quantity.clone() + fact.quantity.clone();
        self.count = self.count.saturating_add(sign);
        fact.value.clone() * reward.rate.into()
            + fact.quantity.clone() * reward.per_unit.into()
            + Exact::from(sign) * reward.per_fact.into()
    }

    /// Adds pieces, or takes them off, and gives what they earn.
    fn add_pieces(&mut self, edges: &Edges<'_>, pieces: Vec<(Piece, bool)>) -> Exact {
        let mut earned = Exact::zero();
        for (piece, plus) in pieces {
            let rate = edges.tier(piece.tier).map_or(Decimal::ZERO, |(_, tier)| tier.rate);
            let signed = |value: Exact| if plus { value } else { -value };
            let (part, flat) = (signed(piece.part), signed(piece.flat.into()));
            earned = earned + part.clone() * rate.into() + flat.clone();
            let sum = self.tiers.entry(piece.tier).or_default();
            *sum = (sum.0.clone() + part, sum.1.clone() + flat);
        }
        earned
    }

    /// Floor and cap of a single fact.
    fn bound(&mut self, reward: &PerFact, fact: &FactValue, gross: Exact) -> Exact {
        let floor = reward.floor.filter(|_| !is_below_zero(fact)).map(Exact::from);
        let floored = floor.map_or_else(|| gross.clone(), |floor| gross.clone().max(floor));
        let capped = reward.cap.map_or_else(|| floored.clone(), |cap| floored.clone().min(cap.into()));
        self.floored = self.floored.clone() + floored.clone() - gross;
        self.capped = self.capped.clone() + floored - capped.clone();
        capped
    }

    fn outcome(self, reward: &PerFact, table: Option<&Edges<'_>>) -> Result<Outcome, TooManyDigits> {
        let slices = match table {
            Some(edges) => {
                let tiers = self.tiers.into_iter();
                tiers
                    .map(|(tier, (part, flat))| edges.slice(tier, part, to_decimal(&flat)?))
                    .collect::<Result<_, _>>()?
            }
            None if reward.rate.is_zero() => Vec::new(),
            None => vec![slice((&Exact::zero(), None), self.value, reward.rate, Decimal::ZERO)?],
        };
        let mut outcome = of_slices(slices, None);
        let mut add = |name: &str, amount: Exact, used: bool, reason: String| {
            if used {
                let after = outcome.exact.clone() + amount;
                outcome.steps.push(step(name, &outcome.exact, &after, reason));
                outcome.exact = after;
            }
        };
        let (per_unit, per_fact) = (reward.per_unit.normalize(), reward.per_fact.normalize());
        let units = self.quantity.clone() * per_unit.into();
        add("per unit", units, !per_unit.is_zero(), format!("{} units at {per_unit} each", text(&self.quantity)));
        let each = Exact::from(self.count) * per_fact.into();
        let reason = format!("{} facts at {per_fact} each, those below 0 taken off", self.count);
        add("per fact", each, !per_fact.is_zero(), reason);
        if let Some(floor) = reward.floor {
            let reason = format!("every fact of 0 or above earns at least {}", floor.normalize());
            add("floor per fact", self.floored, true, reason);
        }
        if let Some(cap) = reward.cap {
            add("cap per fact", -self.capped, true, format!("every fact earns at most {}", cap.normalize()));
        }
        let linked = !self.returned.is_zero();
        let reason = "returns take back what their sales earned, in proportion".to_owned();
        add("linked returns", self.returned, linked, reason);
        Ok(outcome)
    }
}
