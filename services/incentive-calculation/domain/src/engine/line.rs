//! One rule, one payee, one currency: its lines, or the reason why there is none.

use tributary_core::{Exact, Fault, MinorAmount};

use super::{
    HoldReason, LineResult,
    context::{Context, Trail},
    question::Question,
    stated,
    sums::scale,
    turns::member_days,
};
use crate::{
    explain::days,
    plan::{HoldUntil, Indicator, Limits, Measure, NegativeMeasure, Proration, Reward, Rule},
    reward::{Modified, Modifiers, Outcome, Terms, modify, next_tier, pay},
    trace::{LineTrace, MeasureTrace, NextTier, StepTrace},
};

/// What a rule gave.
pub(super) enum Fired {
    /// Its lines.
    Lines(Vec<Draft>),
    /// No line, and why.
    No(String),
}

/// A line before shared caps and splits.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    /// Index of the plan.
    pub plan: usize,
    /// Index of the rule.
    pub rule: usize,
    /// The line so far, rounded.
    pub line: LineResult,
}

impl Context<'_> {
    /// Runs a rule. `before` are the payee's lines of the plan in this currency so far.
    pub fn fire(&self, index: usize, rule: &Rule, before: &[Draft]) -> Result<Fired, Fault> {
        if !rule.takes_part(self.when().period) {
            let reason = format!("{} does not lie wholly inside the rule's own bounds", self.when().period);
            return Ok(Fired::No(reason));
        }
        let share = self.share(rule);
        if share.is_some_and(|(days, _)| days == 0) {
            return Ok(Fired::No(format!("on no day {} does the payee count", days(self.when().days()))));
        }
        if share.is_none() && !self.turn.at_end {
            return Ok(Fired::No("another plan of the slot pays whoever is there at the end of the period".to_owned()));
        }
        match &rule.reward {
            Reward::Guarantee(guarantee) => self.guarantee(index, rule, guarantee, before),
            Reward::Draw(draw) => self.draw(index, rule, draw, before),
            _ => self.on_measure(index, rule, share),
        }
    }

    /// The days that count and the days of the period, for a prorated rule.
    pub fn share(&self, rule: &Rule) -> Option<(u32, u32)> {
        let period = self.when().days();
        let of = super::windows::shared(period, period);
        match rule.proration {
            Proration::None => None,
            Proration::MembershipDays => Some((member_days(self.known, period), of)),
            Proration::AssignmentDays => Some((self.turn.days, of)),
        }
    }

    fn on_measure(&self, index: usize, rule: &Rule, share: Option<(u32, u32)>) -> Result<Fired, Fault> {
        let Some(measure) = &rule.measure else { return Ok(Fired::No("there is no measure".to_owned())) };
        let mut trail = Trail::default();
        let mut asked = match self.question(index, rule, measure, &mut trail)? {
            Ok(asked) => asked,
            Err(reason) => return Ok(Fired::No(reason)),
        };
        let mut terms = Terms { x: asked.measured.value.clone() - asked.earned.outside.clone(), ..Terms::default() };
        if let Some((carried, line)) = self.carried(rule).filter(|_| rule.negative_measure == NegativeMeasure::Carry) {
            trail.add(format!("carried from {}", stated::when(line)), -carried.clone(), &line.source);
            terms.x = terms.x - carried;
        }
        asked.attainment = match (&rule.target, &asked.target) {
            (None, _) => None,
            (Some(_), None) => Some(Exact::zero()),
            (Some(_), Some(target)) => terms.x.checked_div(target),
        };
        terms.target.clone_from(&asked.target);
        if let Err(reason) = self.reward_terms(rule, measure, &mut asked, &mut terms, &mut trail)? {
            return Ok(Fired::No(reason));
        }
        let levels = std::mem::take(&mut asked.levels);
        let facts = std::mem::take(&mut asked.earned.inside);
        let terms = Terms { levels: &levels, facts: &facts, ..terms };
        let outcome = pay(rule, &terms).map_err(|e| self.overflow(rule, &e.to_string()))?;
        let modifiers = self.modifiers(rule, asked.attainment.as_ref(), share, &mut trail)?;
        self.lines((index, rule, measure), (asked, &terms), outcome, modifiers, trail).map(Fired::Lines)
    }

    /// Looks up what the modifiers need.
    pub fn modifiers(
        &self,
        rule: &Rule,
        attainment: Option<&Exact>,
        share: Option<(u32, u32)>,
        trail: &mut Trail,
    ) -> Result<(Modifiers, Vec<String>), Fault> {
        let (mut gates, mut whys) = (Vec::new(), Vec::new());
        for gate in &rule.gates {
            let (holds, why) = self.condition(rule, &gate.when, attainment, trail)?;
            gates.push(holds);
            whys.push(why);
        }
        let mut indicators = Vec::new();
        for multiplier in &rule.multipliers {
            indicators.push(self.indicator(rule, &multiplier.by, attainment, trail)?);
        }
        let mut stated_in_year = Exact::zero();
        if rule.limits.year_cap.is_some() || rule.limits.year_floor.is_some() {
            for line in self.stated_since(rule, self.when().year.0) {
                let amount = stated::exact(line);
                trail.add(format!("stated {}", stated::when(line)), amount.clone(), &line.source);
                stated_in_year = stated_in_year + amount;
            }
        }
        let last_of_year = self.when().is_last();
        Ok((Modifiers { gates, indicators, days: share, stated_in_year, last_of_year }, whys))
    }

    /// What a total of the rule comes to after its modifiers, and after what earlier periods stated.
    fn modified(&self, rule: &Rule, exact: &Exact, modifiers: &Modifiers, less: Option<&Exact>) -> Modified {
        let Some(less) = less else { return modify(rule, exact, modifiers) };
        // Limits are of what the period pays, so what was stated goes off before them.
        let unbounded = Rule { limits: Limits::default(), ..rule.clone() };
        let mut cumulative = modify(&unbounded, exact, modifiers);
        let rest = cumulative.exact.clone() - less.clone();
        cumulative.steps.push(StepTrace {
            name: "already stated".to_owned(),
            before: cumulative.exact,
            after: rest.clone(),
            reason: format!("earlier periods of the window stated {less}, which is taken off"),
        });
        let bounds = Rule {
            gates: Vec::new(),
            multipliers: Vec::new(),
            proration: Proration::None,
            less_stated: false,
            ..rule.clone()
        };
        let bounded = Modifiers { gates: Vec::new(), indicators: Vec::new(), days: None, ..modifiers.clone() };
        let bounded = modify(&bounds, &rest, &bounded);
        cumulative.steps.extend(bounded.steps);
        Modified { exact: bounded.exact, steps: cumulative.steps }
    }

    fn lines(
        &self,
        (index, rule, measure): (usize, &Rule, &Measure),
        (asked, terms): (Question, &Terms<'_>),
        outcome: Outcome,
        (modifiers, whys): (Modifiers, Vec<String>),
        mut trail: Trail,
    ) -> Result<Vec<Draft>, Fault> {
        let from = self.own_days(measure, self.when().window(measure)).0;
        let less = |parts: &[&str], trail: &mut Trail| {
            rule.less_stated.then(|| {
                let lines = self.stated_since(rule, from).filter(|line| parts.contains(&line.part.as_str()));
                lines.fold(Exact::zero(), |sum, line| {
                    trail.add(format!("stated {}", stated::when(line)), stated::exact(line), &line.source);
                    sum + stated::exact(line)
                })
            })
        };
        let less_line = less(&[""], &mut trail);
        let mut modified = self.modified(rule, &outcome.exact, &modifiers, less_line.as_ref());
        tell_gates(&mut modified.steps, &whys);
        let next = next_tier(rule, terms, scale(measure.field, self.currency), &outcome);
        let next = next.map(|next| {
            self.paid_next(rule, next, (&outcome.exact, &modified.exact), &modifiers, terms, less_line.as_ref())
        });
        let next = next.transpose()?;
        let mut steps = asked.notes.clone();
        for note in &mut steps {
            // Notes say what happened to the facts, not to the money.
            (note.before, note.after) = (outcome_start(&outcome), outcome_start(&outcome));
        }
        steps.extend(outcome.steps.iter().cloned());
        steps.extend(modified.steps);
        let value = self.rounded(rule, &modified.exact)?;
        let mut trace = self.trace(rule, &asked, modified.exact.clone(), value);
        (trace.slices, trace.steps) = (outcome.slices, steps);
        (trace.growth, trace.next_tier) = (outcome.growth, next.flatten());
        trace.carried = outcome.carried;
        let mut lines = vec![self.draft(index, rule, "", asked.measured.trace.value, trace)];
        if let Some(total) = &outcome.extra {
            let less_total = less(&["", "extra"], &mut trail);
            let whole = self.modified(rule, total, &modifiers, less_total.as_ref());
            let whole_value = self.rounded(rule, &whole.exact)?;
            let extra = whole_value.checked_sub(value).ok_or_else(|| self.overflow(rule, "the extra is too large"))?;
            let mut trace = self.trace(rule, &asked, self.minor(extra), extra);
            trace.slices = outcome.extra_slices;
            trace.steps = whole.steps;
            trace.steps.push(StepTrace {
                name: "retrospective rate".to_owned(),
                before: whole.exact.clone(),
                after: trace.exact.clone(),
                reason: format!(
                    "the reached rate gives {} in all; what the line itself states, {}, is taken off",
                    MinorAmount { currency: self.currency, value: whole_value },
                    MinorAmount { currency: self.currency, value }
                ),
            });
            lines.push(self.draft(index, rule, "extra", asked.measured.trace.value, trace));
        }
        if let Some((measured, taken)) = self.clawback(rule, measure, &asked.earned)? {
            let value = self.rounded(rule, &taken.exact)?;
            let mut trace = self.trace(rule, &asked, taken.exact.clone(), value);
            let counted = measured.trace.value;
            (trace.measure, trace.slices, trace.steps) = (measured.trace, taken.slices, taken.steps);
            lines.push(self.draft(index, rule, "clawback", counted, trace));
        }
        let holds = self.holds(rule, &asked, &mut trail)?;
        trail.inputs.extend(self.exchange.traces(std::mem::take(&mut trail.used)));
        for draft in &mut lines {
            draft.line.trace.inputs.clone_from(&trail.inputs);
            draft.line.trace.attributes.extend(trail.attributes.iter().cloned());
            draft.line.holds.clone_from(&holds);
        }
        Ok(lines)
    }

    /// What the next tier pays after the modifiers.
    fn paid_next(
        &self,
        rule: &Rule,
        next: NextTier,
        (paid, now): (&Exact, &Exact),
        modifiers: &Modifiers,
        terms: &Terms<'_>,
        less: Option<&Exact>,
    ) -> Result<Option<NextTier>, Fault> {
        let attainment = terms.target.as_ref().and_then(|t| (terms.x.clone() + next.distance.into()).checked_div(t));
        let mut then = modifiers.clone();
        for (multiplier, indicator) in rule.multipliers.iter().zip(&mut then.indicators) {
            if multiplier.by == Indicator::Attainment {
                indicator.clone_from(&attainment);
            }
        }
        if attainment.is_some() {
            let unseen = &mut Trail::default();
            for (gate, holds) in rule.gates.iter().zip(&mut then.gates) {
                *holds = self.condition(rule, &gate.when, attainment.as_ref(), unseen)?.0;
            }
        }
        let there = self.modified(rule, &(paid.clone() + next.gain.clone()), &then, less);
        Ok(Some(NextTier { gain: there.exact - now.clone(), ..next }))
    }

    fn holds(&self, rule: &Rule, asked: &Question, trail: &mut Trail) -> Result<Vec<HoldReason>, Fault> {
        let mut holds = asked.held.clone();
        for hold in &rule.holds {
            let titled = |why: String| if hold.title.is_empty() { why } else { format!("{}: {why}", hold.title) };
            match &hold.until {
                HoldUntil::Days(n) => {
                    let reason = titled(format!("{n} days after the end of the period"));
                    holds.push(HoldReason { reason, until: Some(self.when().days().1.plus_days(i64::from(*n))) });
                }
                HoldUntil::Condition(condition) => {
                    let (met, why) = self.condition(rule, condition, asked.attainment.as_ref(), trail)?;
                    if !met {
                        holds.push(HoldReason { reason: titled(why), until: None });
                    }
                }
            }
        }
        Ok(holds)
    }

    fn trace(&self, rule: &Rule, asked: &Question, exact: Exact, value: i64) -> LineTrace {
        LineTrace {
            base: asked.base.clone(),
            target: asked.target.as_ref().and_then(super::context::decimal),
            attainment: asked.attainment.clone(),
            ..self.bare_trace(rule, asked.measured.trace.clone(), exact, value)
        }
    }

    /// A trace that knows its measure and its amount only.
    pub fn bare_trace(&self, rule: &Rule, measure: MeasureTrace, exact: Exact, value: i64) -> LineTrace {
        LineTrace {
            rule: rule.id.clone(),
            rule_type: rule.reward.rule_type().to_owned(),
            plan_version: self.plan.version_name.clone(),
            plan_digest: self.plan.digest.clone(),
            measure,
            base: None,
            growth: None,
            slices: Vec::new(),
            steps: Vec::new(),
            exact,
            rounding: self.plan.spec.rounding,
            amount: MinorAmount { currency: self.currency, value },
            attributes: self.turn.decided_by.iter().cloned().collect(),
            not_fired: Vec::new(),
            next_tier: None,
            target: None,
            attainment: None,
            inputs: Vec::new(),
            carried: None,
        }
    }

    /// A line with its trace.
    pub fn draft(
        &self,
        index: usize,
        rule: &Rule,
        part: &str,
        measure: tributary_core::Decimal,
        trace: LineTrace,
    ) -> Draft {
        // A plan that was left before the end of the period may pay a rule of the same name as the plan that followed.
        let part = match (self.turn.until, part) {
            (None, part) => part.to_owned(),
            (Some(day), "") => format!("until-{day}"),
            (Some(day), part) => format!("{part}-until-{day}"),
        };
        let line = LineResult {
            payee: self.payee,
            business_key: self.known.attributes.business_key.clone(),
            slot: self.plan.slot.clone(),
            rule: rule.id.clone(),
            title: rule.title.clone(),
            measure,
            base: trace.base.as_ref().map(|b| b.value),
            amount: trace.amount,
            exact: trace.exact.clone(),
            fact_count: trace.measure.fact_count,
            part,
            in_kind: None,
            holds: Vec::new(),
            trace,
        };
        Draft { plan: self.turn.plan, rule: index, line }
    }

    /// Whole minor units, exactly.
    pub fn minor(&self, value: i64) -> Exact {
        Exact::from_scaled(i128::from(value), self.currency.exponent())
    }
}

/// What the slices of an outcome add up to, before its steps.
fn outcome_start(outcome: &Outcome) -> Exact {
    outcome.steps.first().map_or_else(|| outcome.exact.clone(), |step| step.before.clone())
}

/// Gates leave the first steps of the modifiers, one each: their reasons say what was found.
fn tell_gates(steps: &mut [StepTrace], whys: &[String]) {
    for (step, why) in steps.iter_mut().zip(whys) {
        if !why.is_empty() {
            step.reason = format!("{}; {why}", step.reason);
        }
    }
}
