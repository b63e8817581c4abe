//! What the made facts have in common, whatever the seed.

use std::collections::{BTreeSet, HashMap, HashSet};

use prost::Message as _;
use rand::{SeedableRng as _, rngs::StdRng};
use sha2::{Digest as _, Sha256};
use tributary_proto::tributary::incentive::v1::{FactKind, SalesFact, sales_fact};

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
    for fact in &all {
        let Some(sales_fact::Occurred::OccurredOn(day)) = &fact.occurred else { panic!("a day") };
        assert!((2024..=2025).contains(&day.year), "{day:?} is after the evening of the demo");
    }
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

#[test]
fn an_order_has_one_to_six_lines_of_one_partner_on_one_day() {
    let network = build(&mut StdRng::seed_from_u64(3));
    let all: Vec<_> = Facts::new(3, network, 20_000).collect();
    let (returns, sales): (Vec<_>, Vec<_>) = all.iter().partition(|f| f.kind() == FactKind::Return);
    let mut orders: HashMap<&str, Vec<&SalesFact>> = HashMap::new();
    sales.iter().for_each(|sale| orders.entry(sale.order_id.as_str()).or_default().push(sale));
    for (id, lines) in &orders {
        let first = lines[0];
        assert!(lines.iter().all(|l| l.partner_ref == first.partner_ref && l.occurred == first.occurred), "{id}");
        let ids: Vec<&str> = lines.iter().map(|l| l.source_id.as_str()).collect();
        let numbered: Vec<String> = (1..=lines.len()).map(|n| format!("{id}/{n}")).collect();
        assert_eq!(ids, numbered);
    }
    let lengths: BTreeSet<usize> = orders.values().map(Vec::len).collect();
    assert_eq!(lengths, (1..=6).collect());

    let sold: HashMap<&str, &SalesFact> = sales.iter().map(|s| (s.source_id.as_str(), *s)).collect();
    assert!(!returns.is_empty());
    for back in returns {
        let sale = sold[back.original_source_id.as_str()];
        assert_eq!((&back.order_id, &back.partner_ref), (&sale.order_id, &sale.partner_ref));
    }
}
