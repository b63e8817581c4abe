//! `ListObligations`: order, pages, filters.

use tributary_proto::tributary::contract::v1::{ListObligationsRequest, ListObligationsResponse, Obligation, Party};

use super::desk::{Answer, Desk, ask, desks, fields, milestone, payment, proof, reason};

async fn list(desk: &Desk, parent: &str, filter: &str, size: i32, token: &str) -> Answer<ListObligationsResponse> {
    let query = ListObligationsRequest {
        parent: format!("contracts/{parent}"),
        page_size: size,
        page_token: token.to_owned(),
        filter: filter.to_owned(),
    };
    ask!(desk, "legal", list_obligations, query)
}

/// Ids of everything that a filter finds.
async fn found(desk: &Desk, filter: &str) -> Vec<String> {
    let page = list(desk, "-", filter, 0, "").await.expect("list");
    page.obligations.iter().map(|o| o.name.rsplit('/').next().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn pages_follow_the_due_days_of_all_contracts() {
    for desk in desks("2026-03-02").await {
        for (contract, id, due_on) in
            [("b", "x", "2026-03-31"), ("a", "y", "2026-03-31"), ("a", "x", "2026-03-31"), ("b", "z", "2026-01-31")]
        {
            desk.create(contract, id, milestone(due_on)).await.expect("created");
        }
        let mut names = Vec::new();
        let mut token = String::new();
        loop {
            let page = list(&desk, "-", "", 1, &token).await.expect("list");
            names.extend(page.obligations.into_iter().map(|o| o.name));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        let expected = ["b/obligations/z", "a/obligations/x", "a/obligations/y", "b/obligations/x"];
        assert_eq!(names, expected.map(|name| format!("contracts/{name}")));
        let of_a = list(&desk, "a", "", 1, "").await.expect("list");
        assert_eq!(of_a.obligations[0].name, "contracts/a/obligations/x");
        assert_eq!(reason(list(&desk, "b", "", 1, &of_a.next_page_token).await), "PAGE_TOKEN_INVALID");
        assert_eq!(reason(list(&desk, "-", "title = \"x\"", 1, "").await), "FILTER_INVALID");
        assert_eq!(fields(&list(&desk, "A", "", 1, "").await.expect_err("no name")), ["parent"]);
    }
}

#[tokio::test]
async fn filters_choose() {
    for desk in desks("2026-03-02").await {
        let ours = Obligation { debtor: Party::Principal.into(), ..milestone("2026-02-28") };
        desk.create("a", "ours", ours).await.expect("created");
        desk.create("a", "rent", payment("2026-02-20", 100)).await.expect("created");
        desk.create("b", "rent-b", payment("2026-03-20", 100)).await.expect("created");
        let done = desk.create("b", "done", milestone("2026-02-25")).await.expect("created");
        desk.finish(&done, "2026-02-25", None).await;
        let filed = desk.create("b", "filed", milestone("2026-02-26")).await.expect("created");
        desk.submit("maker", &filed, proof("2026-02-26", None)).await.expect("filed");
        assert_eq!(found(&desk, "overdue = true").await, ["rent", "ours"]);
        assert_eq!(found(&desk, "overdue = true AND kind = \"PAYMENT\"").await, ["rent"]);
        assert_eq!(found(&desk, "overdue = false").await, ["done", "filed", "rent-b"]);
        assert_eq!(found(&desk, "partner = \"partners/q\" AND NOT state = \"ACCEPTED\"").await, ["filed", "rent-b"]);
        assert_eq!(found(&desk, "debtor = \"PRINCIPAL\"").await, ["ours"]);
        assert_eq!(found(&desk, "due_on >= \"2026-02-26\" AND due_on < \"2026-03-20\"").await, ["filed", "ours"]);
        assert_eq!(found(&desk, "due_on <= \"2026-02-20\" OR due_on > \"2026-02-28\"").await, ["rent", "rent-b"]);
        assert_eq!(found(&desk, "owner != \"li.wei\"").await, Vec::<String>::new());
        // A day later it is one more.
        desk.set("2026-03-21");
        assert_eq!(found(&desk, "overdue = true").await, ["rent", "ours", "rent-b"]);
    }
}
