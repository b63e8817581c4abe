//! R00 and R13: single facts, and returns that take back what their sale earned.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest as _, Sha256};
use tributary_core::{Currency, Date, Exact, Fault};

use super::layout::Wants;
use super::{
    MeasuredFact, PlanInRun,
    context::{Context, Measured, Trail},
    exchange::Used,
    facts::{Amounts, Facts, Kept},
    selection::Selection,
    windows::Days,
};
use crate::{
    explain::fact_count,
    fact::{ChannelClass, FactKind},
    plan::{Measure, PerFactOn, Reward, Rule},
    reward::{FactValue, Outcome, Terms, pay},
    trace::StepTrace,
};

/// A sale before the windows that a return names.
#[derive(Debug, Clone)]
pub(super) struct Sale {
    payee: u32,
    day: i64,
    kind: FactKind,
    currency: Currency,
    amounts: Amounts,
    product_line: String,
    sku: String,
    channel: Option<ChannelClass>,
    sub_channel: String,
    region: String,
}

impl Sale {
    /// Keeps what a sale earned by.
    pub fn of(fact: &MeasuredFact<'_>) -> Self {
        Self {
            payee: fact.payee,
            day: fact.day,
            kind: fact.kind,
            currency: fact.currency,
            amounts: Amounts::of(fact),
            product_line: fact.product_line.to_owned(),
            sku: fact.sku.to_owned(),
            channel: fact.channel,
            sub_channel: fact.sub_channel.to_owned(),
            region: fact.region.to_owned(),
        }
    }

    /// Whether a measure would have counted it.
    fn passes(&self, measure: &Measure) -> bool {
        let days = (Date::from_days(self.day), Date::from_days(self.day.saturating_add(1)));
        Selection::new(measure, days).matches(&MeasuredFact {
            payee: self.payee,
            day: self.day,
            kind: self.kind,
            currency: self.currency,
            net: 0,
            gross: 0,
            cost: 0,
            quantity: 0,
            product_line: &self.product_line,
            sku: &self.sku,
            channel: self.channel,
            sub_channel: &self.sub_channel,
            order_id: "",
            customer_key: "",
            original_source_id: "",
            region: &self.region,
            source_system: "",
            source_id: "",
            content_hash: &[0; 32],
        })
    }
}

/// The single facts of a rule.
#[derive(Debug, Clone, Default)]
pub(super) struct Earned {
    /// Those that earn in the line itself, in the order of day, source system, source id.
    pub inside: Vec<FactValue>,
    /// The value of those that take back what a sale before the window earned.
    pub outside: Exact,
    /// What they take back.
    taken: Vec<FactValue>,
    /// Their keys and digests.
    keys: BTreeMap<String, [u8; 32]>,
    /// How many returns name a sale that is not there.
    unknown: usize,
}

/// Where a linked fact belongs to.
enum Link {
    /// To a sale among the facts: its position.
    Inside(usize),
    /// To a sale before them: its value, and what it earned.
    Before(Exact, Exact),
    /// To none that is known.
    Unknown,
}

fn counted(facts: usize) -> String {
    fact_count(i64::try_from(facts).unwrap_or(i64::MAX))
}

impl Earned {
    /// What happened to returns, for the trace.
    pub fn notes(&self) -> Vec<StepTrace> {
        let note = |name: &str, reason: String| StepTrace {
            name: name.to_owned(),
            before: Exact::zero(),
            after: Exact::zero(),
            reason,
        };
        let mut notes = Vec::new();
        if !self.taken.is_empty() {
            let (count, value) = (counted(self.taken.len()), &self.outside);
            let what = "of sales before the window; what is taken back is a line of its own";
            notes.push(note("returns of earlier sales", format!("{count} worth {value} {what}")));
        }
        if self.unknown > 0 {
            let what = "with a sale of which nothing is known or which earned by a running total, counted by itself";
            notes.push(note("returns without their sale", format!("{} {what}", counted(self.unknown))));
        }
        notes
    }
}

impl Context<'_> {
    /// The single facts of a rule, with what their sales earned.
    pub fn single_facts(
        &self,
        rule: &Rule,
        measure: &Measure,
        window: Days,
        trail: &mut Trail,
    ) -> Result<Earned, Fault> {
        let mut earned = Earned::default();
        let Some(facts) = self.kept(measure) else { return Ok(earned) };
        let mut used = Used::new();
        let list = facts.by_day((window.0.days(), window.1.days()));
        let by_key = facts.by_key();
        let at: HashMap<&str, usize> = if by_key.is_empty() {
            HashMap::new()
        } else {
            list.iter().enumerate().map(|(i, kept)| (facts.key(kept), i)).collect()
        };
        let mut values = Vec::with_capacity(list.len());
        for kept in &list {
            let value = self.value(measure, kept.amounts(), (kept.day, kept.currency), &mut used)?;
            values.push(FactValue { value, quantity: kept.amounts().quantity(), sale: None });
        }
        let mut inside_links: Vec<(usize, usize)> = Vec::new();
        let mut outside: Vec<usize> = Vec::new();
        for (i, kept) in list.iter().enumerate() {
            let Some(key) = kept.sale() else { continue };
            match self.link(rule, measure, key, (&by_key, &at), &mut used, trail)? {
                Link::Inside(sale) if sale != i => inside_links.push((i, sale)),
                Link::Before(value, paid) => {
                    if let Some(fact) = values.get_mut(i) {
                        fact.sale = Some((value, paid));
                    }
                    outside.push(i);
                }
                Link::Inside(_) | Link::Unknown => earned.unknown = earned.unknown.saturating_add(1),
            }
        }
        for i in &outside {
            let (Some(kept), Some(value)) = (list.get(*i), values.get(*i)) else { continue };
            earned.outside = earned.outside + value.value.clone();
            earned.taken.push(value.clone());
            earned.keys.extend(kept.content_hash().map(|hash| (facts.key(kept).to_owned(), *hash)));
        }
        self.price_sales(rule, &mut values, &inside_links)?;
        let mut index = 0_usize;
        values.retain(|_| {
            let keep = outside.binary_search(&index).is_err();
            index = index.saturating_add(1);
            keep
        });
        earned.inside = values;
        trail.used.extend(used);
        Ok(earned)
    }

    /// What returns of sales before the window take back, with the measure of those returns.
    pub fn clawback(
        &self,
        rule: &Rule,
        measure: &Measure,
        earned: &Earned,
    ) -> Result<Option<(Measured, Outcome)>, Fault> {
        if earned.taken.is_empty() {
            return Ok(None);
        }
        let window = self.own_days(measure, self.when().window(measure));
        let mut digest = Sha256::new();
        for (key, hash) in &earned.keys {
            digest.update(key.as_bytes());
            digest.update([0]);
            digest.update(hash);
        }
        let count = i64::try_from(earned.taken.len()).unwrap_or(i64::MAX);
        let counted = (count, hex::encode(digest.finalize()));
        let trace = self.measure_trace(rule, measure, window, &earned.outside, counted)?;
        let outcome = earns(rule, &earned.taken, earned.outside.clone());
        let outcome = outcome.ok_or_else(|| self.overflow(rule, "what returns take back needs more than 28 digits"))?;
        Ok(Some((Measured { value: earned.outside.clone(), trace }, outcome)))
    }

    fn kept(&self, measure: &Measure) -> Option<&Facts> {
        let (_, sums) = self.sums(measure, self.when().window(measure), Wants::Facts)?;
        sums.facts.as_deref()
    }

    /// The value of a fact in the line's currency.
    fn value(
        &self,
        measure: &Measure,
        amounts: &Amounts,
        (day, currency): (i64, Currency),
        used: &mut Used,
    ) -> Result<Exact, Fault> {
        let value = amounts.value(measure.field, currency);
        if measure.field.is_money() { self.exchange.convert(value, currency, day, used) } else { Ok(value) }
    }

    /// Finds the sale that a key names. A return of a return belongs to the first sale.
    fn link(
        &self,
        rule: &Rule,
        measure: &Measure,
        key: &str,
        (by_key, at): (&HashMap<&str, &Kept>, &HashMap<&str, usize>),
        used: &mut Used,
        trail: &mut Trail,
    ) -> Result<Link, Fault> {
        let mut key = key;
        // As many hops as there are facts at most: links that run in a circle end nowhere.
        for _ in 0..=by_key.len() {
            match by_key.get(key).map(|kept| kept.sale()) {
                Some(Some(further)) => key = further,
                Some(None) => return Ok(at.get(key).map_or(Link::Unknown, |i| Link::Inside(*i))),
                None => return self.before(rule, measure, key, used, trail),
            }
        }
        Ok(Link::Unknown)
    }

    /// A sale before the window, priced by the plan that paid on its day.
    fn before(
        &self,
        rule: &Rule,
        measure: &Measure,
        key: &str,
        used: &mut Used,
        trail: &mut Trail,
    ) -> Result<Link, Fault> {
        let sale = self.engine.sales.get(key).filter(|sale| sale.payee == self.payee);
        let Some(sale) = sale.filter(|s| s.currency == self.currency || self.exchange.target().is_some()) else {
            return Ok(Link::Unknown);
        };
        let (past, version) = self.rule_on(rule, Date::from_days(sale.day));
        let (Reward::PerFact(reward), Some(past_measure)) = (&past.reward, &past.measure) else {
            return Ok(Link::Unknown);
        };
        if reward.table.is_some() && reward.on == PerFactOn::RunningTotal {
            return Ok(Link::Unknown);
        }
        let value = self.value(measure, &sale.amounts, (sale.day, sale.currency), used)?;
        let fact = FactValue { value: value.clone(), quantity: sale.amounts.quantity(), sale: None };
        let paid = if sale.passes(past_measure) {
            earns(past, &[fact], value.clone())
                .ok_or_else(|| self.overflow(rule, "a sale earned too many digits"))?
                .exact
        } else {
            Exact::zero()
        };
        let shown = key.replace('\0', "/");
        trail.add(format!("sale {shown} earned"), paid.clone(), version);
        Ok(Link::Before(value, paid))
    }

    /// The rule as it was in force on a day, and the version that had it: that of a plan of the slot whose bounds hold the
    /// day, else as it is now.
    fn rule_on<'b>(&'b self, rule: &'b Rule, day: Date) -> (&'b Rule, &'b str) {
        let holds = |plan: &&PlanInRun| {
            plan.slot == self.plan.slot
                && (plan.spec.effective_from.is_some() || plan.spec.effective_to.is_some())
                && plan.spec.effective_from.is_none_or(|from| from <= day)
                && plan.spec.effective_to.is_none_or(|to| day < to)
        };
        let past = self.engine.past.iter().filter(holds).find_map(|plan| {
            let rule = plan.spec.rules.iter().find(|r| r.id == rule.id)?;
            Some((rule, plan.version_name.as_str()))
        });
        past.unwrap_or((rule, self.plan.version_name.as_str()))
    }

    /// Tells returns what their sales among the facts earned. A first pass finds that out, with returns that take back
    /// nothing: a sale's own earning does not depend on what comes back of it.
    fn price_sales(&self, rule: &Rule, values: &mut [FactValue], links: &[(usize, usize)]) -> Result<(), Fault> {
        if links.is_empty() {
            return Ok(());
        }
        let sale_values: Vec<Exact> =
            links.iter().map(|(_, sale)| values.get(*sale).map(|v| v.value.clone()).unwrap_or_default()).collect();
        for ((i, _), value) in links.iter().zip(&sale_values) {
            if let Some(fact) = values.get_mut(*i) {
                fact.sale = Some((value.clone(), Exact::zero()));
            }
        }
        let total = values.iter().map(|v| v.value.clone()).sum();
        let outcome = earns(rule, values, total).ok_or_else(|| self.overflow(rule, "a fact earns too many digits"))?;
        for ((i, sale), value) in links.iter().zip(sale_values) {
            if let Some(fact) = values.get_mut(*i) {
                fact.sale = Some((value, outcome.per_fact.get(*sale).cloned().unwrap_or_default()));
            }
        }
        Ok(())
    }
}

/// What single facts earn under a rule, `x` in all; `None` when that needs too many digits.
fn earns(rule: &Rule, facts: &[FactValue], x: Exact) -> Option<Outcome> {
    pay(rule, &Terms { x, facts, ..Terms::default() }).ok()
}
