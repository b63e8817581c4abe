//! TrainingService.

use std::sync::Arc;

use partner_registry_domain::training::{
    CertificateDefinition, Course, Enrolment, EnrolmentState, Item as _, TrainingSession,
};
use tonic::{Request, Response, Status};
use tributary_proto::tributary::partner::v1::{self as pb, training_service_server::TrainingService};
use tributary_rpc::{Edge, page::PageRequest};

use super::{training_filter as filter, training_requests as requests};
use crate::{app::Registry, convert};

/// The handlers of `TrainingService`.
pub(crate) struct Training {
    pub edge: Edge,
    pub app: Arc<Registry>,
}

#[tonic::async_trait]
impl TrainingService for Training {
    async fn create_course(&self, request: Request<pb::CreateCourseRequest>) -> Answer<pb::Course> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |context, query| async move {
                let (command, request_id) = requests::create_course(query)?;
                app.create_course(&context, &command, &request_id).await.map(convert::course_to_proto)
            })
            .await
    }

    async fn get_course(&self, request: Request<pb::GetCourseRequest>) -> Answer<pb::Course> {
        self.edge
            .read(request, |context, query| async move {
                let name = requests::name(Course::COLLECTION, "name", &query.name)?;
                self.app.training(&context, &name).await.map(convert::course_to_proto)
            })
            .await
    }

    async fn list_courses(&self, request: Request<pb::ListCoursesRequest>) -> Answer<pb::ListCoursesResponse> {
        self.edge
            .read(request, |context, query| async move {
                let key = ["ListCourses", query.filter.as_str()];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let condition = filter::of_courses(&context.scope, &query.filter, self.app.today())?;
                let wanted = requests::page::<Course>("", condition, &page)?;
                let mut found: Vec<Course> = self.app.list_training(&context, &wanted).await?;
                let next_page_token = page.cut(&mut found, &key, |found| found.name().to_string());
                let courses = found.into_iter().map(convert::course_to_proto).collect();
                Ok(pb::ListCoursesResponse { courses, next_page_token })
            })
            .await
    }

    async fn update_course(&self, request: Request<pb::UpdateCourseRequest>) -> Answer<pb::Course> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |context, query| async move {
                let (command, request_id) = requests::update_course(query)?;
                app.update_course(&context, &command, &request_id).await.map(convert::course_to_proto)
            })
            .await
    }

    async fn retire_course(&self, request: Request<pb::RetireCourseRequest>) -> Answer<pb::Course> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let (command, request_id) = requests::retire_course(query)?;
                app.retire_course(&context, &command, &request_id).await.map(convert::course_to_proto)
            })
            .await
    }

    async fn create_certificate_definition(
        &self,
        request: Request<pb::CreateCertificateDefinitionRequest>,
    ) -> Answer<pb::CertificateDefinition> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |context, query| async move {
                let (command, request_id) = requests::create_definition(query)?;
                app.create_definition(&context, &command, &request_id).await.map(convert::definition_to_proto)
            })
            .await
    }

    async fn get_certificate_definition(
        &self,
        request: Request<pb::GetCertificateDefinitionRequest>,
    ) -> Answer<pb::CertificateDefinition> {
        self.edge
            .read(request, |context, query| async move {
                let name = requests::name(CertificateDefinition::COLLECTION, "name", &query.name)?;
                self.app.training(&context, &name).await.map(convert::definition_to_proto)
            })
            .await
    }

    async fn list_certificate_definitions(
        &self,
        request: Request<pb::ListCertificateDefinitionsRequest>,
    ) -> Answer<pb::ListCertificateDefinitionsResponse> {
        self.edge
            .read(request, |context, query| async move {
                let key = ["ListCertificateDefinitions", query.filter.as_str()];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let condition = filter::of_definitions(&context.scope, &query.filter, self.app.today())?;
                let wanted = requests::page::<CertificateDefinition>("", condition, &page)?;
                let mut found: Vec<CertificateDefinition> = self.app.list_training(&context, &wanted).await?;
                let next_page_token = page.cut(&mut found, &key, |found| found.name().to_string());
                let certificate_definitions = found.into_iter().map(convert::definition_to_proto).collect();
                Ok(pb::ListCertificateDefinitionsResponse { certificate_definitions, next_page_token })
            })
            .await
    }

    async fn update_certificate_definition(
        &self,
        request: Request<pb::UpdateCertificateDefinitionRequest>,
    ) -> Answer<pb::CertificateDefinition> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |context, query| async move {
                let (command, request_id) = requests::update_definition(query)?;
                app.update_definition(&context, &command, &request_id).await.map(convert::definition_to_proto)
            })
            .await
    }

    async fn retire_certificate_definition(
        &self,
        request: Request<pb::RetireCertificateDefinitionRequest>,
    ) -> Answer<pb::CertificateDefinition> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let (command, request_id) = requests::retire_definition(query)?;
                app.retire_definition(&context, &command, &request_id).await.map(convert::definition_to_proto)
            })
            .await
    }

    async fn create_training_session(
        &self,
        request: Request<pb::CreateTrainingSessionRequest>,
    ) -> Answer<pb::TrainingSession> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |context, query| async move {
                let (command, request_id) = requests::create_session(query)?;
                app.create_session(&context, &command, &request_id).await.map(convert::session_to_proto)
            })
            .await
    }

    async fn get_training_session(
        &self,
        request: Request<pb::GetTrainingSessionRequest>,
    ) -> Answer<pb::TrainingSession> {
        self.edge
            .read(request, |context, query| async move {
                let name = requests::name(TrainingSession::COLLECTION, "name", &query.name)?;
                self.app.training(&context, &name).await.map(convert::session_to_proto)
            })
            .await
    }

    async fn list_training_sessions(
        &self,
        request: Request<pb::ListTrainingSessionsRequest>,
    ) -> Answer<pb::ListTrainingSessionsResponse> {
        self.edge
            .read(request, |context, query| async move {
                let key = ["ListTrainingSessions", query.filter.as_str()];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let condition = filter::of_sessions(&context.scope, &query.filter, self.app.today())?;
                let wanted = requests::page::<TrainingSession>("", condition, &page)?;
                let mut found: Vec<TrainingSession> = self.app.list_training(&context, &wanted).await?;
                let next_page_token = page.cut(&mut found, &key, |found| found.name().to_string());
                let training_sessions = found.into_iter().map(convert::session_to_proto).collect();
                Ok(pb::ListTrainingSessionsResponse { training_sessions, next_page_token })
            })
            .await
    }

    async fn update_training_session(
        &self,
        request: Request<pb::UpdateTrainingSessionRequest>,
    ) -> Answer<pb::TrainingSession> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |context, query| async move {
                let (command, request_id) = requests::update_session(query)?;
                app.update_session(&context, &command, &request_id).await.map(convert::session_to_proto)
            })
            .await
    }

    async fn cancel_training_session(
        &self,
        request: Request<pb::CancelTrainingSessionRequest>,
    ) -> Answer<pb::TrainingSession> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let (command, request_id) = requests::cancel_session(query)?;
                app.cancel_session(&context, &command, &request_id).await.map(convert::session_to_proto)
            })
            .await
    }

    async fn enrol_person(&self, request: Request<pb::EnrolPersonRequest>) -> Answer<pb::Enrolment> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let (command, request_id) = requests::enrol(query)?;
                app.enrol(&context, &command, &request_id).await.map(convert::enrolment_to_proto)
            })
            .await
    }

    async fn cancel_enrolment(&self, request: Request<pb::CancelEnrolmentRequest>) -> Answer<pb::Enrolment> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let why = (query.reason, query.etag);
                let command = requests::change_enrolment(&query.name, EnrolmentState::Cancelled, why)?;
                let done = app.change_enrolment(&context, &command, &query.request_id).await;
                done.map(convert::enrolment_to_proto)
            })
            .await
    }

    async fn record_attendance(&self, request: Request<pb::RecordAttendanceRequest>) -> Answer<pb::Enrolment> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let to = if query.attended { EnrolmentState::Attended } else { EnrolmentState::Absent };
                let command = requests::change_enrolment(&query.name, to, (query.reason, query.etag))?;
                let done = app.change_enrolment(&context, &command, &query.request_id).await;
                done.map(convert::enrolment_to_proto)
            })
            .await
    }

    async fn list_enrolments(&self, request: Request<pb::ListEnrolmentsRequest>) -> Answer<pb::ListEnrolmentsResponse> {
        self.edge
            .read(request, |context, query| async move {
                let key = ["ListEnrolments", query.parent.as_str(), query.filter.as_str()];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let condition = filter::of_enrolments(&context.scope, &query.filter, self.app.today())?;
                let wanted = requests::page::<Enrolment>(&query.parent, condition, &page)?;
                let mut found: Vec<Enrolment> = self.app.list_training(&context, &wanted).await?;
                let next_page_token = page.cut(&mut found, &key, |found| found.name().to_string());
                let enrolments = found.into_iter().map(convert::enrolment_to_proto).collect();
                Ok(pb::ListEnrolmentsResponse { enrolments, next_page_token })
            })
            .await
    }
}

type Answer<T> = Result<Response<T>, Status>;
