//! Calendars with periods of their own (R20): fiscal years and quarters, months of four, four and five weeks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Days, NamedPeriod, Period, ResourceId, Timestamp, Violations};

use crate::revised::plausible;

/// How wide a period is, widest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Level {
    /// A year.
    Year,
    /// A quarter.
    Quarter,
    /// A month.
    Month,
    /// A week.
    Week,
}

impl Level {
    const ALL: [Self; 4] = [Self::Year, Self::Quarter, Self::Month, Self::Week];

    fn shown(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Quarter => "quarter",
            Self::Month => "month",
            Self::Week => "week",
        }
    }
}

/// A period of a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarPeriod {
    /// Name, unique in the calendar.
    pub name: String,
    /// How wide it is.
    pub level: Level,
    /// Its days.
    pub days: Days,
    /// The day on which its books close; `None`: the first day after it.
    #[serde(default)]
    pub close_date: Option<Date>,
    /// Instead of the calendar's grace days.
    #[serde(default)]
    pub grace_days: Option<u32>,
}

/// A calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// Last part of the resource name.
    pub id: ResourceId,
    /// Name for people.
    pub display_name: String,
    /// Days after the close date of a period before which it may not be locked.
    pub grace_days: u32,
    /// The periods, by level and first day.
    pub periods: Vec<CalendarPeriod>,
    /// Counts changes, from 1.
    pub revision: i64,
    /// When it last changed.
    pub update_time: Timestamp,
}

impl Calendar {
    /// Resource name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("calendars/{}", self.id)
    }

    /// Fingerprint of this revision.
    #[must_use]
    pub fn etag(&self) -> String {
        format!("r{}", self.revision)
    }

    /// A period by its name, with what the calendar says of the periods before it. `None`: it has no such period.
    #[must_use]
    pub fn period(&self, name: &str) -> Option<NamedPeriod> {
        let own = self.periods.iter().find(|p| p.name == name)?;
        let year = self.year_of(own.days.0);
        Some(NamedPeriod { days: own.days, prior: self.prior(own), last_year: self.last_year(own, year), year })
    }

    /// The days of the year that holds a day; `None`: the calendar has none.
    #[must_use]
    pub fn year_of(&self, day: Date) -> Option<Days> {
        self.of_level(Level::Year).map(|p| p.days).find(|(from, to)| *from <= day && day < *to)
    }

    /// The earliest day on which a period may be locked: its close date and the grace days. A period that is none of the
    /// calendar's closes on the first day after it.
    #[must_use]
    pub fn lock_from(&self, period: Period) -> Date {
        let own = self.periods.iter().find(|p| p.days == (period.from(), period.to()));
        let closes = own.and_then(|p| p.close_date).unwrap_or_else(|| period.to());
        closes.plus_days(i64::from(own.and_then(|p| p.grace_days).unwrap_or(self.grace_days)))
    }

    fn of_level(&self, level: Level) -> impl Iterator<Item = &CalendarPeriod> {
        self.periods.iter().filter(move |p| p.level == level)
    }

    /// The period of the same level that ends where this one begins.
    fn prior(&self, own: &CalendarPeriod) -> Option<Days> {
        self.of_level(own.level).map(|p| p.days).find(|days| days.1 == own.days.0)
    }

    /// The period of the same level with the same place in the year before.
    fn last_year(&self, own: &CalendarPeriod, year: Option<Days>) -> Option<Days> {
        let year = year?;
        let before = self.of_level(Level::Year).map(|p| p.days).find(|days| days.1 == year.0)?;
        let place = self.within(own.level, year).iter().position(|days| *days == own.days)?;
        self.within(own.level, before).get(place).copied()
    }

    /// The periods of a level that lie in a year, in order.
    fn within(&self, level: Level, year: Days) -> Vec<Days> {
        let mut days: Vec<Days> =
            self.of_level(level).map(|p| p.days).filter(|d| year.0 <= d.0 && d.1 <= year.1).collect();
        days.sort_unstable();
        days
    }
}

/// Puts periods into the order in which they are kept: by level and first day.
pub fn sort(periods: &mut [CalendarPeriod]) {
    periods.sort_by(|a, b| (a.level, a.days, &a.name).cmp(&(b.level, b.days, &b.name)));
}

/// What is wrong with periods, under `periods[i]`: names, days, gaps and overlaps within a level, periods that lie in two
/// of a wider level.
#[must_use]
pub fn check(periods: &[CalendarPeriod]) -> Violations {
    let mut v = Violations::new();
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, period) in periods.iter().enumerate() {
        if let Some(first) = names.insert(&period.name, i) {
            v.add(at(i, "period"), format!("{:?} is the name of periods[{first}] too; names are unique", period.name));
        }
        check_days(i, period, &mut v);
    }
    for level in Level::ALL {
        let mut row: Vec<(usize, &CalendarPeriod)> =
            periods.iter().enumerate().filter(|(_, p)| p.level == level && p.days.0 < p.days.1).collect();
        row.sort_by_key(|(_, p)| p.days);
        for ((_, before), (i, after)) in row.iter().zip(row.iter().skip(1)) {
            check_neighbours(*i, before, after, &mut v);
        }
        let wider = periods.iter().filter(|w| w.level < level && w.days.0 < w.days.1);
        for wide in wider {
            for (i, period) in &row {
                check_inside(*i, period, wide, &mut v);
            }
        }
    }
    v
}

fn at(index: usize, field: &str) -> String {
    format!("periods[{index}].{field}")
}

fn check_days(i: usize, period: &CalendarPeriod, v: &mut Violations) {
    let (from, to) = period.days;
    for (field, day) in [("from", from), ("to", to)] {
        v.check(&at(i, field), plausible(day));
    }
    if from >= to {
        v.add(at(i, "to"), format!("{to} is not after from, {from}; it is the first day after the period"));
    }
    if let Some(close) = period.close_date.filter(|close| *close < to) {
        v.add(at(i, "close_date"), format!("{close} is before {to}; books close after the period at the earliest"));
    }
}

fn check_neighbours(i: usize, before: &CalendarPeriod, after: &CalendarPeriod, v: &mut Violations) {
    let (level, name) = (after.level.shown(), &before.name);
    let (end, begin) = (before.days.1, after.days.0);
    if begin > end {
        v.add(
            at(i, "from"),
            format!("leaves a gap: the {level} before, {name:?}, ends before {end}, this one begins on {begin}"),
        );
    }
    if begin < end {
        v.add(
            at(i, "from"),
            format!("overlaps: the {level} before, {name:?}, ends before {end}, this one begins on {begin}"),
        );
    }
}

fn check_inside(i: usize, period: &CalendarPeriod, wide: &CalendarPeriod, v: &mut Violations) {
    let ((from, to), (first, end)) = (period.days, wide.days);
    let apart = to <= first || end <= from;
    let inside = first <= from && to <= end;
    // Weeks run on over the ends of months and quarters; a year begins and ends with one.
    let may_straddle = period.level == Level::Week && wide.level != Level::Year;
    if !(apart || inside || may_straddle) {
        let (level, name) = (wide.level.shown(), &wide.name);
        v.add(
            at(i, "from"),
            format!("lies only partly in the {level} {name:?}, {first} to before {end}; cut it there"),
        );
    }
}
