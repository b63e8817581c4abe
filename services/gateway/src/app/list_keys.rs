//! Lists the keys of a tenant in the order of their creation.

use tributary_core::{Fault, RequestContext};

use crate::ports::{KeyCursor, KeyRecord, Ports};

/// A page of keys and where the next one begins; no cursor on the last page.
///
/// # Errors
/// Store faults.
pub async fn list_keys(
    ports: &Ports,
    context: &RequestContext,
    after: Option<&KeyCursor>,
    size: u32,
) -> Result<(Vec<KeyRecord>, Option<KeyCursor>), Fault> {
    // One more than asked for says whether there is a next page.
    let mut keys = ports.store.list(&context.tenant, after, size.saturating_add(1)).await?;
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let more = keys.len() > size;
    keys.truncate(size);
    let next = keys.last().filter(|_| more).map(|key| (key.create_time, key.prefix.clone()));
    Ok((keys, next))
}
