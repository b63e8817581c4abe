//! What values are split and filtered by, and the columns of a fact that a query may need.

/// What values are split by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// The partner.
    Partner,
    /// The region of the sale.
    Region,
    /// The product line.
    ProductLine,
    /// Stock keeping unit.
    Sku,
    /// Channel class.
    Channel,
    /// Channel within the class.
    SubChannel,
    /// Currency.
    Currency,
    /// Kind of fact.
    Kind,
}

impl Dimension {
    /// Every dimension, in the order of the contract.
    pub const ALL: [Self; 8] = [
        Self::Partner,
        Self::Region,
        Self::ProductLine,
        Self::Sku,
        Self::Channel,
        Self::SubChannel,
        Self::Currency,
        Self::Kind,
    ];

    /// Name as in filters. Example: "product_line".
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Partner => "partner",
            Self::Region => "region",
            Self::ProductLine => "product_line",
            Self::Sku => "sku",
            Self::Channel => "channel",
            Self::SubChannel => "sub_channel",
            Self::Currency => "currency",
            Self::Kind => "kind",
        }
    }

    /// Whether it says through which channel something was sold.
    #[must_use]
    pub fn is_channel(self) -> bool {
        matches!(self, Self::Channel | Self::SubChannel)
    }
}

/// A column that a query may need, besides day and kind, which every query does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// The text of a dimension other than the kind.
    Dimension(Dimension),
    /// Key of the order.
    Order,
    /// The customer.
    Customer,
    /// Whether it is of the first order ever of its customer.
    First,
    /// Net amount.
    Net,
    /// List value.
    Gross,
    /// Cost of goods.
    Cost,
    /// Units.
    Quantity,
}

/// The first `depth` parts of a region; 0: all.
pub(super) fn cut_region(region: &str, depth: usize) -> &str {
    let end = depth.checked_sub(1).and_then(|nth| region.match_indices('/').nth(nth));
    end.and_then(|(at, _)| region.get(..at)).unwrap_or(region)
}

/// Whether a region is another or lies within it, by whole parts. Everything lies within "".
pub(super) fn lies_within(region: &str, whole: &str) -> bool {
    whole.is_empty() || region.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
