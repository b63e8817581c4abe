//! What sort of partner: one table of numbers and names, as in `tributary.partner.v1.PartnerKind`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What sort of partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PartnerKind {
    /// Buys and resells in an area.
    Dealer,
    /// Sells in the brand's name for a commission.
    Agent,
    /// Supplies dealers and shops.
    Distributor,
    /// Sells to consumers from shops.
    Retailer,
    /// Live-commerce agency.
    Mcn,
    /// Creator, key opinion leader or consumer.
    Creator,
    /// Leader of a community group-buy.
    GroupLeader,
    /// Brand of another industry.
    CrossIndustryBrand,
    /// Logistics, marketing or other service provider.
    ServiceProvider,
}

impl PartnerKind {
    /// Every kind in the order of its number, from 1.
    pub const ALL: [Self; 9] = [
        Self::Dealer,
        Self::Agent,
        Self::Distributor,
        Self::Retailer,
        Self::Mcn,
        Self::Creator,
        Self::GroupLeader,
        Self::CrossIndustryBrand,
        Self::ServiceProvider,
    ];

    /// The name in filters and stores. Example: "GROUP_LEADER".
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dealer => "DEALER",
            Self::Agent => "AGENT",
            Self::Distributor => "DISTRIBUTOR",
            Self::Retailer => "RETAILER",
            Self::Mcn => "MCN",
            Self::Creator => "CREATOR",
            Self::GroupLeader => "GROUP_LEADER",
            Self::CrossIndustryBrand => "CROSS_INDUSTRY_BRAND",
            Self::ServiceProvider => "SERVICE_PROVIDER",
        }
    }

    /// The kind of a name.
    ///
    /// # Errors
    /// A sentence with the value and every name.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|k| k.as_str() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            format!("{text:?} is not a partner kind; use one of {names}")
        })
    }

    /// The number in the proto enum.
    #[must_use]
    pub fn number(self) -> i32 {
        Self::ALL.iter().zip(1..).find_map(|(k, n)| (*k == self).then_some(n)).unwrap_or(0)
    }

    /// The kind of a number of the proto enum.
    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.number() == number)
    }
}

impl fmt::Display for PartnerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
