//! Civil dates. Stores keep a date as the number of days since 1970-01-01.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Timestamp;

const EPOCH: jiff::civil::Date = jiff::civil::date(1970, 1, 1);

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Date(jiff::civil::Date);

impl Date {
    /// From year, month, day.
    ///
    /// # Errors
    /// A sentence with the values.
    pub fn from_ymd(year: i32, month: i32, day: i32) -> Result<Self, String> {
        // `google.type.Date` writes "no year" as 0.
        if year < 1 {
            return Err(format!("{year:04}-{month:02}-{day:02} has no year; state year, month and day"));
        }
        let part = |n: i32| i8::try_from(n).ok();
        i16::try_from(year)
            .ok()
            .zip(part(month))
            .zip(part(day))
            .and_then(|((y, m), d)| jiff::civil::Date::new(y, m, d).ok())
            .map(Self)
            .ok_or_else(|| format!("{year:04}-{month:02}-{day:02} is not a day of the calendar"))
    }

    /// From "2012-07-31".
    ///
    /// # Errors
    /// A sentence with the value.
    pub fn parse(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("{text:?} is not a date; write it as 2012-07-31"))
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub fn days(self) -> i64 {
        EPOCH.until(self.0).map_or(0, |span| i64::from(span.get_days()))
    }

    /// The day `days` after 1970-01-01; days out of the calendar's range give its first or last day.
    #[must_use]
    pub fn from_days(days: i64) -> Self {
        // A span holds fewer days than 64 bits, and more than the calendar has.
        Self(EPOCH.saturating_add(jiff::Span::new().days(days.clamp(-7_000_000, 7_000_000))))
    }

    /// Year, month 1–12, day 1–31.
    #[must_use]
    pub fn ymd(self) -> (i32, i32, i32) {
        (i32::from(self.0.year()), i32::from(self.0.month()), i32::from(self.0.day()))
    }

    /// The day `days` later.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        Self::from_days(self.days().saturating_add(days))
    }

    /// The day `months` later; the last day of the month where the day does not exist.
    #[must_use]
    pub fn plus_months(self, months: i32) -> Self {
        Self(self.0.saturating_add(jiff::Span::new().months(months)))
    }

    /// The civil date behind it.
    #[must_use]
    pub fn civil(self) -> jiff::civil::Date {
        self.0
    }
}

impl From<jiff::civil::Date> for Date {
    fn from(d: jiff::civil::Date) -> Self {
        Self(d)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A time zone, by its IANA name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(jiff::tz::TimeZone);

impl Zone {
    /// Looks a zone up. Example: "Asia/Shanghai".
    ///
    /// # Errors
    /// A sentence with the name.
    pub fn parse(name: &str) -> Result<Self, String> {
        jiff::tz::TimeZone::get(name)
            .map(Self)
            .map_err(|_| format!("{name:?} is not a time zone; use an IANA name such as Asia/Shanghai"))
    }

    /// Asia/Shanghai: UTC+8 without daylight saving since 1991, so a fixed offset stands in where no database is.
    #[must_use]
    pub fn shanghai() -> Self {
        Self::parse("Asia/Shanghai").unwrap_or_else(|_| Self(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))))
    }

    /// The day an instant falls on in this zone; the first or last day of the calendar for one out of its range.
    #[must_use]
    pub fn day_of(&self, instant: Timestamp) -> Date {
        let out_of_range = if instant.0 < 0 { i64::MIN } else { i64::MAX };
        jiff::Timestamp::from_microsecond(instant.0)
            .map_or(Date::from_days(out_of_range), |t| Date(t.to_zoned(self.0.clone()).date()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Date, Zone};
    use crate::Timestamp;

    #[test]
    fn days_count_from_1970() {
        // Python: (date(2012, 7, 31) - date(1970, 1, 1)).days == 15552
        let d = Date::parse("2012-07-31").expect("date");
        assert_eq!(d.days(), 15_552);
        assert_eq!(Date::from_days(15_552), d);
        assert_eq!(Date::parse("1969-12-31").map(Date::days), Ok(-1));
        // Python: (date(9999, 12, 31) - date(1970, 1, 1)).days == 2932896
        assert_eq!(Date::from_days(2_932_896).to_string(), "9999-12-31");
        assert_eq!(Date::from_days(i64::MAX).to_string(), "9999-12-31");
        assert_eq!(Date::from_days(i64::MIN).to_string(), "-009999-01-01");
        assert_eq!(Date::from_ymd(2011, 2, 29).map(Date::days).ok(), None);
        assert!(Date::from_ymd(0, 2, 1).is_err_and(|e| e.contains("no year")));
        assert_eq!(d.plus_months(-5).to_string(), "2012-02-29");
    }

    #[test]
    fn an_instant_falls_on_the_day_of_its_zone() {
        // 2012-06-30T16:30Z is 00:30 on 1 July in Shanghai.
        let instant = Timestamp(1_341_073_800_000_000);
        assert_eq!(Zone::shanghai().day_of(instant).to_string(), "2012-07-01");
        assert_eq!(Zone::parse("UTC").map(|z| z.day_of(instant).to_string()), Ok("2012-06-30".to_owned()));
        assert!(Zone::parse("Mars/Base").is_err());
        // 9999-12-31T23:59:59Z, the "no date" of many an ERP system, is never mistaken for 1970.
        assert!(Zone::shanghai().day_of(Timestamp(253_402_300_799_000_000)).ymd().0 > 9000);
        assert!(Zone::shanghai().day_of(Timestamp(i64::MIN)).ymd().0 < 0);
    }
}
