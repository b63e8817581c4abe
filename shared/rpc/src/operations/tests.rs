//! The service over a store in memory that knows reading and cancelling only.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use prost::Message as _;
use tonic::{Code, Request};
use tributary_core::{RequestContext, SystemClock, TenantId, Timestamp};
use tributary_proto::google::{
    longrunning::{
        CancelOperationRequest, DeleteOperationRequest, GetOperationRequest, ListOperationsRequest,
        WaitOperationRequest, operation::Result as Outcome, operations_server::Operations as _,
    },
    rpc,
};
use tributary_sql::{OperationRecord, OperationState, OperationStore, StoreError};
use uuid::Uuid;

use super::{OperationsService, operation_id, operation_name};
use crate::{Edge, status::describe};

#[derive(Default)]
struct Memory(Mutex<Vec<OperationRecord>>);

#[tonic::async_trait]
impl OperationStore for Memory {
    async fn get(&self, tenant: &TenantId, id: Uuid) -> Result<Option<OperationRecord>, StoreError> {
        Ok(self.0.lock().expect("rows").iter().find(|r| r.tenant == *tenant && r.id == id).cloned())
    }

    async fn list(
        &self,
        tenant: &TenantId,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<OperationRecord>, StoreError> {
        let rows = self.0.lock().expect("rows");
        let after = rows.iter().filter(|r| r.tenant == *tenant && after.is_none_or(|after| r.id > after));
        Ok(after.take(usize::try_from(limit).expect("small")).cloned().collect())
    }

    async fn request_cancel(&self, _: &TenantId, id: Uuid, _: Timestamp) -> Result<bool, StoreError> {
        let mut rows = self.0.lock().expect("rows");
        let row = rows.iter_mut().find(|r| r.id == id && !r.state.is_final());
        Ok(row.map(|row| row.cancel_requested = true).is_some())
    }

    async fn claim(
        &self,
        _: &[&str],
        _: &str,
        _: Timestamp,
        _: Duration,
    ) -> Result<Option<OperationRecord>, StoreError> {
        Ok(None)
    }

    async fn heartbeat(&self, _: Uuid, _: &str, _: &[u8], _: Timestamp, _: Duration) -> Result<bool, StoreError> {
        Ok(false)
    }
}

fn record(number: u128, state: OperationState) -> OperationRecord {
    OperationRecord {
        id: Uuid::from_u128(number),
        tenant: TenantId::default_tenant(),
        kind: "calculate".to_owned(),
        actor: "erp".to_owned(),
        request: vec![],
        state,
        metadata: vec![],
        response: vec![],
        error: vec![],
        cancel_requested: false,
        attempt: 1,
        lease_owner: None,
        lease_until: None,
        create_time: Timestamp(0),
        trace_parent: String::new(),
        update_time: Timestamp(0),
    }
}

fn request<T>(tenant: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(RequestContext {
        tenant: TenantId::parse(tenant).expect("id"),
        subject: "s".to_owned(),
        roles: vec![],
        scope: tributary_core::Scope::Tenant,
        request_id: "r".to_owned(),
    });
    request
}

fn service(records: Vec<OperationRecord>) -> (OperationsService, Arc<Memory>) {
    let store = Arc::new(Memory(Mutex::new(records)));
    let edge = Edge::new("incentive.tributary");
    (OperationsService::new(edge, "incentive", store.clone(), Arc::new(SystemClock)), store)
}

fn get(number: u128) -> GetOperationRequest {
    GetOperationRequest { name: operation_name("incentive", Uuid::from_u128(number)) }
}

#[test]
fn names_carry_area_and_id() {
    let id = Uuid::from_u128(0x0192_f7c4_a1b2_7c3d_8e9f_0123_4567_89ab);
    let name = "operations/incentive-0192f7c4a1b27c3d8e9f0123456789ab";
    assert_eq!(operation_name("incentive", id), name);
    assert_eq!(operation_id("incentive", name), Ok(id));
    for bad in ["", "operations/", "operations/contract-0192f7c4a1b27c3d8e9f0123456789ab", &name.to_uppercase()] {
        assert!(operation_id("incentive", bad).is_err(), "{bad}");
    }
    assert!(operation_id("incentive", "operations/incentive-0192f7c4-a1b2-7c3d-8e9f-0123456789ab").is_err());
}

#[tokio::test]
async fn each_state_has_its_result() {
    let response = prost_types::Any { type_url: "type.googleapis.com/x".to_owned(), value: vec![7] };
    let error = rpc::Status { code: 9, message: "frozen".to_owned(), details: vec![] };
    let (service, _) = service(vec![
        OperationRecord { metadata: response.encode_to_vec(), ..record(1, OperationState::Running) },
        OperationRecord { response: response.encode_to_vec(), ..record(2, OperationState::Succeeded) },
        OperationRecord { error: error.encode_to_vec(), ..record(3, OperationState::Failed) },
        record(4, OperationState::Cancelled),
    ]);
    let read = async |number| service.get_operation(request("default", get(number))).await.expect("known").into_inner();
    let running = read(1).await;
    assert_eq!((running.done, running.metadata.as_ref(), running.result), (false, Some(&response), None));
    assert_eq!((read(2).await.done, read(2).await.result), (true, Some(Outcome::Response(response))));
    assert_eq!(read(3).await.result, Some(Outcome::Error(error)));
    let Some(Outcome::Error(cancelled)) = read(4).await.result else { panic!("cancelled is an error") };
    assert_eq!(cancelled.code, 1);

    for (tenant, number) in [("other", 1), ("default", 9)] {
        let refused = describe(&service.get_operation(request(tenant, get(number))).await.expect_err("not there"));
        assert_eq!((refused.code, &*refused.reason), (Code::NotFound, "OPERATION_NOT_FOUND"));
    }
    let delete = DeleteOperationRequest { name: get(1).name };
    let refused = service.delete_operation(request("default", delete)).await.expect_err("kept");
    assert_eq!(refused.code(), Code::Unimplemented);
}

#[tokio::test]
async fn lists_are_paged() {
    let (service, _) = service((1..=5).map(|n| record(n, OperationState::Pending)).collect());
    let mut token = String::new();
    let mut pages = Vec::new();
    loop {
        let query = ListOperationsRequest { page_size: 2, page_token: token, ..Default::default() };
        let page = service.list_operations(request("default", query)).await.expect("page").into_inner();
        pages.push(page.operations.len());
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(pages, [2, 2, 1]);
    let filtered = ListOperationsRequest { filter: "done = true".to_owned(), ..Default::default() };
    assert!(service.list_operations(request("default", filtered)).await.is_err());
    let forged = ListOperationsRequest { page_token: "AAAA".to_owned(), ..Default::default() };
    assert!(service.list_operations(request("default", forged)).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn waiting_ends_with_the_operation_or_its_time() {
    let (service, store) = service(vec![record(1, OperationState::Running)]);
    let wait = |seconds| WaitOperationRequest {
        name: get(1).name,
        timeout: Some(prost_types::Duration { seconds, nanos: 0 }),
    };
    let started = tokio::time::Instant::now();
    let answer = service.wait_operation(request("default", wait(3))).await.expect("known").into_inner();
    assert_eq!((answer.done, started.elapsed().as_secs()), (false, 3));

    let cancel = CancelOperationRequest { name: get(1).name };
    service.cancel_operation(request("default", cancel.clone())).await.expect("asked");
    assert!(store.0.lock().expect("rows")[0].cancel_requested);

    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        store.0.lock().expect("rows")[0].state = OperationState::Cancelled;
    });
    let answer = service.wait_operation(request("default", wait(60))).await.expect("known").into_inner();
    assert_eq!((answer.done, started.elapsed().as_secs()), (true, 4));
    service.cancel_operation(request("default", cancel)).await.expect("already cancelled is fine");
}
