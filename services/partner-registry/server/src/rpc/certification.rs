//! CertificationService.

use std::sync::Arc;

use partner_registry_domain::training::{
    Certificate, CertificateDefinition, ExamResult, Item as _, Person, TrainingName,
};
use tonic::{Request, Response, Status};
use tributary_core::{Fault, Violations};
use tributary_proto::tributary::partner::v1::{self as pb, certification_service_server::CertificationService};
use tributary_rpc::{
    Edge,
    page::{self, PageRequest},
};

use super::{checks::number, training_filter as filter, training_requests as requests};
use crate::{app::Registry, convert};

/// The handlers of `CertificationService`.
pub(crate) struct Certification {
    pub edge: Edge,
    pub app: Arc<Registry>,
}

#[tonic::async_trait]
impl CertificationService for Certification {
    async fn create_person(&self, request: Request<pb::CreatePersonRequest>) -> Answer<pb::Person> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |context, query| async move {
                let (command, request_id) = requests::create_person(query)?;
                app.create_person(&context, &command, &request_id).await.map(convert::person_to_proto)
            })
            .await
    }

    async fn get_person(&self, request: Request<pb::GetPersonRequest>) -> Answer<pb::Person> {
        self.edge
            .read(request, |context, query| async move {
                let name = requests::name(Person::COLLECTION, "name", &query.name)?;
                self.app.training(&context, &name).await.map(convert::person_to_proto)
            })
            .await
    }

    async fn list_persons(&self, request: Request<pb::ListPersonsRequest>) -> Answer<pb::ListPersonsResponse> {
        self.edge
            .read(request, |context, query| async move {
                let key = ["ListPersons", query.parent.as_str(), query.filter.as_str()];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let condition = filter::of_persons(&context.scope, &query.filter, self.app.today())?;
                let wanted = requests::page::<Person>(&query.parent, condition, &page)?;
                let mut found: Vec<Person> = self.app.list_training(&context, &wanted).await?;
                let next_page_token = page.cut(&mut found, &key, |found| found.name().to_string());
                let persons = found.into_iter().map(convert::person_to_proto).collect();
                Ok(pb::ListPersonsResponse { persons, next_page_token })
            })
            .await
    }

    async fn update_person(&self, request: Request<pb::UpdatePersonRequest>) -> Answer<pb::Person> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |context, query| async move {
                let (command, request_id) = requests::update_person(query)?;
                app.update_person(&context, &command, &request_id).await.map(convert::person_to_proto)
            })
            .await
    }

    async fn erase_person(&self, request: Request<pb::ErasePersonRequest>) -> Answer<pb::Person> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let (command, request_id) = requests::erase_person(query)?;
                app.erase_person(&context, &command, &request_id).await.map(convert::person_to_proto)
            })
            .await
    }

    async fn record_exam_result(&self, request: Request<pb::RecordExamResultRequest>) -> Answer<pb::ExamResult> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |context, query| async move {
                let (command, request_id) = requests::record_result(&app, query)?;
                app.record_result(&context, &command, &request_id).await.map(convert::result_to_proto)
            })
            .await
    }

    async fn correct_exam_result(&self, request: Request<pb::CorrectExamResultRequest>) -> Answer<pb::ExamResult> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |context, query| async move {
                let (command, request_id) = requests::correct_result(query)?;
                app.correct_result(&context, &command, &request_id).await.map(convert::result_to_proto)
            })
            .await
    }

    async fn get_exam_result(&self, request: Request<pb::GetExamResultRequest>) -> Answer<pb::ExamResult> {
        self.edge
            .read(request, |context, query| async move {
                let name = requests::name(ExamResult::COLLECTION, "name", &query.name)?;
                self.app.training(&context, &name).await.map(convert::result_to_proto)
            })
            .await
    }

    async fn list_exam_results(
        &self,
        request: Request<pb::ListExamResultsRequest>,
    ) -> Answer<pb::ListExamResultsResponse> {
        self.edge
            .read(request, |context, query| async move {
                let key = ["ListExamResults", query.parent.as_str(), query.filter.as_str()];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let condition = filter::of_results(&context.scope, &query.filter, self.app.today())?;
                let wanted = requests::page::<ExamResult>(&query.parent, condition, &page)?;
                let mut found: Vec<ExamResult> = self.app.list_training(&context, &wanted).await?;
                let next_page_token = page.cut(&mut found, &key, |found| found.name().to_string());
                let exam_results = found.into_iter().map(convert::result_to_proto).collect();
                Ok(pb::ListExamResultsResponse { exam_results, next_page_token })
            })
            .await
    }

    async fn get_certificate(&self, request: Request<pb::GetCertificateRequest>) -> Answer<pb::Certificate> {
        self.edge
            .read(request, |context, query| async move {
                let name = requests::name(Certificate::COLLECTION, "name", &query.name)?;
                self.app
                    .training(&context, &name)
                    .await
                    .map(|found: Certificate| convert::certificate_to_proto(found.on(self.app.today())))
            })
            .await
    }

    async fn list_certificates(
        &self,
        request: Request<pb::ListCertificatesRequest>,
    ) -> Answer<pb::ListCertificatesResponse> {
        self.edge
            .read(request, |context, query| async move {
                let key = ["ListCertificates", query.parent.as_str(), query.filter.as_str()];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let condition = filter::of_certificates(&context.scope, &query.filter, self.app.today())?;
                let wanted = requests::page::<Certificate>(&query.parent, condition, &page)?;
                let mut found: Vec<Certificate> = self.app.list_training(&context, &wanted).await?;
                let next_page_token = page.cut(&mut found, &key, |found| found.name().to_string());
                let certificates =
                    found.into_iter().map(|found| convert::certificate_to_proto(found.on(self.app.today()))).collect();
                Ok(pb::ListCertificatesResponse { certificates, next_page_token })
            })
            .await
    }

    async fn revoke_certificate(&self, request: Request<pb::RevokeCertificateRequest>) -> Answer<pb::Certificate> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let (command, request_id) = requests::revoke_certificate(query)?;
                app.revoke_certificate(&context, &command, &request_id).await.map(convert::certificate_to_proto)
            })
            .await
    }

    async fn refresh_certificates(
        &self,
        request: Request<pb::RefreshCertificatesRequest>,
    ) -> Answer<pb::RefreshCertificatesResponse> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let (command, request_id) = requests::refresh(query)?;
                let done = app.refresh_certificates(&context, &command, &request_id).await?;
                let (issued_count, revoked_count) = (done.issued, done.revoked);
                Ok(pb::RefreshCertificatesResponse { issued_count, revoked_count })
            })
            .await
    }

    async fn check_person(&self, request: Request<pb::CheckPersonRequest>) -> Answer<pb::PersonCheck> {
        self.edge
            .read(request, |context, query| async move {
                let name = requests::name(Person::COLLECTION, "name", &query.name)?;
                let asked = &query.certificate_definition;
                let definition = requests::name(CertificateDefinition::COLLECTION, "certificate_definition", asked)?.id;
                let mut v = Violations::new();
                let day = convert::day(&mut v, "date", query.date);
                v.into_result()?;
                let checked = self.app.check_person(&context, &name, &definition, day).await?;
                Ok(convert::person_check_to_proto(checked))
            })
            .await
    }

    async fn check_qualification(&self, request: Request<pb::CheckQualificationRequest>) -> Answer<pb::Qualification> {
        self.edge
            .read(request, |context, query| async move {
                let asked = requests::qualification(query)?;
                let (found, _) = self.app.qualifications(&context, &asked).await?;
                let found = found.into_iter().next().map(convert::qualification_to_proto);
                found.ok_or_else(|| Fault::internal("a partner that was asked about was not looked at"))
            })
            .await
    }

    async fn list_qualifications(
        &self,
        request: Request<pb::ListQualificationsRequest>,
    ) -> Answer<pb::ListQualificationsResponse> {
        self.edge
            .read(request, |context, query| async move {
                let (minimum, day) = (query.minimum_persons.to_string(), format!("{:?}", query.date));
                let definition = query.certificate_definition.clone();
                let parent = query.parent.clone();
                let key = ["ListQualifications", parent.as_str(), definition.as_str(), minimum.as_str(), day.as_str()];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let asked = requests::qualifications(query, &page)?;
                let (found, next) = self.app.qualifications(&context, &asked).await?;
                let next_page_token = next.map(|last| page::seal(&key, last.as_str())).unwrap_or_default();
                let qualifications = found.into_iter().map(convert::qualification_to_proto).collect();
                Ok(pb::ListQualificationsResponse { qualifications, next_page_token })
            })
            .await
    }

    async fn list_training_revisions(
        &self,
        request: Request<pb::ListTrainingRevisionsRequest>,
    ) -> Answer<pb::ListTrainingRevisionsResponse> {
        self.edge
            .read(request, |context, query| async move {
                let key = ["ListTrainingRevisions", query.name.as_str()];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let name = TrainingName::parse_any(&query.name).map_err(|e| Fault::invalid_field("name", e))?;
                let before = number(page.cursor.as_deref())?;
                let mut found = self.app.training_revisions(&context, &name, before, page.limit()).await?;
                let next_page_token = page.cut(&mut found, &key, |r| r.item.stamp().revision.to_string());
                let revisions = found.into_iter().map(convert::training_revision_to_proto).collect();
                Ok(pb::ListTrainingRevisionsResponse { revisions, next_page_token })
            })
            .await
    }
}

type Answer<T> = Result<Response<T>, Status>;
