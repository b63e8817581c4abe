//! What is used of a fund (IC-30): per channel class committed + paid + free = budget, and what will be used at the end of its
//! period if the rest goes like the days so far.

use std::collections::BTreeMap;

use tributary_core::{Date, Exact, Rounding};

use super::Fund;
use crate::fact::ChannelClass;

/// Sums over subsidies, in whole minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Used {
    /// Asked for, not decided.
    pub requested: i64,
    /// Reserved and not paid.
    pub committed: i64,
    /// What of it waits for a decision.
    pub claimed: i64,
    /// Paid out.
    pub paid: i64,
}

impl Used {
    /// What is not free any more.
    #[must_use]
    pub fn spent(&self) -> i64 {
        self.committed.saturating_add(self.paid)
    }

    /// With other sums.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            requested: self.requested.saturating_add(other.requested),
            committed: self.committed.saturating_add(other.committed),
            claimed: self.claimed.saturating_add(other.claimed),
            paid: self.paid.saturating_add(other.paid),
        }
    }
}

/// What is used per channel class, of what is held back (`true`) and of the rest.
pub type UsedOf = BTreeMap<(ChannelClass, bool), Used>;

/// What is used of one budget, or of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Line {
    /// The class; `None`: all.
    pub channel: Option<ChannelClass>,
    /// The budget.
    pub budget: i64,
    /// What of it is held back.
    pub held_back: i64,
    /// What is used.
    pub used: Used,
    /// What can still be pre-approved.
    pub free: i64,
    /// What of it is in the reserve.
    pub free_reserve: i64,
    /// What will be committed or paid at the end of the period.
    pub forecast: i64,
}

/// What is used of a fund on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// Per channel class that has a budget or is used.
    pub lines: Vec<Line>,
    /// All of them.
    pub total: Line,
}

impl Fund {
    /// What is used of it on a day.
    #[must_use]
    pub fn usage(&self, used: &UsedOf, today: Date) -> Usage {
        let there = |channel: &ChannelClass| {
            self.now.budgets.iter().any(|budget| budget.channel == *channel) || used.keys().any(|(of, _)| of == channel)
        };
        let lines: Vec<Line> =
            ChannelClass::ALL.into_iter().filter(there).map(|channel| self.line(used, channel, today)).collect();
        let mut total = lines.iter().fold(Line::default(), |sum, line| Line {
            channel: None,
            budget: sum.budget.saturating_add(line.budget),
            held_back: sum.held_back.saturating_add(line.held_back),
            used: sum.used.plus(line.used),
            free: sum.free.saturating_add(line.free),
            free_reserve: sum.free_reserve.saturating_add(line.free_reserve),
            forecast: 0,
        });
        total.forecast = self.forecast(total.used.spent(), today);
        Usage { lines, total }
    }

    fn line(&self, used: &UsedOf, channel: ChannelClass, today: Date) -> Line {
        let of = |reserve| used.get(&(channel, reserve)).copied().unwrap_or_default();
        let (reserve, all) = (of(true), of(true).plus(of(false)));
        let (budget, held_back) = (self.budget(channel), self.held_back(channel));
        Line {
            channel: Some(channel),
            budget,
            held_back,
            used: all,
            free: budget.saturating_sub(all.spent()),
            free_reserve: held_back.saturating_sub(reserve.spent()),
            forecast: self.forecast(all.spent(), today),
        }
    }

    /// Spent × days of the period ÷ days so far, today included, half away from zero; before and after the period what is
    /// spent.
    fn forecast(&self, spent: i64, today: Date) -> i64 {
        let days = self.end_day.days().saturating_sub(self.first_day.days());
        let so_far = today.days().saturating_sub(self.first_day.days()).saturating_add(1);
        if so_far < 1 || so_far >= days {
            return spent;
        }
        let whole = |value: i64| Exact::from_scaled(i128::from(value), 0);
        let rate = whole(days).checked_div(&whole(so_far)).unwrap_or_else(Exact::zero);
        (whole(spent) * rate).round_to(0, Rounding::HalfAwayFromZero).unwrap_or(i64::MAX)
    }
}
