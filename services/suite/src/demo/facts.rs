//! The facts of the demo: two years of orders with seasons, discounts and returns. Whole numbers throughout, so that a
//! seed gives the same year on every machine.

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

/// Most lines of an order.
const LINES: u64 = 6;

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
    /// Sales that are left of the partner's month.
    left: u64,
    order: Order,
    waiting: Vec<SalesFact>,
}

/// The order that the next sale is a line of: one partner on one day.
#[derive(Default)]
struct Order {
    number: u64,
    day: i32,
    /// Lines so far.
    line: u64,
    /// Lines to come.
    left: u64,
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
            order: Order::default(),
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

    /// Moves to the next line, after the last one to the next order. An order ends with the partner's month at the latest.
    fn next_line(&mut self) {
        if self.order.left == 0 {
            let (number, left) = (self.order.number.saturating_add(1), self.random.random_range(1..=LINES));
            self.order = Order { number, day: self.random.random_range(1..=28), line: 0, left: left.min(self.left) };
        }
        self.order.line = self.order.line.saturating_add(1);
        self.order.left = self.order.left.saturating_sub(1);
    }

    fn sale(&mut self, key: String, region: String) -> SalesFact {
        let (year, month) = year_month(self.month);
        let order_id = format!("SO{year}{month:02}-{:07}", self.order.number);
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
            source_id: format!("{order_id}/{}", self.order.line),
            partner_ref: Some(sales_fact::PartnerRef::PartnerExternalRef(ExternalRef {
                system: SOURCE.to_owned(),
                id: key,
            })),
            kind: FactKind::SellIn.into(),
            occurred: Some(sales_fact::Occurred::OccurredOn(ProtoDate { year, month, day: self.order.day })),
            sku: format!("{code}-{:02}", sku.saturating_add(1)),
            product_line: line.to_owned(),
            region,
            channel: channel.into(),
            quantity: Some(Decimal { value: quantity.to_string() }),
            gross: Some(yuan(gross)),
            net: Some(yuan(net)),
            cost: Some(yuan(cost)),
            order_id,
            ..SalesFact::default()
        }
    }

    /// Part of a sale comes back some weeks later: same price per unit, linked to the sale, of the same order.
    fn give_back(&mut self, sale: &SalesFact) -> Option<SalesFact> {
        let sold: i64 = sale.quantity.as_ref()?.value.parse().ok()?;
        let back = self.random.random_range(1..=sold);
        let Some(sales_fact::Occurred::OccurredOn(day)) = &sale.occurred else { return None };
        let later = Date::from_ymd(day.year, day.month, day.day).ok()?.plus_days(self.random.random_range(3..=45));
        let (year, month, day) = later.ymd();
        if year > FIRST_YEAR.saturating_add(1) {
            // After the demo's last evening: not known yet.
            return None;
        }
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
        self.next_line();
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
mod tests;
