//! Single facts, kept where each earns for itself (R00): their values, and the sales that returns name.

use std::collections::{BTreeSet, HashMap};

use tributary_core::{Currency, Exact};

use super::{MeasuredFact, sums::scale};
use crate::{
    fact::{FactKind, QUANTITY_SCALE},
    plan::MeasureField,
};

/// The facts of one payee and currency in the order of their keys. Keys lie in one text, so that a fact costs no
/// allocation of its own.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    keys: String,
    list: Vec<Kept>,
    links: usize,
}

/// One fact.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub day: i64,
    pub currency: Currency,
    amounts: Amounts,
    /// Where its key ends in the text of keys; it begins where the one before ends.
    key: (usize, usize),
    /// Key of the sale it belongs to, and the digest of its own content: a line of what it takes back has a digest too.
    link: Option<Box<(String, [u8; 32])>>,
}

/// The numbers of a fact.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amounts {
    net: i64,
    gross: i64,
    cost: i64,
    quantity: i64,
}

impl Amounts {
    /// Those of a fact.
    pub fn of(fact: &MeasuredFact<'_>) -> Self {
        Self { net: fact.net, gross: fact.gross, cost: fact.cost, quantity: fact.quantity }
    }

    /// The value of a field in the fact's currency.
    pub fn value(&self, field: MeasureField, currency: Currency) -> Exact {
        let value = match field {
            MeasureField::Net => i128::from(self.net),
            MeasureField::Gross => i128::from(self.gross),
            MeasureField::Profit => i128::from(self.net) - i128::from(self.cost),
            MeasureField::Quantity => i128::from(self.quantity),
            _ => 1,
        };
        Exact::from_scaled(value, scale(field, currency))
    }

    /// The quantity.
    pub fn quantity(&self) -> Exact {
        Exact::from_scaled(i128::from(self.quantity), QUANTITY_SCALE)
    }
}

impl Kept {
    /// The numbers.
    pub fn amounts(&self) -> &Amounts {
        &self.amounts
    }

    /// Key of the sale that it belongs to.
    pub fn sale(&self) -> Option<&str> {
        self.link.as_deref().map(|(key, _)| key.as_str())
    }

    /// Digest of the content, of a fact that belongs to a sale.
    pub fn content_hash(&self) -> Option<&[u8; 32]> {
        self.link.as_deref().map(|(_, hash)| hash)
    }
}

/// A key as one text; keys hold no control characters.
pub(super) fn key_text(system: &str, id: &str) -> String {
    format!("{system}\0{id}")
}

impl Facts {
    /// Keeps a fact.
    pub fn add(&mut self, fact: &MeasuredFact<'_>) {
        let from = self.keys.len();
        for part in [fact.source_system, "\0", fact.source_id] {
            self.keys.push_str(part);
        }
        let linked = !fact.original_source_id.is_empty()
            && matches!(fact.kind, FactKind::Return | FactKind::Adjustment)
            && fact.original_source_id != fact.source_id;
        self.links = self.links.saturating_add(usize::from(linked));
        self.list.push(Kept {
            day: fact.day,
            currency: fact.currency,
            amounts: Amounts::of(fact),
            key: (from, self.keys.len()),
            link: linked.then(|| Box::new((key_text(fact.source_system, fact.original_source_id), *fact.content_hash))),
        });
    }

    /// The facts on the days of a window in the order of day, source system, source id.
    pub fn by_day(&self, (from, to): (i64, i64)) -> Vec<&Kept> {
        let mut list: Vec<&Kept> = self.list.iter().filter(|k| from <= k.day && k.day < to).collect();
        // They came in key order, and the sort is stable.
        list.sort_by_key(|k| k.day);
        list
    }

    /// The key of a fact.
    pub fn key(&self, kept: &Kept) -> &str {
        self.keys.get(kept.key.0..kept.key.1).unwrap_or_default()
    }

    /// The facts by key; empty when no fact is linked.
    pub fn by_key(&self) -> HashMap<&str, &Kept> {
        if self.links == 0 { HashMap::new() } else { self.list.iter().map(|k| (self.key(k), k)).collect() }
    }

    /// Adds the keys of sales that are not among these facts.
    pub fn missing(&self, wanted: &mut BTreeSet<(String, String)>) {
        let known = self.by_key();
        for key in self.list.iter().filter_map(Kept::sale).filter(|key| !known.contains_key(key)) {
            wanted.extend(key.split_once('\0').map(|(system, id)| (system.to_owned(), id.to_owned())));
        }
    }
}
