//! Small checks and steps that several handlers share.

use tonic::{Request, Response, Status};
use tributary_core::{Fault, RequestContext, ResourceId, Violations};
use tributary_rpc::{Edge, page};

/// The partner id in a resource name, which stands in a field of the request.
pub(super) fn partner_id(field: &str, name: &str) -> Result<ResourceId, Fault> {
    ResourceId::from_name("partners", name).map_err(|e| Fault::invalid_field(field, e))
}

/// Like [`Edge::write`], for requests that are not to be checked as a whole: an update is valid when its result is, a
/// batch when each item for itself is, and a creation tells its violations together with those of the domain.
pub(super) async fn write_unchecked<Q, A, F, Fut>(
    edge: &Edge,
    request: Request<Q>,
    work: F,
) -> Result<Response<A>, Status>
where
    A: Send + 'static,
    F: FnOnce(RequestContext, Q) -> Fut,
    Fut: Future<Output = Result<A, Fault>> + Send + 'static,
{
    let context = edge.context(&request)?;
    let request_id = context.request_id.clone();
    let result = edge.uncut(work(context, request.into_inner())).await;
    result.map(Response::new).map_err(|fault| edge.status(&fault, &request_id))
}

/// Both lists; of a field that both name only what the first says.
pub(super) fn joined(first: Violations, second: Violations) -> Violations {
    let mut all = first.clone();
    for violation in second.into_vec() {
        if first.as_slice().iter().all(|v| v.field != violation.field) {
            all.add(violation.field, violation.description);
        }
    }
    all
}

/// Cuts a list that was read one longer than the page, and makes the token of the next page from the last item left.
pub(super) fn cut<T>(items: &mut Vec<T>, size: u32, query: &[&str], cursor: impl Fn(&T) -> String) -> String {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if items.len() <= size {
        return String::new();
    }
    items.truncate(size);
    items.last().map(|last| page::seal(query, &cursor(last))).unwrap_or_default()
}

/// A number out of a cursor of ours.
pub(super) fn number(cursor: Option<&str>) -> Result<Option<i64>, Fault> {
    let read = |text: &str| text.parse().map_err(|_| broken());
    cursor.map(read).transpose()
}

/// A cursor that no version of this service has made.
pub(super) fn broken() -> Fault {
    Fault::new(
        tributary_core::fault::common::PAGE_TOKEN_INVALID,
        "the page token cannot be read; start from the first page",
    )
}
