//! Funds (IC-13, R23): budgets per channel class, a share of each held back for sudden opportunities, and the terms on which
//! costs of partners are refunded. [`usage`] says what is used of them; what is asked of a fund are
//! [subsidies](crate::subsidy). Nothing here knows a clock or a store.

mod usage;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Date, Decimal, Exact, Fault, MinorAmount, Timestamp, Violations};

pub use usage::{Line, Usage, Used, UsedOf};

use crate::{canonical::decimal, fact::ChannelClass, reasons, split::share};

/// Most versions of a fund: it is read and written whole.
pub const MOST_VERSIONS: usize = 200;
/// Most decimals of a share.
pub const RATE_DIGITS: u32 = 6;
/// Most minor units of a budget or a cost: sums of thousands of them fit into 64 bits.
pub const MOST_AMOUNT: i64 = 1_000_000_000_000_000;
/// Most minor units that are asked of a fund and not decided: their sum, with those that are asked for at the same moment,
/// fits into 64 bits.
pub const MOST_REQUESTED: i64 = 1_000_000_000_000_000_000;

/// What a fund pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// Marketing activities of partners.
    Marketing,
    /// A share of joint advertising.
    Advertising,
    /// Transport.
    Logistics,
    /// Storage.
    Warehouse,
}

impl Kind {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Marketing => "MARKETING",
            Self::Advertising => "ADVERTISING",
            Self::Logistics => "LOGISTICS",
            Self::Warehouse => "WAREHOUSE",
        }
    }
}

/// The budget of a channel class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// The class.
    pub channel: ChannelClass,
    /// Whole minor units, 0 or above.
    pub amount: i64,
}

/// How much is refunded, and until when. Amounts are whole minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Share of eligible cost, above 0, at most 1.
    #[serde(with = "decimal")]
    pub rate: Decimal,
    /// Most that a subsidy is paid; `None`: no limit.
    pub project_cap: Option<i64>,
    /// Most that a partner is paid for activities that begin in a calendar year; `None`: no limit.
    pub annual_cap: Option<i64>,
    /// Days after the activity in which its costs can be claimed.
    pub claim_days: u16,
    /// Days after which a pre-approval without a claim lapses; 0: only when nothing can be claimed any more.
    pub approval_days: u16,
}

impl Terms {
    /// What a cost is refunded with by rate and project cap alone.
    #[must_use]
    pub fn refund(&self, cost: i64) -> i64 {
        let by_rate = self.by_rate(cost);
        self.project_cap.map_or(by_rate, |cap| by_rate.min(cap))
    }

    /// The rate of a cost, half away from zero to the currency's digits.
    #[must_use]
    pub fn by_rate(&self, cost: i64) -> i64 {
        // A share of at most 1 of 64 bits fits into 64 bits.
        share(cost, Exact::from(self.rate)).unwrap_or(i64::MAX)
    }

    fn check(&self) -> Violations {
        let mut violations = Violations::new();
        if self.rate <= Decimal::ZERO || self.rate > Decimal::ONE {
            violations.add("rate", format!("{} is not above 0 and at most 1; 50 % is 0.5", self.rate));
        }
        for (field, cap) in [("project_cap", self.project_cap), ("annual_cap", self.annual_cap)] {
            if cap.is_some_and(|cap| cap <= 0) {
                violations.add(field, "is not above 0; leave it out where there is no limit");
            }
        }
        violations
    }
}

/// What holds of a fund from a moment on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// At most one per channel class.
    pub budgets: Vec<Budget>,
    /// Share of each budget that is held back, 0 to 1.
    #[serde(with = "decimal")]
    pub held_back: Decimal,
    /// The terms.
    pub terms: Terms,
    /// Why.
    pub reason: String,
    /// Who stated it.
    pub author: String,
    /// When.
    pub time: Timestamp,
}

/// A fund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fund {
    /// Last part of its name.
    pub id: String,
    /// For people.
    pub display_name: String,
    /// What it pays for.
    pub kind: Kind,
    /// The currency of everything in it.
    pub currency: Currency,
    /// First day of its period.
    pub first_day: Date,
    /// First day after it.
    pub end_day: Date,
    /// Who answers for it.
    pub owner: String,
    /// What holds now.
    pub now: Version,
    /// What held before, oldest first.
    pub past: Vec<Version>,
    /// When it was created.
    pub create_time: Timestamp,
    /// Counts changes, from 1.
    pub revision: i64,
}

impl Fund {
    /// Resource name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("funds/{}", self.id)
    }

    /// Changes with every change.
    #[must_use]
    pub fn etag(&self) -> String {
        format!("r{}", self.revision)
    }

    /// An amount in its currency.
    #[must_use]
    pub fn money(&self, value: i64) -> MinorAmount {
        MinorAmount { currency: self.currency, value }
    }

    /// The budget of a class; 0 for one that has none.
    #[must_use]
    pub fn budget(&self, channel: ChannelClass) -> i64 {
        self.now.budgets.iter().find(|budget| budget.channel == channel).map_or(0, |budget| budget.amount)
    }

    /// What of a budget is held back, half away from zero to the currency's digits.
    #[must_use]
    pub fn held_back(&self, channel: ChannelClass) -> i64 {
        share(self.budget(channel), Exact::from(self.now.held_back)).unwrap_or(i64::MAX)
    }

    /// What can be used of a budget: of what is held back, or of the rest.
    #[must_use]
    pub fn usable(&self, channel: ChannelClass, reserve: bool) -> i64 {
        let held_back = self.held_back(channel);
        if reserve { held_back } else { self.budget(channel).saturating_sub(held_back) }
    }

    /// Everything that is wrong with it.
    #[must_use]
    pub fn check(&self) -> Violations {
        let mut violations = Violations::new();
        if self.display_name.is_empty() {
            violations.add("display_name", "is empty; name the fund for people");
        }
        if self.owner.is_empty() {
            violations.add("owner", "is empty; say who answers for the fund");
        }
        if self.end_day <= self.first_day {
            let why = format!("{} is not after {}; it is the first day after the period", self.end_day, self.first_day);
            violations.add("end_day", why);
        }
        let Version { budgets, held_back, terms, .. } = &self.now;
        if budgets.is_empty() {
            violations.add("budgets", "is empty; state a budget for a channel class");
        }
        let mut seen = BTreeSet::new();
        for (at, budget) in budgets.iter().enumerate() {
            if !seen.insert(budget.channel) {
                violations.add(format!("budgets[{at}].channel"), format!("{} is given twice", budget.channel.name()));
            }
            if !(0..=MOST_AMOUNT).contains(&budget.amount) {
                let amount = self.money(budget.amount);
                violations
                    .add(format!("budgets[{at}].amount"), format!("{amount} is not between 0 and 10^15 minor units"));
            }
        }
        if held_back.is_sign_negative() && !held_back.is_zero() || *held_back > Decimal::ONE {
            violations.add("held_back", format!("{held_back} is not between 0 and 1; 10 % is 0.1"));
        }
        violations.nest("terms", terms.check());
        violations
    }

    /// The fund with other terms or budgets.
    ///
    /// # Errors
    /// `FUND_FULL`.
    pub fn changed(&self, display_name: String, owner: String, version: Version) -> Result<Self, Fault> {
        if self.past.len().saturating_add(1) >= MOST_VERSIONS {
            let message = format!("{} has {MOST_VERSIONS} versions; create a new fund", self.name());
            return Err(Fault::new(reasons::FUND_FULL, message).with("fund", self.name()));
        }
        let mut next = Self { display_name, owner, revision: self.revision.saturating_add(1), ..self.clone() };
        next.past.push(std::mem::replace(&mut next.now, version));
        Ok(next)
    }

    /// Whether its budgets hold what is used of them.
    ///
    /// # Errors
    /// `FUND_INSUFFICIENT` with every budget that is too small.
    pub fn holds(&self, used: &UsedOf) -> Result<(), Fault> {
        let mut violations = Violations::new();
        for ((channel, reserve), used) in used {
            let usable = self.usable(*channel, *reserve);
            if usable < used.spent() {
                let (what, channel) =
                    (if *reserve { "reserve" } else { "budget less what is held back" }, channel.name());
                let why = format!(
                    "the {what} of {channel} would be {}, {} are committed and paid",
                    self.money(usable),
                    self.money(used.spent())
                );
                violations.add("budgets", why);
            }
        }
        if violations.is_empty() {
            return Ok(());
        }
        let why: Vec<&str> = violations.as_slice().iter().map(|violation| violation.description.as_str()).collect();
        let message = format!("{}: {}", self.name(), why.join("; "));
        Err(Fault::new(reasons::FUND_INSUFFICIENT, message).with("fund", self.name()).with_violations(violations))
    }

    /// Whether so much more can be asked of it.
    ///
    /// # Errors
    /// `FUND_FULL`.
    pub fn takes(&self, used: &UsedOf, more: i64) -> Result<(), Fault> {
        let requested = used.values().fold(0, |sum: i64, used| sum.saturating_add(used.requested));
        if requested.saturating_add(more) <= MOST_REQUESTED {
            return Ok(());
        }
        let message = format!(
            "{} of {} are requested and not decided, which with {} is more than 10^18 minor units; decide on some first",
            self.money(requested),
            self.name(),
            self.money(more)
        );
        Err(Fault::new(reasons::FUND_FULL, message).with("fund", self.name()))
    }
}
