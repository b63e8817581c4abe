//! Training and certification (PR-11). What is at a partner changes under the lock of the partner, so that certificates
//! follow from all its results; courses and definitions change under the lock of the catalogue.

mod catalogue;
mod certificates;
mod checks;
mod enrolments;
mod expire;
mod persons;
mod read;
mod results;
mod sessions;
mod settle;

use std::collections::{BTreeMap, BTreeSet};

use partner_registry_domain::training::{Course, Item, TrainingItem, TrainingName, TrainingRevision};
use tributary_core::{Fault, ResourceId, TenantId, Violations};
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{
    command::{Call, Refusal},
    record::publish,
};
use crate::{
    convert,
    ports::{RegistryTx, TrainingQuery, TrainingSource},
};

pub(crate) use catalogue::{
    CreateCourse, CreateDefinition, RetireCourse, RetireDefinition, UpdateCourse, UpdateDefinition,
};
pub(crate) use certificates::{Refresh, Refreshed, RevokeCertificate};
pub(crate) use checks::{CheckedPerson, PartnerQualification, QualificationsAsked};
pub(crate) use enrolments::{ChangeEnrolment, Enrol};
pub(crate) use persons::{CreatePerson, ErasePerson, UpdatePerson};
pub(crate) use results::{CorrectResult, RecordResult};
pub(crate) use sessions::{CancelSession, CreateSession, UpdateSession};

/// Writes a change with its revision in the history and its event; `partner_uid` is that of the partner at which it is.
async fn record(
    call: &Call<'_>,
    tx: &mut dyn RegistryTx,
    partner_uid: Option<Uuid>,
    item: TrainingItem,
    (action, reason): (&str, &str),
) -> Result<(), StoreError> {
    tx.write_training(call.tenant(), &item).await?;
    let revision = TrainingRevision {
        record_time: item.stamp().update_time,
        item,
        action: action.to_owned(),
        actor: call.context.subject.clone(),
        reason: reason.to_owned(),
    };
    tx.add_training_revision(call.tenant(), &revision).await?;
    let subject = revision.item.name().to_string();
    let (event_type, data) = convert::training_changed(&revision, partner_uid);
    publish(call, tx, event_type, subject, data).await
}

/// What has to be there, as it is stored.
async fn stored<T: Item>(call: &Call<'_>, tx: &mut dyn RegistryTx, name: &TrainingName) -> Result<T, Refusal> {
    let found = tx.training_item(call.tenant(), name).await?;
    Ok(found.and_then(T::from_item).ok_or_else(|| name.not_found())?)
}

/// All that a query finds.
async fn all<T: Item, S: TrainingSource + ?Sized>(
    source: &mut S,
    tenant: &TenantId,
    query: &TrainingQuery,
) -> Result<Vec<T>, StoreError> {
    let found = source.training_items(tenant, query).await?;
    Ok(found.into_iter().filter_map(T::from_item).collect())
}

/// All courses by their ids.
async fn courses<S: TrainingSource + ?Sized>(
    source: &mut S,
    tenant: &TenantId,
) -> Result<BTreeMap<ResourceId, Course>, StoreError> {
    let found: Vec<Course> = all(source, tenant, &TrainingQuery::all(Course::COLLECTION)).await?;
    Ok(found.into_iter().map(|course| (course.id.clone(), course)).collect())
}

/// Refuses courses that are not there, or are retired and are not among those that were asked for before.
fn require_courses(
    known: &BTreeMap<ResourceId, Course>,
    wanted: &BTreeSet<ResourceId>,
    before: &BTreeSet<ResourceId>,
) -> Result<(), Fault> {
    for id in wanted {
        let course = known.get(id).ok_or_else(|| TrainingName::of_tenant(Course::COLLECTION, id).not_found())?;
        if !before.contains(id) {
            course.require_given(None)?;
        }
    }
    Ok(())
}

/// Violations of what is in a field of the request.
fn in_field(field: &str, violations: Violations) -> Violations {
    let mut all = Violations::new();
    all.nest(field, violations);
    all
}
