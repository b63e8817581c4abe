//! TerritoryService.

use std::sync::Arc;

use partner_registry_domain::territory::{RegionLevel, region::region_name};
use tonic::{Request, Response, Status};
use tributary_core::Fault;
use tributary_proto::tributary::partner::v1::{self as pb, territory_service_server::TerritoryService};
use tributary_rpc::{
    Edge,
    convert::{self as wire, resource_id},
    page::PageRequest,
    status::to_rpc_status,
};

use super::{checks::after, territory_requests as requests};
use crate::{
    app::{Found, Holder, MOST_LISTED, Recorded, RegionOutcome, Registry, Weighed},
    convert,
};

/// The handlers of `TerritoryService`.
pub(crate) struct Territories {
    pub edge: Edge,
    pub app: Arc<Registry>,
}

#[tonic::async_trait]
impl TerritoryService for Territories {
    async fn import_regions(&self, request: Request<pb::ImportRegionsRequest>) -> Answer<pb::ImportRegionsResponse> {
        let (app, domain) = (self.app.clone(), self.edge.domain());
        self.edge
            .write_unchecked(request, |context, query| async move {
                let outcomes = app.import_regions(&context, requests::import(query)?).await?;
                let results = outcomes.into_iter().map(|outcome| result(outcome, domain)).collect();
                Ok(pb::ImportRegionsResponse { results })
            })
            .await
    }

    async fn get_region(&self, request: Request<pb::GetRegionRequest>) -> Answer<pb::Region> {
        self.edge
            .read(request, |context, query| async move {
                let id = resource_id("regions", &query.name, "name")?;
                self.app.region(&context, &id).await.map(convert::region_to_proto)
            })
            .await
    }

    async fn list_regions(&self, request: Request<pb::ListRegionsRequest>) -> Answer<pb::ListRegionsResponse> {
        self.edge
            .read(request, |context, query| async move {
                let level = query.level.to_string();
                let key = ["ListRegions", query.parent.as_str(), level.as_str()];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let wanted = requests::regions(&query, after(page.cursor.as_deref())?, page.limit())?;
                let mut found = self.app.list_regions(&context, &wanted).await?;
                let next_page_token = page.cut(&mut found, &key, |region| region.id.to_string());
                let regions = found.into_iter().map(convert::region_to_proto).collect();
                Ok(pb::ListRegionsResponse { regions, next_page_token })
            })
            .await
    }

    async fn list_region_ancestors(
        &self,
        request: Request<pb::ListRegionAncestorsRequest>,
    ) -> Answer<pb::ListRegionAncestorsResponse> {
        self.edge
            .read(request, |context, query| async move {
                let id = resource_id("regions", &query.name, "name")?;
                let found = self.app.region_ancestors(&context, &id).await?;
                let ancestors = found.into_iter().map(convert::region_to_proto).collect();
                Ok(pb::ListRegionAncestorsResponse { ancestors })
            })
            .await
    }

    async fn record_territory_right(
        &self,
        request: Request<pb::RecordTerritoryRightRequest>,
    ) -> Answer<pb::RecordTerritoryRightResponse> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let request_id = query.request_id.clone();
                let command = requests::record(query)?;
                let Recorded { right, undecided, undecided_count } =
                    app.record_right(&context, &command, &request_id).await?;
                Ok(pb::RecordTerritoryRightResponse {
                    right: Some(convert::right_to_proto(&right)),
                    undecided: undecided.iter().map(convert::clash_to_proto).collect(),
                    undecided_count: count(undecided_count),
                })
            })
            .await
    }

    async fn end_territory_right(&self, request: Request<pb::EndTerritoryRightRequest>) -> Answer<pb::TerritoryRight> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let request_id = query.request_id.clone();
                let command = requests::end(query)?;
                app.end_right(&context, &command, &request_id).await.map(|right| convert::right_to_proto(&right))
            })
            .await
    }

    async fn get_territory_right(&self, request: Request<pb::GetTerritoryRightRequest>) -> Answer<pb::TerritoryRight> {
        self.edge
            .read(request, |context, query| async move {
                let id = resource_id("territoryRights", &query.name, "name")?;
                let known_at = query.known_at.map(|moment| wire::timestamp(&moment)).transpose();
                let known_at = known_at.map_err(|e| Fault::invalid_field("known_at", e))?;
                self.app.right(&context, &id, known_at).await.map(|right| convert::right_to_proto(&right))
            })
            .await
    }

    async fn list_territory_rights(
        &self,
        request: Request<pb::ListTerritoryRightsRequest>,
    ) -> Answer<pb::ListTerritoryRightsResponse> {
        self.edge
            .read(request, |context, query| async move {
                let unpaged =
                    pb::ListTerritoryRightsRequest { page_size: 0, page_token: String::new(), ..query.clone() };
                let shown = format!("{unpaged:?}");
                let key = ["ListTerritoryRights", shown.as_str()];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let path = match requests::optional("regions", &query.region, "region")? {
                    None => None,
                    Some(id) => {
                        let region = self.app.region(&context, &id).await?;
                        if region.level == RegionLevel::District {
                            let message = format!("{} is a custom district; ask for its members", region_name(&id));
                            return Err(Fault::invalid_field("region", message));
                        }
                        Some(region.path)
                    }
                };
                let cursor = after(page.cursor.as_deref())?;
                let wanted = requests::rights(&query, path.as_deref(), cursor, page.limit())?;
                let mut found = self.app.rights(&context, &wanted).await?;
                let next_page_token = page.cut(&mut found, &key, |right| right.id.to_string());
                let territory_rights = found.iter().map(convert::right_to_proto).collect();
                Ok(pb::ListTerritoryRightsResponse { territory_rights, next_page_token })
            })
            .await
    }

    async fn check_territory(&self, request: Request<pb::CheckTerritoryRequest>) -> Answer<pb::CheckTerritoryResponse> {
        self.edge
            .read(request, |context, query| async move {
                let proposal = requests::check(query)?;
                let Weighed { conflicts, undecided } = self.app.check_territory(&context, &proposal).await?;
                Ok(pb::CheckTerritoryResponse {
                    conflict_count: count(conflicts.len()),
                    conflicts: conflicts.iter().take(MOST_LISTED).map(convert::clash_to_proto).collect(),
                    undecided_count: count(undecided.len()),
                    undecided: undecided.iter().take(MOST_LISTED).map(convert::clash_to_proto).collect(),
                })
            })
            .await
    }

    async fn find_territory(&self, request: Request<pb::FindTerritoryRequest>) -> Answer<pb::FindTerritoryResponse> {
        self.edge
            .read(request, |context, query| async move {
                let area = requests::place(&query)?;
                let day = query.date.map(|day| wire::date(&day)).transpose();
                let day = day.map_err(|e| Fault::invalid_field("date", e))?;
                let line = Some(query.product_line).filter(|line| !line.is_empty());
                let Found { holders, undecided } = self.app.find_territory(&context, &area, line, day).await?;
                Ok(pb::FindTerritoryResponse {
                    undecided_count: count(undecided.len()),
                    holders: holders.into_iter().take(MOST_LISTED).map(holder).collect(),
                    undecided: undecided.into_iter().take(MOST_LISTED).map(holder).collect(),
                })
            })
            .await
    }
}

type Answer<T> = Result<Response<T>, Status>;

fn result(outcome: RegionOutcome, domain: &str) -> pb::RegionImportResult {
    let (outcome, region, error) = match outcome {
        RegionOutcome::Created(id) => (pb::UpsertOutcome::Created, region_name(&id), None),
        RegionOutcome::Updated(id) => (pb::UpsertOutcome::Updated, region_name(&id), None),
        RegionOutcome::Unchanged(id) => (pb::UpsertOutcome::Unchanged, region_name(&id), None),
        RegionOutcome::Refused(fault) => {
            (pb::UpsertOutcome::Refused, String::new(), Some(to_rpc_status(&fault, domain)))
        }
    };
    pb::RegionImportResult { outcome: outcome.into(), region, error }
}

fn holder(holder: Holder) -> pb::TerritoryHolder {
    let right = Some(convert::right_to_proto(&holder.right));
    pb::TerritoryHolder { right, whole: holder.whole, explanation: holder.explanation }
}

fn count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
