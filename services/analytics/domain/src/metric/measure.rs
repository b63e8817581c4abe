//! What is added up or counted in a cell; metrics are made of these.

use tributary_core::Currency;

use super::{
    dimension::{Column, Dimension},
    fact::{FactKind, QUANTITY_SCALE},
    view::{CampaignRow, LineView},
};

/// What is added up or counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// List value of sales; net where no list value is stated.
    Gmv,
    /// Net of all lines.
    Net,
    /// Net of sales.
    SaleNet,
    /// Net of returns, turned round: above zero where goods came back.
    Returned,
    /// Net less cost, of lines with a cost.
    Profit,
    /// Net of lines with a cost.
    CostedNet,
    /// Lines with a cost.
    CostedLines,
    /// Units.
    Quantity,
    /// Lines.
    Lines,
    /// Different orders of sales.
    Orders,
    /// Different partners.
    Partners,
    /// Different partners with a sale.
    ActivePartners,
    /// Different customers with a sale.
    Customers,
    /// Different customers whose first order ever is here.
    NewCustomers,
    /// Different customers with two orders or more here.
    RepeatCustomers,
    /// Net of all channels of the otherwise equal cell.
    NetOfAllChannels,
    /// Visits.
    Visits,
    /// Leads.
    Leads,
    /// Conversions of touchpoints.
    Conversions,
    /// Costs of channels.
    MarketingCost,
}

/// What a number of a measure means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// An amount at the fact scale of its currency.
    Money,
    /// Units at [`QUANTITY_SCALE`].
    Quantity,
    /// Whole.
    Count,
}

impl Scale {
    /// Decimals; without a currency, amounts have none.
    pub(super) fn digits(self, currency: Option<Currency>) -> u32 {
        match self {
            Self::Money => currency.map_or(0, Currency::fact_scale),
            Self::Quantity => QUANTITY_SCALE,
            Self::Count => 0,
        }
    }
}

/// How a measure comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Added up over lines of sales.
    LineSum,
    /// Different values among lines of sales.
    Distinct,
    /// Taken from the cells of all channels.
    Siblings,
    /// Added up over touchpoints and costs.
    CampaignSum,
}

impl Measure {
    pub(super) fn way(self) -> Way {
        match self {
            Self::Gmv
            | Self::Net
            | Self::SaleNet
            | Self::Returned
            | Self::Profit
            | Self::CostedNet
            | Self::CostedLines
            | Self::Quantity
            | Self::Lines => Way::LineSum,
            Self::Orders
            | Self::Partners
            | Self::ActivePartners
            | Self::Customers
            | Self::NewCustomers
            | Self::RepeatCustomers => Way::Distinct,
            Self::NetOfAllChannels => Way::Siblings,
            Self::Visits | Self::Leads | Self::Conversions | Self::MarketingCost => Way::CampaignSum,
        }
    }

    pub(super) fn scale(self) -> Scale {
        match self {
            Self::Gmv
            | Self::Net
            | Self::SaleNet
            | Self::Returned
            | Self::Profit
            | Self::CostedNet
            | Self::NetOfAllChannels
            | Self::MarketingCost => Scale::Money,
            Self::Quantity => Scale::Quantity,
            _ => Scale::Count,
        }
    }

    /// The columns of a line that it looks at.
    pub(super) fn columns(self) -> &'static [Column] {
        match self {
            Self::Gmv => &[Column::Net, Column::Gross],
            Self::Net | Self::SaleNet | Self::Returned | Self::NetOfAllChannels => &[Column::Net],
            Self::Profit | Self::CostedNet => &[Column::Net, Column::Cost],
            Self::CostedLines => &[Column::Cost],
            Self::Quantity => &[Column::Quantity],
            Self::Orders => &[Column::Order],
            Self::Partners | Self::ActivePartners => &[Column::Dimension(Dimension::Partner)],
            Self::Customers => &[Column::Customer],
            Self::NewCustomers => &[Column::Customer, Column::First],
            Self::RepeatCustomers => &[Column::Customer, Column::Order],
            Self::Lines | Self::Visits | Self::Leads | Self::Conversions | Self::MarketingCost => &[],
        }
    }

    /// What a line adds to a sum.
    pub(super) fn of_line(self, line: &LineView<'_>) -> i128 {
        let when = |holds: bool, value: i64| if holds { i128::from(value) } else { 0 };
        match self {
            Self::Gmv => when(line.kind.is_sale(), line.gross.unwrap_or(line.net)),
            Self::Net => line.net.into(),
            Self::SaleNet => when(line.kind.is_sale(), line.net),
            Self::Returned => when(line.kind == FactKind::Return, line.net).saturating_neg(),
            Self::Profit => line.cost.map_or(0, |cost| i128::from(line.net).saturating_sub(cost.into())),
            Self::CostedNet => when(line.cost.is_some(), line.net),
            Self::CostedLines => i128::from(line.cost.is_some()),
            Self::Quantity => line.quantity.into(),
            Self::Lines => 1,
            _ => 0,
        }
    }

    /// What touchpoints or costs add to a sum.
    pub(super) fn of_campaign(self, row: &CampaignRow<'_>) -> i128 {
        match self {
            Self::Visits => row.visits.into(),
            Self::Leads => row.leads.into(),
            Self::Conversions => row.conversions.into(),
            Self::MarketingCost => row.cost,
            _ => 0,
        }
    }

    /// What of a line is different or the same: one text, and for repeats another one that tells them apart.
    pub(super) fn entity<'a>(self, line: &LineView<'a>) -> Option<(&'a str, Option<&'a str>)> {
        let sale = line.kind.is_sale();
        let sold_to = Some(line.customer).filter(|customer| sale && !customer.is_empty());
        match self {
            Self::Orders => sale.then_some((line.order, None)),
            Self::Partners => Some((line.partner, None)),
            Self::ActivePartners => sale.then_some((line.partner, None)),
            Self::Customers => sold_to.map(|customer| (customer, None)),
            Self::NewCustomers => sold_to.filter(|_| line.first).map(|customer| (customer, None)),
            Self::RepeatCustomers => sold_to.map(|customer| (customer, Some(line.order))),
            _ => None,
        }
    }
}
