//! What metrics are: one table. A metric is added here and nowhere else.

use super::{
    dimension::Dimension,
    measure::{Measure, Way},
};

/// What the values of a metric are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Money in one currency.
    Money,
    /// A count.
    Count,
    /// A quantity with up to six decimals.
    Quantity,
    /// A ratio.
    Ratio,
}

/// How a metric is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// A sum or count as it is.
    Whole(Measure),
    /// One part of a cell divided by another one of it.
    Ratio(Part, Measure),
}

/// What is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// A measure.
    Of(Measure),
    /// The first less the second.
    Less(Measure, Measure),
}

/// The definition of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Definition {
    /// Its id. Example: "return_rate".
    pub id: &'static str,
    /// Title. Example: "Return rate".
    pub title: &'static str,
    /// What it means, in a sentence.
    pub meaning: &'static str,
    /// How it is computed, for people.
    pub formula: &'static str,
    /// What its values are.
    pub unit: Unit,
    /// Who answers for the definition. Example: "finance".
    pub owner: &'static str,
    /// The dimensions it can be split and filtered by.
    pub dimensions: &'static [Dimension],
    /// Whether it is money or a ratio of money, so that it is always split by currency.
    pub per_currency: bool,
    /// How it is computed.
    pub(super) how: How,
}

impl Definition {
    /// The measures it is made of.
    pub(super) fn measures(&self) -> Vec<Measure> {
        let mut measures = match self.how {
            How::Whole(measure) => vec![measure],
            How::Ratio(Part::Of(one), by) => vec![one, by],
            How::Ratio(Part::Less(one, less), by) => vec![one, less, by],
        };
        if measures.contains(&Measure::Profit) {
            // Whether the profit is known: see the table.
            measures.extend([Measure::Lines, Measure::CostedLines]);
        }
        measures
    }

    /// Whether it is one measure divided by another one.
    #[must_use]
    pub fn is_ratio(&self) -> bool {
        matches!(self.how, How::Ratio(..))
    }

    /// Whether it may be added up over parts of a range, which a forecast rests on: neither distinct counts nor ratios may.
    #[must_use]
    pub fn is_additive(&self) -> bool {
        match self.how {
            How::Whole(measure) => matches!(measure.way(), Way::LineSum | Way::CampaignSum),
            How::Ratio(..) => false,
        }
    }
}

/// The metric of an id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Definition> {
    DEFINITIONS.iter().find(|definition| definition.id == id)
}

/// Costs know no single goods and no kinds.
const COSTS: &[Dimension] = &[
    Dimension::Partner,
    Dimension::Region,
    Dimension::ProductLine,
    Dimension::Channel,
    Dimension::SubChannel,
    Dimension::Currency,
];
/// Touchpoints know no goods and no currency.
const TOUCHPOINTS: &[Dimension] = &[Dimension::Partner, Dimension::Region, Dimension::Channel, Dimension::SubChannel];

const fn money(id: &'static str, measure: Measure) -> Definition {
    Definition { per_currency: true, ..count(id, Unit::Money, measure) }
}

const fn count(id: &'static str, unit: Unit, measure: Measure) -> Definition {
    Definition {
        id,
        title: "",
        meaning: "",
        formula: "",
        unit,
        owner: "sales",
        dimensions: &Dimension::ALL,
        per_currency: false,
        how: How::Whole(measure),
    }
}

const fn ratio(id: &'static str, unit: Unit, part: Part, by: Measure) -> Definition {
    Definition { how: How::Ratio(part, by), per_currency: true, ..count(id, unit, by) }
}

/// All metrics, in the order in which they are listed.
pub static DEFINITIONS: [Definition; 24] = [
    Definition {
        title: "GMV",
        meaning: "List value of what was sold, before discounts, returns and adjustments.",
        formula: "sum of gross of sell-in and sell-out lines; net of lines that state no gross",
        ..money("gmv", Measure::Gmv)
    },
    Definition {
        title: "Net sales",
        meaning: "Value of sales after discounts, with returns and adjustments taken in.",
        formula: "sum of net of all lines",
        owner: "finance",
        ..money("net_sales", Measure::Net)
    },
    Definition {
        title: "Returns",
        meaning: "Value of goods that came back, as a number above zero.",
        formula: "− sum of net of return lines",
        owner: "finance",
        ..money("returns", Measure::Returned)
    },
    Definition {
        title: "Gross profit",
        meaning: "What is left of net sales after the cost of goods, of lines whose cost is known; not set where none is.",
        formula: "sum of (net − cost) of lines with a cost",
        owner: "finance",
        ..money("gross_profit", Measure::Profit)
    },
    Definition {
        title: "Gross margin",
        meaning: "Part of net sales that is gross profit, of lines whose cost is known.",
        formula: "gross_profit ÷ net of the same lines",
        owner: "finance",
        ..ratio("gross_margin", Unit::Ratio, Part::Of(Measure::Profit), Measure::CostedNet)
    },
    Definition {
        title: "Quantity",
        meaning: "Units sold, with returns and adjustments taken in.",
        formula: "sum of quantity of all lines",
        ..count("quantity", Unit::Quantity, Measure::Quantity)
    },
    Definition {
        title: "Lines",
        meaning: "Facts that are counted.",
        formula: "number of lines",
        ..count("lines", Unit::Count, Measure::Lines)
    },
    Definition {
        title: "Orders",
        meaning: "Different orders in which something was sold; a line without an order is one of its own.",
        formula: "number of different orders of sell-in and sell-out lines",
        ..count("orders", Unit::Count, Measure::Orders)
    },
    Definition {
        title: "Partners",
        meaning: "Different partners with any fact.",
        formula: "number of different partners of all lines",
        ..count("partners", Unit::Count, Measure::Partners)
    },
    Definition {
        title: "Active partners",
        meaning: "Different partners with a sale.",
        formula: "number of different partners of sell-in and sell-out lines",
        ..count("active_partners", Unit::Count, Measure::ActivePartners)
    },
    Definition {
        title: "Average order value",
        meaning: "List value of an order, on average.",
        formula: "gmv ÷ orders",
        ..ratio("aov", Unit::Money, Part::Of(Measure::Gmv), Measure::Orders)
    },
    Definition {
        title: "Return rate",
        meaning: "Part of the value of sales that came back, by the day of the return.",
        formula: "returns ÷ sum of net of sell-in and sell-out lines",
        owner: "finance",
        ..ratio("return_rate", Unit::Ratio, Part::Of(Measure::Returned), Measure::SaleNet)
    },
    Definition {
        title: "Customers",
        meaning: "Different customers who bought: those that lines name by a key; of sell-in lines without a key the partner.",
        formula: "number of different customers of sell-in and sell-out lines",
        owner: "marketing",
        ..count("customers", Unit::Count, Measure::Customers)
    },
    Definition {
        title: "New customers",
        meaning: "Different customers whose first order ever, in the flow that is counted, is here.",
        formula: "number of different customers of lines of the first order of the customer, on the day of that order",
        owner: "marketing",
        ..count("new_customers", Unit::Count, Measure::NewCustomers)
    },
    Definition {
        title: "Repeat customers",
        meaning: "Different customers with two orders or more in the same period.",
        formula: "number of different customers with 2 different orders or more",
        owner: "marketing",
        ..count("repeat_customers", Unit::Count, Measure::RepeatCustomers)
    },
    Definition {
        title: "Repurchase rate",
        meaning: "Part of the customers who bought more than once in the period.",
        formula: "repeat_customers ÷ customers",
        owner: "marketing",
        per_currency: false,
        ..ratio("repurchase_rate", Unit::Ratio, Part::Of(Measure::RepeatCustomers), Measure::Customers)
    },
    Definition {
        title: "Channel share",
        meaning: "Part of the net sales of all channels that this one has. Needs the dimension CHANNEL or a filter on channels.",
        formula: "net_sales ÷ net_sales of all channels of the otherwise equal cell, whatever the filter says of channels",
        ..ratio("channel_share", Unit::Ratio, Part::Of(Measure::Net), Measure::NetOfAllChannels)
    },
    Definition {
        title: "Visits",
        meaning: "Visits to a shop or a page.",
        formula: "number of touchpoints of the kind VISIT",
        owner: "marketing",
        dimensions: TOUCHPOINTS,
        ..count("visits", Unit::Count, Measure::Visits)
    },
    Definition {
        title: "Leads",
        meaning: "Interests that were left.",
        formula: "number of touchpoints of the kind LEAD",
        owner: "marketing",
        dimensions: TOUCHPOINTS,
        ..count("leads", Unit::Count, Measure::Leads)
    },
    Definition {
        title: "Conversions",
        meaning: "Purchases that touchpoints state.",
        formula: "number of touchpoints of the kind CONVERSION",
        owner: "marketing",
        dimensions: TOUCHPOINTS,
        ..count("conversions", Unit::Count, Measure::Conversions)
    },
    Definition {
        title: "Conversion rate",
        meaning: "Conversions per visit.",
        formula: "conversions ÷ visits",
        owner: "marketing",
        dimensions: TOUCHPOINTS,
        per_currency: false,
        ..ratio("conversion_rate", Unit::Ratio, Part::Of(Measure::Conversions), Measure::Visits)
    },
    Definition {
        title: "Marketing cost",
        meaning: "What channels cost.",
        formula: "sum of the costs of channels",
        owner: "marketing",
        dimensions: COSTS,
        ..money("marketing_cost", Measure::MarketingCost)
    },
    Definition {
        title: "Cost per order",
        meaning: "What channels cost for each order.",
        formula: "marketing_cost ÷ orders",
        owner: "marketing",
        dimensions: COSTS,
        ..ratio("cost_per_order", Unit::Money, Part::Of(Measure::MarketingCost), Measure::Orders)
    },
    Definition {
        title: "Return on investment",
        meaning: "Gross profit over what channels cost, per unit of that cost; not set where the cost of no goods is known.",
        formula: "(gross_profit − marketing_cost) ÷ marketing_cost",
        owner: "finance",
        dimensions: COSTS,
        ..ratio("roi", Unit::Ratio, Part::Less(Measure::Profit, Measure::MarketingCost), Measure::MarketingCost)
    },
];
