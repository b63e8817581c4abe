//! Running totals of one gauge for one payee and currency.

use std::collections::{BTreeMap, HashSet};

use sha2::{Digest as _, Sha256};
use tributary_core::{Currency, Exact};

use super::{
    MeasuredFact,
    facts::Facts,
    layout::{Gauge, Parts},
};
use crate::{fact::QUANTITY_SCALE, plan::MeasureField};

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

impl Distinct {
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
        hash(&mut self.digest, fact);
        if distinct {
            self.distinct.get_or_insert_default().add(fact);
        }
    }

    /// Digest of the facts.
    pub fn digest(&self) -> [u8; 32] {
        self.digest.clone().finalize().into()
    }
}

/// The digest takes source_system, a zero byte, source_id, a zero byte, the content's digest; keys hold no control
/// characters, so this is unambiguous.
pub(super) fn hash(digest: &mut Sha256, fact: &MeasuredFact<'_>) {
    digest.update(fact.source_system.as_bytes());
    digest.update([0]);
    digest.update(fact.source_id.as_bytes());
    digest.update([0]);
    digest.update(fact.content_hash);
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
