//! Facts as the metric layer keeps them, and who is new: the first order of each customer.

use std::collections::BTreeMap;

use tributary_core::{Currency, Date, ResourceId};

/// Decimals of a quantity.
pub const QUANTITY_SCALE: u32 = 6;

/// What sort of fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactKind {
    /// Brand to partner.
    SellIn,
    /// Partner to its customers.
    SellOut,
    /// Goods that came back.
    Return,
    /// A correction.
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
        let found = Self::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| format!("{name:?} is not a kind of fact"))
    }

    /// Whether something was sold: what orders and customers are counted by.
    #[must_use]
    pub fn is_sale(self) -> bool {
        matches!(self, Self::SellIn | Self::SellOut)
    }

    /// The flow it belongs to.
    #[must_use]
    pub fn flow(self) -> Basis {
        match self {
            Self::SellOut => Basis::SellOut,
            Self::SellIn | Self::Return | Self::Adjustment => Basis::SellIn,
        }
    }
}

/// Which flow of goods is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// From us to partners: sell-in, returns and adjustments.
    SellIn,
    /// From partners to their customers: sell-out.
    SellOut,
    /// Every fact.
    All,
}

impl Basis {
    /// Name as in the API without its prefix. Example: "SELL_IN".
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SellIn => "SELL_IN",
            Self::SellOut => "SELL_OUT",
            Self::All => "ALL",
        }
    }

    /// Whether facts of a kind belong to it.
    #[must_use]
    pub fn has(self, kind: FactKind) -> bool {
        self == Self::All || self == kind.flow()
    }
}

/// A line of a sales fact, as it is kept. Texts that the fact does not state are empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesLine {
    /// When.
    pub occurred_on: Date,
    /// The partner, last part of its resource name.
    pub partner: ResourceId,
    /// Key of the order, see [`order_key`].
    pub order: String,
    /// The customer, see [`customer`]; empty when it is not known.
    pub customer: String,
    /// What sort.
    pub kind: FactKind,
    /// Region, broad to narrow with "/".
    pub region: String,
    /// Product line.
    pub product_line: String,
    /// Stock keeping unit.
    pub sku: String,
    /// Channel class. Example: "ONLINE".
    pub channel: String,
    /// Channel within the class.
    pub sub_channel: String,
    /// Currency of the amounts.
    pub currency: Currency,
    /// Value after discounts, at the fact scale of the currency.
    pub net: i64,
    /// List value at the same scale.
    pub gross: Option<i64>,
    /// Cost of goods at the same scale.
    pub cost: Option<i64>,
    /// Units at [`QUANTITY_SCALE`].
    pub quantity: i64,
}

/// The key of the order of a line: that of its source system, so that two systems never meet. A line without one is an
/// order of its own, and never meets an order whose number happens to be the key of the line.
#[must_use]
pub fn order_key(source_system: &str, order_id: &str, source_id: &str) -> String {
    if order_id.is_empty() {
        format!("{source_system}\tline\t{source_id}")
    } else {
        format!("{source_system}\torder\t{order_id}")
    }
}

/// The customer of a line: the one it names, else, of a sale from us to a partner, that partner; else nobody.
#[must_use]
pub fn customer(customer_key: &str, kind: FactKind, partner: &ResourceId) -> String {
    match (customer_key, kind) {
        ("", FactKind::SellIn) => format!("partner:{partner}"),
        ("", _) => String::new(),
        (key, _) => format!("key:{key}"),
    }
}

/// The first order ever of a customer in a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct First {
    /// The customer.
    pub customer: String,
    /// The flow: sell-in, sell-out, or whichever came first.
    pub flow: Basis,
    /// The day.
    pub day: Date,
    /// The order; of several on that day the first by its key.
    pub order: String,
}

/// The first orders among these lines, by customer and flow.
#[must_use]
pub fn firsts(lines: &[SalesLine]) -> Vec<First> {
    let mut firsts: BTreeMap<(&str, Basis), (Date, &str)> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.kind.is_sale() && !line.customer.is_empty()) {
        let order = (line.occurred_on, line.order.as_str());
        for flow in [line.kind.flow(), Basis::All] {
            let first = firsts.entry((&line.customer, flow)).or_insert(order);
            *first = order.min(*first);
        }
    }
    let first = |((customer, flow), (day, order)): ((&str, Basis), (Date, &str))| First {
        customer: customer.to_owned(),
        flow,
        day,
        order: order.to_owned(),
    };
    firsts.into_iter().map(first).collect()
}
