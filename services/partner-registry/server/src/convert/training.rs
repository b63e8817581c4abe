//! Resources of training, for answers.

use partner_registry_domain::{
    ExternalRef,
    training::{
        Certificate, CertificateDefinition, Collection, Course, Enrolment, ExamResult, Person, Score, TrainingItem,
        TrainingName, TrainingRevision, TrainingSession,
    },
};
use tributary_core::ResourceId;
use tributary_proto::{
    google::r#type as google,
    tributary::{
        common::v1 as common,
        partner::v1::{self as pb, training_revision::Resource},
    },
};
use tributary_rpc::convert::{date_to_proto, timestamp_to_proto};

fn of_tenant(collection: Collection, id: &ResourceId) -> String {
    TrainingName::of_tenant(collection, id).to_string()
}

fn at_partner(collection: Collection, partner: &ResourceId, id: &ResourceId) -> String {
    TrainingName::at_partner(collection, partner, id).to_string()
}

fn score_to_proto(score: Score) -> Option<google::Decimal> {
    let text = score.to_string();
    let value = text.trim_end_matches('0').trim_end_matches('.');
    let value = if score.hundredths() == 0 { "0" } else { value };
    Some(google::Decimal { value: value.to_owned() })
}

fn reference_to_proto(reference: Option<ExternalRef>) -> Option<common::ExternalRef> {
    reference.map(|ExternalRef { system, id }| common::ExternalRef { system, id })
}

/// A course.
pub(crate) fn course_to_proto(course: Course) -> pb::Course {
    let (state, stamp, content) = (course.state(), course.stamp, course.content);
    pb::Course {
        name: of_tenant(Collection::Course, &course.id),
        uid: stamp.uid.to_string(),
        display_name: content.display_name,
        kind: content.kind.map_or(0, |kind| kind.number()),
        passing_score: content.passing_score.and_then(score_to_proto),
        validity_months: content.validity_months,
        prerequisites: content.prerequisites.iter().map(|id| of_tenant(Collection::Course, id)).collect(),
        description: content.description,
        state: state.number(),
        retired_on: course.retired_on.map(date_to_proto),
        revision: stamp.revision,
        create_time: Some(timestamp_to_proto(stamp.create_time)),
        update_time: Some(timestamp_to_proto(stamp.update_time)),
        etag: stamp.etag(),
    }
}

/// A definition.
pub(crate) fn definition_to_proto(definition: CertificateDefinition) -> pb::CertificateDefinition {
    let (stamp, content) = (definition.stamp, definition.content);
    pb::CertificateDefinition {
        name: of_tenant(Collection::Definition, &definition.id),
        uid: stamp.uid.to_string(),
        display_name: content.display_name,
        courses: content.courses.iter().map(|id| of_tenant(Collection::Course, id)).collect(),
        validity_months: content.validity_months,
        renewal_days: content.renewal_days,
        description: content.description,
        state: definition.state.number(),
        terms_since: definition.terms_since.map(date_to_proto),
        revision: stamp.revision,
        create_time: Some(timestamp_to_proto(stamp.create_time)),
        update_time: Some(timestamp_to_proto(stamp.update_time)),
        etag: stamp.etag(),
    }
}

/// A session.
pub(crate) fn session_to_proto(session: TrainingSession) -> pb::TrainingSession {
    let (stamp, content) = (session.stamp, session.content);
    pb::TrainingSession {
        name: of_tenant(Collection::Session, &session.id),
        uid: stamp.uid.to_string(),
        course: of_tenant(Collection::Course, &content.course),
        date: content.date.map(date_to_proto),
        place: content.place,
        capacity: content.capacity,
        enrolled_count: session.enrolled,
        trainer_note: content.trainer_note,
        state: session.state.number(),
        cancellation_reason: session.cancellation_reason,
        revision: stamp.revision,
        create_time: Some(timestamp_to_proto(stamp.create_time)),
        update_time: Some(timestamp_to_proto(stamp.update_time)),
        etag: stamp.etag(),
    }
}

/// An enrolment.
pub(crate) fn enrolment_to_proto(enrolment: Enrolment) -> pb::Enrolment {
    let stamp = enrolment.stamp;
    pb::Enrolment {
        name: TrainingName::enrolment(&enrolment.partner, &enrolment.person, &enrolment.session).to_string(),
        uid: stamp.uid.to_string(),
        session: of_tenant(Collection::Session, &enrolment.session),
        state: enrolment.state.number(),
        revision: stamp.revision,
        create_time: Some(timestamp_to_proto(stamp.create_time)),
        update_time: Some(timestamp_to_proto(stamp.update_time)),
        etag: stamp.etag(),
    }
}

/// A person.
pub(crate) fn person_to_proto(person: Person) -> pb::Person {
    let (stamp, content) = (person.stamp, person.content);
    pb::Person {
        name: at_partner(Collection::Person, &person.partner, &person.id),
        uid: stamp.uid.to_string(),
        display_name: content.display_name,
        email: content.email,
        role: content.role,
        external_ref: reference_to_proto(content.external_ref),
        labels: content.labels.into_iter().collect(),
        active_from: content.active_from.map(date_to_proto),
        active_until: content.active_until.map(date_to_proto),
        erased: person.erased,
        revision: stamp.revision,
        create_time: Some(timestamp_to_proto(stamp.create_time)),
        update_time: Some(timestamp_to_proto(stamp.update_time)),
        etag: stamp.etag(),
    }
}

/// A result.
pub(crate) fn result_to_proto(result: ExamResult) -> pb::ExamResult {
    let (passed, stamp) = (result.passed(), result.stamp);
    pb::ExamResult {
        name: at_partner(Collection::Result, &result.partner, &result.id),
        uid: stamp.uid.to_string(),
        person: at_partner(Collection::Person, &result.partner, &result.person),
        course: of_tenant(Collection::Course, &result.course),
        score: score_to_proto(result.score),
        taken_on: Some(date_to_proto(result.taken_on)),
        session: result.session.as_ref().map(|id| of_tenant(Collection::Session, id)).unwrap_or_default(),
        source: reference_to_proto(result.source),
        passing_score: score_to_proto(result.passing_score),
        passed,
        attempt: result.attempt,
        voided: result.voided,
        maker: result.maker,
        revision: stamp.revision,
        create_time: Some(timestamp_to_proto(stamp.create_time)),
        update_time: Some(timestamp_to_proto(stamp.update_time)),
        etag: stamp.etag(),
    }
}

/// A certificate.
pub(crate) fn certificate_to_proto(certificate: Certificate) -> pb::Certificate {
    let (stamp, partner) = (certificate.stamp, certificate.partner);
    let at = |collection, id: &ResourceId| at_partner(collection, &partner, id);
    pb::Certificate {
        name: at(Collection::Certificate, &certificate.id),
        uid: stamp.uid.to_string(),
        person: at(Collection::Person, &certificate.person),
        certificate_definition: of_tenant(Collection::Definition, &certificate.definition),
        state: certificate.state.number(),
        earned_on: Some(date_to_proto(certificate.earned_on)),
        valid_from: Some(date_to_proto(certificate.valid_from)),
        expires_on: certificate.expires_on.map(date_to_proto),
        renews: certificate.renews.as_ref().map(|id| at(Collection::Certificate, id)).unwrap_or_default(),
        exam_results: certificate.results.iter().map(|id| at(Collection::Result, id)).collect(),
        definition_revision: certificate.definition_revision,
        revoked_from: certificate.revoked_from.map(date_to_proto),
        revocation_reason: certificate.revocation_reason,
        revision: stamp.revision,
        create_time: Some(timestamp_to_proto(stamp.create_time)),
        update_time: Some(timestamp_to_proto(stamp.update_time)),
        etag: stamp.etag(),
    }
}

/// A revision with the whole resource.
pub(crate) fn training_revision_to_proto(revision: TrainingRevision) -> pb::TrainingRevision {
    let (name, number) = (revision.item.name().to_string(), revision.item.stamp().revision);
    pb::TrainingRevision {
        name,
        revision: number,
        action: revision.action,
        actor: revision.actor,
        reason: revision.reason,
        record_time: Some(timestamp_to_proto(revision.record_time)),
        resource: Some(match revision.item {
            TrainingItem::Course(item) => Resource::Course(course_to_proto(item)),
            TrainingItem::Definition(item) => Resource::CertificateDefinition(definition_to_proto(item)),
            TrainingItem::Session(item) => Resource::TrainingSession(session_to_proto(item)),
            TrainingItem::Person(item) => Resource::Person(person_to_proto(item)),
            TrainingItem::Result(item) => Resource::ExamResult(result_to_proto(item)),
            TrainingItem::Certificate(item) => Resource::Certificate(certificate_to_proto(item)),
            TrainingItem::Enrolment(item) => Resource::Enrolment(enrolment_to_proto(item)),
        }),
    }
}
