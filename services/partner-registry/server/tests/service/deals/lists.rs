//! Lists: filtered, paged, in one order.

use tributary_proto::tributary::partner::v1 as pb;

use super::{deal, deal_name};
use crate::harness::{answer, name, refused, suites};

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    for suite in suites().await {
        suite.dealers(&["a", "b"]).await;
        for (partner, own, customer) in
            [("a", "x", "Metro 50%"), ("a", "y", "Post"), ("b", "x", "metro 50%"), ("b", "z", "合肥轨道交通集团")]
        {
            suite.register(partner, own, deal(customer)).await.expect("registered");
        }
        suite.approve_deal(&deal_name("a", "x")).await.expect("approved");
        let [ax, ay, bx, bz] = [("a", "x"), ("a", "y"), ("b", "x"), ("b", "z")].map(|(p, d)| deal_name(p, d));
        for (parent, filter, wanted) in [
            ("-", "", vec![&ax, &ay, &bx, &bz]),
            ("b", "", vec![&bx, &bz]),
            ("-", "state = CONFLICTED", vec![&bx]),
            ("-", "NOT state = CONFLICTED AND NOT state = APPROVED", vec![&ay, &bz]),
            ("-", "customer : \"50%\"", vec![&ax, &bx]),
            ("-", "customer = \"METRO 50%\"", vec![&ax, &bx]),
            ("-", "customer : 轨道", vec![&bz]),
            ("a", "product_line = mountain-bikes", vec![&ax, &ay]),
            ("-", "product_line != mountain-bikes", vec![]),
            ("-", "protection_end >= 2026-09-29", vec![&ax]),
            ("-", "protection_end < 2026-09-29", vec![]),
            ("-", "state = SUBMITTED AND decide_by <= 2026-07-06", vec![&ay, &bz]),
        ] {
            let found = suite.found(parent, filter).await.expect("page");
            assert_eq!(found, wanted.into_iter().cloned().collect::<Vec<_>>(), "{parent} {filter}");
        }
        for filter in ["reviewer = chief", "state = OPEN", "decide_by = soon", "similar = x"] {
            assert_eq!(refused(suite.found("-", filter).await).0, "FILTER_INVALID", "{filter}");
        }
        assert_eq!(refused(suite.found("none", "").await).0, "PARTNER_NOT_FOUND");
        let mut request = pb::ListDealsRequest { parent: name("-"), page_size: 3, ..Default::default() };
        let first = answer(suite.deals().list_deals(suite.ask(request.clone())).await).expect("page");
        assert_eq!(first.deals.len(), 3);
        request.page_token = first.next_page_token;
        let rest = answer(suite.deals().list_deals(suite.ask(request)).await).expect("page");
        assert_eq!(
            (rest.deals.len(), rest.deals[0].name.as_str(), rest.next_page_token.as_str()),
            (1, bz.as_str(), "")
        );
    }
}
