//! The facts of the demo: two years of purchases with seasons, discounts and returns. Whole numbers throughout, so that
//! a seed gives the same year on every machine.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tributary_core::Date;
use tributary_proto::{
    google::r#type::{Date as ProtoDate, Decimal, Money},
    tributary::{
        common::v1::ExternalRef,
        incentive::v1::{ChannelClass, FactKind, SalesFact, sales_fact},
    },
};

use super::{SOURCE, names::PRODUCTS, network::Member};

/// How the months of a year compare: new year, 618, the mid-autumn and double-eleven sales.
const SEASON: [u32; 12] = [90, 55, 80, 88, 96, 150, 85, 88, 112, 104, 170, 118];

/// Of a hundred sales, so many come back in part.
const RETURNS: u32 = 4;

/// The first day of the facts.
pub(super) const FIRST_YEAR: i32 = 2024;

/// Digits of an amount here: 1/10,000 of a yuan.
const SCALE: i64 = 10_000;

/// Makes the facts one after the other, month by month, partner by partner.
pub(super) struct Facts {
    random: StdRng,
    network: Vec<Member>,
    /// How many sales are wanted in all.
    wanted: u64,
    /// Sum of all weights over both years.
    whole: u64,
    month: usize,
    partner: usize,
    left: u64,
    number: u64,
    waiting: Vec<SalesFact>,
}

impl Facts {
    /// About `wanted` facts of a seed.
    pub(super) fn new(seed: u64, network: Vec<Member>, wanted: u32) -> Self {
        let mut facts = Self {
            random: StdRng::seed_from_u64(seed),
            network,
            wanted: u64::from(wanted).saturating_mul(100) / u64::from(100 + RETURNS),
            whole: 1,
            month: 0,
            partner: 0,
            left: 0,
            number: 0,
            waiting: Vec::new(),
        };
        facts.whole = (0..24).flat_map(|m| facts.network.iter().map(move |p| share(p, m))).sum::<u64>().max(1);
        facts.left = facts.sales_of_cell();
        facts
    }

    /// Sales of one partner in one month: its share of what is wanted, at least one where it sells at all.
    fn sales_of_cell(&self) -> u64 {
        let share = self.network.get(self.partner).map_or(0, |p| share(p, self.month));
        match share {
            0 => 0,
            share => (share.saturating_mul(self.wanted) / self.whole).max(1),
        }
    }

    /// Moves to the next partner, after the last one to the next month. False at the end.
    fn next_cell(&mut self) -> bool {
        self.partner = self.partner.saturating_add(1);
        if self.partner >= self.network.len() {
            self.partner = 0;
            self.month = self.month.saturating_add(1);
        }
        self.left = self.sales_of_cell();
        self.month < 24
    }

    fn sale(&mut self, key: String, region: String) -> SalesFact {
        self.number = self.number.saturating_add(1);
        let (year, month) = year_month(self.month);
        let day = self.random.random_range(1..=28);
        let (line, code, skus, first, step) =
            PRODUCTS.get(self.random.random_range(0..PRODUCTS.len())).copied().unwrap_or(("", "", 1, 100, 1));
        let sku = self.random.random_range(0..skus);
        let list = first.saturating_add(step.saturating_mul(i64::from(sku)));
        let heavy = i64::from(line == "helmets" || line == "accessories");
        let quantity = self.random.random_range(1..=4 + 36 * heavy);
        // A price per unit after a discount in basis points; four decimals of a yuan are what an ERP states.
        let discount = self.random.random_range(1_500..=2_800);
        let gross = list.saturating_mul(quantity).saturating_mul(SCALE / 100);
        let unit = list.saturating_mul(10_000 - discount) / 100;
        let net = unit.saturating_mul(quantity);
        let cost = list.saturating_mul(56).saturating_mul(quantity);
        let channel = match self.random.random_range(0..20) {
            0..10 => ChannelClass::Offline,
            10..19 => ChannelClass::Online,
            _ => ChannelClass::Emerging,
        };
        SalesFact {
            source_system: SOURCE.to_owned(),
            source_id: format!("SO{year}{month:02}-{:07}", self.number),
            partner_ref: Some(sales_fact::PartnerRef::PartnerExternalRef(ExternalRef {
                system: SOURCE.to_owned(),
                id: key,
            })),
            kind: FactKind::SellIn.into(),
            occurred: Some(sales_fact::Occurred::OccurredOn(ProtoDate { year, month, day })),
            sku: format!("{code}-{:02}", sku.saturating_add(1)),
            product_line: line.to_owned(),
            region,
            channel: channel.into(),
            quantity: Some(Decimal { value: quantity.to_string() }),
            gross: Some(yuan(gross)),
            net: Some(yuan(net)),
            cost: Some(yuan(cost)),
            ..SalesFact::default()
        }
    }

    /// Part of a sale comes back some weeks later: same price per unit, linked to the sale.
    fn give_back(&mut self, sale: &SalesFact) -> Option<SalesFact> {
        let sold: i64 = sale.quantity.as_ref()?.value.parse().ok()?;
        let back = self.random.random_range(1..=sold);
        let Some(sales_fact::Occurred::OccurredOn(day)) = &sale.occurred else { return None };
        let later = Date::from_ymd(day.year, day.month, day.day).ok()?.plus_days(self.random.random_range(3..=45));
        let (year, month, day) = later.ymd();
        let part = |money: &Option<Money>| {
            let whole = ten_thousandths(money.as_ref()?)?;
            Some(yuan(-(whole.checked_div(sold)?.checked_mul(back)?)))
        };
        Some(SalesFact {
            source_id: format!("{}-R", sale.source_id),
            kind: FactKind::Return.into(),
            occurred: Some(sales_fact::Occurred::OccurredOn(ProtoDate { year, month, day })),
            quantity: Some(Decimal { value: (-back).to_string() }),
            gross: part(&sale.gross),
            net: part(&sale.net),
            cost: part(&sale.cost),
            original_source_id: sale.source_id.clone(),
            ..sale.clone()
        })
    }
}

impl Iterator for Facts {
    type Item = SalesFact;

    fn next(&mut self) -> Option<SalesFact> {
        if let Some(fact) = self.waiting.pop() {
            return Some(fact);
        }
        while self.left == 0 {
            if self.month >= 24 || !self.next_cell() {
                return None;
            }
        }
        self.left = self.left.saturating_sub(1);
        let member = self.network.get(self.partner)?;
        let (key, region) = (member.key.clone(), member.region.clone());
        let sale = self.sale(key, region);
        if self.random.random_range(0..100) < RETURNS {
            let back = self.give_back(&sale);
            self.waiting.extend(back);
        }
        Some(sale)
    }
}

/// How much a partner sells in a month (0 to 23), relative to all others.
fn share(member: &Member, month: usize) -> u64 {
    let season = SEASON.get(month % 12).copied().unwrap_or(100);
    let growth = match (member.growth, month < 12) {
        (Some(_), true) => 100,
        (Some(growth), false) => growth,
        (None, true) => 0,
        (None, false) => 100,
    };
    u64::from(member.weight).saturating_mul(u64::from(season)).saturating_mul(u64::from(growth))
}

fn year_month(month: usize) -> (i32, i32) {
    let month = i32::try_from(month).unwrap_or(0);
    (FIRST_YEAR.saturating_add(month / 12), (month % 12).saturating_add(1))
}

/// Money from ten-thousandths of a yuan.
fn yuan(value: i64) -> Money {
    let nanos = i32::try_from((value % SCALE).saturating_mul(100_000)).unwrap_or(0);
    Money { currency_code: "CNY".to_owned(), units: value / SCALE, nanos }
}

fn ten_thousandths(money: &Money) -> Option<i64> {
    money.units.checked_mul(SCALE)?.checked_add(i64::from(money.nanos / 100_000))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use prost::Message as _;
    use rand::{SeedableRng as _, rngs::StdRng};
    use sha2::{Digest as _, Sha256};
    use tributary_proto::tributary::incentive::v1::FactKind;

    use super::{Facts, ten_thousandths, yuan};
    use crate::demo::network::network as build;

    fn digest(seed: u64) -> String {
        let network = build(&mut StdRng::seed_from_u64(seed));
        let mut hash = Sha256::new();
        Facts::new(seed, network, 5_000).for_each(|f| hash.update(f.encode_to_vec()));
        hex::encode(hash.finalize())
    }

    #[test]
    fn a_seed_gives_the_same_year_again() {
        assert_eq!(digest(2025), digest(2025));
        assert_ne!(digest(2025), digest(2026));
    }

    #[test]
    fn facts_are_about_as_many_as_wanted_and_returns_belong_to_sales() {
        let network = build(&mut StdRng::seed_from_u64(3));
        let all: Vec<_> = Facts::new(3, network, 50_000).collect();
        assert!((45_000..=53_000).contains(&all.len()), "{}", all.len());
        let ids: HashSet<&str> = all.iter().map(|f| f.source_id.as_str()).collect();
        assert_eq!(ids.len(), all.len());
        let returns: Vec<_> = all.iter().filter(|f| f.kind() == FactKind::Return).collect();
        assert!(returns.len() > 1_000);
        for back in returns {
            assert!(ids.contains(back.original_source_id.as_str()));
            assert!(ten_thousandths(back.net.as_ref().expect("net")).expect("small") < 0);
        }
    }

    #[test]
    fn amounts_have_four_decimals_at_most() {
        assert_eq!((yuan(12_345_678).units, yuan(12_345_678).nanos), (1_234, 567_800_000));
        assert_eq!((yuan(-5_000).units, yuan(-5_000).nanos), (0, -500_000_000));
    }
}
