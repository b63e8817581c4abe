//! One rule, one payee, one currency: a line, or the reason why there is none.

use tributary_core::{Currency, Date, Decimal, Exact, Fault, MinorAmount, Period};

use super::{
    PlanInRun,
    layout::{Cell, RuleAt},
    selection::{base_window, measure_window},
    sums::{Sums, scale},
};
use crate::{
    assignment::Attributes,
    explain::days,
    fact::FactKind,
    plan::{Growth, MeasureField, NoBasePolicy, Reward, Rule},
    reasons::AMOUNT_OVERFLOW,
    reward::{Base, next_tier, pay},
    trace::{AttributeTrace, LineTrace, MeasureTrace},
};

/// What a rule gave.
pub(super) enum Fired {
    /// A line: its measure, its base, its trace.
    Line(Box<(Decimal, Option<Decimal>, LineTrace)>),
    /// No line, and why.
    No(String),
}

/// Everything a line is made of.
pub(super) struct Context<'a> {
    pub period: Period,
    pub plan: &'a PlanInRun,
    pub payee: &'a Attributes,
    pub currency: Currency,
    pub cell: &'a Cell,
    pub decided_by: Option<AttributeTrace>,
}

impl Context<'_> {
    /// Runs a rule.
    pub fn fire(&self, rule: &Rule, at: &RuleAt) -> Result<Fired, Fault> {
        let Some(measure) = &rule.measure else { return Ok(Fired::No("there is no measure".to_owned())) };
        let field = measure.field;
        let window = measure_window(self.period);
        let Some(sums) = self.sums(at.measure) else {
            return Ok(Fired::No(format!(
                "no fact in {} {} passes the measure{}",
                self.currency,
                days(window),
                at.filter_note()
            )));
        };
        let measure = self.measure_trace(rule, at, sums, window)?;
        let (base, base_trace) = match &rule.reward {
            Reward::Growth(growth) => match self.base(rule, growth, at)? {
                Ok((base, trace)) => (Some(base), Some(trace)),
                Err(reason) => return Ok(Fired::No(reason)),
            },
            _ => (None, None),
        };
        let x = Exact::from(measure.value);
        let outcome = pay(rule, &x, base.as_ref()).map_err(|e| self.overflow(rule, &e.to_string()))?;
        let next_tier = next_tier(rule, &x, base.as_ref(), scale(field, self.currency), &outcome);
        let rounding = self.plan.spec.rounding;
        let value = outcome.exact.round_to(self.currency.exponent(), rounding).ok_or_else(|| {
            self.overflow(rule, &format!("{} {} exceeds 64 bits of minor units", self.currency, outcome.exact))
        })?;
        let (measure_value, base_value) = (measure.value, base_trace.as_ref().map(|b| b.value));
        let trace = LineTrace {
            rule: rule.id.clone(),
            rule_type: rule.reward.rule_type().to_owned(),
            plan_version: self.plan.version_name.clone(),
            plan_digest: self.plan.digest.clone(),
            measure,
            base: base_trace,
            growth: outcome.growth,
            slices: outcome.slices,
            steps: outcome.steps,
            exact: outcome.exact,
            rounding,
            amount: MinorAmount { currency: self.currency, value },
            attributes: self.decided_by.iter().cloned().collect(),
            not_fired: Vec::new(),
            next_tier,
            target: None,
            attainment: None,
            inputs: Vec::new(),
            carried: None,
            origins: Vec::new(),
        };
        Ok(Fired::Line(Box::new((measure_value, base_value, trace))))
    }

    /// The base of a growth rule, or why there is no line without one.
    fn base(&self, rule: &Rule, growth: &Growth, at: &RuleAt) -> Result<Result<(Base, MeasureTrace), String>, Fault> {
        let Some(window) = base_window(rule, self.period) else {
            return Ok(Ok(given(rule, growth, None)));
        };
        if let Some(sums) = self.sums(at.base) {
            let trace = self.measure_trace(rule, at, sums, window)?;
            return Ok(Ok((Base { value: trace.value.into(), stand_in: None }, trace)));
        }
        let missing = format!("no fact in {} {} passes the measure, so there is no base", self.currency, days(window));
        Ok(match growth.no_base {
            NoBasePolicy::Skip => Err(format!("{missing}; under this rule that gives no line")),
            NoBasePolicy::DefaultBase => Ok(given(rule, growth, Some(format!("{missing}; the given base stands in")))),
        })
    }

    fn sums(&self, selection: Option<usize>) -> Option<&Sums> {
        self.cell.get(selection?)?.as_deref()
    }

    fn measure_trace(
        &self,
        rule: &Rule,
        at: &RuleAt,
        sums: &Sums,
        (from, to): (Date, Date),
    ) -> Result<MeasureTrace, Fault> {
        let (field, kinds) = counted(rule);
        let value = sums
            .value(field, self.currency)
            .ok_or_else(|| self.overflow(rule, "its measure needs more than 28 digits"))?;
        Ok(MeasureTrace {
            field,
            kinds,
            filter: at.filter.clone(),
            from: Some(from),
            to: Some(to),
            value,
            fact_count: sums.count(),
            facts_digest: sums.facts_digest(),
        })
    }

    fn overflow(&self, rule: &Rule, what: &str) -> Fault {
        let payee = &self.payee.business_key;
        let remedy = "look for a fact or a rate of absurd size";
        let message = format!("payee {payee:?}, rule {:?}, {}: {what}; {remedy}", rule.id, self.period);
        Fault::new(AMOUNT_OVERFLOW, message).with("payee", payee).with("rule", &rule.id)
    }
}

/// The base that the plan gives.
fn given(rule: &Rule, growth: &Growth, stand_in: Option<String>) -> (Base, MeasureTrace) {
    // Publishing refuses a plan that needs a given base and has none.
    let value = growth.given_base.unwrap_or_default().normalize();
    let (field, kinds) = counted(rule);
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

fn counted(rule: &Rule) -> (MeasureField, Vec<FactKind>) {
    rule.measure.as_ref().map_or((MeasureField::Net, Vec::new()), |m| (m.field, m.kinds.clone()))
}
