//! Facts, touchpoints and costs as they are counted: views of what a store reads.

use tributary_core::Date;

use super::{dimension::Dimension, fact::FactKind};

/// A line as it is counted. What a query does not need may be empty.
#[derive(Debug, Clone, Copy)]
pub struct LineView<'a> {
    /// When.
    pub day: Date,
    /// What sort.
    pub kind: FactKind,
    /// The partner.
    pub partner: &'a str,
    /// Region.
    pub region: &'a str,
    /// Product line.
    pub product_line: &'a str,
    /// Stock keeping unit.
    pub sku: &'a str,
    /// Channel class.
    pub channel: &'a str,
    /// Channel within the class.
    pub sub_channel: &'a str,
    /// Code of the currency.
    pub currency: &'a str,
    /// Key of the order.
    pub order: &'a str,
    /// The customer.
    pub customer: &'a str,
    /// Whether it is of the first order ever of its customer, on the day of that order.
    pub first: bool,
    /// Value after discounts.
    pub net: i64,
    /// List value.
    pub gross: Option<i64>,
    /// Cost of goods.
    pub cost: Option<i64>,
    /// Units.
    pub quantity: i64,
}

impl<'a> LineView<'a> {
    /// The text of a dimension.
    pub(super) fn text(&self, dimension: Dimension) -> &'a str {
        match dimension {
            Dimension::Partner => self.partner,
            Dimension::Region => self.region,
            Dimension::ProductLine => self.product_line,
            Dimension::Sku => self.sku,
            Dimension::Channel => self.channel,
            Dimension::SubChannel => self.sub_channel,
            Dimension::Currency => self.currency,
            Dimension::Kind => self.kind.name(),
        }
    }
}

/// Touchpoints or costs of a day: what a campaign did and what it cost. Touchpoints have no currency.
#[derive(Debug, Clone, Copy)]
pub struct CampaignRow<'a> {
    /// When.
    pub day: Date,
    /// The partner, empty when there is none.
    pub partner: &'a str,
    /// Region.
    pub region: &'a str,
    /// Product line; touchpoints have none.
    pub product_line: &'a str,
    /// Channel class.
    pub channel: &'a str,
    /// Channel within the class.
    pub sub_channel: &'a str,
    /// Code of the currency of `cost`; empty for touchpoints.
    pub currency: &'a str,
    /// Visits.
    pub visits: i64,
    /// Leads.
    pub leads: i64,
    /// Conversions.
    pub conversions: i64,
    /// Cost at the fact scale of its currency.
    pub cost: i128,
}

impl<'a> CampaignRow<'a> {
    /// The text of a dimension; metrics over campaigns do not know the others.
    pub(super) fn text(&self, dimension: Dimension) -> &'a str {
        match dimension {
            Dimension::Partner => self.partner,
            Dimension::Region => self.region,
            Dimension::ProductLine => self.product_line,
            Dimension::Channel => self.channel,
            Dimension::SubChannel => self.sub_channel,
            Dimension::Currency => self.currency,
            Dimension::Sku | Dimension::Kind => "",
        }
    }
}
