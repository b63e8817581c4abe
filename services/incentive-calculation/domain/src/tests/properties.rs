//! What must hold for any table, measure and order of facts.

use proptest::{collection::vec, prelude::*};
use tributary_core::{Decimal, Exact};

use super::support::{Sale, growth, in_run, lookup, marginal, payees, period, plan, rule, sale, whole};
use crate::{
    digest::run_digest,
    engine::{Engine, PlanInRun},
    plan::{EdgeSide, GrowthOn, NegativeMeasure, NonPositiveBasePolicy, Reward, Rule, Tier, TierTable},
    reward::{Base, Terms, pay},
};

/// Tables from 0 with rates in 10⁻⁴; flats only if asked for.
fn tables(flats: bool) -> impl Strategy<Value = TierTable> {
    let tier = (1..1_000_000_i64, 0..=10_000_i64, if flats { 0..1_000_i64 } else { 0..1_i64 });
    (vec(tier, 1..6), any::<bool>()).prop_map(|(tiers, upper)| {
        let mut edge = 0;
        let tiers = tiers.into_iter().enumerate().map(|(i, (width, rate, flat))| {
            edge += if i == 0 { 0 } else { width };
            Tier {
                from: Decimal::new(edge, 2),
                rate: Decimal::new(rate, 4),
                flat: Decimal::new(flat, 2),
                ..Tier::default()
            }
        });
        let edge_side = if upper { EdgeSide::UpperInclusive } else { EdgeSide::LowerInclusive };
        TierTable { tiers: tiers.collect(), edge_side, ..TierTable::default() }
    })
}

fn exact(cents: i64) -> Exact {
    Exact::from_scaled(i128::from(cents), 2)
}

fn pays(rule: &Rule, cents: i64) -> Exact {
    pay(rule, &Terms { x: exact(cents), ..Terms::default() }).expect("few digits").exact
}

/// R01 in whole 10⁻⁶ by a loop over cents-wide bands, sharing no code with the rule.
fn by_hand(table: &TierTable, cents: i64) -> i128 {
    let edges: Vec<i128> = table.tiers.iter().map(|t| t.from.mantissa()).collect();
    let mut sum = 0;
    for (i, tier) in table.tiers.iter().enumerate() {
        let top = edges.get(i + 1).copied().unwrap_or(i128::MAX).min(i128::from(cents));
        if top > edges[i] {
            sum += (top - edges[i]) * tier.rate.mantissa();
        }
    }
    sum
}

proptest! {
    #[test]
    fn marginal_tables_without_flats_are_continuous_and_monotone(
        table in tables(false), x in 0..5_000_000_i64, more in 0..100_000_i64,
    ) {
        let steepest = table.tiers.iter().map(|t| t.rate).max().expect("a tier");
        let rule = rule("r", marginal(table.clone()));
        let (low, high) = (pays(&rule, x), pays(&rule, x + more));
        prop_assert_eq!(&low, &Exact::from_scaled(by_hand(&table, x), 6));
        prop_assert!(low <= high);
        // No jump: never steeper than the highest rate.
        prop_assert!(high - low <= exact(more) * Exact::from(steepest));
    }

    #[test]
    fn whole_volume_jumps_only_at_edges(table in tables(true), x in 1..5_000_000_i64, more in 1..1_000_i64) {
        let reaches = |cents: i64| table.tiers.iter().rposition(|t| {
            let edge = t.from.mantissa();
            if table.edge_side == EdgeSide::LowerInclusive { edge <= i128::from(cents) } else { edge < i128::from(cents) }
        });
        let rule = rule("r", whole(table.clone()));
        if let (Some(k), true) = (reaches(x), reaches(x) == reaches(x + more)) {
            let slope = exact(more) * Exact::from(table.tiers[k].rate);
            prop_assert_eq!(pays(&rule, x + more) - pays(&rule, x), slope);
        }
    }

    #[test]
    fn slices_and_steps_lead_to_the_exact_value(
        table in tables(true), x in -1_000_000..5_000_000_i64, base in -1_000_000..5_000_000_i64,
        zero in any::<bool>(), on_whole in any::<bool>(), top in any::<bool>(),
    ) {
        let mut growing = growth(TierTable {
            tiers: table.tiers.iter().map(|t| Tier { from: t.from / Decimal::ONE_THOUSAND, flat: Decimal::ZERO, ..t.clone() }).collect(),
            ..table.clone()
        });
        if on_whole { growing.on = GrowthOn::Whole; }
        if top { growing.non_positive_base = NonPositiveBasePolicy::TopTier; }
        let base = Base { value: exact(base), stand_in: None };
        for reward in [marginal(table.clone()), whole(table), Reward::Growth(growing)] {
            let mut rule = rule("r", reward);
            if zero { rule.negative_measure = NegativeMeasure::Zero; }
            let outcome = pay(&rule, &Terms { x: exact(x), base: Some(base.clone()), ..Terms::default() }).expect("few digits");
            let parts: Exact = outcome.slices.iter().map(|s| {
                assert_eq!(s.product, Exact::from(s.amount_in_slice) * Exact::from(s.rate));
                s.product.clone() + s.flat.into()
            }).sum();
            let mut running = parts;
            for step in &outcome.steps {
                prop_assert_eq!(&step.before, &running);
                running = step.after.clone();
            }
            prop_assert_eq!(running, outcome.exact.clone());
            if zero { prop_assert!(x >= 0 || !outcome.exact.is_negative()); }
        }
    }

    #[test]
    fn numbers_of_payees_and_shards_leave_the_digest_alone(
        rows in vec((0..5_u32, -50_000..100_000_i64, any::<bool>()), 1..60),
        turn in 1..5_u32,
    ) {
        let sales: Vec<Sale> = rows.iter().enumerate().map(|(i, (payee, cents, last_year))| {
            let mut row = sale(&format!("{i:04}"), if *last_year { "2011-08-01" } else { "2012-08-01" }, "0");
            (row.payee, row.net) = (*payee, cents * 10_000);
            row.hash = [u8::try_from(i).expect("few rows"); 32];
            row
        }).collect();
        let digest_of = |engine: &Engine| run_digest(&engine.finish(&lookup(&payees(5))).expect("runs"));
        let fresh = || Engine::new(period("2012-Q3"), plans());
        let mut whole_run = fresh();
        sales.iter().for_each(|s| whole_run.absorb(&s.as_fact()));
        // The same payees under other numbers: a run numbers them as it meets them, which must not show.
        let mut turned = fresh();
        for sale in &sales {
            let mut fact = sale.as_fact();
            fact.payee = (fact.payee + turn) % 5;
            turned.absorb(&fact);
        }
        let mut attributes = payees(5);
        attributes.rotate_right(usize::try_from(turn).expect("small"));
        prop_assert_eq!(digest_of(&whole_run), run_digest(&turned.finish(&lookup(&attributes)).expect("runs")));
        // Three shards by payee, merged in another order.
        let mut shards = [fresh(), fresh(), fresh()];
        for sale in &sales {
            shards[usize::try_from(sale.payee % 3).expect("small")].absorb(&sale.as_fact());
        }
        let [a, b, mut c] = shards;
        c.merge(a).expect("other payees");
        c.merge(b).expect("other payees");
        prop_assert_eq!(digest_of(&whole_run), digest_of(&c));
    }
}

fn plans() -> Vec<PlanInRun> {
    let tiers = super::support::table(&[("0", "0.01", "0"), ("500", "0.025", "1")], EdgeSide::LowerInclusive);
    let grown = super::support::table(&[("0", "0.01", "0"), ("0.2", "0.03", "0")], EdgeSide::LowerInclusive);
    vec![
        in_run("a", plan(vec![rule("m", marginal(tiers.clone())), rule("w", whole(tiers))])),
        in_run("b", plan(vec![rule("g", Reward::Growth(growth(grown)))])),
    ]
}
