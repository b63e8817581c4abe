//! `GetContract` and `ListContracts`.

use tonic::Code;
use tributary_proto::tributary::contract::v1::GetContractRequest;

use crate::support::{call, request, said, services};

#[tokio::test]
async fn one_contract_is_read_by_its_tenant() {
    for service in services().await {
        let created = service.create("default", request("gz", &[("erp", "V-1"), ("crm", "7")])).await.expect("created");
        let get = |tenant: &str, name: &str| {
            let mut client = service.client.clone();
            let request = call(tenant, GetContractRequest { name: name.to_owned() });
            async move { client.get_contract(request).await }
        };
        assert_eq!(get("default", "contracts/gz").await.expect("there").into_inner(), created);
        for (tenant, name) in [("default", "contracts/sz"), ("acme", "contracts/gz")] {
            let refused = said(&get(tenant, name).await.expect_err("not there"));
            assert_eq!((refused.code, &*refused.reason), (Code::NotFound, "CONTRACT_NOT_FOUND"));
        }
        let refused = said(&get("default", "partners/gz").await.expect_err("not a contract"));
        assert_eq!(refused.code, Code::InvalidArgument);
    }
}

#[tokio::test]
async fn lists_are_paged() {
    for service in services().await {
        for (id, partner) in [("c", "p"), ("a", "p"), ("b", "q")] {
            let mut create = request(id, &[]);
            create.contract.as_mut().expect("set").partner = format!("partners/{partner}");
            service.create("default", create).await.expect("created");
        }
        let (first, token) = service.list("", 2, "").await.expect("list");
        assert_eq!(first, ["contracts/a", "contracts/b"]);
        assert_eq!(service.list("", 2, &token).await.expect("list"), (vec!["contracts/c".to_owned()], String::new()));
        let refused = service.list("partners/p", 2, &token).await.expect_err("another query");
        assert_eq!((refused.code, &*refused.reason), (Code::InvalidArgument, "PAGE_TOKEN_INVALID"));
        let (all, end) = service.list("partners/p", 2, "").await.expect("list");
        assert_eq!((all, &*end), (vec!["contracts/a".to_owned(), "contracts/c".to_owned()], ""), "exactly one page");
        let refused = service.list("p", 0, "").await.expect_err("not a name");
        assert_eq!((refused.code, refused.violations[0].field.as_str()), (Code::InvalidArgument, "partner"));
    }
}
