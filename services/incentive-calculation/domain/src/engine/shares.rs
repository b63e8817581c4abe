//! R14, IC-11: the rounded amount of a line goes to several payees.

use std::collections::{BTreeMap, HashMap};

use tributary_core::{Currency, Decimal, Exact, Fault, MinorAmount, Rounding};

use super::{
    Engine, Inputs, LineResult, PlanInRun, caps::set, context::Context, line::Draft, lookup::figures, windows::When,
};
use crate::{
    explain::own::{SHARE, SPLIT},
    plan::{Rule, ShareOf, SharePayee, Split},
    reasons::PARTNER_UNKNOWN,
    split::{Share, with_minimums},
    trace::{InputTrace, LineTrace, MeasureTrace, StepTrace},
};

/// What a pool is split with.
#[derive(Clone, Copy)]
pub(super) struct Splitter<'a> {
    pub inputs: &'a Inputs,
    pub names: &'a HashMap<&'a str, u32>,
    pub when: When,
}

/// A pool after its split.
struct Pool {
    /// Taken off before.
    less: Option<InputTrace>,
    /// What was split.
    amount: i64,
    /// Payee, what it gets, and its weight in words.
    parts: Vec<(u32, i64, String)>,
    /// The weights that were looked up.
    inputs: Vec<InputTrace>,
}

impl Splitter<'_> {
    /// The payee's own part of an amount of its rule.
    fn own(&self, rule: &Rule, payee: u32, currency: Currency, value: i64) -> Result<i64, Fault> {
        let Some(split) = &rule.split else { return Ok(value) };
        let pool = self.split(split, payee, currency, value)?;
        Ok(pool.parts.iter().filter(|(who, _, _)| *who == payee).map(|(_, part, _)| part).sum())
    }

    fn split(&self, split: &Split, payee: u32, currency: Currency, value: i64) -> Result<Pool, Fault> {
        let digits = currency.exponent();
        let mut less = None;
        let mut amount = value;
        if value > 0
            && !split.less_figure.is_empty()
            && let Some(figure) = self.newest(payee, currency, &split.less_figure)
        {
            let taken = Exact::from(figure.value).round_to(digits, Rounding::HalfAwayFromZero).unwrap_or(i64::MAX);
            amount = value.saturating_sub(taken).clamp(0, value);
            less = Some(InputTrace {
                input: format!("figure {}", split.less_figure),
                value: figure.value.into(),
                source: figure.source.clone(),
            });
        }
        let mut shares = Vec::new();
        let mut who = Vec::new();
        let mut inputs = Vec::new();
        for share in &split.shares {
            let payee = match &share.payee {
                SharePayee::Own => payee,
                SharePayee::Partner(name) => *self.names.get(name.as_str()).ok_or_else(|| unknown(name))?,
            };
            let weight = match &share.share {
                ShareOf::Weight(weight) => *weight,
                ShareOf::WeightFigure(name) => {
                    let figure = self.newest(payee, currency, name);
                    inputs.extend(figure.map(|f| InputTrace {
                        input: format!("figure {name} of {}", self.key(payee)),
                        value: f.value.into(),
                        source: f.source.clone(),
                    }));
                    figure.map_or(0, |f| u64::try_from(f.value.trunc().max(Decimal::ZERO).mantissa()).unwrap_or(0))
                }
            };
            let minimum = share.minimum.and_then(|m| Exact::from(m).round_to(digits, Rounding::HalfAwayFromZero));
            shares.push(Share { weight, minimum: minimum.and_then(|m| u64::try_from(m).ok()).unwrap_or(0) });
            who.push(payee);
        }
        let whole: u128 = shares.iter().map(|s| u128::from(s.weight)).sum();
        let parts = match with_minimums(amount, &shares) {
            Ok(parts) => {
                let told = |s: &Share| format!("{} of {whole} parts", s.weight);
                who.into_iter().zip(parts).zip(&shares).map(|((who, part), s)| (who, part, told(s))).collect()
            }
            // Nobody put anything in: the pool stays with whoever earned it.
            Err(_) => vec![(payee, amount, "all, because no weight is above 0".to_owned())],
        };
        Ok(Pool { less, amount, parts, inputs })
    }

    fn newest(&self, payee: u32, currency: Currency, name: &str) -> Option<&super::Figure> {
        figures(self.inputs, currency, (payee, name), self.when.days()).last()
    }

    fn key(&self, payee: u32) -> &str {
        self.inputs.payees.get(&payee).map_or("", |p| p.attributes.business_key.as_str())
    }
}

impl Context<'_> {
    /// The payee's own part of an amount of a rule.
    pub fn own_part(&self, rule: &Rule, value: i64) -> Result<i64, Fault> {
        self.splitter.own(rule, self.payee, self.currency, value)
    }
}

impl Engine {
    /// Splits the lines of rules that are split: the line keeps the payee's own part, and every other payee gets one line
    /// that names the pools it comes from.
    pub(super) fn split(&self, splitter: Splitter<'_>, drafts: &mut Vec<Draft>) -> Result<(), Fault> {
        let mut received: BTreeMap<(u32, usize, usize, Currency), Draft> = BTreeMap::new();
        for draft in drafts.iter_mut() {
            let plan = self.plans.get(draft.plan);
            let rule = plan.and_then(|p| p.spec.rules.get(draft.rule)).filter(|r| r.in_kind.is_none());
            let Some((plan, rule, split)) = plan.zip(rule).and_then(|(p, r)| Some((p, r, r.split.as_ref()?))) else {
                continue;
            };
            let (payee, pool_amount) = (draft.line.payee, draft.line.amount);
            let pool = splitter.split(split, payee, pool_amount.currency, pool_amount.value)?;
            let mut own = (0_i64, Vec::new());
            for (who, part, told) in &pool.parts {
                if *who == payee {
                    own.0 = own.0.saturating_add(*part);
                    own.1.push(told.clone());
                } else {
                    let key = (*who, draft.plan, draft.rule, pool_amount.currency);
                    let share =
                        received.entry(key).or_insert_with(|| share_line(plan, rule, draft, *who, splitter.key(*who)));
                    receive(share, draft, (pool.amount, *part), told);
                }
            }
            keep_own(draft, pool, own);
        }
        drafts.extend(received.into_values());
        Ok(())
    }
}

fn keep_own(draft: &mut Draft, pool: Pool, (part, told): (i64, Vec<String>)) {
    let currency = draft.line.amount.currency;
    let before = draft.line.exact.clone();
    let told = if told.is_empty() { "nothing of it is".to_owned() } else { format!("{} are", told.join(" and ")) };
    let split = MinorAmount { currency, value: pool.amount };
    let less = if pool.less.is_some() { " less what is taken off before" } else { "" };
    let reason = format!("the rounded amount{less}, {split}, is split: {told} the payee's own");
    set(draft, Exact::from_scaled(i128::from(part), currency.exponent()), part);
    let after = draft.line.exact.clone();
    let trace = &mut draft.line.trace;
    trace.steps.push(StepTrace { name: SPLIT.to_owned(), before, after, reason });
    trace.inputs.extend(pool.less.into_iter().chain(pool.inputs));
}

/// An empty line of somebody who gets a part of others' pools.
fn share_line(plan: &PlanInRun, rule: &Rule, origin: &Draft, payee: u32, key: &str) -> Draft {
    let from = &origin.line.trace;
    let amount = MinorAmount { currency: origin.line.amount.currency, value: 0 };
    let trace = LineTrace {
        rule: rule.id.clone(),
        rule_type: "R14 split".to_owned(),
        plan_version: plan.version_name.clone(),
        plan_digest: plan.digest.clone(),
        measure: MeasureTrace {
            field: crate::plan::MeasureField::Net,
            kinds: Vec::new(),
            filter: "pools of other payees".to_owned(),
            from: from.measure.from,
            to: from.measure.to,
            value: Decimal::ZERO,
            fact_count: 0,
            facts_digest: String::new(),
        },
        base: None,
        growth: None,
        slices: Vec::new(),
        steps: Vec::new(),
        exact: Exact::zero(),
        rounding: plan.spec.rounding,
        amount,
        attributes: Vec::new(),
        not_fired: Vec::new(),
        next_tier: None,
        target: None,
        attainment: None,
        inputs: Vec::new(),
        carried: None,
        origins: Vec::new(),
    };
    let line = LineResult {
        payee,
        business_key: key.to_owned(),
        slot: plan.slot.clone(),
        rule: rule.id.clone(),
        title: rule.title.clone(),
        measure: Decimal::ZERO,
        base: None,
        amount,
        exact: Exact::zero(),
        fact_count: 0,
        part: SHARE.to_owned(),
        in_kind: None,
        holds: Vec::new(),
        trace,
    };
    Draft { plan: origin.plan, rule: origin.rule, line }
}

/// Adds a part of a pool to a line.
fn receive(share: &mut Draft, origin: &Draft, (pool, part): (i64, i64), told: &str) {
    let currency = share.line.amount.currency;
    let digits = currency.exponent();
    let before = share.line.exact.clone();
    let value = share.line.amount.value.saturating_add(part);
    set(share, Exact::from_scaled(i128::from(value), digits), value);
    let line = &mut share.line;
    let pool_value = Decimal::from_i128_with_scale(i128::from(pool), digits);
    line.measure = (line.measure + pool_value).normalize();
    line.trace.measure.value = line.measure;
    let of = if origin.line.part.is_empty() { String::new() } else { format!(", {}", origin.line.part) };
    let key = &origin.line.business_key;
    line.trace.inputs.push(InputTrace {
        input: format!("pool of {key:?}{of}"),
        value: Exact::from(pool_value),
        source: format!("{} of slot {}", origin.line.rule, origin.line.slot),
    });
    line.trace.steps.push(StepTrace {
        name: SHARE.to_owned(),
        before,
        after: line.exact.clone(),
        reason: format!("{told} of the pool of {key:?}{of}, {}", MinorAmount { currency, value: pool }),
    });
    for hold in &origin.line.holds {
        if part > 0 && !line.holds.contains(hold) {
            line.holds.push(hold.clone());
        }
    }
}

fn unknown(name: &str) -> Fault {
    let message = format!("{name:?} shares a split of the plan and is not known; create it, or change the plan");
    Fault::new(PARTNER_UNKNOWN, message).with("partner", name)
}
