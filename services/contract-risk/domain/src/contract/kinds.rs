//! The small vocabularies of a contract.

use crate::named::named;

named! { "a model of cooperation";
    /// Model of a cooperation (PR-02).
    pub enum CooperationModel {
        /// One agent for a territory.
        ExclusiveAgency = "EXCLUSIVE_AGENCY",
        /// Regional distribution, province to county.
        RegionalDistribution = "REGIONAL_DISTRIBUTION",
        /// A product under two brands.
        CoBranding = "CO_BRANDING",
        /// Resources against resources.
        ResourceSwap = "RESOURCE_SWAP",
        /// Products sold together.
        ProductBundle = "PRODUCT_BUNDLE",
        /// Data against data.
        DataSharing = "DATA_SHARING",
        /// Development together.
        JointRnd = "JOINT_RND",
        /// Sales by live stream.
        LiveCommerce = "LIVE_COMMERCE",
        /// Group-buy in neighbourhoods.
        CommunityGroupBuy = "COMMUNITY_GROUP_BUY",
        /// A shop within a shop.
        ShopInShop = "SHOP_IN_SHOP",
        /// A shop for a short time.
        PopUpStore = "POP_UP_STORE",
        /// Online to offline.
        O2oPlatform = "O2O_PLATFORM",
    }
}

named! { "a kind of commitment";
    /// What is promised.
    pub enum CommitmentKind {
        /// Purchases from us: sell-in less returns, with adjustments.
        Purchase = "PURCHASE",
        /// Sales to the partner's customers: sell-out.
        Sales = "SALES",
        /// Visits brought.
        Traffic = "TRAFFIC",
        /// Followers reached.
        Followers = "FOLLOWERS",
    }
}

impl CommitmentKind {
    /// Whether it is counted and never an amount of money.
    #[must_use]
    pub fn is_counted(self) -> bool {
        matches!(self, Self::Traffic | Self::Followers)
    }
}

named! { "a cadence";
    /// Length of a commitment's windows.
    pub enum Cadence {
        /// Once, over the whole term.
        Term = "TERM",
        /// Every year of the term.
        Year = "YEAR",
        /// Every three months of the term.
        Quarter = "QUARTER",
        /// Every month of the term.
        Month = "MONTH",
    }
}

impl Cadence {
    /// Months of a window; `None` for the whole term.
    #[must_use]
    pub fn months(self) -> Option<i32> {
        match self {
            Self::Term => None,
            Self::Year => Some(12),
            Self::Quarter => Some(3),
            Self::Month => Some(1),
        }
    }
}

named! { "a party";
    /// A party of the contract.
    pub enum Party {
        /// We.
        Principal = "PRINCIPAL",
        /// The partner.
        Partner = "PARTNER",
    }
}
