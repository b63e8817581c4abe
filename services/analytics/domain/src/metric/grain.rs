//! Periods that values are split by.

use tributary_core::{Date, period::Period};

/// Length of the periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// Days.
    Day,
    /// ISO weeks.
    Week,
    /// Months.
    Month,
    /// Quarters.
    Quarter,
    /// Years.
    Year,
}

impl Grain {
    /// The calendar period of a day; `None` for days.
    fn period(self, day: Date) -> Option<Period> {
        let civil = day.civil();
        let week = civil.iso_week_date();
        match self {
            Self::Day => None,
            Self::Week => Some(Period::Week(week.year(), week.week())),
            Self::Month => Some(Period::Month(civil.year(), civil.month())),
            // January to March are the first.
            Self::Quarter => Some(Period::Quarter(civil.year(), civil.month().saturating_add(2) / 3)),
            Self::Year => Some(Period::Year(civil.year())),
        }
    }

    /// First day of the period of a day.
    #[must_use]
    pub fn first(self, day: Date) -> Date {
        self.period(day).map_or(day, Period::from)
    }

    /// First day after the period of a day.
    #[must_use]
    pub fn end(self, day: Date) -> Date {
        self.period(day).map_or_else(|| day.plus_days(1), Period::to)
    }

    /// Name of the period of a day. Example: "2012-W27".
    #[must_use]
    pub fn label(self, day: Date) -> String {
        self.period(day).map_or_else(|| day.to_string(), |period| period.to_string())
    }
}
