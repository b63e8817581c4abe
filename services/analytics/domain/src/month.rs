//! Calendar months, the finest time of a sum.

use std::fmt;

use tributary_core::Date;

/// A calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(Date);

impl Month {
    /// The month of a day.
    #[must_use]
    pub fn of(day: Date) -> Self {
        let (_, _, of_month) = day.ymd();
        Self(day.plus_days(1_i64.saturating_sub(i64::from(of_month))))
    }

    /// The month that begins on a day.
    ///
    /// # Errors
    /// A sentence with the day when it is not the first of a month.
    pub fn starting(day: Date) -> Result<Self, String> {
        let month = Self::of(day);
        if month.0 == day {
            Ok(month)
        } else {
            Err(format!("{day} is not the first of a month; sums are kept by month, use {}", month.0))
        }
    }

    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> Date {
        self.0
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, _) = self.0.ymd();
        write!(f, "{year:04}-{month:02}")
    }
}
