//! What callers tell of training, and what is answered to their checks and sent as events.

use std::collections::BTreeSet;

use partner_registry_domain::{
    ExternalRef,
    training::{
        Collection, CourseContent, CourseKind, DefinitionContent, PersonContent, ResultContent, Score, SessionContent,
        TrainingItem, TrainingName, TrainingRevision,
    },
};
use prost::Message as _;
use tributary_core::{Date, ResourceId, Violations};
use tributary_proto::{
    google::r#type as google,
    tributary::{common::v1 as common, partner::v1 as pb},
};
use tributary_rpc::convert::{date, date_to_proto, decimal};
use uuid::Uuid;

use super::training::training_revision_to_proto;
use crate::app::{CheckedPerson, PartnerQualification};

/// Most holders that are named.
const MOST_HOLDERS: usize = 1000;

/// A score; what cannot be read is noted under its field.
pub(crate) fn score(v: &mut Violations, field: &str, told: Option<google::Decimal>) -> Option<Score> {
    let read = |told: google::Decimal| {
        let mut exact = decimal(&told, 2)?;
        exact.rescale(2);
        let hundredths =
            i64::try_from(exact.mantissa()).map_err(|_| format!("{:?} is not between 0 and 100", told.value))?;
        Score::of_hundredths(hundredths)
    };
    told.and_then(|told| v.check(field, read(told)))
}

/// A day; what cannot be read is noted under its field.
pub(crate) fn day(v: &mut Violations, field: &str, told: Option<google::Date>) -> Option<Date> {
    told.and_then(|told| v.check(field, date(&told)))
}

fn ids(v: &mut Violations, field: &str, collection: Collection, names: &[String]) -> BTreeSet<ResourceId> {
    let read = |(n, name): (usize, &String)| {
        v.check(&format!("{field}[{n}]"), ResourceId::from_name(collection.plural(), name))
    };
    names.iter().enumerate().filter_map(read).collect()
}

fn reference(told: Option<common::ExternalRef>) -> Option<ExternalRef> {
    told.map(|common::ExternalRef { system, id }| ExternalRef { system, id })
}

/// What is told of a course. Output-only fields are ignored.
pub(crate) fn course_content(told: pb::Course, v: &mut Violations) -> CourseContent {
    CourseContent {
        kind: CourseKind::from_number(told.kind),
        display_name: told.display_name,
        passing_score: score(v, "passing_score", told.passing_score),
        validity_months: told.validity_months,
        prerequisites: ids(v, "prerequisites", Collection::Course, &told.prerequisites),
        description: told.description,
    }
}

/// What is told of a definition. Output-only fields are ignored.
pub(crate) fn definition_content(told: pb::CertificateDefinition, v: &mut Violations) -> DefinitionContent {
    DefinitionContent {
        display_name: told.display_name,
        courses: ids(v, "courses", Collection::Course, &told.courses),
        validity_months: told.validity_months,
        renewal_days: told.renewal_days,
        description: told.description,
    }
}

/// What is told of a session of a course. Output-only fields are ignored.
pub(crate) fn session_content(told: pb::TrainingSession, course: ResourceId, v: &mut Violations) -> SessionContent {
    SessionContent {
        course,
        date: day(v, "date", told.date),
        place: told.place,
        capacity: told.capacity,
        trainer_note: told.trainer_note,
    }
}

/// What is told of a person. Output-only fields are ignored.
pub(crate) fn person_content(told: pb::Person, v: &mut Violations) -> PersonContent {
    PersonContent {
        display_name: told.display_name,
        email: told.email,
        role: told.role,
        external_ref: reference(told.external_ref),
        labels: told.labels.into_iter().collect(),
        active_from: day(v, "active_from", told.active_from),
        active_until: day(v, "active_until", told.active_until),
    }
}

/// What is told of a result at a partner; `None` when a name in it is wrong. Output-only fields are ignored.
pub(crate) fn result_content(
    told: pb::ExamResult,
    partner: Option<&ResourceId>,
    v: &mut Violations,
) -> Option<ResultContent> {
    let name = v.check("person", TrainingName::parse(Collection::Person, &told.person));
    if let Some(name) = &name
        && partner.is_some()
        && name.partner.as_ref() != partner
    {
        v.add("person", format!("{name} works for another partner than the parent; correct one of them"));
    }
    let course = v.check("course", ResourceId::from_name(Collection::Course.plural(), &told.course));
    let session = match told.session.as_str() {
        "" => None,
        name => v.check("session", ResourceId::from_name(Collection::Session.plural(), name)),
    };
    let (score, taken_on) = (score(v, "score", told.score), day(v, "taken_on", told.taken_on));
    Some(ResultContent { person: name?.id, course: course?, score, taken_on, session, source: reference(told.source) })
}

/// Whether a person may do duty.
pub(crate) fn person_check_to_proto(checked: CheckedPerson) -> pb::PersonCheck {
    let CheckedPerson { person, definition, day, finding } = checked;
    let certificate = |id: ResourceId| TrainingName { collection: Collection::Certificate, id, ..person.clone() };
    pb::PersonCheck {
        certificate_definition: TrainingName::of_tenant(Collection::Definition, &definition).to_string(),
        date: Some(date_to_proto(day)),
        allowed: finding.allowed,
        until: finding.until.map(date_to_proto),
        certificate: finding.certificate.map(|id| certificate(id).to_string()).unwrap_or_default(),
        missing: finding.missing,
        person: person.to_string(),
    }
}

/// Whether a partner holds a certificate.
pub(crate) fn qualification_to_proto(qualification: PartnerQualification) -> pb::Qualification {
    let PartnerQualification { partner, definition, day, found } = qualification;
    let (held, missing) = (found.held(), found.missing(&definition));
    let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    let name = |id: &ResourceId| TrainingName::at_partner(Collection::Person, &partner, id).to_string();
    pb::Qualification {
        partner: partner_registry_domain::partner::resource_name(&partner),
        certificate_definition: TrainingName::of_tenant(Collection::Definition, &definition).to_string(),
        date: Some(date_to_proto(day)),
        minimum_persons: count(found.minimum),
        held,
        holder_count: count(found.holders.len()),
        holders: found.holders.iter().take(MOST_HOLDERS).map(name).collect(),
        held_until: found.until.map(date_to_proto),
        missing,
    }
}

/// Type and data of the event of a revision. That of a person says nothing of who it is.
pub(crate) fn training_changed(revision: &TrainingRevision, partner_uid: Option<Uuid>) -> (&'static str, Vec<u8>) {
    let mut told = revision.clone();
    if let TrainingItem::Person(person) = &told.item {
        told.item = TrainingItem::Person(person.without_personal_data());
    }
    let revision = Some(training_revision_to_proto(told.clone()));
    let partner_uid = partner_uid.map(|uid| uid.to_string()).unwrap_or_default();
    match told.item {
        TrainingItem::Course(_) => {
            ("tributary.partner.v1.CourseChanged", pb::CourseChanged { revision }.encode_to_vec())
        }
        TrainingItem::Definition(_) => (
            "tributary.partner.v1.CertificateDefinitionChanged",
            pb::CertificateDefinitionChanged { revision }.encode_to_vec(),
        ),
        TrainingItem::Session(_) => {
            ("tributary.partner.v1.TrainingSessionChanged", pb::TrainingSessionChanged { revision }.encode_to_vec())
        }
        TrainingItem::Person(_) => {
            ("tributary.partner.v1.PersonChanged", pb::PersonChanged { revision, partner_uid }.encode_to_vec())
        }
        TrainingItem::Result(_) => {
            ("tributary.partner.v1.ExamResultChanged", pb::ExamResultChanged { revision, partner_uid }.encode_to_vec())
        }
        TrainingItem::Certificate(_) => (
            "tributary.partner.v1.CertificateChanged",
            pb::CertificateChanged { revision, partner_uid }.encode_to_vec(),
        ),
        TrainingItem::Enrolment(_) => {
            ("tributary.partner.v1.EnrolmentChanged", pb::EnrolmentChanged { revision, partner_uid }.encode_to_vec())
        }
    }
}
