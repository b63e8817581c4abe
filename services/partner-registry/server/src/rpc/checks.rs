//! Small checks and steps that several handlers share.

use tributary_core::{Fault, ResourceId};

/// A number out of a cursor of ours.
pub(super) fn number(cursor: Option<&str>) -> Result<Option<i64>, Fault> {
    let read = |text: &str| text.parse().map_err(|_| broken());
    cursor.map(read).transpose()
}

/// The id after which a page begins.
pub(super) fn after(cursor: Option<&str>) -> Result<Option<ResourceId>, Fault> {
    cursor.map(ResourceId::parse).transpose().map_err(|_| broken())
}

/// A cursor that no version of this service has made.
pub(super) fn broken() -> Fault {
    Fault::new(
        tributary_core::fault::common::PAGE_TOKEN_INVALID,
        "the page token cannot be read; start from the first page",
    )
}
