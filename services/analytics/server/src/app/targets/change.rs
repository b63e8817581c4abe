//! Sets, changes and removes targets, each with its event in the same transaction, once per `request_id`.

use analytics_domain::{
    reasons::TARGET_EXISTS,
    target::{AimDraft, Mask, ScopeDraft, Target},
};
use prost::Message as _;
use serde::de::DeserializeOwned;
use tributary_core::{Fault, NewEvent, RequestContext, ResourceId, TenantId, Timestamp, Violations};
use tributary_proto::tributary::analytics::v1::TargetChanged;
use tributary_sql::{RequestKey, answer, recall_answer};

use super::{Targets, not_found};
use crate::{convert::target_out::target_to_proto, ports::targets::TargetTx};

/// A target as a caller states it.
#[derive(Debug, Clone, Default)]
pub struct Drafts {
    /// What is measured.
    pub scope: ScopeDraft,
    /// What is to be reached.
    pub aim: AimDraft,
    /// What could not be read, by the fields of the target.
    pub unreadable: Violations,
}

/// A target to set.
#[derive(Debug, Clone)]
pub struct CreateTarget {
    /// What the annotations of the request refuse, told together with what the domain refuses.
    pub annotated: Violations,
    /// What it says, unchecked.
    pub drafts: Drafts,
    /// Id as given, unchecked; generated when empty.
    pub target_id: String,
    /// Remembers the answer, `None` when the caller gave no `request_id`.
    pub key: Option<RequestKey>,
}

/// A change of a target.
#[derive(Debug, Clone)]
pub struct UpdateTarget {
    /// Which.
    pub id: ResourceId,
    /// The new values.
    pub aim: AimDraft,
    /// Paths to change; empty: every field that is set.
    pub paths: Vec<String>,
    /// Etag that must agree, empty for any.
    pub etag: String,
    /// Remembers the answer.
    pub key: Option<RequestKey>,
}

/// A target to remove.
#[derive(Debug, Clone)]
pub struct DeleteTarget {
    /// Which.
    pub id: ResourceId,
    /// Etag that must agree, empty for any.
    pub etag: String,
    /// Remembers the answer.
    pub key: Option<RequestKey>,
}

impl Targets {
    /// Sets a target.
    ///
    /// # Errors
    /// `INVALID_REQUEST` with every violation, `TARGET_EXISTS`, `REQUEST_ID_REUSED`.
    pub async fn create(&self, caller: &RequestContext, request: CreateTarget) -> Result<Target, Fault> {
        let CreateTarget { annotated, drafts, target_id, key } = request;
        let mut v = Violations::new();
        let id = match target_id.as_str() {
            "" => None,
            given => v.check("target_id", ResourceId::parse(given)),
        };
        let Drafts { scope, aim, unreadable } = drafts;
        let (scope, wrong_scope) = parted(scope.check());
        let (aim, wrong_aim) = parted(aim.check(scope.as_ref()));
        v.nest("target", unreadable.joined(wrong_scope).joined(wrong_aim));
        let v = annotated.joined(v);
        let (Some(scope), Some(aim), true) = (scope, aim, v.is_empty()) else { return Err(Fault::invalid(v)) };

        let now = self.clock.now();
        let mut tx = self.store.begin_targets().await?;
        if let Some(first) = recalled(tx.as_mut(), key.as_ref(), now).await? {
            return Ok(first);
        }
        let target = Target::new(id.unwrap_or_else(|| self.ids.resource_id('t')), scope, aim, now);
        if !tx.insert_target(&caller.tenant, &target).await? {
            let message = format!("{} exists; choose another target_id", target.name());
            return Err(Fault::new(TARGET_EXISTS, message).with("target", target.name()));
        }
        tx.publish(self.changed(&caller.tenant, &target, false, now)).await?;
        if let Some(key) = &key {
            tx.remember(key, &answer(&target)?).await?;
        }
        tx.commit().await?;
        (self.wake)();
        Ok(target)
    }

    /// Changes the fields of the mask. When nothing differs, there is no new revision.
    ///
    /// # Errors
    /// `INVALID_REQUEST`, `TARGET_NOT_FOUND`, `ETAG_MISMATCH`, `REQUEST_ID_REUSED`.
    pub async fn update(&self, caller: &RequestContext, request: UpdateTarget) -> Result<Target, Fault> {
        let UpdateTarget { id, aim, paths, etag, key } = request;
        let mask = match paths.as_slice() {
            [] => Mask::of_set_fields(&aim),
            paths => Mask::parse(paths).map_err(Fault::invalid)?,
        };
        let (now, tenant) = (self.clock.now(), &caller.tenant);
        let mut tx = self.store.begin_targets().await?;
        if let Some(first) = recalled(tx.as_mut(), key.as_ref(), now).await? {
            return Ok(first);
        }
        let before = tx.lock_target(tenant, &id).await?.ok_or_else(|| not_found(&id))?;
        before.check_etag(&etag)?;
        let aim = mask.apply(&before.aim, &aim).check(Some(&before.scope)).map_err(|wrong| {
            let mut v = Violations::new();
            v.nest("target", wrong);
            Fault::invalid(v)
        })?;
        let after = match before.update(aim, now) {
            Some(after) => {
                tx.update_target(tenant, &after).await?;
                tx.publish(self.changed(tenant, &after, false, now)).await?;
                after
            }
            None => before,
        };
        if let Some(key) = &key {
            tx.remember(key, &answer(&after)?).await?;
        }
        tx.commit().await?;
        (self.wake)();
        Ok(after)
    }

    /// Removes a target.
    ///
    /// # Errors
    /// `TARGET_NOT_FOUND`, `ETAG_MISMATCH`, `REQUEST_ID_REUSED`.
    pub async fn delete(&self, caller: &RequestContext, request: DeleteTarget) -> Result<(), Fault> {
        let DeleteTarget { id, etag, key } = request;
        let (now, tenant) = (self.clock.now(), &caller.tenant);
        let mut tx = self.store.begin_targets().await?;
        if recalled::<()>(tx.as_mut(), key.as_ref(), now).await?.is_some() {
            return Ok(());
        }
        let target = tx.lock_target(tenant, &id).await?.ok_or_else(|| not_found(&id))?;
        target.check_etag(&etag)?;
        tx.delete_target(tenant, &id).await?;
        tx.publish(self.changed(tenant, &target, true, now)).await?;
        if let Some(key) = &key {
            tx.remember(key, &answer(&())?).await?;
        }
        tx.commit().await?;
        (self.wake)();
        Ok(())
    }

    fn changed(&self, tenant: &TenantId, target: &Target, removed: bool, now: Timestamp) -> NewEvent {
        let data = TargetChanged { target: Some(target_to_proto(target)), removed };
        self.event(tenant, target, "TargetChanged", now, data.encode_to_vec())
    }

    /// An event about a target.
    pub(super) fn event(
        &self,
        tenant: &TenantId,
        target: &Target,
        name: &str,
        now: Timestamp,
        data: Vec<u8>,
    ) -> NewEvent {
        NewEvent {
            id: self.ids.uuid(),
            tenant: tenant.clone(),
            event_type: format!("tributary.analytics.v1.{name}"),
            subject: target.name(),
            time: now,
            data,
        }
    }
}

/// What was read, and what is wrong.
fn parted<T>(checked: Result<T, Violations>) -> (Option<T>, Violations) {
    match checked {
        Ok(value) => (Some(value), Violations::new()),
        Err(wrong) => (None, wrong),
    }
}

/// The answer that was given to the same request, if there is one.
async fn recalled<T: DeserializeOwned>(
    tx: &mut dyn TargetTx,
    key: Option<&RequestKey>,
    now: Timestamp,
) -> Result<Option<T>, Fault> {
    match key {
        Some(key) => recall_answer(tx.recall(key, now).await?),
        None => Ok(None),
    }
}
