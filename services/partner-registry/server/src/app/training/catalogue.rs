//! Courses and certificate definitions.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use partner_registry_domain::{
    faults::{CERTIFICATE_DEFINITION_EXISTS, COURSE_CYCLE, COURSE_EXISTS, COURSE_IN_USE},
    text,
    training::{
        CertificateDefinition, Course, CourseContent, CourseState, DefinitionContent, DefinitionState, Item, Mask,
        Masked, Stamp, TrainingName, cycle,
    },
};
use serde::Serialize;
use tributary_core::{Fault, RequestContext, ResourceId, Violations};

use super::{all, courses, in_field, record, require_courses, stored};
use crate::{
    app::{
        Registry,
        command::{Call, Command, Once, Refusal},
    },
    ports::{RegistryTx, TrainingQuery},
};

/// A course to be made.
#[derive(Debug, Serialize)]
pub(crate) struct CreateCourse {
    pub content: CourseContent,
    /// Its id; `None`: a generated one.
    pub id: Option<ResourceId>,
}

/// A change of a course.
#[derive(Debug, Serialize)]
pub(crate) struct UpdateCourse {
    pub id: ResourceId,
    pub content: CourseContent,
    pub paths: Vec<String>,
    pub reason: String,
    pub etag: String,
}

/// The end of a course.
#[derive(Debug, Serialize)]
pub(crate) struct RetireCourse {
    pub id: ResourceId,
    pub reason: String,
    pub etag: String,
}

/// A definition to be made.
#[derive(Debug, Serialize)]
pub(crate) struct CreateDefinition {
    pub content: DefinitionContent,
    /// Its id; `None`: a generated one.
    pub id: Option<ResourceId>,
}

/// A change of a definition.
#[derive(Debug, Serialize)]
pub(crate) struct UpdateDefinition {
    pub id: ResourceId,
    pub content: DefinitionContent,
    pub paths: Vec<String>,
    pub reason: String,
    pub etag: String,
}

/// The end of a definition.
#[derive(Debug, Serialize)]
pub(crate) struct RetireDefinition {
    pub id: ResourceId,
    pub reason: String,
    pub etag: String,
}

macro_rules! runs {
    ($($method:ident $command:ident -> $answer:ident $name:literal;)+) => {
        impl Registry {
            $(
                #[doc = concat!("See `", $name, "`.")]
                pub async fn $method(
                    &self,
                    context: &RequestContext,
                    command: &$command,
                    request_id: &str,
                ) -> Result<$answer, Fault> {
                    self.execute(context, &Once::new($name, request_id, command)).await
                }
            )+
        }
    };
}
pub(super) use runs;

runs! {
    create_course CreateCourse -> Course "TrainingService/CreateCourse";
    update_course UpdateCourse -> Course "TrainingService/UpdateCourse";
    retire_course RetireCourse -> Course "TrainingService/RetireCourse";
    create_definition CreateDefinition -> CertificateDefinition "TrainingService/CreateCertificateDefinition";
    update_definition UpdateDefinition -> CertificateDefinition "TrainingService/UpdateCertificateDefinition";
    retire_definition RetireDefinition -> CertificateDefinition "TrainingService/RetireCertificateDefinition";
}

/// Refuses a blank or overlong reason.
pub(super) fn check_reason(reason: &str) -> Result<(), Fault> {
    let mut v = Violations::new();
    text::reason(&mut v, "reason", reason);
    v.into_result()
}

/// Refuses a course that would have to be passed before itself.
fn require_no_cycle(
    known: &BTreeMap<ResourceId, Course>,
    id: &ResourceId,
    wanted: &BTreeSet<ResourceId>,
) -> Result<(), Fault> {
    let of = |course: &Course| (course.id.clone(), course.content.prerequisites.clone());
    let mut graph: BTreeMap<_, _> = known.values().map(of).collect();
    graph.insert(id.clone(), wanted.clone());
    let Some(path) = cycle(id, &graph) else { return Ok(()) };
    let path = path.iter().map(ResourceId::as_str).collect::<Vec<_>>().join(" → ");
    let message = format!("{id} would have to be passed before itself: {path}; leave out one of the prerequisites");
    let name = TrainingName::of_tenant(Course::COLLECTION, id).to_string();
    Err(Fault::new(COURSE_CYCLE, message).with("course", name).with("path", path))
}

#[async_trait]
impl Command for &CreateCourse {
    type Answer = Course;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Course, Refusal> {
        in_field("course", self.content.violations()).into_result()?;
        tx.lock_catalogue(call.tenant()).await?;
        let id = self.id.clone().unwrap_or_else(|| call.app.ids.resource_id('c'));
        let known = courses(tx, call.tenant()).await?;
        if let Some(there) = known.get(&id) {
            if there.content == self.content {
                return Ok(there.clone());
            }
            let name = there.name().to_string();
            let message = format!("{name} exists and says something else; choose another id or update it");
            return Err(Fault::new(COURSE_EXISTS, message).with("course", name).into());
        }
        let wanted = &self.content.prerequisites;
        require_no_cycle(&known, &id, wanted)?;
        require_courses(&known, wanted, &BTreeSet::new())?;
        let stamp = Stamp::new(call.app.ids.uuid(), call.now);
        let course = Course { id, content: self.content.clone(), retired_on: None, terms_since: None, stamp };
        record(call, tx, None, course.clone().into_item(), ("CREATED", "")).await?;
        Ok(course)
    }
}

#[async_trait]
impl Command for &UpdateCourse {
    type Answer = Course;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Course, Refusal> {
        let mask = Mask(&self.paths);
        CourseContent::mask_violations(mask).into_result()?;
        tx.lock_catalogue(call.tenant()).await?;
        let before: Course = stored(call, tx, &TrainingName::of_tenant(Course::COLLECTION, &self.id)).await?;
        before.check_etag(&self.etag)?;
        let content = before.content.merged(&self.content, mask);
        in_field("course", content.violations()).into_result()?;
        let known = courses(tx, call.tenant()).await?;
        require_no_cycle(&known, &self.id, &content.prerequisites)?;
        require_courses(&known, &content.prerequisites, &before.content.prerequisites)?;
        let Some(after) = before.change(content, call.today, call.now) else { return Ok(before) };
        record(call, tx, None, after.clone().into_item(), ("UPDATED", &self.reason)).await?;
        Ok(after)
    }
}

#[async_trait]
impl Command for &RetireCourse {
    type Answer = Course;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Course, Refusal> {
        check_reason(&self.reason)?;
        tx.lock_catalogue(call.tenant()).await?;
        let before: Course = stored(call, tx, &TrainingName::of_tenant(Course::COLLECTION, &self.id)).await?;
        before.check_etag(&self.etag)?;
        let after = before.retire(call.today, call.now)?;
        let known = courses(tx, call.tenant()).await?;
        let query = TrainingQuery::all(CertificateDefinition::COLLECTION);
        let definitions: Vec<CertificateDefinition> = all(tx, call.tenant(), &query).await?;
        let users = known
            .values()
            .filter(|course| course.state() == CourseState::Active && course.content.prerequisites.contains(&self.id))
            .map(Item::name);
        let asking = definitions
            .iter()
            .filter(|d| d.state == DefinitionState::Active && d.content.courses.contains(&self.id))
            .map(Item::name);
        let users: Vec<String> = users.chain(asking).map(|name| name.to_string()).collect();
        if !users.is_empty() {
            let (name, users) = (before.name().to_string(), users.join(", "));
            let message = format!("{name} is needed by {users}; change or retire those first");
            return Err(Fault::new(COURSE_IN_USE, message).with("course", name).with("users", users).into());
        }
        record(call, tx, None, after.clone().into_item(), ("RETIRED", &self.reason)).await?;
        Ok(after)
    }
}

#[async_trait]
impl Command for &CreateDefinition {
    type Answer = CertificateDefinition;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<CertificateDefinition, Refusal> {
        in_field("certificate_definition", self.content.violations()).into_result()?;
        tx.lock_catalogue(call.tenant()).await?;
        let id = self.id.clone().unwrap_or_else(|| call.app.ids.resource_id('c'));
        let name = TrainingName::of_tenant(CertificateDefinition::COLLECTION, &id);
        let there = tx.training_item(call.tenant(), &name).await?.and_then(CertificateDefinition::from_item);
        if let Some(there) = there {
            if there.content == self.content {
                return Ok(there);
            }
            let name = name.to_string();
            let message = format!("{name} exists and says something else; choose another id or update it");
            return Err(Fault::new(CERTIFICATE_DEFINITION_EXISTS, message).with("certificate_definition", name).into());
        }
        let known = courses(tx, call.tenant()).await?;
        require_courses(&known, &self.content.courses, &BTreeSet::new())?;
        let stamp = Stamp::new(call.app.ids.uuid(), call.now);
        let (content, state) = (self.content.clone(), DefinitionState::Active);
        let definition = CertificateDefinition { id, content, state, terms_since: None, stamp };
        record(call, tx, None, definition.clone().into_item(), ("CREATED", "")).await?;
        Ok(definition)
    }
}

#[async_trait]
impl Command for &UpdateDefinition {
    type Answer = CertificateDefinition;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<CertificateDefinition, Refusal> {
        let mask = Mask(&self.paths);
        DefinitionContent::mask_violations(mask).into_result()?;
        tx.lock_catalogue(call.tenant()).await?;
        let name = TrainingName::of_tenant(CertificateDefinition::COLLECTION, &self.id);
        let before: CertificateDefinition = stored(call, tx, &name).await?;
        before.check_etag(&self.etag)?;
        before.require_active()?;
        let content = before.content.merged(&self.content, mask);
        in_field("certificate_definition", content.violations()).into_result()?;
        let known = courses(tx, call.tenant()).await?;
        require_courses(&known, &content.courses, &before.content.courses)?;
        let Some(after) = before.change(content, call.today, call.now) else { return Ok(before) };
        record(call, tx, None, after.clone().into_item(), ("UPDATED", &self.reason)).await?;
        Ok(after)
    }
}

#[async_trait]
impl Command for &RetireDefinition {
    type Answer = CertificateDefinition;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<CertificateDefinition, Refusal> {
        check_reason(&self.reason)?;
        tx.lock_catalogue(call.tenant()).await?;
        let name = TrainingName::of_tenant(CertificateDefinition::COLLECTION, &self.id);
        let before: CertificateDefinition = stored(call, tx, &name).await?;
        before.check_etag(&self.etag)?;
        let after = before.retire(call.now)?;
        record(call, tx, None, after.clone().into_item(), ("RETIRED", &self.reason)).await?;
        Ok(after)
    }
}
