//! Creating and changing webhooks.

use serde::{Deserialize, Serialize};
use tributary_core::{Fault, IdSource, RequestContext, Violations, fault::common};
use tributary_sql::{RequestKey, StoreError, answer, recall_answer};

use super::{selection_of, sign};
use crate::{
    app::feed::Catalogue,
    ports::{
        Ports,
        webhooks::{Post, Scheme, Secret, Webhook, WebhookState},
    },
    reasons::{WEBHOOK_EXISTS, WEBHOOK_LIMIT, WEBHOOK_NOT_FOUND},
};

/// How many webhooks a tenant may have: each event is matched with all of them.
const MOST: i64 = 50;
/// How long a replaced secret goes on signing, in seconds.
const OVERLAP: i64 = 24 * 60 * 60;
/// Secrets that sign at the same time, at most: one more ends the oldest.
const SECRETS: usize = 4;

/// What may be said about a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Change {
    /// Where events go.
    pub url: Option<String>,
    /// For people.
    pub display_name: Option<String>,
    /// Which events: patterns of types.
    pub types: Option<Vec<String>>,
    /// Which events: about what.
    pub subject: Option<String>,
}

/// A webhook to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewWebhook {
    /// Its id; empty: one is made.
    pub id: String,
    /// What it shall be.
    pub stated: Change,
    /// How it signs; unset: HMAC.
    pub scheme: Option<Scheme>,
}

/// The answer that is remembered: which webhook, and the key that was made.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Made {
    id: String,
    receiver_key: String,
}

/// Creates a webhook for the caller's tenant; once per `request_id` when it is not empty. Gives it with what the receiver
/// needs to verify.
///
/// # Errors
/// `INVALID_REQUEST` with every violation, `WEBHOOK_EXISTS`, `WEBHOOK_LIMIT`; store faults.
pub async fn create_webhook(
    ports: &Ports,
    (catalogue, post, ids): (&Catalogue, &dyn Post, &dyn IdSource),
    context: &RequestContext,
    new: NewWebhook,
    request_id: &str,
) -> Result<(Webhook, String), Fault> {
    let now = ports.clock.now();
    let request = RequestKey::new(
        (&context.tenant, &context.scope),
        "tributary.gateway.v1.WebhookService/CreateWebhook",
        request_id,
        &answer(&new)?,
    );
    let secret = sign::random_secret(ports.entropy.as_ref(), new.scheme.unwrap_or(Scheme::HmacSha256))?;
    let receiver_key = sign::receiver_key(&secret)?;
    let mut made = Webhook {
        tenant: context.tenant.clone(),
        id: if new.id.is_empty() { ids.resource_id('w').to_string() } else { new.id.clone() },
        url: String::new(),
        display_name: String::new(),
        types: Vec::new(),
        subject: String::new(),
        state: WebhookState::Enabled,
        secrets: vec![secret],
        revision: 1,
        creator: context.subject.clone(),
        create_time: now,
        update_time: now,
    };
    apply(&mut made, new.stated);
    // Before the transaction: names are resolved for it. A repeat may be refused for what changed outside meanwhile.
    check(&made, catalogue, post).await?;
    let mut tx = ports.store.begin_webhooks().await?;
    if let Some(request) = &request
        && let Some(first) = recall_answer::<Made>(tx.recall(request, now).await?)?
    {
        let known = tx.lock_webhook(&context.tenant, &first.id).await?.ok_or_else(|| missing(&first.id))?;
        return Ok((known, first.receiver_key));
    }
    if tx.webhook_count(&context.tenant).await? >= MOST {
        let why = format!("the tenant has {MOST} webhooks; delete one, or let one take more types");
        return Err(Fault::new(WEBHOOK_LIMIT, why).with("most", MOST.to_string()));
    }
    tx.insert_webhook(&made).await.map_err(|error| match error {
        StoreError::AlreadyExists(_) => exists(&made.name()),
        other => other.into(),
    })?;
    if let Some(request) = &request {
        let remembered = Made { id: made.id.clone(), receiver_key: receiver_key.clone() };
        tx.remember(request, &answer(&remembered)?).await?;
    }
    tx.commit().await?;
    Ok((made, receiver_key))
}

fn exists(name: &str) -> Fault {
    let why = format!("there is a webhook {name:?} already; update it, or choose another id");
    Fault::new(WEBHOOK_EXISTS, why).with("name", name)
}

/// One webhook of the caller's tenant.
///
/// # Errors
/// `WEBHOOK_NOT_FOUND`; store faults.
pub async fn webhook(ports: &Ports, context: &RequestContext, id: &str) -> Result<Webhook, Fault> {
    ports.store.webhook(&context.tenant, id).await?.ok_or_else(|| missing(id))
}

/// At most `limit` webhooks with ids above `after`.
///
/// # Errors
/// Store faults.
pub async fn list_webhooks(
    ports: &Ports,
    context: &RequestContext,
    after: &str,
    limit: u32,
) -> Result<Vec<Webhook>, Fault> {
    Ok(ports.store.webhooks(&context.tenant, after, limit).await?)
}

/// Changes what a webhook says; `revision`, when it is given, must be the present one.
///
/// # Errors
/// `INVALID_REQUEST` with every violation, `WEBHOOK_NOT_FOUND`, `ETAG_MISMATCH`; store faults.
pub async fn update_webhook(
    ports: &Ports,
    (catalogue, post): (&Catalogue, &dyn Post),
    context: &RequestContext,
    (id, revision): (&str, Option<i64>),
    change: Change,
) -> Result<Webhook, Fault> {
    let mut wanted = webhook(ports, context, id).await?;
    apply(&mut wanted, change.clone());
    check(&wanted, catalogue, post).await?;
    changed(ports, context, id, revision, |known| apply(known, change)).await
}

/// Switches a webhook on or off.
///
/// # Errors
/// `WEBHOOK_NOT_FOUND`; store faults.
pub async fn set_state(
    ports: &Ports,
    context: &RequestContext,
    id: &str,
    state: WebhookState,
) -> Result<Webhook, Fault> {
    changed(ports, context, id, None, |known| known.state = state).await
}

/// Makes a new secret; the ones before sign beside it for 24 hours. Once per `request_id` when it is not empty.
///
/// # Errors
/// `WEBHOOK_NOT_FOUND`; store faults.
pub async fn rotate_secret(
    ports: &Ports,
    context: &RequestContext,
    id: &str,
    scheme: Option<Scheme>,
    request_id: &str,
) -> Result<(Webhook, String), Fault> {
    let now = ports.clock.now();
    let request = RequestKey::new(
        (&context.tenant, &context.scope),
        "tributary.gateway.v1.WebhookService/RotateWebhookSecret",
        request_id,
        &answer(&(id, scheme))?,
    );
    let mut tx = ports.store.begin_webhooks().await?;
    if let Some(request) = &request
        && let Some(first) = recall_answer::<Made>(tx.recall(request, now).await?)?
    {
        let known = tx.lock_webhook(&context.tenant, &first.id).await?.ok_or_else(|| missing(&first.id))?;
        return Ok((known, first.receiver_key));
    }
    let mut known = tx.lock_webhook(&context.tenant, id).await?.ok_or_else(|| missing(id))?;
    let scheme = scheme.or_else(|| known.secrets.first().map(|secret| secret.scheme)).unwrap_or(Scheme::HmacSha256);
    let secret = sign::random_secret(ports.entropy.as_ref(), scheme)?;
    let receiver_key = sign::receiver_key(&secret)?;
    let end = now.plus_seconds(OVERLAP);
    let old = known.secrets.into_iter().filter(|old| old.in_force(now));
    let old = old.map(|old| Secret { expire_time: Some(old.expire_time.map_or(end, |own| own.min(end))), ..old });
    known.secrets = std::iter::once(secret).chain(old).take(SECRETS).collect();
    known.revision = known.revision.saturating_add(1);
    known.update_time = now;
    tx.update_webhook(&known).await?;
    if let Some(request) = &request {
        let remembered = Made { id: known.id.clone(), receiver_key: receiver_key.clone() };
        tx.remember(request, &answer(&remembered)?).await?;
    }
    tx.commit().await?;
    Ok((known, receiver_key))
}

/// Removes a webhook with its deliveries.
///
/// # Errors
/// `WEBHOOK_NOT_FOUND`; store faults.
pub async fn delete_webhook(
    ports: &Ports,
    ids: &dyn IdSource,
    context: &RequestContext,
    id: &str,
) -> Result<(), Fault> {
    let mut tx = ports.store.begin_webhooks().await?;
    if !tx.delete_webhook(&context.tenant, id, ids.uuid()).await? {
        return Err(missing(id));
    }
    Ok(tx.commit().await?)
}

/// The refusal of a webhook that is not there.
pub(super) fn missing(id: &str) -> Fault {
    let name = format!("webhooks/{id}");
    Fault::new(WEBHOOK_NOT_FOUND, format!("there is no webhook {name:?}; list them with ListWebhooks"))
        .with("name", name)
}

async fn changed(
    ports: &Ports,
    context: &RequestContext,
    id: &str,
    revision: Option<i64>,
    change: impl FnOnce(&mut Webhook) + Send,
) -> Result<Webhook, Fault> {
    let mut tx = ports.store.begin_webhooks().await?;
    let mut known = tx.lock_webhook(&context.tenant, id).await?.ok_or_else(|| missing(id))?;
    if revision.is_some_and(|revision| revision != known.revision) {
        return Err(Fault::new(
            common::ETAG_MISMATCH,
            format!("{} changed since you read it; read it again", known.name()),
        ));
    }
    change(&mut known);
    known.revision = known.revision.saturating_add(1);
    known.update_time = ports.clock.now();
    tx.update_webhook(&known).await?;
    tx.commit().await?;
    Ok(known)
}

fn apply(webhook: &mut Webhook, change: Change) {
    let Change { url, display_name, types, subject } = change;
    webhook.url = url.unwrap_or_else(|| std::mem::take(&mut webhook.url));
    webhook.display_name = display_name.unwrap_or_else(|| std::mem::take(&mut webhook.display_name));
    webhook.types = types.unwrap_or_else(|| std::mem::take(&mut webhook.types));
    webhook.subject = subject.unwrap_or_else(|| std::mem::take(&mut webhook.subject));
}

async fn check(webhook: &Webhook, catalogue: &Catalogue, post: &dyn Post) -> Result<(), Fault> {
    let mut violations = Violations::new();
    violations.check("webhook.url", post.check(&webhook.url).await);
    selection_of(webhook).check("webhook.types", catalogue, &mut violations);
    violations.into_result()
}
