//! Small checks and steps that several handlers share.

use tributary_core::{Fault, ResourceId};
use tributary_rpc::page;

/// The partner id in a resource name, which stands in a field of the request.
pub(super) fn partner_id(field: &str, name: &str) -> Result<ResourceId, Fault> {
    ResourceId::from_name("partners", name).map_err(|e| Fault::invalid_field(field, e))
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
