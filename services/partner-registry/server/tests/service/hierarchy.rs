//! Trees by date.

use tributary_proto::{google::r#type::Date, tributary::partner::v1 as pb};
use tributary_rpc::status::Described;

use crate::harness::{Suite, answer, date, dealer, name, refused, suites, suites_with};

async fn set(suite: &Suite, own: &str, parent: &str, from: Option<Date>) -> Result<pb::HierarchyLink, Box<Described>> {
    let request = pb::SetParentRequest {
        partner: name(own),
        parent: if parent.is_empty() { String::new() } else { name(parent) },
        effective_from: from,
        reason: "new structure".to_owned(),
        request_id: String::new(),
    };
    answer(suite.trees().set_parent(suite.ask(request)).await)
}

async fn above(suite: &Suite, own: &str, on: Option<Date>) -> Vec<String> {
    let request = pb::ListAncestorsRequest { partner: name(own), date: on };
    let found = answer(suite.trees().list_ancestors(suite.ask(request)).await).expect("ancestors");
    found.ancestors.iter().map(show).collect()
}

fn show(node: &pb::HierarchyNode) -> String {
    let short = |name: &str| name.trim_start_matches("partners/").to_owned();
    format!("{} {} < {} {}", node.level, short(&node.partner), short(&node.parent), node.display_name)
}

async fn below(suite: &Suite, own: &str, on: Option<Date>, size: i32) -> Vec<String> {
    let (mut all, mut token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListDescendantsRequest { partner: name(own), date: on, page_size: size, page_token: token };
        let found = answer(suite.trees().list_descendants(suite.ask(request)).await).expect("descendants");
        all.extend(found.descendants.iter().map(show));
        token = found.next_page_token;
        if token.is_empty() {
            return all;
        }
    }
}

async fn seed(suite: &Suite) {
    for id in ["p", "c1", "c2", "k"] {
        suite.create(id, dealer(&id.to_uppercase())).await.expect("created");
    }
}

#[tokio::test]
async fn a_tree_is_told_by_date() {
    for suite in suites().await {
        seed(&suite).await;
        let first = set(&suite, "c1", "p", date(2026, 1, 1)).await.expect("set");
        assert_eq!((first.parent.as_str(), first.actor.as_str()), ("partners/p", "channel-manager"));
        set(&suite, "c2", "p", date(2026, 1, 1)).await.expect("set");
        set(&suite, "k", "c1", date(2026, 2, 1)).await.expect("set");
        set(&suite, "k", "c2", date(2026, 6, 1)).await.expect("set");
        set(&suite, "c1", "", date(2026, 8, 1)).await.expect("set");

        assert!(below(&suite, "p", date(2025, 12, 31), 0).await.is_empty());
        for size in [1, 2, 50] {
            let found = below(&suite, "p", date(2026, 5, 31), size).await;
            assert_eq!(found, ["1 c1 < p C1", "1 c2 < p C2", "2 k < c1 K"]);
        }
        assert_eq!(below(&suite, "p", date(2026, 8, 1), 0).await, ["1 c2 < p C2", "2 k < c2 K"]);
        assert_eq!(above(&suite, "k", date(2026, 5, 31)).await, ["1 c1 < p C1", "2 p <  P"]);
        // Unset: today, 1 July.
        assert_eq!(above(&suite, "k", None).await, ["1 c2 < p C2", "2 p <  P"]);

        let uid = suite.get("c1").await.uid;
        let events = suite.events_of("partners/c1", 3).await;
        let event: pb::ParentSet = prost::Message::decode(events[2].data.as_slice()).expect("decodes");
        assert_eq!((event.partner_uid, event.parent_uid), (uid, String::new()));
        assert_eq!(events[2].event_type, "tributary.partner.v1.ParentSet");
    }
}

#[tokio::test]
async fn cycles_are_refused_whatever_the_day() {
    for suite in suites().await {
        seed(&suite).await;
        set(&suite, "c1", "p", date(2026, 1, 1)).await.expect("set");
        set(&suite, "k", "c1", date(2026, 9, 1)).await.expect("set");
        let (reason, _, metadata) = refused(set(&suite, "p", "c1", date(2026, 1, 1)).await);
        assert_eq!(
            (reason.as_str(), metadata["path"].as_str()),
            ("HIERARCHY_CYCLE", "partners/p > partners/c1 > partners/p")
        );
        // From September on k stands below p.
        let (reason, _, metadata) = refused(set(&suite, "p", "k", date(2026, 1, 1)).await);
        assert_eq!((reason.as_str(), metadata["date"].as_str()), ("HIERARCHY_CYCLE", "2026-09-01"));
        assert_eq!(refused(set(&suite, "p", "p", date(2026, 1, 1)).await).0, "HIERARCHY_CYCLE");
        assert_eq!(refused(set(&suite, "p", "nobody", date(2026, 1, 1)).await).0, "PARTNER_NOT_FOUND");
        assert!(above(&suite, "p", date(2026, 12, 31)).await.is_empty());
        // A link that was refused leaves no event.
        assert_eq!(suite.events_of("partners/p", 1).await.len(), 1);
    }
}

#[tokio::test]
async fn depth_has_a_limit() {
    for suite in suites_with(|settings| settings.hierarchy_max_depth = 2).await {
        seed(&suite).await;
        set(&suite, "c1", "p", date(2026, 1, 1)).await.expect("set");
        set(&suite, "c2", "c1", date(2026, 1, 1)).await.expect("set");
        let (reason, _, metadata) = refused(set(&suite, "k", "c2", date(2026, 1, 1)).await);
        assert_eq!((reason.as_str(), metadata["limit"].as_str()), ("HIERARCHY_TOO_DEEP", "2"));
        // From above it is the same.
        let (reason, _, _) = refused(set(&suite, "p", "k", date(2026, 1, 1)).await);
        assert_eq!(reason, "HIERARCHY_TOO_DEEP");
    }
}
