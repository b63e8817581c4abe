//! Lists the keys of a tenant in the order of their creation.

use tributary_core::{Fault, RequestContext};

use crate::ports::{KeyCursor, KeyRecord, Ports};

/// At most `limit` keys after a place in the list.
///
/// # Errors
/// Store faults.
pub async fn list_keys(
    ports: &Ports,
    context: &RequestContext,
    after: Option<&KeyCursor>,
    limit: u32,
) -> Result<Vec<KeyRecord>, Fault> {
    Ok(ports.store.keys(&context.tenant, after, limit).await?)
}
