//! One payee, one plan, one currency: what is measured and known of them.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};
use tributary_core::{Currency, Date, Decimal, Exact, Fault};

use super::{
    Engine, Inputs, Payee, PlanInRun,
    cells::Cell,
    credit::Credits,
    exchange::{Exchange, Used},
    layout::{Gauge, Parts, filter_words},
    shares::Splitter,
    sums::{Bucket, Sums, distinct},
    turns::Turn,
    windows::{Days, When, ages},
};
use crate::{
    plan::{Measure, MeasureField, Rule, Window},
    reasons::AMOUNT_OVERFLOW,
    trace::{AttributeTrace, InputTrace, MeasureTrace},
};

/// Everything a line is made of.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub engine: &'a Engine,
    pub inputs: &'a Inputs,
    pub credits: &'a Credits,
    pub splitter: Splitter<'a>,
    pub payee: u32,
    pub known: &'a Payee,
    pub turn: &'a Turn,
    pub plan: &'a PlanInRun,
    pub exchange: Exchange<'a>,
    pub currency: Currency,
    pub cell: Option<&'a Cell>,
    /// The currencies of the payee's facts.
    pub of_facts: &'a BTreeSet<Currency>,
}

/// What decided a line beside its measure.
#[derive(Debug, Clone, Default)]
pub(super) struct Trail {
    pub inputs: Vec<InputTrace>,
    pub attributes: Vec<AttributeTrace>,
    pub used: Used,
}

impl Trail {
    /// Adds a number; one that is there already is not told twice.
    pub fn add(&mut self, input: impl Into<String>, value: Exact, source: impl Into<String>) {
        let input = InputTrace { input: input.into(), value, source: source.into() };
        if !self.inputs.contains(&input) {
            self.inputs.push(input);
        }
    }

    /// Adds an attribute.
    pub fn attribute(&mut self, attribute: AttributeTrace) {
        if !self.attributes.contains(&attribute) {
            self.attributes.push(attribute);
        }
    }
}

/// A measure and its trace.
#[derive(Debug, Clone)]
pub(super) struct Measured {
    pub value: Exact,
    pub trace: MeasureTrace,
}

impl Context<'_> {
    /// When the run is.
    pub fn when(&self) -> When {
        self.engine.when
    }

    /// Measures facts; `None` when none passes.
    pub fn facts(
        &self,
        rule: &Rule,
        measure: &Measure,
        when: When,
        special: bool,
        trail: &mut Trail,
    ) -> Result<Option<Measured>, Fault> {
        let window = when.window(measure);
        let Some((gauge, sums)) = self.sums(measure, window, special) else { return Ok(None) };
        let window = self.own_days(measure, window);
        let mut used = Used::new();
        let Some(reading) = self.read(sums, gauge, measure.field, window, &mut used)? else { return Ok(None) };
        trail.used.extend(used);
        let value = reading.value.ok_or_else(|| self.overflow(rule, "its measure needs more than 128 bits"))?;
        let trace = self.measure_trace(rule, measure, window, &value, (reading.count, reading.digest))?;
        Ok(Some(Measured { value, trace }))
    }

    /// The trace of a measure.
    pub fn measure_trace(
        &self,
        rule: &Rule,
        measure: &Measure,
        (from, to): Days,
        value: &Exact,
        (fact_count, facts_digest): (i64, String),
    ) -> Result<MeasureTrace, Fault> {
        Ok(MeasureTrace {
            field: measure.field,
            kinds: measure.kinds.clone(),
            filter: filter_words(measure),
            from: Some(from),
            to: Some(to),
            value: self.decimal(rule, value)?,
            fact_count,
            facts_digest,
        })
    }

    /// The gauge of a measure and what went in.
    pub fn sums(&self, measure: &Measure, window: Days, special: bool) -> Option<(&Gauge, &Sums)> {
        let at = self.engine.layout.find(self.turn.plan, measure, window, special)?;
        self.engine.layout.gauges.get(at).zip(self.cell?.sums(at))
    }

    /// The window of the payee: one since joining begins with its first day of membership.
    pub fn own_days(&self, measure: &Measure, (from, to): Days) -> Days {
        if measure.window != Window::SinceJoining {
            return (from, to);
        }
        let joined = match &self.known.membership {
            None => ages(),
            Some(spans) => spans.first().map_or(to, |(from, _)| *from),
        };
        (joined.clamp(from, to), to)
    }

    fn read(
        &self,
        sums: &Sums,
        gauge: &Gauge,
        field: MeasureField,
        (from, to): Days,
        used: &mut Used,
    ) -> Result<Option<Reading>, Fault> {
        if gauge.parts != Parts::Days {
            let value = match field {
                _ if is_distinct(field) => Some(distinct(std::iter::once(&sums.all), field).into()),
                _ if gauge.parts == Parts::Together || !field.is_money() => sums.all.totals.value(field, self.currency),
                _ => self.total(sums.parts.iter(), field, used)?,
            };
            return Ok(Some(Reading { value, count: sums.all.totals.count(), digest: hex::encode(sums.all.digest()) }));
        }
        let days: BTreeMap<&(i64, Currency), &Bucket> =
            sums.parts.iter().filter(|((day, _), _)| from.days() <= *day && *day < to.days()).collect();
        if days.is_empty() {
            return Ok(None);
        }
        let value = if is_distinct(field) {
            Some(distinct(days.values().copied(), field).into())
        } else {
            self.total(days.iter().map(|(key, bucket)| (*key, *bucket)), field, used)?
        };
        let count = days.values().map(|b| b.totals.count()).sum();
        let mut digest = Sha256::new();
        for ((day, currency), bucket) in days {
            hash_day(&mut digest, *day, *currency, bucket);
        }
        Ok(Some(Reading { value, count, digest: hex::encode(digest.finalize()) }))
    }

    /// The total of some buckets in the line's currency; `None` beyond 128 bits.
    fn total<'b>(
        &self,
        buckets: impl Iterator<Item = (&'b (i64, Currency), &'b Bucket)>,
        field: MeasureField,
        used: &mut Used,
    ) -> Result<Option<Exact>, Fault> {
        let mut sum = Exact::zero();
        for ((day, currency), bucket) in buckets {
            let Some(value) = bucket.totals.value(field, *currency) else { return Ok(None) };
            let value = if field.is_money() { self.exchange.convert(value, *currency, *day, used)? } else { value };
            sum = sum + value;
        }
        Ok(Some(sum))
    }

    /// An exact value as a decimal for the trace.
    pub fn decimal(&self, rule: &Rule, value: &Exact) -> Result<Decimal, Fault> {
        decimal(value).ok_or_else(|| self.overflow(rule, "its measure needs more than 28 digits"))
    }

    /// An exact value in whole minor units, rounded once.
    pub fn rounded(&self, rule: &Rule, value: &Exact) -> Result<i64, Fault> {
        value
            .round_to(self.currency.exponent(), self.plan.spec.rounding)
            .ok_or_else(|| self.overflow(rule, &format!("{} {value} exceeds 64 bits of minor units", self.currency)))
    }

    /// The fault of a number that is too large.
    pub fn overflow(&self, rule: &Rule, what: &str) -> Fault {
        let payee = &self.known.attributes.business_key;
        let remedy = "look for a fact or a rate of absurd size";
        let message = format!("payee {payee:?}, rule {:?}, {}: {what}; {remedy}", rule.id, self.when().period);
        Fault::new(AMOUNT_OVERFLOW, message).with("payee", payee).with("rule", &rule.id)
    }
}

struct Reading {
    /// `None` beyond 128 bits.
    value: Option<Exact>,
    count: i64,
    digest: String,
}

/// Where days are read apart, a digest takes of each day in order: the day, a zero byte, the currency, a zero byte, the
/// digest of that day's facts in key order.
pub(super) fn hash_day(digest: &mut Sha256, day: i64, currency: Currency, bucket: &Bucket) {
    digest.update(Date::from_days(day).to_string().as_bytes());
    digest.update([0]);
    digest.update(currency.code().as_bytes());
    digest.update([0]);
    digest.update(bucket.digest());
}

/// An exact value as a decimal, where it is one of at most 28 digits.
pub(super) fn decimal(value: &Exact) -> Option<Decimal> {
    let text = value.to_decimal_string(28)?;
    Decimal::from_str_exact(&text).ok().map(|d| d.normalize())
}

fn is_distinct(field: MeasureField) -> bool {
    matches!(field, MeasureField::DistinctOrders | MeasureField::DistinctCustomers | MeasureField::DistinctSkus)
}
