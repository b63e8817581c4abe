//! Dates and instants as files write them.

use jiff::{
    civil,
    fmt::strtime::BrokenDownTime,
    tz::{Disambiguation, TimeZone},
};
use tributary_core::{Date, Timestamp};

/// Reads a day. Without a format: ISO 8601, a time after it is allowed and left out.
pub(super) fn day(text: &str, format: Option<&str>) -> Result<Date, String> {
    let parsed = match format {
        None => text.parse::<civil::Date>().ok(),
        Some(format) => BrokenDownTime::parse(format, text).and_then(|t| t.to_date()).ok(),
    };
    parsed.map(Date::from).ok_or_else(|| match format {
        None => format!("{text:?} is not a date; write it as 2012-07-31"),
        Some(format) => {
            format!("{text:?} is not a date of the form {format:?}; correct it, or the format in the mapping")
        }
    })
}

/// Reads an instant: with an offset of its own, or as wall-clock time in a zone.
pub(super) fn instant(text: &str, format: Option<&str>, zone: Option<&str>) -> Result<Timestamp, String> {
    let wall = |time: civil::DateTime| -> Result<jiff::Timestamp, String> {
        let zone = zone.ok_or_else(|| format!("{text:?} has no offset; name the zone of its clock under date.zone"))?;
        let zone = TimeZone::get(zone)
            .map_err(|_| format!("{zone:?} is not a time zone; use a name such as Asia/Shanghai"))?;
        zone.into_ambiguous_zoned(time)
            .disambiguate(Disambiguation::Compatible)
            .map(|z| z.timestamp())
            .map_err(|_| format!("{text:?} is out of range; correct it"))
    };
    let refuse = || match format {
        None => format!("{text:?} is not a date with a time; write it as 2012-07-31T08:26:00"),
        Some(format) => {
            format!(
                "{text:?} is not a date with a time of the form {format:?}; correct it, or the format in the mapping"
            )
        }
    };
    let found = match format {
        None => match text.parse::<jiff::Timestamp>() {
            Ok(instant) => instant,
            Err(_) if text.contains([':', 'T', ' ']) => wall(text.parse().map_err(|_| refuse())?)?,
            Err(_) => return Err(refuse()),
        },
        Some(format) => {
            let parts = BrokenDownTime::parse(format, text).map_err(|_| refuse())?;
            match parts.to_timestamp() {
                Ok(instant) => instant,
                Err(_) => wall(parts.to_datetime().map_err(|_| refuse())?)?,
            }
        }
    };
    Ok(Timestamp(found.as_microsecond()))
}

/// Whether a format can be used at all: what it writes, it must be able to read.
pub(super) fn check_format(format: &str) -> Result<(), String> {
    let sample = civil::date(2012, 7, 31).at(8, 26, 0, 0).to_zoned(TimeZone::UTC);
    sample
        .and_then(|z| jiff::fmt::strtime::format(format, &z))
        .and_then(|text| BrokenDownTime::parse(format, &text))
        .and_then(|parts| parts.to_date())
        .map(|_| ())
        .map_err(|e| {
            format!("{format:?} is not a date format ({e}); write one such as \"%Y-%m-%d\" or \"%d.%m.%Y %H:%M\"")
        })
}

/// Whether a zone is known.
pub(super) fn check_zone(zone: &str) -> Result<(), String> {
    tributary_core::Zone::parse(zone).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::{check_format, day, instant};

    #[test]
    fn days_in_several_forms() {
        let text = |t, f| day(t, f).map(|d| d.to_string());
        assert_eq!(text("2012-07-31", None).as_deref(), Ok("2012-07-31"));
        assert_eq!(text("2010-12-01T08:26:00", None).as_deref(), Ok("2010-12-01"));
        assert_eq!(text("31.07.2012", Some("%d.%m.%Y")).as_deref(), Ok("2012-07-31"));
        assert_eq!(text("20120731", Some("%Y%m%d")).as_deref(), Ok("2012-07-31"));
        let refused = text("2012-02-30", None).expect_err("no such day");
        assert!(refused.contains("2012-02-30") && refused.contains("; write it"), "{refused}");
    }

    #[test]
    fn instants_use_their_offset_or_the_zone() {
        // Python: datetime(2010, 12, 1, 8, 26, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp() == 1291163160.0
        let shanghai = instant("2010-12-01T08:26:00", None, Some("Asia/Shanghai"));
        assert_eq!(shanghai.map(|t| t.0), Ok(1_291_163_160_000_000));
        // The same wall clock in London is eight hours later: 1291191960.
        let london = instant("01/12/2010 08:26", Some("%d/%m/%Y %H:%M"), Some("Europe/London"));
        assert_eq!(london.map(|t| t.0), Ok(1_291_191_960_000_000));
        let own = instant("2010-12-01T08:26:00+08:00", None, Some("Europe/London"));
        assert_eq!(own.map(|t| t.0), Ok(1_291_163_160_000_000));
        assert!(instant("2010-12-01T08:26:00", None, None).is_err_and(|e| e.contains("date.zone")));
        assert!(instant("2010-12-01", None, Some("UTC")).is_err());
    }

    #[test]
    fn formats_are_tried() {
        assert_eq!(check_format("%d.%m.%Y"), Ok(()));
        assert!(check_format("%Q!").is_err());
        assert!(check_format("YYYY-MM-DD").is_err());
    }
}
