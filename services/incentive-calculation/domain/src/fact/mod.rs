//! Sales facts (IC-01): what a caller states, what is kept of it, and the digest of its content.

mod check;
mod hash;

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Date, FactAmount};

pub(crate) use check::at_scale;
pub use check::{QUANTITY_SCALE, amount_at_fact_scale, check, personal_data};
pub use hash::{content_hash, content_text};

/// What sort of sales fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FactKind {
    /// Brand to partner.
    SellIn,
    /// Partner to its customers.
    SellOut,
    /// Goods that came back: quantity and amounts negative or zero.
    Return,
    /// A correction of either sign.
    Adjustment,
}

impl FactKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::SellIn, Self::SellOut, Self::Return, Self::Adjustment];

    /// Name as in the API without its prefix. Example: "SELL_IN".
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SellIn => "SELL_IN",
            Self::SellOut => "SELL_OUT",
            Self::Return => "RETURN",
            Self::Adjustment => "ADJUSTMENT",
        }
    }

    /// Number as in the API and in the store, from 1.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::SellIn => 1,
            Self::SellOut => 2,
            Self::Return => 3,
            Self::Adjustment => 4,
        }
    }

    /// The kind of a number, `None` for 0 and unknown ones.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|k| i64::from(k.number()) == number)
    }
}

impl fmt::Display for FactKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Class of the sales channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChannelClass {
    /// Shops on the net, live commerce.
    Online,
    /// Shops, wholesale.
    Offline,
    /// New channels: group-buy, pop-up, O2O.
    Emerging,
}

impl ChannelClass {
    /// Every class, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Online, Self::Offline, Self::Emerging];

    /// Name as in the API without its prefix. Example: "ONLINE".
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Online => "ONLINE",
            Self::Offline => "OFFLINE",
            Self::Emerging => "EMERGING",
        }
    }

    /// Number as in the API and in the store, from 1.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Online => 1,
            Self::Offline => 2,
            Self::Emerging => 3,
        }
    }

    /// The class of a number, `None` for 0 and unknown ones.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|c| i64::from(c.number()) == number)
    }
}

impl fmt::Display for ChannelClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The parts of `google.type.Money` as a caller sent them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MoneyParts {
    /// Three-letter code.
    pub currency: String,
    /// Whole units.
    pub units: i64,
    /// 10⁻⁹ units, of the same sign.
    pub nanos: i32,
}

/// A fact as a caller states it: decoded, not checked. Empty text means unset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FactDraft {
    /// The system that states the fact, 1 to 63 characters.
    pub source_system: String,
    /// The key of the fact in that system, 1 to 200 characters.
    pub source_id: String,
    /// What sort of fact; required.
    pub kind: Option<FactKind>,
    /// The day, derived already when the caller gave an instant; required.
    pub occurred_on: Option<Date>,
    /// Stock keeping unit, up to 100 characters.
    pub sku: String,
    /// Product line, up to 100 characters.
    pub product_line: String,
    /// Region of the sale, up to 200 characters.
    pub region: String,
    /// Channel class.
    pub channel: Option<ChannelClass>,
    /// Channel within the class, up to 100 characters.
    pub sub_channel: String,
    /// Units as decimal text, up to six decimals; empty text is 0.
    pub quantity: Option<String>,
    /// List value.
    pub gross: Option<MoneyParts>,
    /// Value after discounts; required.
    pub net: Option<MoneyParts>,
    /// Cost of goods.
    pub cost: Option<MoneyParts>,
    /// Source id of the sale that a return or adjustment belongs to, up to 200 characters.
    pub original_source_id: String,
    /// Number of the order or invoice that it belongs to, up to 200 characters.
    pub order_id: String,
    /// Pseudonym of the end customer, up to 200 characters.
    pub customer_key: String,
    /// Labels, up to 32; not part of the content.
    pub labels: BTreeMap<String, String>,
}

/// A checked fact. Amounts are integers at the fact scale of `currency`, the quantity at six decimals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The system that states the fact.
    pub source_system: String,
    /// The key of the fact in that system.
    pub source_id: String,
    /// What sort of fact.
    pub kind: FactKind,
    /// The day that decides the period.
    pub occurred_on: Date,
    /// Stock keeping unit, empty when unset.
    pub sku: String,
    /// Product line, empty when unset.
    pub product_line: String,
    /// Region of the sale, empty when unset.
    pub region: String,
    /// Channel class.
    pub channel: Option<ChannelClass>,
    /// Channel within the class, empty when unset.
    pub sub_channel: String,
    /// Units in 10⁻⁶.
    pub quantity: Option<i64>,
    /// Currency of all amounts.
    pub currency: Currency,
    /// List value at the fact scale.
    pub gross: Option<i64>,
    /// Value after discounts at the fact scale.
    pub net: i64,
    /// Cost of goods at the fact scale.
    pub cost: Option<i64>,
    /// Source id of the sale it belongs to, empty when unset.
    pub original_source_id: String,
    /// Number of the order or invoice that it belongs to, empty when unset.
    pub order_id: String,
    /// Pseudonym of the end customer, empty when unset.
    pub customer_key: String,
    /// Labels; not part of the content.
    pub labels: BTreeMap<String, String>,
}

impl Fact {
    /// The net amount with its currency.
    #[must_use]
    pub fn net_amount(&self) -> FactAmount {
        FactAmount { currency: self.currency, value: self.net }
    }

    /// The gross amount with its currency.
    #[must_use]
    pub fn gross_amount(&self) -> Option<FactAmount> {
        self.gross.map(|value| FactAmount { currency: self.currency, value })
    }

    /// The cost with its currency.
    #[must_use]
    pub fn cost_amount(&self) -> Option<FactAmount> {
        self.cost.map(|value| FactAmount { currency: self.currency, value })
    }
}
