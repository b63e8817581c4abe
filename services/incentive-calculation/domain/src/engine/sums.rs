//! Running totals of one selection for one payee and currency.

use sha2::{Digest as _, Sha256};
use tributary_core::{Currency, Decimal};

use super::MeasuredFact;
use crate::{fact::QUANTITY_SCALE, plan::MeasureField};

/// Totals in 128 bits, and the digest of what went in.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    net: i128,
    gross: i128,
    profit: i128,
    quantity: i128,
    count: i64,
    digest: Sha256,
    /// A total left 128 bits. Kept until the payee's name is at hand, because facts carry only its number.
    overflow: bool,
}

impl Sums {
    /// Adds a fact. The digest takes source_system, a zero byte, source_id, a zero byte, the content's digest; keys hold
    /// no control characters, so this is unambiguous.
    pub fn add(&mut self, fact: &MeasuredFact<'_>) {
        let (net, cost) = (i128::from(fact.net), i128::from(fact.cost));
        let totals = [
            (&mut self.net, net),
            (&mut self.gross, i128::from(fact.gross)),
            (&mut self.profit, net - cost),
            (&mut self.quantity, i128::from(fact.quantity)),
        ];
        for (total, value) in totals {
            match total.checked_add(value) {
                Some(sum) => *total = sum,
                None => self.overflow = true,
            }
        }
        self.count = self.count.saturating_add(1);
        self.digest.update(fact.source_system.as_bytes());
        self.digest.update([0]);
        self.digest.update(fact.source_id.as_bytes());
        self.digest.update([0]);
        self.digest.update(fact.content_hash);
    }

    /// How many facts went in.
    pub fn count(&self) -> i64 {
        self.count
    }

    /// Digest of the facts so far, lower-case hex.
    pub fn facts_digest(&self) -> String {
        hex::encode(self.digest.clone().finalize())
    }

    /// A measure, exactly; `None` when it needs more than the 28 digits of a decimal.
    pub fn value(&self, field: MeasureField, currency: Currency) -> Option<Decimal> {
        let total = match field {
            MeasureField::Net => self.net,
            MeasureField::Gross => self.gross,
            MeasureField::Profit => self.profit,
            MeasureField::Quantity => self.quantity,
            MeasureField::Count => i128::from(self.count),
            _ => return None,
        };
        if self.overflow {
            return None;
        }
        Decimal::try_from_i128_with_scale(total, scale(field, currency)).ok().map(|d| d.normalize())
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
