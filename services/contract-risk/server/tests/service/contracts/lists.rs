//! Filters and pages of contracts.

use tonic::Code;
use tributary_proto::tributary::contract::v1::{ContractState as S, CooperationModel, ListContractsRequest};

use super::desk::{ask, clause, full, raw};
use crate::support::{Running, services};

async fn find(desk: &Running, filter: &str) -> Vec<String> {
    let request = ListContractsRequest { filter: filter.to_owned(), ..Default::default() };
    let page = ask!(desk, "legal", list_contracts, request).expect(filter);
    page.contracts.into_iter().map(|c| c.name.trim_start_matches("contracts/").to_owned()).collect()
}

#[tokio::test]
async fn filters_find_what_they_say() {
    for desk in services().await {
        desk.set("2026-03-05");
        let with = |id: &str, refs: &[(&str, &str)], partner: &str, to: &str, owner: &str| {
            let mut request = full(id, refs);
            let contract = request.contract.as_mut().expect("set");
            contract.partner = format!("partners/{partner}");
            contract.effective_to = if to.is_empty() { None } else { raw(to) };
            contract.owner = owner.to_owned();
            if owner == "li.wei" {
                contract.model = CooperationModel::PopUpStore.into();
            }
            request
        };
        let a = desk.draft(with("a", &[("erp", "V:1"), ("crm", "x y")], "p", "2027-01-01", "li.wei")).await;
        let active = desk.signed(&a, "2026-01-02").await;
        assert_eq!(active.state(), S::Active);
        desk.draft(with("b", &[], "q", "2028-01-01", "")).await;
        desk.draft(with("c", &[], "p", "", "")).await;
        for (filter, found) in [
            ("", vec!["a", "b", "c"]),
            ("state = \"ACTIVE\" AND effective_to < \"2027-01-02\"", vec!["a"]),
            ("state = DRAFT", vec!["b", "c"]),
            ("state != DRAFT", vec!["a"]),
            ("partner = \"partners/p\"", vec!["a", "c"]),
            ("partner = \"partners/p\" AND NOT state = ACTIVE", vec!["c"]),
            ("model = POP_UP_STORE", vec!["a"]),
            ("model != POP_UP_STORE", vec!["b", "c"]),
            ("owner = \"li.wei\" OR partner = \"partners/q\"", vec!["a", "b"]),
            ("effective_to <= 2027-01-01", vec!["a"]),
            ("effective_to > 2027-01-01", vec!["b", "c"]),
            ("effective_to >= 2029-01-01", vec!["c"]),
            ("effective_from = 2026-01-01", vec!["a", "b", "c"]),
            ("effective_from < 2026-01-01", vec![]),
            ("external_ref = \"erp:V:1\"", vec!["a"]),
            ("external_ref = \"crm:x y\"", vec!["a"]),
            ("external_ref != \"crm:x y\"", vec!["b", "c"]),
        ] {
            assert_eq!(find(&desk, filter).await, found, "{filter}");
        }
        for wrong in ["state = OPEN", "title = x", "partner = p", "effective_to = soon", "state = DRAFT AND"] {
            let request = ListContractsRequest { filter: wrong.to_owned(), ..Default::default() };
            let refused = ask!(desk, "legal", list_contracts, request).expect_err("wrong");
            assert_eq!((refused.code, &*refused.reason), (Code::InvalidArgument, "FILTER_INVALID"), "{wrong}");
        }
        // A token of one filter is none of another.
        let first = ListContractsRequest { page_size: 1, ..Default::default() };
        let page = ask!(desk, "legal", list_contracts, first.clone()).expect("a page");
        let other =
            ListContractsRequest { page_token: page.next_page_token, filter: "state = DRAFT".to_owned(), ..first };
        assert_eq!(ask!(desk, "legal", list_contracts, other).expect_err("another").reason, "PAGE_TOKEN_INVALID");
    }
}

#[tokio::test]
async fn a_page_of_long_contracts_fits_into_a_message() {
    for desk in services().await {
        desk.set("2026-03-05");
        // 190,000 characters of three bytes each are 570,000 bytes: five fit into 3 MiB, the sixth does not.
        for n in 0..8 {
            let mut request = full(&format!("c{n}"), &[]);
            let text = "条".repeat(19_000);
            request.contract.as_mut().expect("set").clauses =
                (0..10).map(|i| clause(&format!("c{i}"), &text)).collect();
            desk.draft(request).await;
        }
        let mut request = ListContractsRequest { page_size: 100, ..Default::default() };
        let first = ask!(desk, "legal", list_contracts, request.clone()).expect("a page");
        assert_eq!(first.contracts.len(), 5);
        request.page_token = first.next_page_token;
        let rest = ask!(desk, "legal", list_contracts, request).expect("a page");
        let names: Vec<_> = rest.contracts.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["contracts/c5", "contracts/c6", "contracts/c7"]);
        assert_eq!(rest.next_page_token, "");
    }
}
