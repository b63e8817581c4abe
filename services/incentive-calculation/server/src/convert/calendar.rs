//! Calendars and what they say of a period.

use incentive_calculation_domain::calendar::{Calendar, CalendarPeriod, Level};
use tributary_core::{Date, Period, ResourceId, Violations};
use tributary_proto::{google::r#type as ty, tributary::incentive::v1 as pb};
use tributary_rpc::convert::{date, date_to_proto, timestamp_to_proto};

use crate::app::calendars::{NewCalendar, ResolvedPeriod};

/// Reads a calendar; its id stands apart.
///
/// # Errors
/// Every violation, under `calendar`.
pub fn new_calendar(id: ResourceId, calendar: &pb::Calendar) -> Result<NewCalendar, Violations> {
    let mut v = Violations::new();
    let periods = calendar.periods.iter().enumerate().map(|(i, p)| period(i, p, &mut v));
    let periods: Vec<CalendarPeriod> = periods.collect::<Vec<_>>().into_iter().flatten().collect();
    let grace_days = u32::try_from(calendar.grace_days).unwrap_or_default();
    if v.is_empty() {
        return Ok(NewCalendar { id, display_name: calendar.display_name.clone(), grace_days, periods });
    }
    let mut nested = Violations::new();
    nested.nest("calendar", v);
    Err(nested)
}

fn period(i: usize, period: &pb::CalendarPeriod, v: &mut Violations) -> Option<CalendarPeriod> {
    let mut day = |field: &str, value: Option<&ty::Date>| {
        let at = format!("periods[{i}].{field}");
        match value {
            Some(value) => v.check(&at, date(value)),
            None => {
                v.add(at, "is missing; state the first day in from, and the first day after the period in to");
                None
            }
        }
    };
    let (from, to) = (day("from", period.from.as_ref()), day("to", period.to.as_ref()));
    let close_date = period.close_date.as_ref().map(|value| day("close_date", Some(value)));
    Some(CalendarPeriod {
        name: period.period.clone(),
        level: level(period.level())?,
        days: from.zip(to)?,
        close_date: close_date.flatten(),
        grace_days: period.grace_days.and_then(|days| u32::try_from(days).ok()),
    })
}

fn level(level: pb::PeriodLevel) -> Option<Level> {
    match level {
        // The annotations refuse it.
        pb::PeriodLevel::Unspecified => None,
        pb::PeriodLevel::Year => Some(Level::Year),
        pb::PeriodLevel::Quarter => Some(Level::Quarter),
        pb::PeriodLevel::Month => Some(Level::Month),
        pb::PeriodLevel::Week => Some(Level::Week),
    }
}

fn level_to_proto(level: Level) -> pb::PeriodLevel {
    match level {
        Level::Year => pb::PeriodLevel::Year,
        Level::Quarter => pb::PeriodLevel::Quarter,
        Level::Month => pb::PeriodLevel::Month,
        Level::Week => pb::PeriodLevel::Week,
    }
}

/// Writes a calendar.
#[must_use]
pub fn calendar_to_proto(calendar: &Calendar) -> pb::Calendar {
    pb::Calendar {
        name: calendar.name(),
        display_name: calendar.display_name.clone(),
        grace_days: i32::try_from(calendar.grace_days).unwrap_or(i32::MAX),
        periods: calendar
            .periods
            .iter()
            .map(|p| pb::CalendarPeriod {
                period: p.name.clone(),
                level: level_to_proto(p.level).into(),
                from: Some(date_to_proto(p.days.0)),
                to: Some(date_to_proto(p.days.1)),
                close_date: p.close_date.map(date_to_proto),
                grace_days: p.grace_days.and_then(|days| i32::try_from(days).ok()),
            })
            .collect(),
        revision: calendar.revision,
        update_time: Some(timestamp_to_proto(calendar.update_time)),
        etag: calendar.etag(),
    }
}

/// Writes what a period is.
#[must_use]
pub fn resolved_to_proto(text: &str, resolved: &ResolvedPeriod) -> pb::ResolvedPeriod {
    let period = resolved.period;
    // A window of no days stands for one that the calendar does not know.
    let days = |earlier: Period| {
        let known = earlier.from() < earlier.to();
        let shown = |day: Date| known.then(|| date_to_proto(day));
        (shown(earlier.from()), shown(earlier.to()))
    };
    let (prior_from, prior_to) = days(period.prior());
    let (last_year_from, last_year_to) = days(period.last_year());
    pb::ResolvedPeriod {
        period: text.to_owned(),
        from: Some(date_to_proto(period.from())),
        to: Some(date_to_proto(period.to())),
        prior_from,
        prior_to,
        last_year_from,
        last_year_to,
        year_from: Some(date_to_proto(resolved.year.0)),
        lock_from: Some(date_to_proto(resolved.lock_from)),
    }
}
