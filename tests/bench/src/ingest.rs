//! The facts of the ingest bench: whole numbers from a seeded chain, the same on every machine.

use tributary_proto::{
    google::r#type::{Date, Decimal, Money},
    tributary::incentive::v1::{ChannelClass, FactKind, SalesFact, sales_fact},
};

/// Who sells.
pub const PARTNERS: u64 = 500;
const SKUS: u64 = 300;

/// Sales without end, each with the fields that an order line has.
#[derive(Debug, Default)]
pub struct Sales {
    number: u64,
    state: u64,
}

impl Sales {
    /// A number below a bound.
    fn below(&mut self, bound: u64) -> u64 {
        // A linear congruential generator (Knuth's MMIX); its high bits are good enough here.
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 33) % bound.max(1)
    }

    fn small(&mut self, bound: u64) -> i32 {
        i32::try_from(self.below(bound)).unwrap_or(0)
    }

    fn money(&mut self, bound: u64) -> Money {
        let units = i64::try_from(self.below(bound)).unwrap_or(0);
        Money { currency_code: "CNY".to_owned(), units, nanos: self.small(100) * 10_000_000 }
    }
}

impl Iterator for Sales {
    type Item = SalesFact;

    fn next(&mut self) -> Option<SalesFact> {
        self.number = self.number.wrapping_add(1);
        let (partner, sku) = (self.below(PARTNERS), self.below(SKUS));
        let (year, month, day) = (2_024 + self.small(2), 1 + self.small(12), 1 + self.small(28));
        let net = self.money(20_000);
        let gross = Money { units: net.units + 1_000, ..net.clone() };
        let cost = Money { units: net.units / 2, ..net.clone() };
        Some(SalesFact {
            source_system: "erp".to_owned(),
            source_id: format!("SO{:09}-{}", self.number / 3, self.number % 3),
            partner_ref: Some(sales_fact::PartnerRef::Partner(format!("partners/p{partner}"))),
            kind: FactKind::SellIn.into(),
            occurred: Some(sales_fact::Occurred::OccurredOn(Date { year, month, day })),
            order_id: format!("SO{:09}", self.number / 3),
            sku: format!("SKU-{sku:04}"),
            product_line: format!("line-{}", sku % 12),
            region: format!("CN/{:02}", partner % 31),
            channel: if sku % 2 == 0 { ChannelClass::Online } else { ChannelClass::Offline }.into(),
            quantity: Some(Decimal { value: (1 + self.below(20)).to_string() }),
            net: Some(net),
            gross: Some(gross),
            cost: Some(cost),
            ..SalesFact::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use tributary_proto::google::r#type::{Date, Money};

    use super::{Sales, sales_fact};

    #[test]
    fn the_first_sale_is_the_same_everywhere() {
        // Python: the generator from 0, its numbers below 500, 300, 2, 12, 28, 20,000 and 100.
        let sale = Sales::default().next().expect("one");
        assert_eq!(sale.partner_ref, Some(sales_fact::PartnerRef::Partner("partners/p307".to_owned())));
        assert_eq!(sale.occurred, Some(sales_fact::Occurred::OccurredOn(Date { year: 2025, month: 5, day: 14 })));
        assert_eq!(sale.net, Some(Money { currency_code: "CNY".to_owned(), units: 16_891, nanos: 840_000_000 }));
        assert_eq!((sale.sku.as_str(), sale.source_id.as_str()), ("SKU-0024", "SO000000000-1"));
    }
}
