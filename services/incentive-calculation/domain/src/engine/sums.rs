//! Running totals of one gauge for one payee and currency.

use std::collections::{BTreeMap, HashSet};

use sha2::{Digest as _, Sha256};
use tributary_core::{Currency, Exact};

use super::{
    MeasuredFact,
    daily::Day,
    facts::Facts,
    layout::{Gauge, Parts},
};
use crate::{
    accrual::{CountedKey, DaySums},
    fact::QUANTITY_SCALE,
    plan::MeasureField,
};

/// Totals in 128 bits.
#[derive(Debug, Clone, Default)]
pub(super) struct Totals {
    net: i128,
    gross: i128,
    profit: i128,
    quantity: i128,
    count: i64,
    /// A total left 128 bits. Kept until the payee's name is at hand, because facts carry only its number.
    overflow: bool,
}

impl Totals {
    fn add(&mut self, fact: &MeasuredFact<'_>) {
        let (net, cost) = (i128::from(fact.net), i128::from(fact.cost));
        self.more(net, i128::from(fact.gross), net - cost, i128::from(fact.quantity));
        self.count = self.count.saturating_add(1);
    }

    /// Adds other totals.
    pub fn take(&mut self, other: &Self) {
        self.more(other.net, other.gross, other.profit, other.quantity);
        self.count = self.count.saturating_add(other.count);
        self.overflow |= other.overflow;
    }

    fn more(&mut self, net: i128, gross: i128, profit: i128, quantity: i128) {
        let totals = [
            (&mut self.net, net),
            (&mut self.gross, gross),
            (&mut self.profit, profit),
            (&mut self.quantity, quantity),
        ];
        for (total, value) in totals {
            match total.checked_add(value) {
                Some(sum) => *total = sum,
                None => self.overflow = true,
            }
        }
    }

    /// How many facts went in.
    pub fn count(&self) -> i64 {
        self.count
    }

    /// A sum of amounts, quantities or facts, in the currency the amounts are in; `None` beyond 128 bits.
    pub fn value(&self, field: MeasureField, currency: Currency) -> Option<Exact> {
        let total = match field {
            MeasureField::Net => self.net,
            MeasureField::Gross => self.gross,
            MeasureField::Profit => self.profit,
            MeasureField::Quantity => self.quantity,
            _ => i128::from(self.count),
        };
        (!self.overflow).then(|| Exact::from_scaled(total, scale(field, currency)))
    }
}

/// Different keys.
#[derive(Debug, Clone, Default)]
pub(super) struct Distinct {
    orders: HashSet<Box<str>>,
    /// Facts without an order: each is one of its own.
    alone: i64,
    customers: HashSet<Box<str>>,
    skus: HashSet<Box<str>>,
}

impl Totals {
    /// Adds the sums of a day.
    fn take_day(&mut self, day: &DaySums) {
        match day.net.checked_sub(day.cost) {
            Some(profit) => self.more(day.net, day.gross, profit, day.quantity),
            None => self.overflow = true,
        }
        self.count = self.count.saturating_add(day.facts);
    }
}

impl Distinct {
    /// Adds the keys of a day.
    fn take_day(&mut self, keys: &[(CountedKey, i64)]) {
        for (key, facts) in keys {
            match key {
                CountedKey::Order(system, order) => {
                    self.orders.insert(format!("{system}\0{order}").into_boxed_str());
                }
                CountedKey::NoOrder => self.alone = self.alone.saturating_add(*facts),
                CountedKey::Customer(key) => {
                    self.customers.insert(key.as_str().into());
                }
                CountedKey::Sku(sku) => {
                    self.skus.insert(sku.as_str().into());
                }
            }
        }
    }

    fn add(&mut self, fact: &MeasuredFact<'_>) {
        if fact.order_id.is_empty() {
            self.alone = self.alone.saturating_add(1);
        } else {
            // Two systems may number their orders alike.
            self.orders.insert(format!("{}\0{}", fact.source_system, fact.order_id).into_boxed_str());
        }
        for (set, key) in [(&mut self.customers, fact.customer_key), (&mut self.skus, fact.sku)] {
            if !key.is_empty() && !set.contains(key) {
                set.insert(key.into());
            }
        }
    }

    fn keys(&self, field: MeasureField) -> Option<&HashSet<Box<str>>> {
        match field {
            MeasureField::DistinctOrders => Some(&self.orders),
            MeasureField::DistinctCustomers => Some(&self.customers),
            MeasureField::DistinctSkus => Some(&self.skus),
            _ => None,
        }
    }
}

/// Facts that are added together.
#[derive(Debug, Clone, Default)]
pub(super) struct Bucket {
    pub totals: Totals,
    digest: Sha256,
    distinct: Option<Box<Distinct>>,
}

impl Bucket {
    fn add(&mut self, fact: &MeasuredFact<'_>, distinct: bool) {
        self.totals.add(fact);
        fact.identity().iter().for_each(|part| self.digest.update(part));
        if distinct {
            self.distinct.get_or_insert_default().add(fact);
        }
    }

    /// Adds a day of sums; it has no digest.
    pub fn take_day(&mut self, day: &Day<'_>) {
        self.totals.take_day(day.sums);
        if !day.keys.is_empty() {
            self.distinct.get_or_insert_default().take_day(day.keys);
        }
    }

    /// Digest of the facts.
    pub fn digest(&self) -> [u8; 32] {
        self.digest.clone().finalize().into()
    }
}

/// How many different keys of a field some buckets hold together.
pub(super) fn distinct<'a>(buckets: impl Iterator<Item = &'a Bucket>, field: MeasureField) -> i64 {
    let found: Vec<&Distinct> = buckets.filter_map(|b| b.distinct.as_deref()).collect();
    let keys: HashSet<&str> = found.iter().filter_map(|d| d.keys(field)).flatten().map(AsRef::as_ref).collect();
    let alone: i64 = match field {
        MeasureField::DistinctOrders => found.iter().map(|d| d.alone).sum(),
        _ => 0,
    };
    alone.saturating_add(i64::try_from(keys.len()).unwrap_or(i64::MAX))
}

/// Totals and the digest of what went in.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    /// All facts together; unused where every day is apart.
    pub all: Bucket,
    /// The facts of each day and currency, where they are read apart.
    pub parts: BTreeMap<(i64, Currency), Bucket>,
    /// The single facts, for per-fact rewards.
    pub facts: Option<Box<Facts>>,
}

impl Sums {
    /// Adds a fact.
    pub fn add(&mut self, gauge: &Gauge, fact: &MeasuredFact<'_>) {
        match gauge.parts {
            Parts::Together => self.all.add(fact, gauge.distinct),
            Parts::Currencies => {
                self.all.add(fact, gauge.distinct);
                self.parts.entry((0, fact.currency)).or_default().totals.add(fact);
            }
            Parts::Rates => {
                self.all.add(fact, gauge.distinct);
                self.parts.entry((fact.day, fact.currency)).or_default().totals.add(fact);
            }
            Parts::Days => self.parts.entry((fact.day, fact.currency)).or_default().add(fact, gauge.distinct),
        }
        if gauge.facts {
            self.facts.get_or_insert_default().add(fact);
        }
    }
}

/// Decimals a measure can have.
pub(super) fn scale(field: MeasureField, currency: Currency) -> u32 {
    match field {
        MeasureField::Net | MeasureField::Gross | MeasureField::Profit => currency.fact_scale(),
        MeasureField::Quantity => QUANTITY_SCALE,
        MeasureField::Count
        | MeasureField::DistinctOrders
        | MeasureField::DistinctCustomers
        | MeasureField::DistinctSkus => 0,
        MeasureField::Figure => 12,
    }
}
