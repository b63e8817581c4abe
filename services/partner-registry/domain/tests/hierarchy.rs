//! Trees by date: examples by hand, and the law that no accepted sequence yields a cycle on any day.
#![expect(clippy::expect_used, reason = "helpers of tests stop at the first surprise")]

use partner_registry_domain::{Hierarchy, Link};
use proptest::prelude::*;
use tributary_core::{Date, ResourceId, Timestamp};

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("id")
}

fn link(ordinal: i64, partner: &str, parent: Option<&str>, from: i64) -> Link {
    Link {
        partner: id(partner),
        parent: parent.map(id),
        effective_from: Date::from_days(from),
        reason: "test".to_owned(),
        actor: "test".to_owned(),
        record_time: Timestamp(ordinal),
        ordinal,
    }
}

fn show(nodes: &[partner_registry_domain::Node]) -> Vec<String> {
    nodes.iter().map(|n| format!("{} {}", n.level, n.partner)).collect()
}

#[test]
fn a_tree_changes_with_the_day() {
    // Province p above cities c1, c2; county k under c1 until day 20, then under c2; on day 30 c1 leaves.
    let tree = Hierarchy::new([
        link(1, "c1", Some("p"), 0),
        link(2, "c2", Some("p"), 0),
        link(3, "k", Some("c1"), 10),
        link(4, "k", Some("c2"), 20),
        link(5, "c1", None, 30),
    ]);
    let below = |day: i64| show(&tree.descendants(&id("p"), Date::from_days(day)));
    let above = |day: i64| show(&tree.ancestors(&id("k"), Date::from_days(day)));
    assert_eq!(below(-1), Vec::<String>::new());
    assert_eq!(below(9), ["1 c1", "1 c2"]);
    assert_eq!(below(10), ["1 c1", "1 c2", "2 k"]);
    assert_eq!(below(30), ["1 c2", "2 k"]);
    assert_eq!(above(9), Vec::<String>::new());
    assert_eq!(above(19), ["1 c1", "2 p"]);
    assert_eq!(above(20), ["1 c2", "2 p"]);
}

#[test]
fn the_link_recorded_last_decides() {
    let tree = Hierarchy::new([link(2, "a", Some("y"), 5), link(1, "a", Some("x"), 10)]);
    assert_eq!(tree.parent_on(&id("a"), Date::from_days(4)), None);
    assert_eq!(tree.parent_on(&id("a"), Date::from_days(11)), Some(&id("y")));
}

#[test]
fn a_cycle_is_refused_with_its_path() {
    let tree = Hierarchy::new([link(1, "b", Some("a"), 0), link(2, "c", Some("b"), 0)]);
    let fault = tree.check(&link(3, "a", Some("c"), 0), 10).expect_err("cycle");
    assert_eq!(fault.reason().code, "HIERARCHY_CYCLE");
    assert_eq!(
        fault.metadata().get("path").map(String::as_str),
        Some("partners/a > partners/c > partners/b > partners/a")
    );
    assert!(tree.check(&link(3, "a", Some("a"), 0), 10).is_err());
    assert!(tree.check(&link(3, "a", Some("z"), 0), 10).is_ok());
}

#[test]
fn a_cycle_on_a_later_day_is_refused_too() {
    // b goes under a on day 50; a under b from day 0 on would be fine until then.
    let tree = Hierarchy::new([link(1, "b", Some("a"), 50)]);
    let fault = tree.check(&link(2, "a", Some("b"), 0), 10).expect_err("cycle");
    assert_eq!(fault.metadata().get("date").map(String::as_str), Some("1970-02-20"));
    // Once b has left a before that, the way is free.
    let tree = Hierarchy::new([link(1, "b", Some("a"), 50), link(2, "b", None, 50)]);
    assert!(tree.check(&link(3, "a", Some("b"), 0), 10).is_ok());
    // And a cycle that ended before is none.
    let tree = Hierarchy::new([link(1, "b", Some("a"), 0), link(2, "b", None, 50)]);
    assert!(tree.check(&link(3, "a", Some("b"), 50), 10).is_ok());
    assert!(tree.check(&link(3, "a", Some("b"), 49), 10).is_err());
}

#[test]
fn depth_counts_what_is_above_and_below() {
    // a > b and c > d: c under b makes a > b > c > d, three steps.
    let tree = Hierarchy::new([link(1, "b", Some("a"), 0), link(2, "d", Some("c"), 0)]);
    assert!(tree.check(&link(3, "c", Some("b"), 0), 3).is_ok());
    let fault = tree.check(&link(3, "c", Some("b"), 0), 2).expect_err("too deep");
    assert_eq!(fault.reason().code, "HIERARCHY_TOO_DEEP");
    assert_eq!(fault.metadata().get("limit").map(String::as_str), Some("2"));
    assert_eq!(fault.metadata().get("depth").map(String::as_str), Some("3"));
}

/// The length of the chain above, by stepping day by day through the raw list; `None` in a cycle.
fn chain(links: &[Link], start: &str, day: i64) -> Option<usize> {
    let mut at = id(start);
    for steps in 0..20 {
        let own = links.iter().filter(|l| l.partner == at && l.effective_from.days() <= day);
        match own.max_by_key(|l| l.ordinal).and_then(|l| l.parent.clone()) {
            Some(parent) => at = parent,
            None => return Some(steps),
        }
    }
    None
}

const NAMES: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];

fn sound(links: &[Link], max_depth: usize) -> bool {
    (0..8).all(|day| NAMES.iter().all(|n| chain(links, n, day).is_some_and(|steps| steps <= max_depth)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// A link is accepted exactly when, day by day, every chain ends within the limit.
    #[test]
    fn accepted_links_never_yield_a_cycle_on_any_day(
        moves in proptest::collection::vec((0_usize..7, proptest::option::weighted(0.9, 0_usize..7), 0_i64..8), 1..40),
        max_depth in 1_usize..6,
    ) {
        let mut links: Vec<Link> = Vec::new();
        let mut tree = Hierarchy::default();
        for (ordinal, (partner, parent, from)) in (1..).zip(moves) {
            let new = link(ordinal, NAMES[partner], parent.map(|p| NAMES[p]), from);
            let accepted = tree.check(&new, max_depth).is_ok();
            let with: Vec<Link> = links.iter().cloned().chain([new.clone()]).collect();
            prop_assert_eq!(accepted, sound(&with, max_depth));
            if accepted {
                links = with;
                tree.insert(new);
            }
        }
        // Up and down agree: x is below y exactly when y is above x, at the same level.
        for day in (0..8).map(Date::from_days) {
            for x in NAMES.map(id) {
                for above in tree.ancestors(&x, day) {
                    let back = tree.descendants(&above.partner, day).into_iter().find(|n| n.partner == x);
                    prop_assert_eq!(back.map(|n| n.level), Some(above.level));
                }
            }
        }
    }
}
