//! Training: courses, persons, results and the certificates that follow, places in sessions, what may be done on a day.

mod catalogue;
mod certify;
mod erase;
mod places;
mod qualify;
mod tiers;

use tributary_core::Role;
use tributary_proto::{
    google::r#type::{Date, Decimal},
    tributary::partner::v1 as pb,
};
use tributary_rpc::status::Described;

use crate::harness::{Suite, answer, date, dealer, name};

/// So many days.
fn days(count: u64) -> std::time::Duration {
    std::time::Duration::from_secs(86_400 * count)
}

type Result<T> = std::result::Result<T, Box<Described>>;

fn decimal(text: &str) -> Option<Decimal> {
    Some(Decimal { value: text.to_owned() })
}

fn person_name(partner: &str, own: &str) -> String {
    format!("partners/{partner}/persons/{own}")
}

fn course(title: &str, prerequisites: &[&str]) -> pb::Course {
    pb::Course {
        display_name: title.to_owned(),
        kind: pb::CourseKind::Online.into(),
        passing_score: decimal("80"),
        prerequisites: prerequisites.iter().map(|own| format!("courses/{own}")).collect(),
        ..Default::default()
    }
}

fn definition(months: i32, courses: &[&str]) -> pb::CertificateDefinition {
    pb::CertificateDefinition {
        display_name: "Live host".to_owned(),
        courses: courses.iter().map(|own| format!("courses/{own}")).collect(),
        validity_months: months,
        renewal_days: 30,
        ..Default::default()
    }
}

fn person(display_name: &str) -> pb::Person {
    pb::Person {
        display_name: display_name.to_owned(),
        email: "li@example.com".to_owned(),
        role: "live host".to_owned(),
        active_from: date(2026, 1, 1),
        ..Default::default()
    }
}

fn result(partner: &str, who: &str, of: &str, score: &str, taken_on: Option<Date>) -> pb::ExamResult {
    pb::ExamResult {
        person: person_name(partner, who),
        course: format!("courses/{of}"),
        score: decimal(score),
        taken_on,
        ..Default::default()
    }
}

impl Suite {
    /// Active partners of these ids, the courses "online" and "live" (after "online"), and "live-host" for 6 months.
    async fn school(&self, partners: &[&str]) {
        for id in partners {
            self.create(id, dealer(id)).await.expect("created");
        }
        self.course("online", course("Online exam", &[])).await.expect("created");
        self.course("live", course("Live simulation", &["online"])).await.expect("created");
        self.definition("live-host", definition(6, &["online", "live"])).await.expect("created");
    }

    async fn course(&self, own: &str, course: pb::Course) -> Result<pb::Course> {
        let request = pb::CreateCourseRequest { course: Some(course), course_id: own.to_owned(), ..Default::default() };
        answer(self.training().create_course(self.ask(request)).await)
    }

    async fn definition(&self, own: &str, definition: pb::CertificateDefinition) -> Result<pb::CertificateDefinition> {
        let request = pb::CreateCertificateDefinitionRequest {
            certificate_definition: Some(definition),
            certificate_definition_id: own.to_owned(),
            ..Default::default()
        };
        answer(self.training().create_certificate_definition(self.ask(request)).await)
    }

    async fn person(&self, partner: &str, own: &str, person: pb::Person) -> Result<pb::Person> {
        let request = pb::CreatePersonRequest {
            parent: name(partner),
            person: Some(person),
            person_id: own.to_owned(),
            ..Default::default()
        };
        answer(self.certification().create_person(self.ask(request)).await)
    }

    async fn result(&self, partner: &str, own: &str, result: pb::ExamResult) -> Result<pb::ExamResult> {
        let request = pb::RecordExamResultRequest {
            parent: name(partner),
            exam_result: Some(result),
            exam_result_id: own.to_owned(),
            ..Default::default()
        };
        answer(self.certification().record_exam_result(self.ask(request)).await)
    }

    /// Both courses passed on days of 2026.
    async fn passes(&self, partner: &str, who: &str, online: (i32, i32), live: (i32, i32)) {
        for (of, (month, day)) in [("online", online), ("live", live)] {
            let own = format!("{who}-{of}-{month}-{day}");
            let told = result(partner, who, of, "90", date(2026, month, day));
            self.result(partner, &own, told).await.expect("recorded");
        }
    }

    /// The certificates that a filter finds.
    async fn certificates(&self, partner: &str, filter: &str) -> Result<Vec<pb::Certificate>> {
        let request =
            pb::ListCertificatesRequest { parent: name(partner), filter: filter.to_owned(), ..Default::default() };
        answer(self.certification().list_certificates(self.ask(request)).await).map(|page| page.certificates)
    }

    async fn may(&self, partner: &str, who: &str, day: Option<Date>) -> pb::PersonCheck {
        let request = pb::CheckPersonRequest {
            name: person_name(partner, who),
            certificate_definition: "certificateDefinitions/live-host".to_owned(),
            date: day,
        };
        answer(self.certification().check_person(self.ask(request)).await).expect("there")
    }

    /// Actions and actors, oldest first.
    async fn training_history(&self, name: &str) -> Vec<(String, String)> {
        let request = pb::ListTrainingRevisionsRequest { name: name.to_owned(), ..Default::default() };
        let found = answer(self.certification().list_training_revisions(self.ask(request)).await).expect("there");
        found.revisions.into_iter().rev().map(|r| (r.action, r.actor)).collect()
    }

    /// A request of the admin.
    fn ask_admin<T>(&self, message: T) -> tonic::Request<T> {
        self.ask_as("admin", Role::Admin, message)
    }
}
