//! Periods: a year "2012", quarter "2012-Q3", month "2012-07" or ISO week "2012-W27", as a half-open window of days; and
//! periods of a calendar kept elsewhere, which carry their days.

use std::{fmt, str::FromStr};

use jiff::civil::{ISOWeekDate, Weekday};
use serde::{Deserialize, Serialize};

use crate::Date;

/// A half-open window of days: the first one, and the first one after it.
pub type Days = (Date, Date);

/// A period of a calendar of its own, such as a fiscal quarter: the days that the calendar gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NamedPeriod {
    /// Its days.
    pub days: Days,
    /// Days of the period just before; `None`: the calendar does not say.
    pub prior: Option<Days>,
    /// Days of the same period one year earlier; `None`: the calendar does not say.
    pub last_year: Option<Days>,
    /// Days of its year; `None`: the calendar has no years.
    pub year: Option<Days>,
}

impl NamedPeriod {
    /// A period of which nothing but its days is known.
    #[must_use]
    pub fn alone(days: Days) -> Self {
        Self { days, prior: None, last_year: None, year: None }
    }

    /// Days before it that its calendar may not know: without them a window of no days, in which nothing ever counts.
    fn earlier(self, days: Option<Days>) -> Self {
        Self::alone(days.unwrap_or((self.days.0, self.days.0)))
    }
}

/// A calendar period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    /// A calendar year.
    Year(i16),
    /// A quarter, 1 to 4.
    Quarter(i16, i8),
    /// A month, 1 to 12.
    Month(i16, i8),
    /// An ISO 8601 week, 1 to 53.
    Week(i16, i8),
    /// A period of a calendar kept elsewhere. It has no text of its own: whoever looked it up keeps its name.
    Named(NamedPeriod),
}

impl Period {
    /// The calendar month that a day lies in.
    #[must_use]
    pub fn month_of(day: Date) -> Self {
        let civil = day.civil();
        Self::Month(civil.year(), civil.month())
    }

    /// First day.
    #[must_use]
    pub fn from(self) -> Date {
        match self {
            Self::Year(y) => first_of(y, 1),
            Self::Quarter(y, q) => first_of(y, q.saturating_mul(3).saturating_sub(2)),
            Self::Month(y, m) => first_of(y, m),
            Self::Week(y, w) => {
                ISOWeekDate::new(y, w, Weekday::Monday).map_or(Date::from_days(0), |d| Date::from(d.date()))
            }
            Self::Named(named) => named.days.0,
        }
    }

    /// First day after it.
    #[must_use]
    pub fn to(self) -> Date {
        match self {
            Self::Year(_) => self.from().plus_months(12),
            Self::Quarter(..) => self.from().plus_months(3),
            Self::Month(..) => self.from().plus_months(1),
            Self::Week(..) => self.from().plus_days(7),
            Self::Named(named) => named.days.1,
        }
    }

    /// The days of the year it belongs to: the calendar year, the ISO year of a week, or that of its own calendar. A
    /// calendar without years has the calendar year of the first day.
    #[must_use]
    pub fn year(self) -> Days {
        let calendar = |y: i16| (Self::Year(y).from(), Self::Year(y).to());
        match self {
            Self::Year(y) | Self::Quarter(y, _) | Self::Month(y, _) => calendar(y),
            Self::Week(y, _) => (Self::Week(y, 1).from(), Self::Week(y.saturating_add(1), 1).from()),
            Self::Named(named) => named.year.unwrap_or_else(|| calendar(named.days.0.civil().year())),
        }
    }

    /// The period just before, of the same length; for a period of a calendar what that says, without which it is a window
    /// of no days.
    #[must_use]
    pub fn prior(self) -> Self {
        match self {
            Self::Year(y) => Self::Year(y.saturating_sub(1)),
            Self::Quarter(y, 1) => Self::Quarter(y.saturating_sub(1), 4),
            Self::Quarter(y, q) => Self::Quarter(y, q.saturating_sub(1)),
            Self::Month(y, 1) => Self::Month(y.saturating_sub(1), 12),
            Self::Month(y, m) => Self::Month(y, m.saturating_sub(1)),
            Self::Week(..) => {
                let week = self.from().plus_days(-7).civil().iso_week_date();
                Self::Week(week.year(), week.week())
            }
            Self::Named(named) => Self::Named(named.earlier(named.prior)),
        }
    }

    /// The same period one year earlier; week 53 falls back to week 52 where that year has none; for a period of a
    /// calendar what that says, without which it is a window of no days.
    #[must_use]
    pub fn last_year(self) -> Self {
        match self {
            Self::Year(y) => Self::Year(y.saturating_sub(1)),
            Self::Quarter(y, q) => Self::Quarter(y.saturating_sub(1), q),
            Self::Month(y, m) => Self::Month(y.saturating_sub(1), m),
            Self::Week(y, w) => {
                let y = y.saturating_sub(1);
                let exists = ISOWeekDate::new(y, w, Weekday::Monday).is_ok();
                Self::Week(y, if exists { w } else { 52 })
            }
            Self::Named(named) => Self::Named(named.earlier(named.last_year)),
        }
    }

    /// Whether a day lies in it.
    #[must_use]
    pub fn contains(self, day: Date) -> bool {
        self.from() <= day && day < self.to()
    }
}

fn first_of(year: i16, month: i8) -> Date {
    jiff::civil::Date::new(year, month, 1).map_or(Date::from_days(0), Date::from)
}

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || format!("{text:?} is not a period; write 2012, 2012-Q3, 2012-07 or 2012-W27");
        let digits = |t: &str, len: usize| {
            (t.len() == len && t.bytes().all(|b| b.is_ascii_digit())).then(|| t.parse::<i16>().ok()).flatten()
        };
        let small = |t: &str, len: usize, max: i16| {
            digits(t, len).filter(|n| (1..=max).contains(n)).and_then(|n| i8::try_from(n).ok())
        };
        let (year, rest) = text.split_once('-').map_or((text, None), |(y, r)| (y, Some(r)));
        let year = digits(year, 4).filter(|y| (1970..=2199).contains(y)).ok_or_else(refuse)?;
        let Some(rest) = rest else { return Ok(Self::Year(year)) };
        if let Some(q) = rest.strip_prefix('Q') {
            return small(q, 1, 4).map(|q| Self::Quarter(year, q)).ok_or_else(refuse);
        }
        if let Some(w) = rest.strip_prefix('W') {
            return small(w, 2, 53)
                .filter(|w| ISOWeekDate::new(year, *w, Weekday::Monday).is_ok())
                .map(|w| Self::Week(year, w))
                .ok_or_else(refuse);
        }
        small(rest, 2, 12).map(|m| Self::Month(year, m)).ok_or_else(refuse)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Year(y) => write!(f, "{y}"),
            Self::Quarter(y, q) => write!(f, "{y}-Q{q}"),
            Self::Month(y, m) => write!(f, "{y}-{m:02}"),
            Self::Week(y, w) => write!(f, "{y}-W{w:02}"),
            Self::Named(named) => write!(f, "{} to before {}", named.days.0, named.days.1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NamedPeriod, Period};
    use crate::Date;

    fn day(text: &str) -> Date {
        Date::parse(text).expect("date")
    }

    #[test]
    fn years_are_those_of_the_calendar_that_the_period_is_of() {
        let year = |text: &str| {
            let (from, to) = text.parse::<Period>().expect("period").year();
            format!("{from} {to}")
        };
        assert_eq!(year("2012-Q3"), "2012-01-01 2013-01-01");
        // Python: date.fromisocalendar(2020, 1, 1), date.fromisocalendar(2021, 1, 1).
        assert_eq!(year("2020-W53"), "2019-12-30 2021-01-04");
        let alone = NamedPeriod::alone((day("2026-02-01"), day("2026-05-03")));
        assert_eq!(Period::Named(alone).year(), (day("2026-01-01"), day("2027-01-01")));
        let fiscal = NamedPeriod { year: Some((day("2026-02-01"), day("2027-01-31"))), ..alone };
        assert_eq!(Period::Named(fiscal).year(), (day("2026-02-01"), day("2027-01-31")));
    }

    #[test]
    fn a_period_of_a_calendar_compares_with_what_the_calendar_says() {
        let days = (day("2026-02-01"), day("2026-05-03"));
        let alone = Period::Named(NamedPeriod::alone(days));
        assert_eq!(
            (alone.from(), alone.to(), alone.to_string()),
            (days.0, days.1, "2026-02-01 to before 2026-05-03".to_owned())
        );
        // Nothing is known before it, so nothing counts there.
        for earlier in [alone.prior(), alone.last_year()] {
            assert_eq!((earlier.from(), earlier.to()), (days.0, days.0));
            assert!(!earlier.contains(days.0));
        }
        let known = NamedPeriod {
            prior: Some((day("2025-11-02"), day("2026-02-01"))),
            last_year: Some((day("2025-02-02"), day("2025-05-04"))),
            ..NamedPeriod::alone(days)
        };
        assert_eq!(Period::Named(known).prior().from(), day("2025-11-02"));
        assert_eq!(Period::Named(known).last_year().to(), day("2025-05-04"));
    }

    fn window(text: &str) -> String {
        let p: Period = text.parse().expect("period");
        assert_eq!(p.to_string(), text);
        format!("{} {} prior {} year {}", p.from(), p.to(), p.prior(), p.last_year())
    }

    #[test]
    fn windows_are_half_open() {
        assert_eq!(window("2012"), "2012-01-01 2013-01-01 prior 2011 year 2011");
        assert_eq!(window("2012-Q3"), "2012-07-01 2012-10-01 prior 2012-Q2 year 2011-Q3");
        assert_eq!(window("2012-Q1"), "2012-01-01 2012-04-01 prior 2011-Q4 year 2011-Q1");
        assert_eq!(window("2012-02"), "2012-02-01 2012-03-01 prior 2012-01 year 2011-02");
        // Python: date.fromisocalendar(2012, 27, 1) == 2012-07-02
        assert_eq!(window("2012-W27"), "2012-07-02 2012-07-09 prior 2012-W26 year 2011-W27");
        // 2020 has 53 weeks, 2019 has 52.
        assert_eq!(window("2020-W53"), "2020-12-28 2021-01-04 prior 2020-W52 year 2019-W52");
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in [
            "",
            "12",
            "2012-Q5",
            "2012-Q0",
            "2012-13",
            "2012-7",
            "2012-W54",
            "2019-W53",
            "2012-W1",
            "2012-Q",
            "0001",
            "2012-07-01",
        ] {
            assert!(bad.parse::<Period>().is_err(), "{bad}");
        }
    }
}
