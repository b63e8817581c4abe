//! Lists of what there is, and histories.

use tributary_proto::{
    google::r#type::{Date, Decimal},
    tributary::partner::v1::{
        Certificate, CertificateDefinition, Course, Enrolment, ExamResult, ListCertificateDefinitionsRequest,
        ListCertificatesRequest, ListCoursesRequest, ListEnrolmentsRequest, ListExamResultsRequest, ListPersonsRequest,
        ListTrainingRevisionsRequest, ListTrainingSessionsRequest, Person, TrainingRevision, TrainingSession,
    },
};

use super::{
    Clients,
    args::{AtPartnerArgs, FilterArgs, HistoryArgs},
    partner_name,
};
use crate::{
    cli::{
        Connection, Done, Failure,
        look::{self, left},
    },
    output::{date_text, moment_text, name},
};

fn day(day: Option<&Date>) -> String {
    day.map(date_text).unwrap_or_default()
}

fn number(value: Option<&Decimal>) -> String {
    value.map(|value| value.value.clone()).unwrap_or_default()
}

/// Lists courses.
pub(super) async fn courses(clients: Clients, args: &FilterArgs) -> Result<Done, Failure> {
    let page = async |page_size, page_token| {
        let request = ListCoursesRequest { filter: args.filter.clone(), page_size, page_token };
        let page = clients.clone().training.list_courses(request).await?.into_inner();
        Ok((page.courses, page.next_page_token))
    };
    let row = |found: &Course| {
        vec![
            found.name.clone(),
            found.display_name.clone(),
            name(found.kind().as_str_name(), "COURSE_KIND_"),
            number(found.passing_score.as_ref()),
            found.validity_months.to_string(),
            found.prerequisites.join(", "),
            name(found.state().as_str_name(), "COURSE_STATE_"),
        ]
    };
    let columns = left(["name", "title", "kind", "passing score", "months", "after", "state"]);
    look::print((args.list.top, args.list.json), &columns, row, page).await.map(|()| Done::All)
}

/// Lists definitions.
pub(super) async fn definitions(clients: Clients, args: &FilterArgs) -> Result<Done, Failure> {
    let page = async |page_size, page_token| {
        let request = ListCertificateDefinitionsRequest { filter: args.filter.clone(), page_size, page_token };
        let page = clients.clone().training.list_certificate_definitions(request).await?.into_inner();
        Ok((page.certificate_definitions, page.next_page_token))
    };
    let row = |found: &CertificateDefinition| {
        vec![
            found.name.clone(),
            found.display_name.clone(),
            found.courses.join(", "),
            found.validity_months.to_string(),
            found.renewal_days.to_string(),
            name(found.state().as_str_name(), "CERTIFICATE_DEFINITION_STATE_"),
        ]
    };
    let columns = left(["name", "title", "courses", "months", "renewal days", "state"]);
    look::print((args.list.top, args.list.json), &columns, row, page).await.map(|()| Done::All)
}

/// Lists sessions.
pub(super) async fn sessions(clients: Clients, args: &FilterArgs) -> Result<Done, Failure> {
    let page = async |page_size, page_token| {
        let request = ListTrainingSessionsRequest { filter: args.filter.clone(), page_size, page_token };
        let page = clients.clone().training.list_training_sessions(request).await?.into_inner();
        Ok((page.training_sessions, page.next_page_token))
    };
    let row = |found: &TrainingSession| {
        vec![
            found.name.clone(),
            found.course.clone(),
            day(found.date.as_ref()),
            found.place.clone(),
            found.enrolled_count.to_string(),
            found.capacity.to_string(),
            name(found.state().as_str_name(), "TRAINING_SESSION_STATE_"),
        ]
    };
    let columns = left(["name", "course", "date", "place", "enrolled", "capacity", "state"]);
    look::print((args.list.top, args.list.json), &columns, row, page).await.map(|()| Done::All)
}

/// Lists persons.
pub(super) async fn persons(connection: &Connection, clients: Clients, args: &AtPartnerArgs) -> Result<Done, Failure> {
    let parent = partner_name(connection, args.partner.as_deref()).await?;
    let page = async |page_size, page_token| {
        let request = ListPersonsRequest { parent: parent.clone(), filter: args.filter.clone(), page_size, page_token };
        let page = clients.clone().certification.list_persons(request).await?.into_inner();
        Ok((page.persons, page.next_page_token))
    };
    let row = |found: &Person| {
        vec![
            found.name.clone(),
            if found.erased { "(erased)".to_owned() } else { found.display_name.clone() },
            found.role.clone(),
            day(found.active_from.as_ref()),
            day(found.active_until.as_ref()),
        ]
    };
    let columns = left(["name", "display name", "role", "from", "until"]);
    look::print((args.list.top, args.list.json), &columns, row, page).await.map(|()| Done::All)
}

/// Lists enrolments.
pub(super) async fn enrolments(
    connection: &Connection,
    clients: Clients,
    args: &AtPartnerArgs,
) -> Result<Done, Failure> {
    let parent = partner_name(connection, args.partner.as_deref()).await?;
    let page = async |page_size, page_token| {
        let request =
            ListEnrolmentsRequest { parent: parent.clone(), filter: args.filter.clone(), page_size, page_token };
        let page = clients.clone().training.list_enrolments(request).await?.into_inner();
        Ok((page.enrolments, page.next_page_token))
    };
    let row = |found: &Enrolment| {
        vec![found.name.clone(), found.session.clone(), name(found.state().as_str_name(), "ENROLMENT_STATE_")]
    };
    let columns = left(["name", "session", "state"]);
    look::print((args.list.top, args.list.json), &columns, row, page).await.map(|()| Done::All)
}

/// Lists results.
pub(super) async fn results(connection: &Connection, clients: Clients, args: &AtPartnerArgs) -> Result<Done, Failure> {
    let parent = partner_name(connection, args.partner.as_deref()).await?;
    let page = async |page_size, page_token| {
        let request =
            ListExamResultsRequest { parent: parent.clone(), filter: args.filter.clone(), page_size, page_token };
        let page = clients.clone().certification.list_exam_results(request).await?.into_inner();
        Ok((page.exam_results, page.next_page_token))
    };
    let row = |found: &ExamResult| {
        vec![
            found.name.clone(),
            found.person.clone(),
            found.course.clone(),
            number(found.score.as_ref()),
            day(found.taken_on.as_ref()),
            found.attempt.to_string(),
            if found.voided {
                "void"
            } else if found.passed {
                "yes"
            } else {
                "no"
            }
            .to_owned(),
        ]
    };
    let columns = left(["name", "person", "course", "score", "taken on", "attempt", "passed"]);
    look::print((args.list.top, args.list.json), &columns, row, page).await.map(|()| Done::All)
}

/// Lists certificates.
pub(super) async fn certificates(
    connection: &Connection,
    clients: Clients,
    args: &AtPartnerArgs,
) -> Result<Done, Failure> {
    let parent = partner_name(connection, args.partner.as_deref()).await?;
    let page = async |page_size, page_token| {
        let request =
            ListCertificatesRequest { parent: parent.clone(), filter: args.filter.clone(), page_size, page_token };
        let page = clients.clone().certification.list_certificates(request).await?.into_inner();
        Ok((page.certificates, page.next_page_token))
    };
    let row = |found: &Certificate| {
        vec![
            found.name.clone(),
            found.person.clone(),
            found.certificate_definition.clone(),
            day(found.valid_from.as_ref()),
            day(found.expires_on.as_ref()),
            name(found.state().as_str_name(), "CERTIFICATE_STATE_"),
        ]
    };
    let columns = left(["name", "person", "certificate", "from", "last day", "state"]);
    look::print((args.list.top, args.list.json), &columns, row, page).await.map(|()| Done::All)
}

/// Shows a history, newest first.
pub(super) async fn history(clients: Clients, args: &HistoryArgs) -> Result<Done, Failure> {
    let page = async |page_size, page_token| {
        let request = ListTrainingRevisionsRequest { name: args.name.clone(), page_size, page_token };
        let page = clients.clone().certification.list_training_revisions(request).await?.into_inner();
        Ok((page.revisions, page.next_page_token))
    };
    let row = |found: &TrainingRevision| {
        let TrainingRevision { revision, action, actor, reason, record_time, .. } = found;
        let when = moment_text(record_time.as_ref());
        vec![revision.to_string(), action.clone(), actor.clone(), reason.clone(), when]
    };
    let columns = left(["revision", "action", "by", "why", "when"]);
    look::print((args.list.top, args.list.json), &columns, row, page).await.map(|()| Done::All)
}
