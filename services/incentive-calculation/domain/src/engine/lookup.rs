//! What a rule looks up beside its measure: figures, targets, indicators, conditions.

use tributary_core::{Currency, Exact, Fault};

use super::layout::Wants;
use super::{
    Figure, Inputs,
    context::{Context, Measured, Trail},
    windows::Days,
};
use crate::{
    assignment::within,
    explain::{
        IN_CONDITION, days,
        own::{DIGEST, LABEL},
    },
    plan::{
        AttributeCondition, Condition, Indicator, IndicatorCondition, Measure, MeasureField, MissingTarget, Rule,
        ScoreCard, ScoreOf, TargetOf,
    },
    trace::{AttributeTrace, MeasureTrace},
};

/// The figures of a payee whose days lie inside a window, in a currency or without one; ascending.
pub(super) fn figures<'a>(
    inputs: &'a Inputs,
    currency: Currency,
    (payee, name): (u32, &str),
    (from, to): Days,
) -> impl Iterator<Item = &'a Figure> + use<'a> {
    let list = inputs.figures.0.get(&(payee, name.to_owned()));
    let fits = move |f: &&Figure| from <= f.from && f.to <= to && f.currency.is_none_or(|c| c == currency);
    list.into_iter().flatten().filter(fits)
}

impl Context<'_> {
    /// The newest value of a figure inside the period.
    pub fn newest(&self, payee: u32, name: &str, trail: &mut Trail) -> Option<Exact> {
        let figure = figures(self.inputs, self.currency, (payee, name), self.when().days()).last()?;
        let value = Exact::from(figure.value);
        trail.add(format!("figure {name}"), value.clone(), &figure.source);
        Some(value)
    }

    /// The sum of a figure over the days of a window; `None` without any.
    pub fn sum(&self, name: &str, window: Days, trail: &mut Trail) -> Option<Exact> {
        let mut sum = None;
        for figure in figures(self.inputs, self.currency, (self.payee, name), window) {
            let value = Exact::from(figure.value);
            trail.add(format!("figure {name}"), value.clone(), &figure.source);
            sum = Some(sum.unwrap_or_default() + value);
        }
        sum
    }

    /// A figure as a measure.
    pub fn figure(
        &self,
        rule: &Rule,
        measure: &Measure,
        window: Days,
        trail: &mut Trail,
    ) -> Result<Option<Measured>, Fault> {
        let window = self.own_days(measure, window);
        let Some(value) = self.sum(&measure.figure, window, trail) else { return Ok(None) };
        let mut trace = self.measure_trace(rule, measure, window, &value, (0, String::new()))?;
        trace.filter = format!("figure {}", measure.figure);
        Ok(Some(Measured { value, trace }))
    }

    /// Why a figure that states no currency gives no line in this one: it is paid in the currency of the payee's facts, or
    /// in the one that amounts are converted into.
    pub fn unclear_currency(&self, measure: &Measure, window: Days) -> Option<String> {
        let mut found = figures(self.inputs, self.currency, (self.payee, &measure.figure), window);
        found.find(|f| f.currency.is_none())?;
        let name = &measure.figure;
        match self.exchange.target() {
            Some(target) if target == self.currency => None,
            Some(target) => Some(format!("figure {name:?} states no currency, so its line is in {target}")),
            None if self.of_facts.len() == 1 && self.of_facts.contains(&self.currency) => None,
            None => {
                let count = self.of_facts.len();
                let remedy = "state the currency with the figure";
                Some(format!("figure {name:?} states no currency and the payee's facts are in {count}; {remedy}"))
            }
        }
    }

    /// The target of a rule: `Ok(None)` where there is none and attainment counts as 0, or why there is no line.
    pub fn target(&self, rule: &Rule, trail: &mut Trail) -> Result<Option<Exact>, String> {
        let Some(target) = &rule.target else { return Ok(None) };
        let window = match &rule.measure {
            Some(measure) => self.own_days(measure, self.when().window(measure)),
            None => self.when().days(),
        };
        let (value, what) = match &target.of {
            TargetOf::Amount(amount) => return Ok(Some(Exact::from(*amount))),
            TargetOf::Figure(name) => (self.sum(name, window, trail), name),
        };
        match value.filter(Exact::is_positive) {
            Some(value) => Ok(Some(value)),
            None if target.missing == MissingTarget::NoneAttained => Ok(None),
            None => Err(format!(
                "no figure {what:?} above 0 in {} {}, so there is no target; under this rule that gives no line",
                self.currency,
                days(window)
            )),
        }
    }

    /// The value of an indicator; `None`: missing. A measure over no facts is 0.
    pub fn indicator(
        &self,
        rule: &Rule,
        indicator: &Indicator,
        attainment: Option<&Exact>,
        trail: &mut Trail,
    ) -> Result<Option<Exact>, Fault> {
        Ok(match indicator {
            Indicator::Attainment => attainment.cloned(),
            Indicator::Figure(name) => self.newest(self.payee, name, trail),
            Indicator::Measure(measure) => self.other_measure(rule, measure, trail)?,
            Indicator::ScoreCard(card) => self.score(rule, card, trail)?,
        })
    }

    fn other_measure(&self, rule: &Rule, measure: &Measure, trail: &mut Trail) -> Result<Option<Exact>, Fault> {
        if measure.field == MeasureField::Figure {
            let found = self.figure(rule, measure, self.when().window(measure), trail)?;
            return Ok(found.map(|m| m.value));
        }
        let found = self.facts(rule, measure, self.when(), Wants::Totals, trail)?;
        let (value, source) = match found {
            Some(Measured { value, trace }) => (value, source_of(&trace)),
            None => (Exact::zero(), format!("no fact {}", days(self.when().window(measure)))),
        };
        trail.add(format!("measure {}", crate::explain::field_name(measure.field)), value.clone(), source);
        Ok(Some(value))
    }

    /// A weighted score; an item without a value scores 0, a card without any value is missing.
    fn score(&self, rule: &Rule, card: &ScoreCard, trail: &mut Trail) -> Result<Option<Exact>, Fault> {
        let (mut scored, mut weights, mut any) = (Exact::zero(), Exact::zero(), false);
        for item in &card.items {
            let (value, name) = match &item.of {
                ScoreOf::Figure(name) => (self.newest(self.payee, name, trail), name.as_str()),
                ScoreOf::Measure(measure) => {
                    (self.other_measure(rule, measure, trail)?, crate::explain::field_name(measure.field))
                }
            };
            any |= value.is_some();
            let name = if item.title.is_empty() { name } else { &item.title };
            let share = value.and_then(|v| v.checked_div(&Exact::from(item.target))).unwrap_or_default();
            let share = share.max(Exact::zero()).min(item.cap.map_or(Exact::from(1), Exact::from));
            trail.add(format!("score of {name}"), share.clone(), format!("weight {}", item.weight.normalize()));
            scored = scored + share * Exact::from(item.weight);
            weights = weights + Exact::from(item.weight);
        }
        let score = scored.checked_div(&weights).filter(|_| any);
        if let Some(score) = &score {
            trail.add("score card", score.clone(), "plan");
        }
        Ok(score)
    }

    /// Whether a condition holds, and why, in words.
    pub fn condition(
        &self,
        rule: &Rule,
        condition: &Condition,
        attainment: Option<&Exact>,
        trail: &mut Trail,
    ) -> Result<(bool, String), Fault> {
        let mut each = |list: &[Condition]| -> Result<Vec<(bool, String)>, Fault> {
            list.iter().map(|c| self.condition(rule, c, attainment, trail)).collect()
        };
        Ok(match condition {
            Condition::Indicator(bounds) => {
                let value = self.indicator(rule, &bounds.indicator, attainment, trail)?;
                bounded(bounds, value.as_ref())
            }
            Condition::Attribute(wanted) => self.attribute(wanted, trail),
            Condition::All(list) => {
                let found = each(list)?;
                // What fails decides; when nothing fails, everything does.
                let holds = found.iter().all(|(holds, _)| *holds);
                (holds, joined(found, |one| holds || !one, " and "))
            }
            Condition::Any(list) => {
                let found = each(list)?;
                let holds = found.iter().any(|(holds, _)| *holds);
                (holds, joined(found, |one| one || !holds, if holds { " and " } else { " and also " }))
            }
            Condition::Not(inner) => {
                let (holds, why) = self.condition(rule, inner, attainment, trail)?;
                (!holds, why)
            }
        })
    }

    fn attribute(&self, wanted: &AttributeCondition, trail: &mut Trail) -> (bool, String) {
        let known = &self.known.attributes;
        let (value, revision) = match wanted.attribute.as_str() {
            // Tiers are assigned apart and make no revision of the partner.
            "tier" => (known.tier.clone(), 0),
            "kind" => (Some(known.kind.clone()), known.revision),
            "region" => (Some(known.region.clone()), known.revision),
            other => {
                let key = other.strip_prefix(LABEL).and_then(|key| key.strip_prefix(':')).unwrap_or(other);
                (known.labels.get(key).cloned(), known.revision)
            }
        };
        let name = wanted.attribute.replace(':', " ");
        let Some(value) = value.filter(|v| !v.is_empty()) else {
            return (false, format!("{name} is not set, {} is needed", wanted.values.join(" or ")));
        };
        let fits = |one: &String| if wanted.attribute == "region" { within(&value, one) } else { *one == value };
        let holds = wanted.values.iter().any(fits);
        let needed = if holds { String::new() } else { format!(", {} is needed", wanted.values.join(" or ")) };
        let why = format!("{name} is {value:?}{needed}");
        trail.attribute(AttributeTrace { attribute: format!("{}{IN_CONDITION}", wanted.attribute), value, revision });
        (holds, why)
    }
}

/// Where a measure comes from, in words.
fn source_of(trace: &MeasureTrace) -> String {
    let window = trace.from.zip(trace.to).map(days).unwrap_or_default();
    format!("{} {window}{DIGEST}{}", crate::explain::fact_count(trace.fact_count), trace.facts_digest)
}

fn bounded(bounds: &IndicatorCondition, value: Option<&Exact>) -> (bool, String) {
    let name = match &bounds.indicator {
        Indicator::Attainment => "attainment".to_owned(),
        Indicator::Figure(name) => format!("figure {name}"),
        Indicator::Measure(measure) => crate::explain::field_name(measure.field).to_owned(),
        Indicator::ScoreCard(_) => "the score".to_owned(),
    };
    let needed = match (bounds.at_least, bounds.below) {
        (Some(least), Some(below)) => format!("at least {} and below {}", least.normalize(), below.normalize()),
        (Some(least), None) => format!("at least {}", least.normalize()),
        (None, Some(below)) => format!("below {}", below.normalize()),
        (None, None) => "any value".to_owned(),
    };
    let Some(value) = value else { return (false, format!("{name} is missing, {needed} is needed")) };
    let holds = bounds.at_least.is_none_or(|least| Exact::from(least) <= *value)
        && bounds.below.is_none_or(|below| *value < Exact::from(below));
    (holds, format!("{name} is {value}, {needed} is needed"))
}

fn joined(found: Vec<(bool, String)>, tell: impl Fn(bool) -> bool, with: &str) -> String {
    let told: Vec<String> = found.into_iter().filter(|(holds, _)| tell(*holds)).map(|(_, why)| why).collect();
    told.join(with)
}
