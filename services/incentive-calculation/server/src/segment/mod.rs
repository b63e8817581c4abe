//! Segments: the facts of one partner and one month in columns, so that a run reads hundreds of facts at the price of a
//! row. They are made from the rows of facts and hold nothing that is not there; only facts without a sale to which they
//! belong are in them, because the day on which the others count may still change (R13).
//!
//! A segment is two byte strings, format 1. `core` is what every measure looks at: the format, the number of facts,
//! currencies, one byte of kind and day for each fact, its currency, net value, key and content digest, batch. `rest` is
//! the other [`Fields`], each column with its length before it, so that what is not looked at is skipped. Numbers are
//! varints; key and digest of a fact lie together as the digest of a line takes them in.
//!
//! [`Fields`]: incentive_calculation_domain::engine::Fields

mod bytes;
mod columns;
mod encode;
mod merge;
#[cfg(test)]
mod tests;

pub use columns::Columns;
pub use encode::{Encoded, encode};
pub use merge::{decoded, merge};

use tributary_core::Date;

/// First byte of `core`.
const FORMAT: u8 = 1;

/// The month of a day: months since the year 0.
#[must_use]
pub fn month_of(day: Date) -> i64 {
    let (year, month, _) = day.ymd();
    i64::from(year) * 12 + i64::from(month) - 1
}

/// First day of a month, counted from 1970-01-01; `None` beyond the calendar.
fn first_day(month: i64) -> Option<i64> {
    let year = i32::try_from(month.div_euclid(12)).ok()?;
    let month = i32::try_from(month.rem_euclid(12)).ok()?;
    Date::from_ymd(year, month + 1, 1).ok().map(Date::days)
}
