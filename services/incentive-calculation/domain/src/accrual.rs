//! Live accruals (IC-26): sums per day of what rules count, kept as facts arrive. A filter is a measure without its
//! window; rules with the same filter share its sums, whatever they add and over which days.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Date};

use crate::{
    canonical::Canonical,
    engine::{MeasuredFact, Selection},
    plan::{Measure, MeasureField, Window},
};

/// Which facts are summed, and of what different keys are counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// The measure without window and figure; its field is NET for all sums, or that of the keys that are counted.
    measure: Measure,
}

/// Every day: a filter has no window.
const ALWAYS: (i64, i64) = (i64::MIN, i64::MAX);

impl Filter {
    /// The filter of a measure.
    #[must_use]
    pub fn of(measure: &Measure) -> Self {
        let field = match measure.field {
            MeasureField::DistinctOrders | MeasureField::DistinctCustomers | MeasureField::DistinctSkus => measure.field,
            _ => MeasureField::Net,
        };
        let sorted = |list: &[String]| {
            let mut list = list.to_vec();
            list.sort_unstable();
            list.dedup();
            list
        };
        let mut kinds = measure.kinds.clone();
        kinds.sort_by_key(|k| k.number());
        kinds.dedup();
        let mut channels = measure.channels.clone();
        channels.sort_by_key(|c| c.number());
        channels.dedup();
        Self {
            measure: Measure {
                field,
                kinds,
                product_lines: sorted(&measure.product_lines),
                skus: sorted(&measure.skus),
                channels,
                regions: sorted(&measure.regions),
                sub_channels: sorted(&measure.sub_channels),
                window: Window::Period,
                figure: String::new(),
            },
        }
    }

    /// Names the filter: equal for equal filters. The first 32 digits of the SHA-256 of its canonical text.
    #[must_use]
    pub fn id(&self) -> String {
        // Lists of strings and names only: this serialisation has no way to fail.
        let json = serde_json::to_string(&self.measure).unwrap_or_default();
        let mut id = hex::encode(Canonical::new("tributary.accrual-filter.v1").field("measure", &json).sha256());
        id.truncate(32);
        id
    }

    /// Prepared to decide on facts of any day.
    #[must_use]
    pub fn selection(&self) -> Selection {
        Selection::new(&self.measure, (Date::from_days(ALWAYS.0), Date::from_days(ALWAYS.1)))
    }

    /// The key of a fact that is counted once, for a filter that counts different keys.
    #[must_use]
    pub fn key(&self, fact: &MeasuredFact<'_>) -> Option<String> {
        let key = match self.measure.field {
            // A fact without an order is an order of its own; the separator keeps it apart from any order's id.
            MeasureField::DistinctOrders if fact.order_id.is_empty() => {
                format!("\u{1f}{}\u{1f}{}", fact.source_system, fact.source_id)
            }
            MeasureField::DistinctOrders => fact.order_id.to_owned(),
            MeasureField::DistinctCustomers => fact.customer_key.to_owned(),
            MeasureField::DistinctSkus => fact.sku.to_owned(),
            _ => String::new(),
        };
        (!key.is_empty()).then_some(key)
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
    pub keys: BTreeMap<(DayKey, String), i64>,
}

impl Added {
    /// Takes a fact of a partner in. `false` when a sum leaves 128 bits: nothing was added then.
    #[must_use]
    pub fn take(&mut self, filter: &Filter, partner: &str, fact: &MeasuredFact<'_>) -> bool {
        let key = DayKey { partner: partner.to_owned(), day: Date::from_days(fact.day), currency: fact.currency };
        let own = DaySums {
            net: fact.net.into(),
            gross: fact.gross.into(),
            cost: fact.cost.into(),
            quantity: fact.quantity.into(),
            facts: 1,
        };
        let Some(sum) = self.days.get(&key).copied().unwrap_or_default().plus(&own) else { return false };
        if let Some(counted) = filter.key(fact) {
            let count = self.keys.entry((key.clone(), counted)).or_default();
            *count = count.saturating_add(1);
        }
        self.days.insert(key, sum);
        true
    }
}
