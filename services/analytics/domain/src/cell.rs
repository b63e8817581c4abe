//! Cells: what is kept of the facts, and how a batch is added to it.

use std::collections::BTreeMap;

use tributary_core::{Currency, Date, ResourceId};

use crate::month::Month;

/// Decimals of a quantity.
pub const QUANTITY_SCALE: u32 = 6;

/// What analytics takes from a sales fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The partner, last part of its resource name.
    pub partner: ResourceId,
    /// The day that decides the month.
    pub occurred_on: Date,
    /// The kind. Example: "SELL_IN".
    pub kind: String,
    /// Currency of `net`.
    pub currency: Currency,
    /// Value after discounts at the fact scale of its currency.
    pub net: i64,
    /// Units at [`QUANTITY_SCALE`]; 0 when the fact states none.
    pub quantity: i64,
}

/// What facts are summed by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellKey {
    /// The partner, last part of its resource name.
    pub partner: String,
    /// The month.
    pub month: Month,
    /// The kind. Example: "SELL_IN".
    pub kind: String,
    /// Currency of the sum.
    pub currency: Currency,
}

/// Sums. A fact has at most 64 bits, so no number of facts that a store can hold fills 128.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Sum of net amounts at the fact scale.
    pub net: i128,
    /// Number of facts.
    pub fact_count: i64,
    /// Sum of quantities at [`QUANTITY_SCALE`].
    pub quantity: i128,
}

impl Sums {
    /// Adds other sums of the same currency.
    pub fn add(&mut self, other: Self) {
        self.net = self.net.saturating_add(other.net);
        self.fact_count = self.fact_count.saturating_add(other.fact_count);
        self.quantity = self.quantity.saturating_add(other.quantity);
    }
}

/// Adds facts to the sums of a batch, cell by cell.
pub fn batch_sums(sums: &mut BTreeMap<CellKey, Sums>, facts: impl IntoIterator<Item = Fact>) {
    for fact in facts {
        let key = CellKey {
            partner: fact.partner.to_string(),
            month: Month::of(fact.occurred_on),
            kind: fact.kind,
            currency: fact.currency,
        };
        let one = Sums { net: fact.net.into(), fact_count: 1, quantity: fact.quantity.into() };
        sums.entry(key).or_default().add(one);
    }
}
