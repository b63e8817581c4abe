//! Laws of rewards, modifiers and cuts for any numbers.

use proptest::{collection::vec, prelude::*};
use tributary_core::{Decimal, Exact};

use super::support::{marginal, rule};
use crate::{
    plan::{
        Curve, CurveEnd, CurveOf, CurvePoint, EdgeScale, FactorStep, Indicator, Limits, Marginal, MissingIndicator,
        Multiplier, PaidOn, PartStep, PerFact, PerFactOn, Retrospective, Reward, Rule, Step, TableReading, Tier,
        TierTable,
    },
    reward::{FactValue, Modifiers, Terms, modify, next_tier, pay},
    split::{Share, cut_pro_rata, largest_remainder, with_minimums},
};

fn cents(cents: i64) -> Exact {
    Exact::from_scaled(i128::from(cents), 2)
}

fn terms(x: i64) -> Terms<'static> {
    Terms { x: cents(x), ..Terms::default() }
}

fn pays(rule: &Rule, x: i64) -> Exact {
    pay(rule, &terms(x)).expect("few digits").exact
}

/// Tables from 0 with rising rates in 10⁻⁴.
fn rising() -> impl Strategy<Value = TierTable> {
    vec((1..500_000_i64, 0..2_000_i64), 1..6).prop_map(|tiers| {
        let (mut edge, mut rate) = (0, 0);
        let tiers = tiers.into_iter().enumerate().map(|(i, (width, more))| {
            edge += if i == 0 { 0 } else { width };
            rate += more;
            Tier { from: Decimal::new(edge, 2), rate: Decimal::new(rate, 4), ..Tier::default() }
        });
        TierTable { tiers: tiers.collect(), ..TierTable::default() }
    })
}

fn step(above: i64, size: i64, part_step: PartStep) -> Rule {
    rule(
        "r",
        Reward::Step(Step {
            above: Decimal::new(above, 2),
            step: Decimal::new(size, 2),
            amount: Decimal::new(7, 0),
            part_step,
            max_steps: 0,
            edge_scale: EdgeScale::Absolute,
        }),
    )
}

fn curves() -> impl Strategy<Value = Curve> {
    vec((1..100_000_i64, 0..10_000_i64), 2..7).prop_map(|points| {
        let mut at = 0;
        let points = points.into_iter().map(|(width, value)| {
            at += width;
            CurvePoint { at: Decimal::new(at, 2), value: Decimal::new(value, 2) }
        });
        Curve {
            points: points.collect(),
            of: CurveOf::Amount,
            edge_scale: EdgeScale::Absolute,
            paid_on: PaidOn::Measure,
            below: CurveEnd::Level,
            above: CurveEnd::Level,
        }
    })
}

proptest! {
    #[test]
    fn a_part_of_a_step_counts_nothing_its_share_or_a_whole(above in 0..100_000_i64, size in 1..10_000_i64, x in 0..1_000_000_i64) {
        let [none, share, whole] =
            [PartStep::Nothing, PartStep::Share, PartStep::Whole].map(|part| pays(&step(above, size, part), x));
        prop_assert!(none <= share && share <= whole);
        prop_assert!(whole.clone() - none <= Exact::from(7));
        // What comes back takes back what it earned.
        prop_assert_eq!(pays(&step(above, size, PartStep::Whole), -x), -whole);
    }

    #[test]
    fn curves_are_continuous_and_stay_between_their_points(curve in curves(), x in 0..700_000_i64, more in 1..50_i64) {
        let values: Vec<Exact> = curve.points.iter().map(|p| p.value.into()).collect();
        let steepest = curve.points.windows(2).map(|p| {
            let (rise, run) = ((p[1].value - p[0].value).abs(), p[1].at - p[0].at);
            Exact::from(rise).checked_div(&run.into()).expect("points ascend")
        }).max().expect("two points");
        let rule = rule("r", Reward::Curve(curve));
        let (low, high) = (pays(&rule, x), pays(&rule, x + more));
        prop_assert!(values.iter().min().expect("points") <= &low && &low <= values.iter().max().expect("points"));
        let jump = if high >= low { high - low } else { low - high };
        prop_assert!(jump <= cents(more) * steepest);
    }

    #[test]
    fn further_back_pays_more(table in rising(), x in 0..3_000_000_i64, near in 0..3_000_000_i64, less in 0..1_000_000_i64) {
        let total = |from| {
            let marginal = Marginal { table: table.clone(), first_flat_at_zero: false, retrospective: Some(from) };
            let outcome = pay(&rule("r", Reward::Marginal(marginal)), &terms(x)).expect("few digits");
            (outcome.exact, outcome.extra.expect("a retrospective total"))
        };
        let point = |c: i64| Retrospective::Point(Decimal::new(c.max(0), 2));
        let (line, first) = total(Retrospective::FirstUnit);
        let (_, far) = total(point(near - less));
        let (_, near) = total(point(near));
        prop_assert!(line <= near && near <= far && far <= first);
    }

    #[test]
    fn the_running_total_of_facts_is_the_table_on_their_sum(table in rising(), values in vec(-100_000..500_000_i64, 1..20)) {
        let facts: Vec<FactValue> = values.iter()
            .map(|v| FactValue { value: cents(*v), quantity: Exact::zero(), sale: None }).collect();
        let reward = PerFact {
            table: Some(table.clone()), reading: TableReading::Marginal, on: PerFactOn::RunningTotal, ..PerFact::default()
        };
        let sum: i64 = values.iter().sum();
        let outcome = pay(&rule("r", Reward::PerFact(reward)), &Terms { facts: &facts, ..terms(sum) }).expect("few digits");
        prop_assert_eq!(&outcome.exact, &pays(&rule("r", marginal(table)), sum));
        prop_assert_eq!(outcome.per_fact.into_iter().sum::<Exact>(), outcome.exact);
    }

    #[test]
    fn a_whole_return_cancels_its_sale(table in rising(), value in 1..900_000_i64, parts in 1..7_i64) {
        let reward = PerFact { table: Some(table), ..PerFact::default() };
        let rule = rule("r", Reward::PerFact(reward));
        let of = |facts: &[FactValue]| pay(&rule, &Terms { facts, ..terms(0) }).expect("few digits").exact;
        let sale = FactValue { value: cents(value), quantity: Exact::zero(), sale: None };
        let earned = of(std::slice::from_ref(&sale));
        let share = Exact::new((-value).into(), (100 * parts).into());
        let back = FactValue { value: share, quantity: Exact::zero(), sale: Some((cents(value), earned)) };
        let mut facts = vec![sale];
        facts.extend(std::iter::repeat_n(back, usize::try_from(parts).expect("few")));
        prop_assert!(of(&facts).is_zero());
    }

    #[test]
    fn the_next_edge_is_reached_at_its_distance_and_not_before(table in rising(), x in 0..3_000_000_i64) {
        let rule = rule("r", marginal(table));
        let now = pay(&rule, &terms(x)).expect("few digits");
        if let Some(next) = next_tier(&rule, &terms(x), 2, &now) {
            let distance = i64::try_from(next.distance.mantissa()).expect("small")
                * 10_i64.pow(2 - next.distance.scale());
            let reached = |x| pay(&rule, &terms(x)).expect("few digits").tier;
            prop_assert_eq!(reached(x + distance), now.tier.map(|t| t + 1));
            prop_assert_eq!(reached(x + distance - 1), now.tier);
            prop_assert_eq!(next.gain, pays(&rule, x + distance) - now.exact);
        }
    }

    #[test]
    fn factors_that_rise_never_pay_less(steps in vec((1..100_i64, 0..100_i64), 1..6), linear in any::<bool>(), at in 0..700_i64, more in 0..100_i64) {
        // From 0 on with a factor of at least 1, so that the factor of 1 below the first step fits.
        let (mut from, mut factor) = (0, 100);
        let steps = steps.into_iter().map(|(width, rise)| {
            from += width;
            factor += rise;
            FactorStep { from: Decimal::new(from, 2), factor: Decimal::new(factor, 2) }
        });
        let multiplier = Multiplier {
            title: String::new(), by: Indicator::Attainment, steps: steps.collect(), linear, missing: MissingIndicator::Nothing,
        };
        let rule = Rule { multipliers: vec![multiplier], ..step(0, 1, PartStep::Share) };
        let paid = |at| modify(&rule, &cents(10_000), &Modifiers { indicators: vec![Some(cents(at))], ..Modifiers::default() }).exact;
        prop_assert!(paid(at) <= paid(at + more));
    }

    #[test]
    fn limits_bind_once(amount in -10_000..50_000_i64, cap in 0..20_000_i64, floor in 0..20_000_i64, stated in 0..30_000_i64) {
        let number = |c: i64| Some(Decimal::new(c, 2));
        let limits = Limits { period_cap: number(cap.max(floor)), period_floor: number(floor), year_cap: number(cap + floor), year_floor: None };
        let rule = Rule { limits, ..step(0, 1, PartStep::Share) };
        let stated = Modifiers { stated_in_year: cents(stated), ..Modifiers::default() };
        let once = modify(&rule, &cents(amount), &stated).exact;
        prop_assert_eq!(&modify(&rule, &once, &stated).exact, &once.clone().max(cents(floor)).min(cents(cap + floor) - stated.stated_in_year.clone()));
        prop_assert!(once <= cents(cap.max(floor)));
        prop_assert!(once.clone() + stated.stated_in_year <= cents(cap + floor));
    }

    #[test]
    fn minimums_hold_and_parts_sum(total in -1_000_000..1_000_000_i64, shares in vec((0..100_u64, 0..200_000_u64), 1..8)) {
        prop_assume!(shares.iter().any(|(weight, _)| *weight > 0));
        let list: Vec<Share> = shares.iter().map(|(weight, minimum)| Share { weight: *weight, minimum: *minimum }).collect();
        let parts = with_minimums(total, &list).expect("a weight is above 0");
        prop_assert_eq!(parts.iter().sum::<i64>(), total);
        let mirror: Vec<i64> = with_minimums(-total, &list).expect("as above").iter().map(|p| -p).collect();
        prop_assert_eq!(&mirror, &parts);
        let least: u64 = shares.iter().map(|(_, minimum)| minimum).sum();
        if least <= total.unsigned_abs() {
            for (part, share) in parts.iter().zip(&list) {
                prop_assert!(part.unsigned_abs() >= share.minimum);
            }
        } else {
            let minimums: Vec<u64> = list.iter().map(|s| s.minimum).collect();
            prop_assert_eq!(parts, largest_remainder(total, &minimums).expect("a minimum is above 0"));
        }
    }

    #[test]
    fn a_shared_cap_cuts_to_its_amount_and_only_once(amounts in vec(-10_000..100_000_i64, 0..20), cap in 0..400_000_i64) {
        let cut = cut_pro_rata(&amounts, cap);
        let (sum, negative) = (amounts.iter().sum::<i64>(), amounts.iter().filter(|a| **a < 0).sum::<i64>());
        prop_assert_eq!(cut.iter().sum::<i64>(), if sum > cap { cap.max(negative) } else { sum });
        prop_assert_eq!(&cut_pro_rata(&cut, cap), &cut);
        for (before, after) in amounts.iter().zip(&cut) {
            prop_assert!((*before > 0 && 0 <= *after && after <= before) || after == before);
        }
    }
}

#[test]
fn cuts_and_minimums_by_hand() {
    // 100.01 over equal weights with a least of 60.00 for the second: 50.01 and 50.00, then 10.00 move.
    let shares = |minimum| [Share { weight: 1, minimum: 0 }, Share { weight: 1, minimum }];
    assert_eq!(with_minimums(10_001, &shares(6_000)), Ok(vec![4_001, 6_000]));
    assert_eq!(with_minimums(-10_001, &shares(6_000)), Ok(vec![-4_001, -6_000]));
    // The pool is smaller than the least: all of it goes there.
    assert_eq!(with_minimums(5_000, &shares(6_000)), Ok(vec![0, 5_000]));
    // 300 : 200 : −50, together 450; 250 may be given, so 300 are left above 0: 180 and 120.
    assert_eq!(cut_pro_rata(&[300, 200, -50], 250), [180, 120, -50]);
    assert_eq!(cut_pro_rata(&[300, 200, -50], 450), [300, 200, -50]);
    // Thirds of 100: 33.33…: the first gets the cent that remains.
    assert_eq!(cut_pro_rata(&[100, 100, 100], 100), [34, 33, 33]);
    assert_eq!(
        cut_pro_rata(&[i64::MAX, i64::MAX, i64::MAX], i64::MAX).iter().map(|p| i128::from(*p)).sum::<i128>(),
        i128::from(i64::MAX)
    );
    assert_eq!(cut_pro_rata(&[], 5), Vec::<i64>::new());
    assert_eq!(cut_pro_rata(&[-5], -10), [-5]);
}
