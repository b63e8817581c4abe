//! What holds for any price.

use proptest::{collection::vec, prelude::*};
use tributary_core::{Decimal, Exact};

use super::prices::{Case, agreed, cny, sale};
use crate::{
    describe::Language,
    price::{Effect, Factor, Promotion, Quote, Scale, ScaleMode, Stacking, Step, StepEffect},
};

/// Steps whose bounds rise and whose discounts do, too.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec((1..400_i64, 1..200_i64), 1..6).prop_map(|pairs| {
        let (mut from, mut share) = (0, 0);
        let rise = |(more, off): (i64, i64)| {
            (from, share) = (from + more, share + off);
            Step { from: Decimal::new(from, 1), effect: StepEffect::Discount(Decimal::new(share, 3)) }
        };
        pairs
            .into_iter()
            .map(rise)
            .filter(|step| matches!(step.effect, StepEffect::Discount(d) if d <= Decimal::ONE))
            .collect()
    })
}

fn promotions() -> impl Strategy<Value = Vec<Promotion>> {
    let effect = prop_oneof![
        (1..=1000_i64).prop_map(|share| Effect::Discount(Decimal::new(share, 3))),
        (1..50_000_000_i64).prop_map(|off| Effect::AmountOff(cny(), off)),
        (0..90_000_000_i64).prop_map(|price| Effect::FixedPrice(cny(), price)),
    ];
    let one = (effect, any::<bool>(), -2..3_i32, proptest::option::of(1..2000_i64));
    vec(one, 0..5).prop_map(|all| {
        let made = |(at, (effect, alone, priority, least)): (usize, (Effect, bool, i32, Option<i64>))| Promotion {
            effect,
            stacking: if alone { Stacking::Exclusive } else { Stacking::Combinable },
            priority,
            min_quantity: least.map(|least| Decimal::new(least, 1)),
            ..sale(&format!("p{at}"))
        };
        all.into_iter().enumerate().map(made).collect()
    })
}

fn quoted(case: &Case, tenths: i64) -> Quote {
    case.asked(Decimal::new(tenths, 1), Language::En).expect("a quote")
}

proptest! {
    #[test]
    fn parts_add_up_and_a_price_lies_between_floor_and_list(
        price in 1..200_000_000_i64,
        floor in 0..=1000_i64,
        factor in proptest::option::of(1..=10_000_i64),
        steps in steps(),
        marginal in any::<bool>(),
        promotions in promotions(),
        tenths in 1..3000_i64,
    ) {
        let mut case = Case::of(price);
        let floor = price * floor / 1000;
        case.item.floor_price = Some(floor);
        case.factor = factor.map_or(Factor::None, |f| agreed(&Decimal::new(f, 4).to_string()));
        let mode = if marginal { ScaleMode::Marginal } else { ScaleMode::Whole };
        case.list.scales = vec![Scale { skus: Vec::new(), product_lines: Vec::new(), mode, steps }];
        case.promotions = promotions;
        let quote = quoted(&case, tenths);
        let quantity = Decimal::new(tenths, 1);
        let [floor, price] = [floor, price].map(|value| case.list.amount(value).exact());
        prop_assert!(quote.exact <= quote.list_total);
        for part in &quote.parts {
            prop_assert!(part.unit >= floor && part.unit <= price);
        }
        let total = Exact::from_scaled(i128::from(quote.total.value), 2);
        prop_assert_eq!(quote.lines.iter().map(|line| line.change.clone()).sum::<Exact>(), total.clone());
        prop_assert_eq!(&quote.lines.last().expect("a line").total, &total);
        prop_assert_eq!(quote.parts.iter().map(|part| part.quantity).sum::<Decimal>(), quantity);
        let parts = quote.parts.iter().map(|part| Exact::from(part.quantity) * part.unit.clone()).sum::<Exact>();
        prop_assert_eq!(&parts, &quote.exact);
        // The rounding moves the total by half a cent at most.
        let moved = total - quote.exact.clone();
        let half = Exact::from_scaled(5, 3);
        prop_assert!(moved <= half && -moved <= half);
        // The order in which promotions are known does not matter.
        case.promotions.reverse();
        prop_assert_eq!(quoted(&case, tenths), quote.clone());
        if let Some(next) = &quote.next {
            let more = if next.beyond_only { Decimal::ONE } else { Decimal::ZERO };
            let then = case.asked(next.quantity + more, Language::En).expect("a quote");
            let unit = if next.beyond_only { then.parts.last().expect("a part").unit.clone() } else { then.unit };
            prop_assert_eq!(&unit, &next.unit);
            prop_assert!(next.beyond_only || unit < quote.unit);
        }
    }

    #[test]
    fn more_of_an_item_never_costs_more_a_unit(
        price in 1..200_000_000_i64,
        steps in steps(),
        marginal in any::<bool>(),
        few in 1..3000_i64,
        more in 1..3000_i64,
    ) {
        let mut case = Case::of(price);
        let mode = if marginal { ScaleMode::Marginal } else { ScaleMode::Whole };
        case.list.scales = vec![Scale { skus: Vec::new(), product_lines: Vec::new(), mode, steps }];
        let (few, many) = (quoted(&case, few), quoted(&case, few + more));
        prop_assert!(many.unit <= few.unit);
        // What a marginal scale prices never costs less as a whole.
        prop_assert!(!marginal || many.exact >= few.exact);
    }
}
