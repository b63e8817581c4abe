//! Which fields of facts the plans look at: what is not looked at need not be read.

use super::{Engine, layout::Gauge};
use crate::plan::MeasureField;

/// Fields of facts that decide, beside key, payee, kind, day, currency, net value and content digest, which always do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fields {
    /// List value.
    pub gross: bool,
    /// Cost of goods.
    pub cost: bool,
    /// Units.
    pub quantity: bool,
    /// Stock keeping unit.
    pub sku: bool,
    /// Product line.
    pub product_line: bool,
    /// Region.
    pub region: bool,
    /// Channel class.
    pub channel: bool,
    /// Channel within the class.
    pub sub_channel: bool,
    /// The sale that a return or adjustment names.
    pub original: bool,
    /// Order.
    pub order: bool,
    /// Customer.
    pub customer: bool,
}

impl Fields {
    /// All of them.
    pub const ALL: Self = Self {
        gross: true,
        cost: true,
        quantity: true,
        sku: true,
        product_line: true,
        region: true,
        channel: true,
        sub_channel: true,
        original: true,
        order: true,
        customer: true,
    };

    fn gauge(&mut self, gauge: &Gauge) {
        let selection = &gauge.selection;
        self.sku |= selection.by_sku() || gauge.distinct;
        self.product_line |= selection.by_product_line();
        self.region |= selection.by_region();
        self.channel |= selection.by_channel();
        self.sub_channel |= selection.by_sub_channel();
        self.order |= gauge.distinct;
        self.customer |= gauge.distinct;
        if gauge.facts {
            // Single facts are kept with all their numbers, and returns look for their sales.
            (self.gross, self.cost, self.quantity, self.original) = (true, true, true, true);
        }
    }

    fn measure(&mut self, field: MeasureField) {
        match field {
            MeasureField::Gross => self.gross = true,
            MeasureField::Profit => self.cost = true,
            MeasureField::Quantity => self.quantity = true,
            // Sets of orders, customers and SKUs are a matter of the gauge.
            MeasureField::Net
            | MeasureField::Count
            | MeasureField::DistinctOrders
            | MeasureField::DistinctCustomers
            | MeasureField::DistinctSkus
            | MeasureField::Figure => {}
        }
    }
}

impl Engine {
    /// The fields of facts that the plans look at. Facts may be given without the others.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut fields = Fields::default();
        self.layout.gauges.iter().for_each(|gauge| fields.gauge(gauge));
        self.layout.fields().for_each(|field| fields.measure(field));
        fields
    }
}
