//! TierProgrammeService.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use tributary_proto::tributary::partner::v1::{self as pb, tier_programme_service_server::TierProgrammeService};
use tributary_rpc::{Edge, page::PageRequest};

use super::{
    checks::{after, number},
    tier_requests::{activate, approve, day, draft, version},
};
use crate::{app::Registry, convert};

/// The handlers of `TierProgrammeService`.
pub(crate) struct TierProgrammes {
    pub edge: Edge,
    pub app: Arc<Registry>,
}

#[tonic::async_trait]
impl TierProgrammeService for TierProgrammes {
    async fn create_tier_programme_version(
        &self,
        request: Request<pb::CreateTierProgrammeVersionRequest>,
    ) -> Result<Response<pb::TierProgrammeVersion>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let command = draft(query.programme)?;
                if query.validate_only {
                    let programme = Some(convert::programme_to_proto(&command.programme));
                    return Ok(pb::TierProgrammeVersion { programme, ..Default::default() });
                }
                let version = app.draft_programme(&context, &command, &query.request_id).await?;
                Ok(convert::version_to_proto(&version))
            })
            .await
    }

    async fn get_tier_programme_version(
        &self,
        request: Request<pb::GetTierProgrammeVersionRequest>,
    ) -> Result<Response<pb::TierProgrammeVersion>, Status> {
        self.edge
            .read(request, |context, query| async move {
                let found = self.app.programme_version(&context, version(&query.name)?).await?;
                Ok(convert::version_to_proto(&found))
            })
            .await
    }

    async fn list_tier_programme_versions(
        &self,
        request: Request<pb::ListTierProgrammeVersionsRequest>,
    ) -> Result<Response<pb::ListTierProgrammeVersionsResponse>, Status> {
        self.edge
            .read(request, |context, query| async move {
                let key = ["ListTierProgrammeVersions"];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let before = number(page.cursor.as_deref())?;
                let mut found = self.app.programme_versions(&context, before, page.limit()).await?;
                let next_page_token = page.cut(&mut found, &key, |version| version.number.to_string());
                let tier_programme_versions = found.iter().map(convert::version_to_proto).collect();
                Ok(pb::ListTierProgrammeVersionsResponse { tier_programme_versions, next_page_token })
            })
            .await
    }

    async fn approve_tier_programme_version(
        &self,
        request: Request<pb::ApproveTierProgrammeVersionRequest>,
    ) -> Result<Response<pb::TierProgrammeVersion>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let request_id = query.request_id.clone();
                let version = app.approve_programme(&context, &approve(query)?, &request_id).await?;
                Ok(convert::version_to_proto(&version))
            })
            .await
    }

    async fn activate_tier_programme_version(
        &self,
        request: Request<pb::ActivateTierProgrammeVersionRequest>,
    ) -> Result<Response<pb::TierProgrammeVersion>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let request_id = query.request_id.clone();
                let version = app.activate_programme(&context, &activate(query)?, &request_id).await?;
                Ok(convert::version_to_proto(&version))
            })
            .await
    }

    async fn preview_tier_programme_version(
        &self,
        request: Request<pb::PreviewTierProgrammeVersionRequest>,
    ) -> Result<Response<pb::PreviewTierProgrammeVersionResponse>, Status> {
        self.edge
            .read(request, |context, query| async move {
                let (number, day) = (version(&query.name)?, day(query.date.as_ref(), "date")?);
                let of_day = day.map(|day| day.to_string()).unwrap_or_default();
                let key = ["PreviewTierProgrammeVersion", &query.name, &of_day];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let after = after(page.cursor.as_deref())?;
                let limit = page.limit();
                let mut found = self.app.preview_programme(&context, number, day, after.as_ref(), limit).await?;
                let next_page_token = page.cut(&mut found, &key, |previewed| previewed.partner.to_string());
                Ok(convert::preview_to_proto(found, next_page_token))
            })
            .await
    }
}
