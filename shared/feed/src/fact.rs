//! A sales fact as consumers see it: checked, with integers for amounts.

use std::fmt;

use tributary_core::{Date, FactAmount, ResourceId};

/// Decimals of a quantity.
pub const QUANTITY_SCALE: u32 = 6;

/// What sort of fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// Every kind, in the order of the contract.
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

    /// The kind of a name.
    ///
    /// # Errors
    /// A sentence with the name.
    pub fn parse(name: &str) -> Result<Self, String> {
        by_name(&Self::ALL, Self::name, name, "kind of fact")
    }
}

impl fmt::Display for FactKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Class of the sales channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChannelClass {
    /// Shops on the net, live commerce.
    Online,
    /// Shops, wholesale.
    Offline,
    /// New channels: group-buy, pop-up, O2O.
    Emerging,
}

impl ChannelClass {
    /// Every class, in the order of the contract.
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

    /// The class of a name.
    ///
    /// # Errors
    /// A sentence with the name.
    pub fn parse(name: &str) -> Result<Self, String> {
        by_name(&Self::ALL, Self::name, name, "class of channels")
    }
}

impl fmt::Display for ChannelClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The one of `all` that has a name.
fn by_name<T: Copy>(all: &[T], name_of: fn(T) -> &'static str, name: &str, what: &str) -> Result<T, String> {
    all.iter().copied().find(|one| name_of(*one) == name).ok_or_else(|| {
        let known = all.iter().map(|one| name_of(*one)).collect::<Vec<_>>().join(", ");
        format!("{name:?} is not a {what}; use one of {known}")
    })
}

/// A recorded sales fact. It never changes; source system and source id name it within its tenant. All its amounts are
/// in the currency of `net`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedFact {
    /// The system that states it. Example: "erp".
    pub source_system: String,
    /// Its key in that system. Example: "SO43659/1".
    pub source_id: String,
    /// The partner, last part of its resource name.
    pub partner: ResourceId,
    /// What sort of fact.
    pub kind: FactKind,
    /// The day that decides the period.
    pub occurred_on: Date,
    /// Number of the order or invoice. Empty: the line is an order of its own.
    pub order_id: String,
    /// Pseudonym of the end customer, empty when unset.
    pub customer_key: String,
    /// Stock keeping unit, empty when unset.
    pub sku: String,
    /// Product line, empty when unset.
    pub product_line: String,
    /// Region, broad to narrow with "/", empty when unset. Example: "US/WA".
    pub region: String,
    /// Channel class.
    pub channel: Option<ChannelClass>,
    /// Channel within the class, empty when unset. Example: "tmall".
    pub sub_channel: String,
    /// Units at [`QUANTITY_SCALE`]; 0 when the fact states none.
    pub quantity: i64,
    /// Value after discounts.
    pub net: FactAmount,
    /// List value.
    pub gross: Option<FactAmount>,
    /// Cost of goods.
    pub cost: Option<FactAmount>,
}

#[cfg(test)]
mod tests {
    use super::{ChannelClass, FactKind};

    #[test]
    fn names_are_those_of_the_contract() {
        for (name, kind) in [
            ("SELL_IN", FactKind::SellIn),
            ("SELL_OUT", FactKind::SellOut),
            ("RETURN", FactKind::Return),
            ("ADJUSTMENT", FactKind::Adjustment),
        ] {
            assert_eq!((kind.to_string().as_str(), FactKind::parse(name)), (name, Ok(kind)));
        }
        for (name, class) in
            [("ONLINE", ChannelClass::Online), ("OFFLINE", ChannelClass::Offline), ("EMERGING", ChannelClass::Emerging)]
        {
            assert_eq!((class.to_string().as_str(), ChannelClass::parse(name)), (name, Ok(class)));
        }
        for bad in ["", "sell_in", "FACT_KIND_SELL_IN", "UNSPECIFIED"] {
            let said = FactKind::parse(bad).expect_err(bad);
            assert_eq!(
                said,
                format!("{bad:?} is not a kind of fact; use one of SELL_IN, SELL_OUT, RETURN, ADJUSTMENT")
            );
            assert!(ChannelClass::parse(bad).is_err(), "{bad}");
        }
    }
}
