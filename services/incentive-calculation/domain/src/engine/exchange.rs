//! R22: amounts of facts become one currency, each exactly by its rate. Currencies that stay apart need no rate.

use std::collections::BTreeMap;

use tributary_core::{Currency, Date, Exact, Fault};

use super::{Inputs, PlanInRun, layout::conversion};
use crate::{
    plan::{Conversion, ConversionDate},
    reasons::RATE_MISSING,
    trace::InputTrace,
};

/// The rates a line used, by currency and the day from which each holds.
pub(super) type Used = BTreeMap<(Currency, Date), (Exact, String)>;

/// How a plan treats currencies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exchange<'a> {
    conversion: Option<&'a Conversion>,
    inputs: &'a Inputs,
    /// The last day of the period.
    end: Date,
}

impl<'a> Exchange<'a> {
    /// That of a plan, in a period that ends with a day.
    pub fn new(plan: &'a PlanInRun, inputs: &'a Inputs, end: Date) -> Self {
        Self { conversion: conversion(plan), inputs, end }
    }

    /// The currency of lines, where amounts are converted.
    pub fn target(&self) -> Option<Currency> {
        self.conversion.map(|c| c.into)
    }

    /// An amount of a day in the line's currency.
    ///
    /// # Errors
    /// `RATE_MISSING`.
    pub fn convert(&self, amount: Exact, currency: Currency, day: i64, used: &mut Used) -> Result<Exact, Fault> {
        let Some(conversion) = self.conversion.filter(|c| c.into != currency) else { return Ok(amount) };
        let day = match conversion.date_rule {
            ConversionDate::FactDay => Date::from_days(day),
            ConversionDate::PeriodEnd => self.end,
        };
        let rates = self.inputs.rates.get(&conversion.rate_table).and_then(|table| table.0.get(&currency));
        let rate = rates.and_then(|list| list.iter().rev().find(|rate| rate.day <= day));
        let Some(rate) = rate else {
            let (table, into) = (&conversion.rate_table, conversion.into);
            let message = format!(
                "{table:?} has no rate from {currency} into {into} on or before {day}; record one and calculate again"
            );
            return Err(Fault::new(RATE_MISSING, message)
                .with("currency", currency.code())
                .with("day", day.to_string())
                .with("rate_table", table));
        };
        let factor = Exact::from(rate.rate);
        used.entry((currency, rate.day)).or_insert_with(|| (factor.clone(), rate.source.clone()));
        Ok(amount * factor)
    }

    /// The rates used, for a trace.
    pub fn traces(&self, used: Used) -> impl Iterator<Item = InputTrace> {
        let into = self.target().map(Currency::code).unwrap_or_default();
        used.into_iter().map(move |((currency, day), (value, source))| InputTrace {
            input: format!("rate {currency} into {into} from {day}"),
            value,
            source,
        })
    }
}
