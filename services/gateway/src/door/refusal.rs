//! How the door says no: a gRPC answer that is nothing but a status, with its details.

use http::Response;
use tonic::{Status, body::Body};
use tributary_core::Fault;

/// The status of a fault of the gateway.
pub(crate) fn status(fault: &Fault, request_id: &str) -> Status {
    tributary_rpc::status::to_status(fault, crate::DOMAIN, request_id)
}

/// The answer of a fault: headers only, as gRPC's "trailers-only".
pub(super) fn response(fault: &Fault, request_id: &str) -> Response<Body> {
    status(fault, request_id).into_http()
}
