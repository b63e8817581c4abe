//! Courses, definitions, sessions, persons, places, results and certificates changed.

use tributary_proto::tributary::partner::v1::{
    CancelEnrolmentRequest, CancelTrainingSessionRequest, Certificate, CertificateDefinition, CorrectExamResultRequest,
    Course, CreateCertificateDefinitionRequest, CreateCourseRequest, CreatePersonRequest, CreateTrainingSessionRequest,
    EnrolPersonRequest, Enrolment, ErasePersonRequest, ExamResult, Person, RecordAttendanceRequest,
    RecordExamResultRequest, RefreshCertificatesRequest, RefreshCertificatesResponse,
    RetireCertificateDefinitionRequest, RetireCourseRequest, RevokeCertificateRequest, TrainingSession,
};

use super::{
    Clients,
    args::{
        AttendArgs, CorrectArgs, CourseArgs, DefinitionArgs, PersonArgs, PlaceArgs, ReasonArgs, RecordArgs,
        RefreshArgs, ScheduleArgs,
    },
    at_partner, changed, named, partner_name, person_parts,
};
use crate::{
    cli::{Connection, Done, Failure},
    output::{date_text, name},
};

fn number(value: Option<&tributary_proto::google::r#type::Decimal>) -> &str {
    value.map_or("", |value| value.value.as_str())
}

/// Creates a course.
pub(super) async fn add_course(mut clients: Clients, args: CourseArgs) -> Result<Done, Failure> {
    let course = Course {
        display_name: args.title,
        kind: args.kind.into(),
        passing_score: Some(args.passing),
        validity_months: args.months,
        prerequisites: args.after.iter().map(|id| named("courses", id)).collect(),
        ..Course::default()
    };
    let (course, course_id) = (Some(course), args.id);
    let told = |made: &Course| format!("{} is passed with {}", made.name, number(made.passing_score.as_ref()));
    changed(args.change, told, async |request_id| {
        clients.training.create_course(CreateCourseRequest { course, course_id, request_id }).await
    })
    .await
}

/// Creates a definition.
pub(super) async fn add_definition(mut clients: Clients, args: DefinitionArgs) -> Result<Done, Failure> {
    let definition = CertificateDefinition {
        display_name: args.title,
        courses: args.course.iter().map(|id| named("courses", id)).collect(),
        validity_months: args.months,
        renewal_days: args.renewal,
        ..CertificateDefinition::default()
    };
    let (certificate_definition, certificate_definition_id) = (Some(definition), args.id);
    let told = |made: &CertificateDefinition| format!("{} asks for {}", made.name, made.courses.join(", "));
    changed(args.change, told, async |request_id| {
        let request =
            CreateCertificateDefinitionRequest { certificate_definition, certificate_definition_id, request_id };
        clients.training.create_certificate_definition(request).await
    })
    .await
}

/// Retires a course or a definition.
pub(super) async fn retire(mut clients: Clients, args: ReasonArgs) -> Result<Done, Failure> {
    let (name, reason, etag) = (args.name, args.reason, String::new());
    if name.starts_with("certificateDefinitions/") {
        let told = |made: &CertificateDefinition| format!("{} is retired", made.name);
        return changed(args.change, told, async |request_id| {
            let request = RetireCertificateDefinitionRequest { name, reason, etag, request_id };
            clients.training.retire_certificate_definition(request).await
        })
        .await;
    }
    let name = named("courses", &name);
    let told = |made: &Course| format!("{} is retired", made.name);
    changed(args.change, told, async |request_id| {
        clients.training.retire_course(RetireCourseRequest { name, reason, etag, request_id }).await
    })
    .await
}

fn session_told(made: &TrainingSession) -> String {
    let day = made.date.as_ref().map(date_text).unwrap_or_default();
    let state = name(made.state().as_str_name(), "TRAINING_SESSION_STATE_");
    format!("{} on {day} is {state}, {} of {} places are taken", made.name, made.enrolled_count, made.capacity)
}

/// Schedules a session.
pub(super) async fn schedule(mut clients: Clients, args: ScheduleArgs) -> Result<Done, Failure> {
    let session = TrainingSession {
        course: named("courses", &args.course),
        date: Some(args.date),
        place: args.place,
        capacity: args.capacity,
        trainer_note: args.note,
        ..TrainingSession::default()
    };
    let (training_session, training_session_id) = (Some(session), args.id);
    changed(args.change, session_told, async |request_id| {
        let request = CreateTrainingSessionRequest { training_session, training_session_id, request_id };
        clients.training.create_training_session(request).await
    })
    .await
}

/// Cancels a session.
pub(super) async fn cancel(mut clients: Clients, args: ReasonArgs) -> Result<Done, Failure> {
    let (name, reason, etag) = (named("trainingSessions", &args.name), args.reason, String::new());
    changed(args.change, session_told, async |request_id| {
        let request = CancelTrainingSessionRequest { name, reason, etag, request_id };
        clients.training.cancel_training_session(request).await
    })
    .await
}

/// Adds a person.
pub(super) async fn add_person(mut clients: Clients, args: PersonArgs) -> Result<Done, Failure> {
    let (parent, person_id) = person_parts(&args.person)?;
    let person = Some(Person {
        display_name: args.name,
        email: args.email,
        role: args.role,
        external_ref: args.reference,
        active_from: Some(args.from),
        active_until: args.until,
        ..Person::default()
    });
    let told = |made: &Person| format!("{} is {}", made.name, made.display_name);
    changed(args.change, told, async |request_id| {
        clients.certification.create_person(CreatePersonRequest { parent, person, person_id, request_id }).await
    })
    .await
}

/// Erases a person.
pub(super) async fn erase(mut clients: Clients, args: ReasonArgs) -> Result<Done, Failure> {
    let (name, reason, etag) = (at_partner("persons", &args.name)?, args.reason, String::new());
    let told = |made: &Person| format!("{} is erased; results and certificates stay", made.name);
    changed(args.change, told, async |request_id| {
        clients.certification.erase_person(ErasePersonRequest { name, reason, etag, request_id }).await
    })
    .await
}

fn enrolment_told(made: &Enrolment) -> String {
    format!("{} is {}", made.name, name(made.state().as_str_name(), "ENROLMENT_STATE_"))
}

/// Gives a person a place.
pub(super) async fn enrol(mut clients: Clients, args: PlaceArgs) -> Result<Done, Failure> {
    let (person, session) = (at_partner("persons", &args.person)?, named("trainingSessions", &args.session));
    changed(args.change, enrolment_told, async |request_id| {
        clients.training.enrol_person(EnrolPersonRequest { person, session, request_id }).await
    })
    .await
}

/// The resource name of an enrolment.
fn enrolment(args: &PlaceArgs) -> Result<String, Failure> {
    let session = args.session.strip_prefix("trainingSessions/").unwrap_or(&args.session);
    Ok(format!("{}/enrolments/{session}", at_partner("persons", &args.person)?))
}

/// Gives up a place.
pub(super) async fn leave(mut clients: Clients, args: PlaceArgs) -> Result<Done, Failure> {
    let name = enrolment(&args)?;
    changed(args.change, enrolment_told, async |request_id| {
        let request = CancelEnrolmentRequest { name, request_id, ..CancelEnrolmentRequest::default() };
        clients.training.cancel_enrolment(request).await
    })
    .await
}

/// Records who was there.
pub(super) async fn attend(mut clients: Clients, args: AttendArgs) -> Result<Done, Failure> {
    let (name, attended) = (enrolment(&args.place)?, !args.absent);
    changed(args.place.change, enrolment_told, async |request_id| {
        let request = RecordAttendanceRequest { name, attended, request_id, ..RecordAttendanceRequest::default() };
        clients.training.record_attendance(request).await
    })
    .await
}

fn result_told(made: &ExamResult) -> String {
    let (score, least) = (number(made.score.as_ref()), number(made.passing_score.as_ref()));
    let passed = match (made.voided, made.passed) {
        (true, _) => "taken back",
        (false, true) => "passed",
        (false, false) => "not passed",
    };
    format!("{} is {passed}: {score} where {least} is a pass, attempt {}", made.name, made.attempt)
}

/// Records a result.
pub(super) async fn record(mut clients: Clients, args: RecordArgs) -> Result<Done, Failure> {
    let (parent, _) = person_parts(&args.person)?;
    let exam_result = Some(ExamResult {
        person: at_partner("persons", &args.person)?,
        course: named("courses", &args.course),
        score: Some(args.score),
        taken_on: Some(args.on),
        session: args.session.map(|id| named("trainingSessions", &id)).unwrap_or_default(),
        source: args.source,
        ..ExamResult::default()
    });
    let exam_result_id = args.id;
    changed(args.change, result_told, async |request_id| {
        let request =
            RecordExamResultRequest { parent, exam_result, exam_result_id, reason: String::new(), request_id };
        clients.certification.record_exam_result(request).await
    })
    .await
}

/// Corrects a result.
pub(super) async fn correct(mut clients: Clients, args: CorrectArgs) -> Result<Done, Failure> {
    let (name, reason, etag) = (at_partner("examResults", &args.result)?, args.reason, String::new());
    let (score, taken_on, void_result) = (args.score, args.on, args.void);
    changed(args.change, result_told, async |request_id| {
        let request = CorrectExamResultRequest { name, score, taken_on, void_result, reason, etag, request_id };
        clients.certification.correct_exam_result(request).await
    })
    .await
}

/// Revokes a certificate.
pub(super) async fn revoke(mut clients: Clients, args: ReasonArgs) -> Result<Done, Failure> {
    let (name, reason, etag) = (at_partner("certificates", &args.name)?, args.reason, String::new());
    let told = |made: &Certificate| {
        let from = made.revoked_from.as_ref().map(date_text).unwrap_or_default();
        format!("{} is revoked from {from} on", made.name)
    };
    changed(args.change, told, async |request_id| {
        clients.certification.revoke_certificate(RevokeCertificateRequest { name, reason, etag, request_id }).await
    })
    .await
}

/// Issues what was earned.
pub(super) async fn refresh(connection: &Connection, mut clients: Clients, args: RefreshArgs) -> Result<Done, Failure> {
    let parent = partner_name(connection, Some(&args.partner)).await?;
    let told = |made: &RefreshCertificatesResponse| {
        format!("{} certificates issued, {} revoked", made.issued_count, made.revoked_count)
    };
    changed(args.change, told, async |request_id| {
        clients.certification.refresh_certificates(RefreshCertificatesRequest { parent, request_id }).await
    })
    .await
}
