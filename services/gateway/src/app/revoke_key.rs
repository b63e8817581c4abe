//! Revokes a key at once, in this gateway and in those that hear of it. Revoking it again changes nothing and gives the same answer.

use tributary_core::{Fault, RequestContext};

use crate::{
    app::cache::KeyCache,
    ports::{KeyNews, KeyRecord, Ports},
    reasons::API_KEY_NOT_FOUND,
};

/// Revokes the key of a prefix in the caller's tenant.
///
/// # Errors
/// `API_KEY_NOT_FOUND`; store faults.
pub async fn revoke_key(
    ports: &Ports,
    (cache, news): (&KeyCache, &dyn KeyNews),
    context: &RequestContext,
    prefix: &str,
) -> Result<KeyRecord, Fault> {
    let mut tx = ports.store.begin().await?;
    let revoked = tx.revoke(&context.tenant, prefix, ports.clock.now()).await?.ok_or_else(|| {
        Fault::new(API_KEY_NOT_FOUND, format!("there is no API key \"apiKeys/{prefix}\"; list them with ListApiKeys"))
            .with("name", format!("apiKeys/{prefix}"))
    })?;
    let kept = tx.commit().await;
    // Also after an error: it may have been kept.
    cache.forget(prefix);
    news.tell(prefix).await;
    kept?;
    Ok(revoked)
}
