//! The gRPC services: decode, use case, encode.

mod accounting;
mod accrual_service;
mod calendar_service;
mod closing_service;
mod deposit_service;
mod description;
mod evidence_service;
mod fact_service;
mod figure_service;
mod fund_service;
mod golive_service;
mod ledger_service;
mod plan_service;
mod price_service;
mod rate_service;
mod run_service;
mod settlement_service;
mod simulation_service;
mod stream_facts;
mod subsidy_service;

use std::sync::Arc;

use prost::Message;
use tributary_core::RequestContext;
use tributary_rpc::Edge;
use tributary_sql::RequestKey;

use crate::app::App;

/// The handlers of all services of this server.
#[derive(Clone)]
pub struct Rpc {
    /// The use cases.
    pub app: Arc<App>,
    /// The edge they share.
    pub edge: Edge,
}

/// The key of a repeatable call, `None` when the caller gave no request id. The body is hashed as it is
/// encoded; maps are ordered, so the same call is the same body.
fn request_key<M: Message>(caller: &RequestContext, method: &str, request_id: &str, body: &M) -> Option<RequestKey> {
    RequestKey::new((&caller.tenant, &caller.scope), method, request_id, &body.encode_to_vec())
}
