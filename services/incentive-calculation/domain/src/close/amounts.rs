//! Amounts of lines by payee, currency, slot, rule and part: what is compared when a period is settled.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Fault};

use super::true_up::overflow;
use crate::{engine::LineResult, rate::RateKey, trace::LineTrace};

/// Which line of a period.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LineKey {
    /// The payee, resource name.
    pub partner: String,
    /// Its currency.
    pub currency: Currency,
    /// The slot.
    pub slot: String,
    /// Id of the rule.
    pub rule: String,
    /// The part of the rule; empty: the line itself.
    pub part: String,
}

/// An amount and the plan version that gave it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatedAmount {
    /// Minor units.
    pub value: i64,
    /// Resource name of the plan version.
    pub plan_version: String,
    /// The rates by which it was converted.
    pub rates: BTreeSet<RateKey>,
}

/// The amounts of a period's lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines(pub BTreeMap<LineKey, StatedAmount>);

impl Lines {
    /// Adds a line with what its trace tells.
    ///
    /// # Errors
    /// `AMOUNT_OVERFLOW`.
    pub fn add_line(&mut self, key: LineKey, value: i64, trace: &LineTrace) -> Result<(), Fault> {
        let rates = trace.inputs.iter().filter_map(|input| RateKey::of_name(input.source.split(',').next()?));
        self.0.entry(key.clone()).or_default().rates.extend(rates);
        self.add(key, value, &trace.plan_version)
    }

    /// Adds to a line; the plan version that comes last is the one that stated it last.
    ///
    /// # Errors
    /// `AMOUNT_OVERFLOW`.
    pub fn add(&mut self, key: LineKey, value: i64, plan_version: &str) -> Result<(), Fault> {
        let partner = key.partner.clone();
        let amount = self.0.entry(key).or_default();
        amount.value = amount.value.checked_add(value).ok_or_else(|| overflow(&partner))?;
        plan_version.clone_into(&mut amount.plan_version);
        Ok(())
    }
}

/// The amounts that a calculation gave. `partner` names the payee of a number.
///
/// # Errors
/// `AMOUNT_OVERFLOW`; internal when a payee has no name.
pub fn lines_of<'a>(lines: &[LineResult], partner: impl Fn(u32) -> Option<&'a str>) -> Result<Lines, Fault> {
    let mut all = Lines::default();
    for line in lines {
        let payee = partner(line.payee).ok_or_else(|| Fault::internal("a payee has no name"))?;
        let key = LineKey {
            partner: payee.to_owned(),
            currency: line.amount.currency,
            slot: line.slot.clone(),
            rule: line.rule.clone(),
            part: line.part.clone(),
        };
        all.add_line(key, line.amount.value, &line.trace)?;
    }
    Ok(all)
}
