//! Sums of sales facts by day: the own copy that commitments are measured by.

use std::collections::BTreeMap;

use tributary_core::{Currency, Date, Exact};

/// Decimals of a quantity.
pub const QUANTITY_SCALE: u32 = 6;

/// What sort of sales fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SalesKind {
    /// Brand to partner.
    SellIn,
    /// Partner to its customers.
    SellOut,
    /// Goods that came back: quantity and net negative or zero.
    Return,
    /// A correction of either sign.
    Adjustment,
}

impl SalesKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::SellIn, Self::SellOut, Self::Return, Self::Adjustment];

    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SellIn => "SELL_IN",
            Self::SellOut => "SELL_OUT",
            Self::Return => "RETURN",
            Self::Adjustment => "ADJUSTMENT",
        }
    }

    /// The kind of a name.
    ///
    /// # Errors
    /// A sentence with the name.
    pub fn parse(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == name)
            .ok_or_else(|| format!("{name:?} is not a kind of sales fact"))
    }
}

/// What a commitment counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// What the partner bought: sell-in less returns, with adjustments.
    Purchases,
    /// What the partner sold.
    Sales,
}

impl Measure {
    /// Whether facts of a kind count.
    #[must_use]
    pub fn counts(self, kind: SalesKind) -> bool {
        match self {
            Self::Purchases => kind != SalesKind::SellOut,
            Self::Sales => kind == SalesKind::SellOut,
        }
    }

    /// In a sentence. Example: "purchases".
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Purchases => "purchases",
            Self::Sales => "sales",
        }
    }
}

/// In what a target is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Net value in a currency; facts in another do not count.
    Money(Currency),
    /// Units, whatever the currency.
    Pieces,
}

/// What facts are summed by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellKey {
    /// The partner, last part of its resource name.
    pub partner: String,
    /// The day.
    pub day: Date,
    /// The kind.
    pub kind: SalesKind,
    /// The product line, empty when unset.
    pub product_line: String,
    /// Currency of the sum.
    pub currency: Currency,
}

/// Sums. A fact has at most 64 bits, so no number of facts that a store can hold fills 128.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Sum of net amounts at the fact scale.
    pub net: i128,
    /// Sum of quantities at [`QUANTITY_SCALE`].
    pub quantity: i128,
    /// Number of facts.
    pub fact_count: i64,
}

impl Sums {
    /// Adds other sums of the same currency.
    pub fn add(&mut self, other: Self) {
        self.net = self.net.saturating_add(other.net);
        self.quantity = self.quantity.saturating_add(other.quantity);
        self.fact_count = self.fact_count.saturating_add(other.fact_count);
    }
}

/// The cells of one partner.
pub type Cells = BTreeMap<CellKey, Sums>;

/// What counts for a measure, from a day on to another, both included; of one product line, or of all when it is empty.
#[must_use]
pub fn total(cells: &Cells, measure: Measure, unit: Unit, product_line: &str, from: Date, through: Date) -> Exact {
    let counted = cells.iter().filter(|(key, _)| {
        measure.counts(key.kind)
            && (from..=through).contains(&key.day)
            && (product_line.is_empty() || key.product_line == product_line)
    });
    match unit {
        Unit::Money(currency) => {
            let net = counted.filter(|(key, _)| key.currency == currency).map(|(_, sums)| sums.net);
            Exact::from_scaled(net.fold(0, i128::saturating_add), currency.fact_scale())
        }
        Unit::Pieces => {
            let quantity = counted.map(|(_, sums)| sums.quantity);
            Exact::from_scaled(quantity.fold(0, i128::saturating_add), QUANTITY_SCALE)
        }
    }
}
