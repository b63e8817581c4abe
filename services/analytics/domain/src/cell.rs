//! Cells: what is kept of the facts, and how a batch is added to it.

use std::collections::BTreeMap;

use tributary_core::{Currency, Date, Fault, ResourceId};

use crate::{month::Month, reasons::AMOUNT_OVERFLOW};

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

/// Sums in memory. No number of facts that a store can hold fills 128 bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Sum of net amounts at the fact scale.
    pub net: i128,
    /// Number of facts.
    pub fact_count: i128,
    /// Sum of quantities at [`QUANTITY_SCALE`].
    pub quantity: i128,
}

/// Sums as they are kept and shown: 64 bits each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Sum of net amounts at the fact scale.
    pub net: i64,
    /// Number of facts.
    pub fact_count: i64,
    /// Sum of quantities at [`QUANTITY_SCALE`].
    pub quantity: i64,
}

impl From<Sums> for Totals {
    fn from(s: Sums) -> Self {
        Self { net: s.net.into(), fact_count: s.fact_count.into(), quantity: s.quantity.into() }
    }
}

impl Totals {
    /// Adds other sums of the same currency.
    pub fn add(&mut self, other: Self) {
        self.net = self.net.saturating_add(other.net);
        self.fact_count = self.fact_count.saturating_add(other.fact_count);
        self.quantity = self.quantity.saturating_add(other.quantity);
    }

    /// The sums in 64 bits; `what` names them in the fault.
    ///
    /// # Errors
    /// `AMOUNT_OVERFLOW` with the sum that does not fit.
    pub fn narrow(self, what: impl FnOnce() -> String) -> Result<Sums, Fault> {
        let narrow = |value: i128, field: &'static str| i64::try_from(value).map_err(|_| (field, value));
        let sums = narrow(self.net, "net").and_then(|net| {
            let fact_count = narrow(self.fact_count, "fact_count")?;
            Ok(Sums { net, fact_count, quantity: narrow(self.quantity, "quantity")? })
        });
        sums.map_err(|(field, value)| {
            let message = format!(
                "the sum of {field} of {} is {value} at the scale of facts, which 64 bits cannot hold; ask for fewer months or more dimensions",
                what()
            );
            Fault::new(AMOUNT_OVERFLOW, message).with("field", field)
        })
    }
}

impl Sums {
    /// These sums and those of a batch.
    ///
    /// # Errors
    /// `AMOUNT_OVERFLOW`.
    pub fn plus(self, batch: Totals, key: &CellKey) -> Result<Self, Fault> {
        let mut totals = Totals::from(self);
        totals.add(batch);
        totals.narrow(|| format!("partners/{} in {} as {} in {}", key.partner, key.month, key.kind, key.currency))
    }
}

/// Adds facts to the totals of a batch, cell by cell.
pub fn batch_totals(totals: &mut BTreeMap<CellKey, Totals>, facts: impl IntoIterator<Item = Fact>) {
    for fact in facts {
        let key = CellKey {
            partner: fact.partner.to_string(),
            month: Month::of(fact.occurred_on),
            kind: fact.kind,
            currency: fact.currency,
        };
        let one = Totals { net: fact.net.into(), fact_count: 1, quantity: fact.quantity.into() };
        totals.entry(key).or_default().add(one);
    }
}
