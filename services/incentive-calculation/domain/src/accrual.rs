//! Live accruals (IC-26): sums per day of what rules count, kept as facts arrive. A filter says which facts are summed; a
//! rule finds its own by the filters of its measure, whatever it adds and over which days. The engine takes such days in
//! like facts ([`crate::engine::Engine::absorb_day`]) and gives the same lines, but for the digests of facts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Date};

use crate::{
    canonical::Canonical,
    engine::{MeasuredFact, Selection},
};

/// Which facts are summed, on whatever day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    selection: Selection,
    /// Whether different orders, customers and SKUs are counted.
    distinct: bool,
}

/// What separates the parts of a key; sources hold no control characters.
const SEPARATOR: char = '\u{1f}';

impl Filter {
    /// The filter of a selection, its window left aside.
    #[must_use]
    pub fn new(selection: &Selection, distinct: bool) -> Self {
        Self { selection: selection.on_any_day(), distinct }
    }

    /// Names the filter: equal for equal filters. The first 32 digits of the SHA-256 of its canonical text.
    #[must_use]
    pub fn id(&self) -> String {
        // Lists of strings and numbers only: this serialisation has no way to fail.
        let json = serde_json::to_string(self).unwrap_or_default();
        let mut id = hex::encode(Canonical::new("tributary.accrual-filter.v1").field("filter", &json).sha256());
        id.truncate(32);
        id
    }

    /// Whether a fact is summed.
    #[must_use]
    pub fn matches(&self, fact: &MeasuredFact<'_>) -> bool {
        self.selection.matches(fact)
    }

    /// The keys by which a fact is counted once.
    fn keys(&self, fact: &MeasuredFact<'_>) -> Vec<CountedKey> {
        if !self.distinct {
            return Vec::new();
        }
        let order = if fact.order_id.is_empty() {
            CountedKey::NoOrder
        } else {
            // Two systems may number their orders alike.
            CountedKey::Order(fact.source_system.to_owned(), fact.order_id.to_owned())
        };
        let mut keys = vec![order];
        keys.extend((!fact.customer_key.is_empty()).then(|| CountedKey::Customer(fact.customer_key.to_owned())));
        keys.extend((!fact.sku.is_empty()).then(|| CountedKey::Sku(fact.sku.to_owned())));
        keys
    }
}

/// What is counted once, however many facts have it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum CountedKey {
    /// An order of a source system.
    Order(String, String),
    /// No order: every such fact is an order of its own.
    NoOrder,
    /// A customer's pseudonym.
    Customer(String),
    /// A SKU.
    Sku(String),
}

impl CountedKey {
    /// As it is kept.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Order(system, order) => format!("o{SEPARATOR}{system}{SEPARATOR}{order}"),
            Self::NoOrder => "n".to_owned(),
            Self::Customer(key) => format!("c{SEPARATOR}{key}"),
            Self::Sku(sku) => format!("s{SEPARATOR}{sku}"),
        }
    }

    /// Reads what is kept.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (sort, rest) = text.split_once(SEPARATOR).unwrap_or((text, ""));
        match sort {
            "o" => rest.split_once(SEPARATOR).map(|(system, order)| Self::Order(system.to_owned(), order.to_owned())),
            "n" => Some(Self::NoOrder),
            "c" => Some(Self::Customer(rest.to_owned())),
            "s" => Some(Self::Sku(rest.to_owned())),
            _ => None,
        }
    }
}

/// Whose day is summed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayKey {
    /// The partner, last part of its resource name.
    pub partner: String,
    /// The day.
    pub day: Date,
    /// The currency.
    pub currency: Currency,
}

/// The sums of a day: amounts at the fact scale of the currency, quantity in 10⁻⁶.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DaySums {
    /// Value after discounts.
    pub net: i128,
    /// List value.
    pub gross: i128,
    /// Cost of goods.
    pub cost: i128,
    /// Units.
    pub quantity: i128,
    /// Number of facts.
    pub facts: i64,
}

impl DaySums {
    /// These sums and others. `None` beyond 128 bits.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Option<Self> {
        Some(Self {
            net: self.net.checked_add(other.net)?,
            gross: self.gross.checked_add(other.gross)?,
            cost: self.cost.checked_add(other.cost)?,
            quantity: self.quantity.checked_add(other.quantity)?,
            facts: self.facts.checked_add(other.facts)?,
        })
    }
}

/// What facts add to the days of one filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Added {
    /// Sums per day.
    pub days: BTreeMap<DayKey, DaySums>,
    /// How many facts have each key, per day.
    pub keys: BTreeMap<(DayKey, CountedKey), i64>,
}

impl Added {
    /// Takes a fact of a partner in, if the filter lets it pass. `false` when a sum leaves 128 bits: nothing was added.
    #[must_use]
    pub fn take(&mut self, filter: &Filter, partner: &str, fact: &MeasuredFact<'_>) -> bool {
        self.count(filter, partner, fact, 1)
    }

    /// Takes a fact out of the day on which it counted until now, as [`Self::take`] takes it in.
    #[must_use]
    pub fn take_back(&mut self, filter: &Filter, partner: &str, fact: &MeasuredFact<'_>) -> bool {
        self.count(filter, partner, fact, -1)
    }

    fn count(&mut self, filter: &Filter, partner: &str, fact: &MeasuredFact<'_>, times: i64) -> bool {
        if !filter.matches(fact) {
            return true;
        }
        let key = DayKey { partner: partner.to_owned(), day: Date::from_days(fact.day), currency: fact.currency };
        // No product of two 64-bit numbers leaves 128 bits.
        let of = |amount: i64| i128::from(amount).saturating_mul(times.into());
        let own = DaySums {
            net: of(fact.net),
            gross: of(fact.gross),
            cost: of(fact.cost),
            quantity: of(fact.quantity),
            facts: times,
        };
        let Some(sum) = self.days.get(&key).copied().unwrap_or_default().plus(&own) else { return false };
        for counted in filter.keys(fact) {
            let count = self.keys.entry((key.clone(), counted)).or_default();
            *count = count.saturating_add(times);
        }
        self.days.insert(key, sum);
        true
    }
}
