//! What holds for all facts and questions.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::support::{asked, by_currency, counted, line, rows};
use crate::metric::{Asked, Basis, Dimension, FactKind, Grain, RowKey, SalesLine, Value};

const ADDITIVE: [&str; 6] = ["gmv", "net_sales", "returns", "gross_profit", "quantity", "lines"];
const OTHERS: [&str; 9] = [
    "gross_margin",
    "orders",
    "partners",
    "aov",
    "return_rate",
    "customers",
    "new_customers",
    "repeat_customers",
    "repurchase_rate",
];
const GRAINS: [Grain; 5] = [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year];

fn fact() -> impl Strategy<Value = SalesLine> {
    let who = (0..3_usize, 0..6_usize, 0..4_usize, 0..4_usize);
    let what = (0..3_usize, 0..2_usize, 0..4_usize, 0..2_usize);
    let how_much = (-50_i64..500, prop::option::of(0..600_i64), prop::option::of(0..400_i64), -5_i64..20);
    (0_i64..400, who, what, how_much).prop_map(|(day, who, what, (net, gross, cost, quantity))| {
        let (partner, order, customer, kind) = who;
        let (region, goods, channel, currency) = what;
        let or_none = |value: Option<i64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
        line(&format!(
            "{} {} {} {} {} {} {} {} {} {} {} {net} {} {quantity}",
            tributary_core::Date::from_days(15_000 + day),
            ["p", "q", "r"][partner],
            ["-", "A", "B", "C", "D", "E"][order],
            ["-", "c1", "c2", "c3"][customer],
            FactKind::ALL[kind].name(),
            ["-", "CN/GD", "CN/GD/GZ"][region],
            ["bikes", "helmets"][goods],
            ["B1", "H1"][goods],
            ["-", "ONLINE/tmall", "ONLINE/jd", "OFFLINE/tmall"][channel],
            ["CNY", "USD"][currency],
            or_none(gross),
            or_none(cost),
        ))
    })
}

fn all(metrics: &[&str]) -> Asked {
    Asked { basis: Some(Basis::All), ..asked(metrics) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_parts_of_a_split_add_up_to_the_whole(facts in prop::collection::vec(fact(), 0..60)) {
        let whole = counted(&facts, all(&ADDITIVE)).expect("counted");
        let dimensions = Dimension::ALL.map(|dimension| Asked { dimensions: vec![dimension], ..all(&ADDITIVE) });
        let grains = GRAINS.map(|grain| Asked { grain: Some(grain), ..all(&ADDITIVE) });
        for question in dimensions.into_iter().chain(grains) {
            let split = counted(&facts, question.clone()).expect("counted");
            for (at, metric) in ADDITIVE.iter().enumerate() {
                prop_assert_eq!(by_currency(&split, at), by_currency(&whole, at), "{} {:?}", metric, &question);
            }
        }
    }

    #[test]
    fn the_order_of_facts_changes_nothing(
        (facts, turned) in prop::collection::vec(fact(), 0..60)
            .prop_flat_map(|facts| (Just(facts.clone()), Just(facts).prop_shuffle())),
    ) {
        let metrics: Vec<&str> = ADDITIVE.into_iter().chain(OTHERS).chain(["channel_share"]).collect();
        let question = || Asked {
            grain: Some(Grain::Month),
            dimensions: vec![Dimension::Region, Dimension::Channel],
            ..all(&metrics)
        };
        let (one, other) = (counted(&facts, question()).expect("counted"), counted(&turned, question()).expect("counted"));
        prop_assert_eq!(rows(&one), rows(&other));
        let keys: Vec<RowKey> = one.rows().map(|row| row.key).collect();
        prop_assert!(keys.is_sorted());
    }

    /// A ratio is made of the sums that the same row shows.
    #[test]
    fn ratios_are_made_of_sums(facts in prop::collection::vec(fact(), 0..60)) {
        for (ratio, above, below) in [
            ("aov", "gmv", "orders"),
            ("repurchase_rate", "repeat_customers", "customers"),
            ("gross_margin", "gross_profit", ""),
            ("return_rate", "returns", ""),
            ("channel_share", "net_sales", ""),
        ] {
            let metrics: Vec<&str> = [ratio, above, below].into_iter().filter(|id| !id.is_empty()).collect();
            let question = Asked { dimensions: vec![Dimension::Partner, Dimension::Channel], ..all(&metrics) };
            for row in counted(&facts, question).expect("counted").rows() {
                let Some(value) = &row.values[0] else {
                    prop_assert_eq!(&row.values[1], &None);
                    continue;
                };
                let parts = value.parts();
                let sum = |at: usize| row.values[at].as_ref().and_then(Value::exact);
                prop_assert_eq!(Some(parts.numerator.clone()), sum(1));
                if !below.is_empty() {
                    prop_assert_eq!(Some(parts.denominator.clone()), sum(2));
                }
                match value.exact() {
                    Some(exact) => prop_assert_eq!(exact * parts.denominator, parts.numerator),
                    None => prop_assert!(parts.denominator.is_zero()),
                }
            }
        }
    }

    /// Counted in another way: a set per month.
    #[test]
    fn distinct_counts_are_sizes_of_sets(facts in prop::collection::vec(fact(), 0..60)) {
        let mut orders: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        let mut customers: BTreeMap<String, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
        for fact in &facts {
            let month = fact.occurred_on.to_string()[..7].to_owned();
            let (orders, customers) = (orders.entry(month.clone()).or_default(), customers.entry(month).or_default());
            if matches!(fact.kind, FactKind::SellIn | FactKind::SellOut) {
                orders.insert(&fact.order);
                if !fact.customer.is_empty() {
                    customers.entry(&fact.customer).or_default().insert(&fact.order);
                }
            }
        }
        let expected: Vec<String> = orders
            .iter()
            .map(|(month, orders)| {
                let customers = &customers[month];
                let repeat = customers.values().filter(|orders| orders.len() > 1).count();
                format!("{month} | {} {} {repeat}", orders.len(), customers.len())
            })
            .collect();
        let question = Asked { grain: Some(Grain::Month), ..all(&["orders", "customers", "repeat_customers"]) };
        prop_assert_eq!(rows(&counted(&facts, question).expect("counted")), expected);
    }

    /// Everyone is new once: over the days of a flow new customers add up to all of them.
    #[test]
    fn everyone_is_new_once(facts in prop::collection::vec(fact(), 0..60), flow in 0..3_usize) {
        let basis = Some([Basis::SellIn, Basis::SellOut, Basis::All][flow]);
        let whole = counted(&facts, Asked { basis, ..asked(&["customers", "new_customers"]) }).expect("counted");
        prop_assert_eq!(by_currency(&whole, 0), by_currency(&whole, 1));
        for grain in GRAINS {
            let split = counted(&facts, Asked { basis, grain: Some(grain), ..asked(&["new_customers"]) }).expect("counted");
            prop_assert_eq!(by_currency(&split, 0), by_currency(&whole, 1));
        }
    }

    /// Shares of the channels of one whole add up to it.
    #[test]
    fn shares_of_channels_add_up(facts in prop::collection::vec(fact(), 0..60)) {
        let question = Asked {
            dimensions: vec![Dimension::Partner, Dimension::Channel],
            grain: Some(Grain::Quarter),
            ..all(&["channel_share"])
        };
        let mut wholes = BTreeMap::new();
        for row in counted(&facts, question).expect("counted").rows() {
            let parts = row.values[0].as_ref().expect("a value").parts();
            let of = (row.key.first, row.key.texts[0].clone(), row.currency);
            let (sum, whole) = wholes.entry(of).or_insert_with(|| (tributary_core::Exact::zero(), parts.denominator.clone()));
            *sum = sum.clone() + parts.numerator;
            prop_assert_eq!(&*whole, &parts.denominator);
        }
        for (of, (sum, whole)) in wholes {
            prop_assert_eq!(sum, whole, "{:?}", of);
        }
    }
}
