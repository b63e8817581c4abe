//! How much is pre-approved or paid (R28): the smallest of its limits, with every limit and the one that bound it.

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Decimal, Fault, MinorAmount};

use super::Subsidy;
use crate::{
    canonical::decimal_text,
    fund::{Fund, Terms, Used},
    reasons,
};

/// What limits a payout, in the order in which they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Limit {
    /// The rate of the eligible cost.
    Rate,
    /// The project cap less what was paid of the subsidy.
    ProjectCap,
    /// What is left of the partner's annual cap beside other subsidies.
    Allowance,
    /// What is left of the budget beside other subsidies.
    Fund,
    /// What was pre-approved and not paid yet.
    Approved,
    /// What the approver decided.
    Decision,
}

impl Limit {
    fn words(self) -> &'static str {
        match self {
            Self::Rate => "the rate",
            Self::ProjectCap => "the project cap",
            Self::Allowance => "the remaining annual allowance",
            Self::Fund => "the remaining fund",
            Self::Approved => "what was pre-approved",
            Self::Decision => "the decision",
        }
    }
}

/// What is left for a subsidy beside all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Of the partner's annual cap; `None`: there is none.
    pub allowance: Option<i64>,
    /// Of the budget.
    pub fund: i64,
}

impl Left {
    /// What is left for a subsidy, of what is used of its budget, and of the partner's annual cap (committed and paid), each
    /// with what the subsidy itself has reserved.
    #[must_use]
    pub fn of(fund: &Fund, subsidy: &Subsidy, used: Used, by_partner: i64) -> Self {
        let own = subsidy.committed();
        let left = |of: i64, spent: i64| of.saturating_sub(spent).saturating_add(own);
        Self {
            allowance: fund.now.terms.annual_cap.map(|cap| left(cap, by_partner)),
            fund: left(fund.usable(subsidy.channel, subsidy.reserve), used.spent()),
        }
    }
}

/// An amount as the smallest of its limits, in whole minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout {
    /// The cost it is computed from.
    pub cost: i64,
    /// The rate of it.
    #[serde(with = "crate::canonical::decimal")]
    pub rate: Decimal,
    /// Every limit that there is, in their order.
    pub limits: Vec<(Limit, i64)>,
    /// The smallest of them, never below 0.
    pub amount: i64,
    /// The first limit that gives it.
    pub by: Limit,
}

impl Payout {
    /// What a cost gives, of which something was paid already; `approved` is what was pre-approved and not paid yet.
    #[must_use]
    pub fn of(cost: i64, terms: &Terms, left: Left, paid: i64, approved: Option<i64>) -> Self {
        let by_rate = terms.by_rate(cost);
        let first = Self { cost, rate: terms.rate, limits: Vec::new(), amount: by_rate, by: Limit::Rate };
        let others = [
            (Limit::ProjectCap, terms.project_cap.map(|cap| cap.saturating_sub(paid))),
            (Limit::Allowance, left.allowance),
            (Limit::Fund, Some(left.fund)),
            (Limit::Approved, approved),
        ];
        let stated = others.into_iter().filter_map(|(limit, amount)| Some((limit, amount?)));
        stated.fold(first.within(Limit::Rate, by_rate), |payout, (limit, amount)| payout.within(limit, amount))
    }

    /// With one more limit.
    #[must_use]
    pub fn within(mut self, limit: Limit, amount: i64) -> Self {
        let amount = amount.max(0);
        self.limits.push((limit, amount));
        if amount < self.amount {
            (self.amount, self.by) = (amount, limit);
        }
        self
    }

    /// In words. Example: "50 % of CNY 120000.00 is CNY 60000.00; the project cap leaves CNY 50000.00; the remaining annual
    /// allowance leaves CNY 42000.00; …: CNY 42000.00, limited by the remaining annual allowance".
    #[must_use]
    pub fn words(&self, currency: Currency) -> String {
        let money = |value| MinorAmount { currency, value };
        let rate = decimal_text(self.rate.saturating_mul(Decimal::ONE_HUNDRED));
        let limits = self.limits.iter().map(|(limit, amount)| match limit {
            Limit::Rate => format!("{rate} % of {} is {}", money(self.cost), money(*amount)),
            other => format!("{} leaves {}", other.words(), money(*amount)),
        });
        let limits: Vec<String> = limits.collect();
        format!("{}: {}, limited by {}", limits.join("; "), money(self.amount), self.by.words())
    }

    /// Refuses an amount that is more than the limits allow, or nothing.
    ///
    /// # Errors
    /// `FUND_INSUFFICIENT`.
    pub(super) fn enough(self, subsidy: &Subsidy, wanted: Option<i64>) -> Result<Self, Fault> {
        let refused = match wanted {
            Some(wanted) if wanted > self.amount => format!("{} are more than is left", subsidy.money(wanted)),
            _ if self.amount == 0 => "nothing is left".to_owned(),
            Some(wanted) => return Ok(self.within(Limit::Decision, wanted)),
            None => return Ok(self),
        };
        let message = format!("{}: {refused}: {}", subsidy.name(), self.words(subsidy.currency));
        Err(Fault::new(reasons::FUND_INSUFFICIENT, message).with("subsidy", subsidy.name()))
    }
}
