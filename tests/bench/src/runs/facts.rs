//! The facts: the same on every machine, from a chain of integers.

use incentive_calculation_domain::fact::{ChannelClass, Fact, FactKind};
use tributary_core::{Currency, Date};

use super::Size;

/// First days of the quarter that is calculated and of the one a year before.
const QUARTERS: [&str; 2] = ["2026-04-01", "2025-04-01"];
/// Days of a quarter.
const DAYS: u64 = 91;

/// A number that follows from another: SplitMix64, as published by Steele, Lea and Flood.
fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Id of a partner.
pub fn partner(number: u64) -> String {
    format!("p{number:06}")
}

/// A fact and the number of its partner.
pub fn fact(size: Size, number: u32, currency: Currency) -> anyhow::Result<(u64, Fact)> {
    let dice = mix(u64::from(number));
    let partner = dice % u64::from(size.partners);
    let [even, odd] = QUARTERS;
    let quarter = if number.is_multiple_of(2) { even } else { odd };
    let first = Date::parse(quarter).map_err(anyhow::Error::msg)?;
    let day = first.plus_days(i64::try_from((dice >> 20) % DAYS)?);
    let cents = i64::try_from((dice >> 32) % 5_000_000)?;
    let returned = (dice >> 12).is_multiple_of(40);
    let net = (if returned { -cents / 10 } else { cents }) * 10_000;
    let fact = Fact {
        source_system: "bench".to_owned(),
        source_id: format!("f{number:09}"),
        kind: if returned { FactKind::Return } else { FactKind::SellIn },
        occurred_on: day,
        currency,
        net,
        gross: Some(net),
        cost: None,
        quantity: Some(if returned { -1_000_000 } else { 1_000_000 }),
        sku: format!("sku-{}", dice % 500),
        product_line: format!("line-{}", dice % 7),
        region: format!("CN/{:02}", dice % 31),
        channel: ChannelClass::from_number(i64::try_from(1 + dice % 3)?),
        sub_channel: String::new(),
        original_source_id: String::new(),
        order_id: format!("o{}", number / 4),
        customer_key: String::new(),
        labels: Default::default(),
    };
    Ok((partner, fact))
}
