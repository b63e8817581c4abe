//! The days that measures and their bases count.

use tributary_core::{Date, Period};

use crate::plan::{GrowthBase, Measure, Retrospective, Reward, Rule, Window};

/// A half-open window of days.
pub(super) type Days = (Date, Date);

/// The first day that facts may have: where a window without a beginning begins.
pub(super) fn ages() -> Date {
    Date::from_days(0)
}

/// A period with the year it belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) struct When {
    /// The period.
    pub period: Period,
    /// The year's first day, and the first day after it.
    pub year: Days,
}

impl When {
    /// The days of the period.
    pub fn days(self) -> Days {
        (self.period.from(), self.period.to())
    }

    /// Whether the period is the last one of its year.
    pub fn is_last(self) -> bool {
        self.period.to() >= self.year.1
    }

    /// The same period one year earlier.
    pub fn last_year(self) -> Self {
        Self { period: self.period.last_year(), year: earlier(self.year) }
    }

    /// The period just before.
    fn prior(self) -> Self {
        let period = self.period.prior();
        Self { period, year: if period.from() < self.year.0 { earlier(self.year) } else { self.year } }
    }

    /// The days a measure counts. Of a window since joining, all days: the payee's own days are known when lines are made.
    pub fn window(self, measure: &Measure) -> Days {
        let (from, to) = self.days();
        let from = match measure.window {
            Window::Period => from,
            Window::YearToDate => self.year.0,
            Window::TrailingMonths(months) => to.plus_months(i32::try_from(months).unwrap_or(0).saturating_neg()),
            Window::Since(day) => day,
            Window::SinceJoining => ages(),
        };
        (from.min(to), to)
    }

    /// When the base of a growth rule is measured; `None` for a rule without a base of facts.
    pub fn base(self, rule: &Rule) -> Option<Self> {
        let Reward::Growth(growth) = &rule.reward else { return None };
        match growth.base {
            GrowthBase::SamePeriodLastYear => Some(self.last_year()),
            GrowthBase::PriorPeriod => Some(self.prior()),
            GrowthBase::Given | GrowthBase::Figure => None,
        }
    }

    /// When the start of growth of a retrospective rate is measured.
    pub fn start_of_growth(self, rule: &Rule) -> Option<Self> {
        let Reward::Marginal(marginal) = &rule.reward else { return None };
        (marginal.retrospective == Some(Retrospective::StartOfGrowth)).then(|| self.last_year())
    }
}

fn earlier((from, to): Days) -> Days {
    (from.plus_months(-12), to.plus_months(-12))
}

/// How many days two half-open spans share.
pub(super) fn shared((a, b): Days, (c, d): Days) -> u32 {
    u32::try_from(b.min(d).days().saturating_sub(a.max(c).days())).unwrap_or(0)
}
