//! As of when a target is measured, and which days that are.

use tributary_core::{Date, Period};

/// As of when a target is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The day up to and with which facts count.
    pub as_of: Date,
    /// Today: the last day of a period is over when it has passed.
    pub today: Date,
}

impl Moment {
    /// The day asked for; today where none is, and instead of a later one: nothing is known of days to come.
    #[must_use]
    pub fn new(asked: Option<Date>, today: Date) -> Self {
        Self { as_of: asked.map_or(today, |day| day.min(today)), today }
    }

    /// The last day that is over.
    #[must_use]
    pub fn yesterday(today: Date) -> Self {
        Self { as_of: today.plus_days(-1), today }
    }

    /// First day of a period and first day no longer measured; `None` before the period.
    #[must_use]
    pub fn window(self, period: Period) -> Option<(Date, Date)> {
        let end = period.to().min(self.as_of.plus_days(1));
        (period.from() < end).then_some((period.from(), end))
    }

    /// Whether all days of a period are measured, and over.
    pub(super) fn is_after(self, period: Period) -> bool {
        self.window(period).is_some_and(|(_, end)| end == period.to()) && period.to() <= self.today
    }

    /// Days of a period that are measured, and those that are not.
    pub(super) fn days(self, period: Period) -> (u32, u32) {
        let days = |from: Date, to: Date| u32::try_from(to.days().saturating_sub(from.days())).unwrap_or_default();
        let end = self.window(period).map_or(period.from(), |(_, end)| end);
        (days(period.from(), end), days(end, period.to()))
    }
}
