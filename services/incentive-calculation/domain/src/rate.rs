//! Exchange rates (R22): what one unit of a currency is worth in another from a day on.

use tributary_core::{Currency, Date, Days, Decimal, ResourceId, Violations, exact::parse_decimal};

use crate::revised::{Revised, plausible};

/// Decimals of a rate.
const DECIMALS: u32 = 18;

/// A rate as a caller states it.
#[derive(Debug, Clone, Default)]
pub struct RateDraft {
    /// The table, resource name.
    pub table: String,
    /// The currency it converts from.
    pub from: String,
    /// The currency it converts into.
    pub into: String,
    /// The day from which it holds.
    pub day: Option<Date>,
    /// Units of `into` for one of `from`.
    pub rate: Option<String>,
}

/// By what a rate is known again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RateKey {
    /// The table, last part of its name.
    pub table: String,
    /// The currency it converts from.
    pub from: Currency,
    /// The currency it converts into.
    pub into: Currency,
    /// The day from which it holds.
    pub day: Date,
}

/// A rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// By what it is known again.
    pub key: RateKey,
    /// Units of `into` for one of `from`, above 0.
    pub rate: Decimal,
}

/// Checks a draft.
///
/// # Errors
/// Every violation, under the field names of the API.
pub fn check(draft: &RateDraft) -> Result<Rate, Violations> {
    let mut v = Violations::new();
    let table = v.check("rate_table", ResourceId::from_name("rateTables", &draft.table));
    let from = v.check("from_currency", Currency::parse(&draft.from));
    let into = v.check("into_currency", Currency::parse(&draft.into));
    if let Some((from, _)) = from.zip(into).filter(|(from, into)| from == into) {
        v.add("into_currency", format!("{from} is converted into itself; state two currencies"));
    }
    let day = match draft.day {
        Some(day) => v.check("day", plausible(day)),
        None => {
            v.add("day", "is missing; state the day from which the rate holds");
            None
        }
    };
    let rate = match draft.rate.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => v.check("rate", parse_decimal(text, DECIMALS).and_then(|rate| above_zero(rate, text))),
        None => {
            v.add("rate", "is missing; state how many units of into_currency one unit of from_currency is worth");
            None
        }
    };
    match (table, from, into, day, rate) {
        (Some(table), Some(from), Some(into), Some(day), Some(rate)) if v.is_empty() => {
            Ok(Rate { key: RateKey { table: table.to_string(), from, into, day }, rate })
        }
        _ => Err(v),
    }
}

fn above_zero(rate: Decimal, text: &str) -> Result<Decimal, String> {
    if rate > Decimal::ZERO { Ok(rate) } else { Err(format!("{text} is not above 0; state what one unit is worth")) }
}

impl RateKey {
    /// The key in a resource name, `None` for another form. Example: "rateTables/group/rates/USD-CNY-2026-03-02".
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let (table, rate) = name.strip_prefix("rateTables/")?.split_once("/rates/")?;
        let (from, rest) = rate.split_once('-')?;
        let (into, day) = rest.split_once('-')?;
        Some(Self {
            table: table.to_owned(),
            from: Currency::parse(from).ok()?,
            into: Currency::parse(into).ok()?,
            day: Date::parse(day).ok()?,
        })
    }

    /// The table and the two currencies: rates of one pair follow each other.
    #[must_use]
    pub fn pair(&self) -> (&str, Currency, Currency) {
        (&self.table, self.from, self.into)
    }

    /// Resource name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("rateTables/{}/rates/{}-{}-{}", self.table, self.from, self.into, self.day)
    }
}

impl Revised for Rate {
    type Key = RateKey;

    fn key(&self) -> RateKey {
        self.key.clone()
    }

    fn name(&self) -> String {
        self.key.name()
    }

    fn days(&self) -> Days {
        (self.key.day, self.key.day.plus_days(1))
    }
}
