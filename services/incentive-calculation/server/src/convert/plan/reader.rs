//! What every part of a plan is read with: numbers, dates, currencies and lists, and the violations found on the way.

use tributary_core::{Currency, Date, Decimal, Violations};
use tributary_proto::google::r#type as gt;
use tributary_rpc::convert;

/// Decimals of amounts, rates and edges.
const SCALE: u32 = 12;

/// Reads messages and collects what is wrong.
#[derive(Default)]
pub(super) struct Reader(Violations);

impl Reader {
    /// What was wrong.
    pub fn found(self) -> Violations {
        self.0
    }

    pub fn add(&mut self, path: impl Into<String>, what: impl Into<String>) {
        self.0.add(path, what);
    }

    pub fn each<P, T>(&mut self, list: &[P], field: &str, read: impl Fn(&mut Self, &P, &str) -> T) -> Vec<T> {
        list.iter().enumerate().map(|(i, item)| read(self, item, &format!("{field}[{i}]"))).collect()
    }

    /// As [`Self::each`], without what could not be read.
    pub fn some<P, T>(&mut self, list: &[P], field: &str, read: impl Fn(&mut Self, &P, &str) -> Option<T>) -> Vec<T> {
        self.each(list, field, read).into_iter().flatten().collect()
    }

    pub fn date(&mut self, day: Option<&gt::Date>, path: &str) -> Option<Date> {
        day.and_then(|d| self.0.check(path, convert::date(d)))
    }

    pub fn optional(&mut self, value: Option<&gt::Decimal>, path: &str) -> Option<Decimal> {
        value.and_then(|d| self.0.check(path, convert::decimal(d, SCALE)))
    }

    pub fn decimal(&mut self, value: Option<&gt::Decimal>, path: &str) -> Decimal {
        self.optional(value, path).unwrap_or_default()
    }

    pub fn decimals(&mut self, list: &[gt::Decimal], path: &str) -> Vec<Decimal> {
        self.each(list, path, |r, value, path| r.decimal(Some(value), path))
    }

    pub fn currency(&mut self, code: &str, path: &str) -> Option<Currency> {
        if code.is_empty() {
            self.add(path, "is missing; name the currency, such as CNY");
            return None;
        }
        self.0.check(path, Currency::parse(code))
    }

    /// A number that its annotation keeps at or above 0.
    pub fn unsigned<N: TryInto<U> + Copy + std::fmt::Display, U: Default>(&mut self, number: N, path: &str) -> U {
        number.try_into().unwrap_or_else(|_| {
            self.add(path, format!("{number} is below 0"));
            U::default()
        })
    }

    /// A choice among several that is written as `true`; `false` chooses nothing.
    pub fn chosen(&mut self, value: bool, path: &str) {
        if !value {
            self.add(path, "false chooses nothing; set it to true or choose another");
        }
    }

    /// An amount that one choice needs and every other has no use for.
    pub fn amount_of_choice(
        &mut self,
        value: Option<&gt::Decimal>,
        choice: Option<&str>,
        path: &str,
    ) -> Option<Decimal> {
        let read = self.optional(value, path);
        match (value, choice) {
            (None, Some(choice)) => self.add(path, format!("is missing; {choice} needs it")),
            (Some(value), None) => {
                self.add(path, format!("{} is not used; leave it out, or make the choice that needs it", value.value));
            }
            _ => {}
        }
        read
    }
}
