//! From totals to lines: every payee, slot, plan and currency in order, then what bounds or splits several lines.

use std::collections::{BTreeSet, HashMap};

use tributary_core::{Currency, Fault};

use super::{
    Engine, Inputs, LineResult, Payee,
    context::Context,
    credit::Credits,
    exchange::Exchange,
    line::{Draft, Fired},
    shares::Splitter,
    turns::Turn,
};
use crate::{
    plan::{MeasureField, Reward, Rule},
    trace::NotFired,
};

/// What all payees share.
#[derive(Clone, Copy)]
struct Common<'a> {
    inputs: &'a Inputs,
    credits: &'a Credits,
    splitter: Splitter<'a>,
}

impl Engine {
    /// The lines, in canonical order: payee by bytes of its business key, currency, slot, rule, part.
    ///
    /// # Errors
    /// `ASSIGNMENT_UNDECIDED`, `AMOUNT_OVERFLOW`, `RATE_MISSING`, `PARTNER_UNKNOWN` for a share of a split; internal when
    /// a payee of the facts is not among the inputs.
    pub fn finish(&self, inputs: &Inputs) -> Result<Vec<LineResult>, Fault> {
        let credits = Credits::new(self, inputs);
        let names: HashMap<&str, u32> =
            inputs.payees.iter().map(|(number, p)| (p.attributes.partner.as_str(), *number)).collect();
        let splitter = Splitter { inputs, names: &names, when: self.when };
        let common = Common { inputs, credits: &credits, splitter };
        let mut currencies: HashMap<u32, BTreeSet<Currency>> = HashMap::new();
        for cell in self.cells.iter() {
            currencies.entry(cell.payee).or_default().insert(cell.currency);
        }
        let everybody = self.needs().everybody;
        let others = inputs.payees.keys().copied().filter(|_| everybody);
        for payee in others.chain(credits.payees()) {
            currencies.entry(payee).or_default();
        }
        let mut payees = Vec::with_capacity(currencies.len());
        for (payee, currencies) in currencies {
            let known = inputs.payees.get(&payee);
            let known =
                known.ok_or_else(|| Fault::internal(format!("payee number {payee} is not among the inputs")))?;
            payees.push((payee, known, currencies));
        }
        payees.sort_by(|(x, a, _), (y, b, _)| (&a.attributes.business_key, x).cmp(&(&b.attributes.business_key, y)));
        let slots = self.slots();
        let mut drafts = Vec::new();
        for (payee, known, currencies) in &payees {
            for candidates in &slots {
                for turn in self.turns(candidates, known)? {
                    self.pay(common, (*payee, known, currencies), &turn, &mut drafts)?;
                }
            }
        }
        self.cap(inputs, &mut drafts);
        self.split(splitter, &mut drafts)?;
        Ok(self.ordered(drafts, &slots))
    }

    /// Runs the rules of a plan for one payee, currency by currency, rules in their order.
    fn pay(
        &self,
        common: Common<'_>,
        (payee, known, currencies): (u32, &Payee, &BTreeSet<Currency>),
        turn: &Turn,
        drafts: &mut Vec<Draft>,
    ) -> Result<(), Fault> {
        let Some(plan) = self.plans.get(turn.plan) else { return Ok(()) };
        let exchange = Exchange::new(plan, common.inputs, self.when.days().1.plus_days(-1));
        let mut all = currencies.clone();
        for (index, rule) in plan.spec.rules.iter().enumerate() {
            self.rule_currencies(common, (payee, index, rule), turn.plan, exchange.target(), currencies, &mut all);
        }
        for currency in all {
            let cell = self.cells.get(payee, currency);
            let context = Context {
                engine: self,
                inputs: common.inputs,
                credits: common.credits,
                splitter: common.splitter,
                payee,
                known,
                turn,
                plan,
                exchange,
                currency,
                cell,
                of_facts: currencies,
            };
            let mut lines: Vec<Draft> = Vec::new();
            let mut not_fired = Vec::new();
            for (index, rule) in plan.spec.rules.iter().enumerate() {
                match context.fire(index, rule, &lines)? {
                    Fired::No(reason) => not_fired.push(NotFired { rule: rule.id.clone(), reason }),
                    Fired::Lines(fired) => lines.extend(fired),
                }
            }
            for mut draft in lines {
                draft.line.trace.not_fired.clone_from(&not_fired);
                if let Some(rule) = plan.spec.rules.get(draft.rule) {
                    context.give_in_kind(rule, &mut draft)?;
                }
                drafts.push(draft);
            }
        }
        Ok(())
    }

    /// Currencies in which a rule may have a line beside those of the payee's facts.
    fn rule_currencies(
        &self,
        common: Common<'_>,
        (payee, index, rule): (u32, usize, &Rule),
        plan: usize,
        into: Option<Currency>,
        of_facts: &BTreeSet<Currency>,
        all: &mut BTreeSet<Currency>,
    ) {
        match &rule.reward {
            Reward::Guarantee(guarantee) => {
                all.insert(guarantee.currency);
            }
            Reward::Draw(draw) => {
                all.insert(draw.currency);
            }
            Reward::Override(_) => {
                all.extend(common.credits.of(plan, index, payee).into_iter().flat_map(|by| by.keys().copied()));
            }
            _ => {}
        }
        let Some(measure) = rule.measure.as_ref().filter(|m| m.field == MeasureField::Figure) else { return };
        let figures = common.inputs.figures.0.get(&(payee, measure.figure.clone()));
        for figure in figures.into_iter().flatten() {
            match figure.currency {
                Some(currency) => {
                    all.insert(currency);
                }
                None if of_facts.is_empty() => all.extend(into),
                None => {}
            }
        }
    }

    /// The lines in canonical order.
    fn ordered(&self, drafts: Vec<Draft>, slots: &[Vec<usize>]) -> Vec<LineResult> {
        let mut slot_of = vec![0_usize; self.plans.len()];
        for (position, plans) in slots.iter().enumerate() {
            for plan in plans {
                if let Some(slot) = slot_of.get_mut(*plan) {
                    *slot = position;
                }
            }
        }
        let mut drafts: Vec<(usize, Draft)> =
            drafts.into_iter().map(|d| (slot_of.get(d.plan).copied().unwrap_or(0), d)).collect();
        // Stable, so that the parts of a rule stay in the order in which they were made.
        drafts.sort_by(|(slot_a, a), (slot_b, b)| {
            let (x, y) = (&a.line, &b.line);
            (&x.business_key, x.payee, x.amount.currency, slot_a, a.plan, a.rule).cmp(&(
                &y.business_key,
                y.payee,
                y.amount.currency,
                slot_b,
                b.plan,
                b.rule,
            ))
        });
        drafts
            .into_iter()
            .map(|(_, draft)| {
                let mut line = draft.line;
                // What is taken back is not withheld.
                if line.amount.value <= 0 && line.in_kind.is_none() {
                    line.holds.clear();
                }
                line
            })
            .collect()
    }
}
