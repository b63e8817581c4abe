//! What a rule is asked with: its measure, and what its reward looks up beside it.

use tributary_core::{Exact, Fault};

use super::{
    HoldReason,
    context::{Context, Measured, Trail},
    layout::Wants,
    per_fact::Earned,
    stated,
};
use crate::{
    explain::{days, own::OWN_SALES},
    plan::{Baseline, Growth, GrowthBase, Measure, MeasureField, NoBasePolicy, Retrospective, Reward, Rule},
    reward::{Base, Terms},
    trace::{MeasureTrace, StepTrace},
};

/// Either a value or the reason why there is no line.
pub(super) type Told<T> = Result<Result<T, String>, Fault>;

/// What a rule is asked with, and what its lines tell of it.
pub(super) struct Question {
    pub measured: Measured,
    pub base: Option<MeasureTrace>,
    pub earned: Earned,
    pub levels: Vec<Exact>,
    pub target: Option<Exact>,
    pub attainment: Option<Exact>,
    pub held: Vec<HoldReason>,
    pub notes: Vec<StepTrace>,
}

impl Context<'_> {
    /// Measures what the rule looks at.
    pub fn question(&self, index: usize, rule: &Rule, measure: &Measure, trail: &mut Trail) -> Told<Question> {
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
                if let Some(reason) = self.unclear_currency(measure, window) {
                    return Ok(Err(reason));
                }
                self.figure(rule, measure, self.when().window(measure), trail)?
            }
            _ => self.facts(rule, measure, self.when(), Wants::of(rule), trail)?,
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
    pub fn reward_terms(
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
                let found = self.facts(rule, measure, when, Wants::Totals, trail)?;
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
                (self.facts(rule, measure, when, Wants::Totals, trail)?, missing)
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

    fn engine_note(&self, index: usize) -> Option<String> {
        self.credits.lost(self.turn.plan, index, self.payee).map(|why| format!("{OWN_SALES}{why}"))
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
