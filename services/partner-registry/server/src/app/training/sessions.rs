//! Sessions of courses.

use async_trait::async_trait;
use partner_registry_domain::{
    faults::TRAINING_SESSION_EXISTS,
    training::{Course, Item, Mask, Masked, SessionContent, SessionState, Stamp, TrainingName, TrainingSession},
};
use serde::Serialize;
use tributary_core::{Fault, RequestContext, ResourceId};

use super::{
    catalogue::{check_reason, runs},
    in_field, record, stored,
};
use crate::{
    app::{
        Registry,
        command::{Call, Command, Once, Refusal},
    },
    ports::RegistryTx,
};

/// A session to be scheduled.
#[derive(Debug, Serialize)]
pub(crate) struct CreateSession {
    pub content: SessionContent,
    /// Its id; `None`: a generated one.
    pub id: Option<ResourceId>,
}

/// A change of a session.
#[derive(Debug, Serialize)]
pub(crate) struct UpdateSession {
    pub id: ResourceId,
    pub content: SessionContent,
    pub paths: Vec<String>,
    pub reason: String,
    pub etag: String,
}

/// A session that does not take place.
#[derive(Debug, Serialize)]
pub(crate) struct CancelSession {
    pub id: ResourceId,
    pub reason: String,
    pub etag: String,
}

runs! {
    create_session CreateSession -> TrainingSession "TrainingService/CreateTrainingSession";
    update_session UpdateSession -> TrainingSession "TrainingService/UpdateTrainingSession";
    cancel_session CancelSession -> TrainingSession "TrainingService/CancelTrainingSession";
}

fn name(id: &ResourceId) -> TrainingName {
    TrainingName::of_tenant(TrainingSession::COLLECTION, id)
}

/// A session that has to be there; nobody else takes or gives back places until the transaction ends.
pub(super) async fn locked(
    call: &Call<'_>,
    tx: &mut dyn RegistryTx,
    id: &ResourceId,
) -> Result<TrainingSession, Refusal> {
    tx.take_places(call.tenant(), id, 0).await?;
    stored(call, tx, &name(id)).await
}

#[async_trait]
impl Command for &CreateSession {
    type Answer = TrainingSession;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<TrainingSession, Refusal> {
        in_field("training_session", self.content.violations(None)).into_result()?;
        let id = self.id.clone().unwrap_or_else(|| call.app.ids.resource_id('s'));
        let there = tx.training_item(call.tenant(), &name(&id)).await?.and_then(TrainingSession::from_item);
        if let Some(there) = there {
            if there.content == self.content {
                return Ok(there);
            }
            let name = there.name().to_string();
            let message = format!("{name} exists and is another one; choose another id or update it");
            return Err(Fault::new(TRAINING_SESSION_EXISTS, message).with("training_session", name).into());
        }
        in_field("training_session", self.content.violations(Some(call.today))).into_result()?;
        let course = TrainingName::of_tenant(Course::COLLECTION, &self.content.course);
        stored::<Course>(call, tx, &course).await?.require_given(None)?;
        let session = TrainingSession {
            id,
            content: self.content.clone(),
            enrolled: 0,
            state: SessionState::Scheduled,
            cancellation_reason: String::new(),
            stamp: Stamp::new(call.app.ids.uuid(), call.now),
        };
        record(call, tx, None, session.clone().into_item(), ("CREATED", "")).await?;
        Ok(session)
    }
}

#[async_trait]
impl Command for &UpdateSession {
    type Answer = TrainingSession;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<TrainingSession, Refusal> {
        let mask = Mask(&self.paths);
        SessionContent::mask_violations(mask).into_result()?;
        let before = locked(call, tx, &self.id).await?;
        before.check_etag(&self.etag)?;
        let content = before.content.merged(&self.content, mask);
        // The day of one that was held may stay.
        let first = Some(call.today).filter(|_| content.date != before.content.date);
        in_field("training_session", content.violations(first)).into_result()?;
        let Some(after) = before.change(content, call.now)? else { return Ok(before) };
        record(call, tx, None, after.clone().into_item(), ("UPDATED", &self.reason)).await?;
        Ok(after)
    }
}

#[async_trait]
impl Command for &CancelSession {
    type Answer = TrainingSession;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<TrainingSession, Refusal> {
        check_reason(&self.reason)?;
        let before = locked(call, tx, &self.id).await?;
        before.check_etag(&self.etag)?;
        let after = before.cancel(&self.reason, call.now)?;
        record(call, tx, None, after.clone().into_item(), ("CANCELLED", &self.reason)).await?;
        Ok(after)
    }
}
