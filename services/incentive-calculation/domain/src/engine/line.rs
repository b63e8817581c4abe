//! One rule, one payee, one currency: its lines, or the reason why there is none.

use tributary_core::{Exact, Fault, MinorAmount};

use super::{
    HoldReason, LineResult,
    context::{Context, Measured, Trail},
    layout::special,
    per_fact::Earned,
    stated,
    sums::scale,
    turns::member_days,
    windows::ages,
};
use crate::{
    explain::days,
    plan::{
        Baseline, Growth, GrowthBase, HoldUntil, Indicator, Limits, Measure, MeasureField, NegativeMeasure,
        NoBasePolicy, Proration, Retrospective, Reward, Rule,
    },
    reward::{Base, FactValue, Modified, Modifiers, Outcome, Terms, modify, next_tier, pay},
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

/// Either a value or the reason why there is no line.
type Told<T> = Result<Result<T, String>, Fault>;

/// What a rule is asked with, and what its lines tell of it.
struct Question {
    measured: Measured,
    base: Option<MeasureTrace>,
    earned: Earned,
    levels: Vec<Exact>,
    target: Option<Exact>,
    attainment: Option<Exact>,
    held: Vec<HoldReason>,
    notes: Vec<StepTrace>,
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

    /// Measures what the rule looks at.
    fn question(&self, index: usize, rule: &Rule, measure: &Measure, trail: &mut Trail) -> Told<Question> {
        let window = self.own_days(measure, self.when().window(measure));
        let mut asked = Question {
            measured: Measured {
                value: Exact::zero(),
                trace: self.measure_trace(rule, measure, window, &Exact::zero(), (0, String::new()))?,
            },
            base: None,
            earned: Earned::default(),
            levels: Vec::new(),
            target: None,
            attainment: None,
            held: Vec::new(),
            notes: Vec::new(),
        };
        let found = match &rule.reward {
            Reward::Override(reward) => {
                let levels: Vec<u32> = reward.levels.iter().map(|l| l.level).collect();
                let Some(credited) = self.credited(index, rule, measure, &levels, trail)? else {
                    let why = self.engine_note(index).unwrap_or_default();
                    return Ok(Err(format!(
                        "no sale of the downline in {} {} passes the measure{why}",
                        self.currency,
                        days(window)
                    )));
                };
                asked.levels = credited.levels;
                asked.held = credited.held;
                asked.notes = credited.notes;
                Some(credited.measured)
            }
            _ if measure.field == MeasureField::Figure => {
                self.figure(rule, measure, self.when().window(measure), trail)?
            }
            _ => self.facts(rule, measure, self.when(), special(rule), trail)?,
        };
        let Some(measured) = found else {
            let what = if measure.field == MeasureField::Figure {
                format!("no figure {:?} in {} lies in the days {}", measure.figure, self.currency, days(window))
            } else {
                let filter = super::layout::filter_words(measure);
                let note = if filter.is_empty() { String::new() } else { format!(" ({filter})") };
                format!("no fact in {} {} passes the measure{note}", self.currency, days(window))
            };
            return Ok(Err(what));
        };
        asked.measured = measured;
        asked.target = match self.target(rule, trail) {
            Ok(target) => target,
            Err(reason) => return Ok(Err(reason)),
        };
        if matches!(rule.reward, Reward::PerFact(_)) {
            asked.earned = self.single_facts(rule, measure, window, trail)?;
            asked.notes.extend(asked.earned.notes());
        }
        Ok(Ok(asked))
    }

    /// Looks up what the reward needs beside the measure.
    fn reward_terms(
        &self,
        rule: &Rule,
        measure: &Measure,
        asked: &mut Question,
        terms: &mut Terms<'_>,
        trail: &mut Trail,
    ) -> Told<()> {
        match &rule.reward {
            Reward::Growth(growth) => match self.base(rule, measure, growth, trail)? {
                Ok((base, trace)) => (terms.base, asked.base) = (Some(base), Some(trace)),
                Err(reason) => return Ok(Err(reason)),
            },
            Reward::Marginal(marginal) if marginal.retrospective == Some(Retrospective::StartOfGrowth) => {
                let when = self.when().last_year();
                let found = self.facts(rule, measure, when, false, trail)?;
                if let Some(m) = &found {
                    trail.add("measure of the same period last year", m.value.clone(), days(when.window(measure)));
                }
                terms.last_year = found.map(|m| m.value);
            }
            Reward::Matrix(matrix) => {
                terms.column = self.indicator(rule, &matrix.column, asked.attainment.as_ref(), trail)?;
            }
            Reward::ProfitShare(share) => {
                let window = self.own_days(measure, self.when().window(measure));
                terms.baseline = match &share.baseline {
                    Baseline::None => Exact::zero(),
                    Baseline::Amount(amount) => Exact::from(*amount),
                    Baseline::Figure(name) => self.sum(name, window, trail).unwrap_or_default(),
                };
                if let Some((losses, line)) = self.carried(rule).filter(|_| share.carry_losses) {
                    trail.add(format!("losses carried from {}", stated::when(line)), losses.clone(), &line.source);
                    terms.losses = losses;
                }
            }
            _ => {}
        }
        Ok(Ok(()))
    }

    /// The base of a growth rule, or why there is no line without one.
    fn base(&self, rule: &Rule, measure: &Measure, growth: &Growth, trail: &mut Trail) -> Told<(Base, MeasureTrace)> {
        let (found, missing) = match self.when().base(rule) {
            Some(when) => {
                let window = self.own_days(measure, when.window(measure));
                let missing = format!("no fact in {} {} passes the measure", self.currency, days(window));
                (self.facts(rule, measure, when, false, trail)?, missing)
            }
            None if growth.base == GrowthBase::Figure => {
                let window = self.when().last_year().window(measure);
                let figured =
                    Measure { field: MeasureField::Figure, figure: growth.base_figure.clone(), ..measure.clone() };
                let missing = format!("no figure {:?} lies in the days {}", growth.base_figure, days(window));
                (self.figure(rule, &figured, window, trail)?, missing)
            }
            None => return Ok(Ok(given(rule, growth, None))),
        };
        if let Some(Measured { value, trace }) = found {
            return Ok(Ok((Base { value, stand_in: None }, trace)));
        }
        let missing = format!("{missing}, so there is no base");
        Ok(match growth.no_base {
            NoBasePolicy::Skip => Err(format!("{missing}; under this rule that gives no line")),
            NoBasePolicy::DefaultBase => Ok(given(rule, growth, Some(format!("{missing}; the given base stands in")))),
        })
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

    fn engine_note(&self, index: usize) -> Option<String> {
        self.credits.lost(self.turn.plan, index, self.payee).map(|why| format!("; of the payee's own sales: {why}"))
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

/// The base that the plan gives.
fn given(rule: &Rule, growth: &Growth, stand_in: Option<String>) -> (Base, MeasureTrace) {
    // Publishing refuses a plan that needs a given base and has none.
    let value = growth.given_base.unwrap_or_default().normalize();
    let (field, kinds) = rule.measure.as_ref().map_or((MeasureField::Net, Vec::new()), |m| (m.field, m.kinds.clone()));
    let trace = MeasureTrace {
        field,
        kinds,
        filter: "given by the plan".to_owned(),
        from: None,
        to: None,
        value,
        fact_count: 0,
        facts_digest: String::new(),
    };
    (Base { value: value.into(), stand_in }, trace)
}

/// What single facts of a sale before the window earn: see [`super::per_fact`].
pub(super) fn earns(rule: &Rule, facts: &[FactValue], x: Exact) -> Option<Outcome> {
    pay(rule, &Terms { x, facts, ..Terms::default() }).ok()
}

/// The window of all days, for sales that are looked up.
pub(super) fn all_days() -> (i64, i64) {
    (ages().days(), i64::MAX)
}
