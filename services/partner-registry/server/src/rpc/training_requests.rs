//! Requests of TrainingService and CertificationService as commands, with every violation at once.

use partner_registry_domain::{
    text,
    training::{Collection, Correction, EnrolmentState, Item, TrainingName, id_violations},
};
use tributary_core::{Fault, ResourceId, Violations};
use tributary_proto::tributary::partner::v1 as pb;
use tributary_rpc::{page::PageRequest, validate::validate};

use super::checks::broken;
use crate::{
    app::{
        CancelSession, ChangeEnrolment, CorrectResult, CreateCourse, CreateDefinition, CreatePerson, CreateSession,
        Enrol, ErasePerson, QualificationsAsked, RecordResult, Refresh, Registry, RetireCourse, RetireDefinition,
        RevokeCertificate, UpdateCourse, UpdateDefinition, UpdatePerson, UpdateSession,
    },
    convert,
    ports::{Condition, Span, TrainingQuery, TrainingTest},
};

/// Most partners of a page of qualifications.
const MOST_PARTNERS: u32 = 100;

/// A name of a collection in a field.
pub(super) fn name(collection: Collection, field: &str, text: &str) -> Result<TrainingName, Fault> {
    TrainingName::parse(collection, text).map_err(|e| Fault::invalid_field(field, e))
}

/// Partner and id of what is at a partner.
fn at_partner(collection: Collection, text: &str) -> Result<(ResourceId, ResourceId), Fault> {
    let name = name(collection, "name", text)?;
    let partner = name.partner.ok_or_else(|| Fault::internal("a name at a partner without one"))?;
    Ok((partner, name.id))
}

/// An id of the caller's own; `None`: a generated one.
fn own_id(v: &mut Violations, field: &str, id: &str) -> Option<ResourceId> {
    if id.is_empty() { None } else { v.check(field, ResourceId::parse(id)) }
}

fn nested(field: &str, inner: Violations) -> Violations {
    let mut all = Violations::new();
    all.nest(field, inner);
    all
}

/// What is wrong with an update besides what it changes: the resource in it need not be whole.
fn of_update(reason: &str, request_id: &str) -> Violations {
    let mut v = Violations::new();
    text::note(&mut v, "reason", reason);
    text::line(&mut v, "request_id", request_id, 64);
    v
}

fn missing(field: &str) -> Fault {
    Fault::invalid_field(field, "is required; give the name and the fields to change")
}

/// A course to be made.
pub(super) fn create_course(request: pb::CreateCourseRequest) -> Result<(CreateCourse, String), Fault> {
    let mut found = validate(&request).err().unwrap_or_default();
    let mut own = Violations::new();
    let id = own_id(&mut found, "course_id", &request.course_id);
    let content = convert::course_content(request.course.unwrap_or_default(), &mut own);
    let all = found.joined(nested("course", own)).joined(nested("course", content.violations()));
    all.into_result()?;
    Ok((CreateCourse { content, id }, request.request_id))
}

/// A change of a course.
pub(super) fn update_course(request: pb::UpdateCourseRequest) -> Result<(UpdateCourse, String), Fault> {
    let told = request.course.ok_or_else(|| missing("course"))?;
    let (mut v, mut own) = (of_update(&request.reason, &request.request_id), Violations::new());
    let id = own.check("name", TrainingName::parse(Collection::Course, &told.name));
    let etag = told.etag.clone();
    let content = convert::course_content(told, &mut own);
    v.nest("course", own);
    let paths = request.update_mask.map(|mask| mask.paths).unwrap_or_default();
    match id {
        Some(TrainingName { id, .. }) if v.is_empty() => {
            Ok((UpdateCourse { id, content, paths, reason: request.reason, etag }, request.request_id))
        }
        _ => Err(Fault::invalid(v)),
    }
}

/// The end of a course.
pub(super) fn retire_course(request: pb::RetireCourseRequest) -> Result<(RetireCourse, String), Fault> {
    let id = name(Collection::Course, "name", &request.name)?.id;
    Ok((RetireCourse { id, reason: request.reason, etag: request.etag }, request.request_id))
}

/// A definition to be made.
pub(super) fn create_definition(
    request: pb::CreateCertificateDefinitionRequest,
) -> Result<(CreateDefinition, String), Fault> {
    let mut found = validate(&request).err().unwrap_or_default();
    let mut own = Violations::new();
    let id = own_id(&mut found, "certificate_definition_id", &request.certificate_definition_id);
    let content = convert::definition_content(request.certificate_definition.unwrap_or_default(), &mut own);
    let field = "certificate_definition";
    found.joined(nested(field, own)).joined(nested(field, content.violations())).into_result()?;
    Ok((CreateDefinition { content, id }, request.request_id))
}

/// A change of a definition.
pub(super) fn update_definition(
    request: pb::UpdateCertificateDefinitionRequest,
) -> Result<(UpdateDefinition, String), Fault> {
    let told = request.certificate_definition.ok_or_else(|| missing("certificate_definition"))?;
    let (mut v, mut own) = (of_update(&request.reason, &request.request_id), Violations::new());
    let id = own.check("name", TrainingName::parse(Collection::Definition, &told.name));
    let etag = told.etag.clone();
    let content = convert::definition_content(told, &mut own);
    v.nest("certificate_definition", own);
    let paths = request.update_mask.map(|mask| mask.paths).unwrap_or_default();
    match id {
        Some(TrainingName { id, .. }) if v.is_empty() => {
            Ok((UpdateDefinition { id, content, paths, reason: request.reason, etag }, request.request_id))
        }
        _ => Err(Fault::invalid(v)),
    }
}

/// The end of a definition.
pub(super) fn retire_definition(
    request: pb::RetireCertificateDefinitionRequest,
) -> Result<(RetireDefinition, String), Fault> {
    let id = name(Collection::Definition, "name", &request.name)?.id;
    Ok((RetireDefinition { id, reason: request.reason, etag: request.etag }, request.request_id))
}

/// A session to be scheduled.
pub(super) fn create_session(request: pb::CreateTrainingSessionRequest) -> Result<(CreateSession, String), Fault> {
    let mut found = validate(&request).err().unwrap_or_default();
    let mut own = Violations::new();
    let id = own_id(&mut found, "training_session_id", &request.training_session_id);
    let told = request.training_session.unwrap_or_default();
    let field = "training_session";
    match own.check("course", TrainingName::parse(Collection::Course, &told.course)) {
        None => Err(Fault::invalid(found.joined(nested(field, own)))),
        Some(course) => {
            let content = convert::session_content(told, course.id, &mut own);
            found.joined(nested(field, own)).joined(nested(field, content.violations(None))).into_result()?;
            Ok((CreateSession { content, id }, request.request_id))
        }
    }
}

/// A change of a session. Its course stays, whatever is told.
pub(super) fn update_session(request: pb::UpdateTrainingSessionRequest) -> Result<(UpdateSession, String), Fault> {
    let told = request.training_session.ok_or_else(|| missing("training_session"))?;
    let (mut v, mut own) = (of_update(&request.reason, &request.request_id), Violations::new());
    let found = own.check("name", TrainingName::parse(Collection::Session, &told.name));
    let etag = told.etag.clone();
    let paths = request.update_mask.map(|mask| mask.paths).unwrap_or_default();
    let Some(TrainingName { id, .. }) = found else {
        v.nest("training_session", own);
        return Err(Fault::invalid(v));
    };
    let content = convert::session_content(told, id.clone(), &mut own);
    v.nest("training_session", own);
    v.into_result()?;
    Ok((UpdateSession { id, content, paths, reason: request.reason, etag }, request.request_id))
}

/// A session that does not take place.
pub(super) fn cancel_session(request: pb::CancelTrainingSessionRequest) -> Result<(CancelSession, String), Fault> {
    let id = name(Collection::Session, "name", &request.name)?.id;
    Ok((CancelSession { id, reason: request.reason, etag: request.etag }, request.request_id))
}

/// A person who is to have a place.
pub(super) fn enrol(request: pb::EnrolPersonRequest) -> Result<(Enrol, String), Fault> {
    let person = name(Collection::Person, "person", &request.person)?;
    let session = name(Collection::Session, "session", &request.session)?.id;
    let partner = person.partner.ok_or_else(|| Fault::internal("a person of no partner"))?;
    Ok((Enrol { partner, person: person.id, session }, request.request_id))
}

/// An enrolment that is given up, or whose session was held.
pub(super) fn change_enrolment(
    text: &str,
    to: EnrolmentState,
    (reason, etag): (String, String),
) -> Result<ChangeEnrolment, Fault> {
    let TrainingName { partner, person, id, .. } = name(Collection::Enrolment, "name", text)?;
    match (partner, person) {
        (Some(partner), Some(person)) => Ok(ChangeEnrolment { partner, person, session: id, to, reason, etag }),
        _ => Err(Fault::internal("an enrolment of nobody")),
    }
}

/// A person to be added.
pub(super) fn create_person(request: pb::CreatePersonRequest) -> Result<(CreatePerson, String), Fault> {
    let mut found = validate(&request).err().unwrap_or_default();
    let mut own = Violations::new();
    let partner = found.check("parent", ResourceId::from_name("partners", &request.parent));
    let id = own_id(&mut found, "person_id", &request.person_id);
    if let Some(id) = &id {
        id_violations(&mut found, "person_id", id);
    }
    let content = convert::person_content(request.person.unwrap_or_default(), &mut own);
    let all = found.joined(nested("person", own)).joined(nested("person", content.violations()));
    match partner {
        Some(partner) if all.is_empty() => Ok((CreatePerson { partner, content, id }, request.request_id)),
        _ => Err(Fault::invalid(all)),
    }
}

/// A change of a person.
pub(super) fn update_person(request: pb::UpdatePersonRequest) -> Result<(UpdatePerson, String), Fault> {
    let told = request.person.ok_or_else(|| missing("person"))?;
    let (mut v, mut own) = (of_update(&request.reason, &request.request_id), Violations::new());
    let found = own.check("name", TrainingName::parse(Collection::Person, &told.name));
    let etag = told.etag.clone();
    let content = convert::person_content(told, &mut own);
    v.nest("person", own);
    let paths = request.update_mask.map(|mask| mask.paths).unwrap_or_default();
    match found {
        Some(TrainingName { partner: Some(partner), id, .. }) if v.is_empty() => {
            Ok((UpdatePerson { partner, id, content, paths, reason: request.reason, etag }, request.request_id))
        }
        _ => Err(Fault::invalid(v)),
    }
}

/// Who is to be erased.
pub(super) fn erase_person(request: pb::ErasePersonRequest) -> Result<(ErasePerson, String), Fault> {
    let (partner, id) = at_partner(Collection::Person, &request.name)?;
    Ok((ErasePerson { partner, id, reason: request.reason, etag: request.etag }, request.request_id))
}

/// A result to be recorded.
pub(super) fn record_result(
    app: &Registry,
    request: pb::RecordExamResultRequest,
) -> Result<(RecordResult, String), Fault> {
    let mut found = validate(&request).err().unwrap_or_default();
    let mut own = Violations::new();
    let partner = found.check("parent", ResourceId::from_name("partners", &request.parent));
    let id = own_id(&mut found, "exam_result_id", &request.exam_result_id);
    let content = convert::result_content(request.exam_result.unwrap_or_default(), partner.as_ref(), &mut own);
    let all = found.joined(nested("exam_result", own));
    match (partner, content) {
        (Some(partner), Some(content)) if all.is_empty() => {
            Ok((RecordResult { partner, content, id, reason: request.reason }, request.request_id))
        }
        // What only the use case can know to be wrong, because it depends on the day, is told here as well.
        (_, Some(content)) => Err(Fault::invalid(all.joined(app.result_violations(&content)))),
        _ => Err(Fault::invalid(all)),
    }
}

/// A correction of a result.
pub(super) fn correct_result(request: pb::CorrectExamResultRequest) -> Result<(CorrectResult, String), Fault> {
    let mut v = validate(&request).err().unwrap_or_default();
    let correction = Correction {
        score: convert::score(&mut v, "score", request.score),
        taken_on: convert::day(&mut v, "taken_on", request.taken_on),
        void: request.void_result,
    };
    let (partner, id) = at_partner(Collection::Result, &request.name)?;
    v.into_result()?;
    Ok((CorrectResult { partner, id, correction, reason: request.reason, etag: request.etag }, request.request_id))
}

/// A certificate to be revoked.
pub(super) fn revoke_certificate(request: pb::RevokeCertificateRequest) -> Result<(RevokeCertificate, String), Fault> {
    let (partner, id) = at_partner(Collection::Certificate, &request.name)?;
    Ok((RevokeCertificate { partner, id, reason: request.reason, etag: request.etag }, request.request_id))
}

/// A partner whose certificates are to be refreshed.
pub(super) fn refresh(request: pb::RefreshCertificatesRequest) -> Result<(Refresh, String), Fault> {
    let partner = ResourceId::from_name("partners", &request.parent).map_err(|e| Fault::invalid_field("parent", e))?;
    Ok((Refresh { partner }, request.request_id))
}

/// What is asked about one partner.
pub(super) fn qualification(request: pb::CheckQualificationRequest) -> Result<QualificationsAsked, Fault> {
    let mut v = Violations::new();
    let partner = v.check("partner", ResourceId::from_name("partners", &request.partner));
    let definition = v
        .check("certificate_definition", TrainingName::parse(Collection::Definition, &request.certificate_definition))
        .map(|name| name.id);
    let day = convert::day(&mut v, "date", request.date);
    v.into_result()?;
    let minimum = minimum(request.minimum_persons);
    Ok(QualificationsAsked { partner, definition, minimum, day, after: None, size: 1 })
}

/// What is asked about partners.
pub(super) fn qualifications(
    request: pb::ListQualificationsRequest,
    page: &PageRequest,
) -> Result<QualificationsAsked, Fault> {
    let mut v = Violations::new();
    let partner = match request.parent.as_str() {
        "partners/-" => None,
        parent => v.check("parent", ResourceId::from_name("partners", parent)),
    };
    let definition = match request.certificate_definition.as_str() {
        "" => None,
        name => v.check("certificate_definition", TrainingName::parse(Collection::Definition, name)).map(|n| n.id),
    };
    let day = convert::day(&mut v, "date", request.date);
    v.into_result()?;
    let after = page.cursor.as_deref().map(ResourceId::parse).transpose().map_err(|_| broken())?;
    let size = tributary_rpc::page::page_size(request.page_size).min(MOST_PARTNERS);
    Ok(QualificationsAsked { partner, definition, minimum: minimum(request.minimum_persons), day, after, size })
}

fn minimum(told: i32) -> usize {
    usize::try_from(told.max(1)).unwrap_or(1)
}

/// A page of a collection; `parent` is empty for what a tenant has.
pub(super) fn page<T: Item>(
    parent: &str,
    condition: Option<Condition<TrainingTest>>,
    page: &PageRequest,
) -> Result<TrainingQuery, Fault> {
    let partner = match parent {
        "" | "partners/-" => None,
        parent => Some(ResourceId::from_name("partners", parent).map_err(|e| Fault::invalid_field("parent", e))?),
    };
    let after = page.cursor.as_deref().map(|name| TrainingName::parse(T::COLLECTION, name));
    Ok(TrainingQuery {
        collection: T::COLLECTION,
        partners: partner.as_ref().map(Span::of),
        condition,
        after: after.transpose().map_err(|_| broken())?,
        limit: Some(page.limit()),
    })
}
