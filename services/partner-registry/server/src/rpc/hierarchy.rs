//! HierarchyService.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use tributary_core::{Date, Fault, ResourceId};
use tributary_proto::{
    google::r#type as google,
    tributary::partner::v1::{self as pb, hierarchy_service_server::HierarchyService},
};
use tributary_rpc::{
    Edge,
    convert::{self as wire, resource_id},
    page::PageRequest,
};

use super::checks::broken;
use crate::{
    app::{Registry, SetParent},
    convert,
};

/// The handlers of `HierarchyService`.
pub(crate) struct Trees {
    pub edge: Edge,
    pub app: Arc<Registry>,
}

#[tonic::async_trait]
impl HierarchyService for Trees {
    async fn set_parent(&self, request: Request<pb::SetParentRequest>) -> Result<Response<pb::HierarchyLink>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let parent = match query.parent.as_str() {
                    "" => None,
                    name => Some(resource_id("partners", name, "parent")?),
                };
                let from = query.effective_from.ok_or_else(|| "is required; give the first day".to_owned());
                let from = from.and_then(|date| wire::date(&date));
                let command = SetParent {
                    partner: resource_id("partners", &query.partner, "partner")?,
                    parent,
                    effective_from: from.map_err(|e| Fault::invalid_field("effective_from", e))?,
                    reason: query.reason,
                };
                app.set_parent(&context, &command, &query.request_id).await.map(convert::link_to_proto)
            })
            .await
    }

    async fn list_ancestors(
        &self,
        request: Request<pb::ListAncestorsRequest>,
    ) -> Result<Response<pb::ListAncestorsResponse>, Status> {
        self.edge
            .read(request, |context, query| async move {
                let partner = resource_id("partners", &query.partner, "partner")?;
                let day = day(query.date)?.unwrap_or_else(|| self.app.today());
                let ancestors = self.app.ancestors(&context, &partner, day).await?;
                Ok(pb::ListAncestorsResponse { ancestors: ancestors.into_iter().map(convert::node_to_proto).collect() })
            })
            .await
    }

    async fn list_descendants(
        &self,
        request: Request<pb::ListDescendantsRequest>,
    ) -> Result<Response<pb::ListDescendantsResponse>, Status> {
        self.edge
            .read(request, |context, query| async move {
                let asked = day(query.date)?;
                let shown = asked.map(|day| day.to_string()).unwrap_or_default();
                let key = ["ListDescendants", query.partner.as_str(), shown.as_str()];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let partner = resource_id("partners", &query.partner, "partner")?;
                // The day of the first page holds for all, so that midnight does not tear a listing apart.
                let (day, after) = match page.cursor.as_deref().map(position).transpose()? {
                    Some((day, level, id)) => (day, Some((level, id))),
                    None => (asked.unwrap_or_else(|| self.app.today()), None),
                };
                let limit = usize::try_from(page.size).unwrap_or(usize::MAX).saturating_add(1);
                let mut found = self.app.descendants(&context, &partner, day, after, limit).await?;
                let next_page_token = page.cut(&mut found, &key, |(n, _)| format!("{day} {} {}", n.level, n.partner));
                let descendants = found.into_iter().map(convert::node_to_proto).collect();
                Ok(pb::ListDescendantsResponse { descendants, next_page_token })
            })
            .await
    }
}

fn day(date: Option<google::Date>) -> Result<Option<Date>, Fault> {
    date.map(|date| wire::date(&date)).transpose().map_err(|e| Fault::invalid_field("date", e))
}

/// Day, level and id out of a cursor.
fn position(cursor: &str) -> Result<(Date, usize, ResourceId), Fault> {
    let mut parts = cursor.splitn(3, ' ');
    let day = parts.next().and_then(|text| Date::parse(text).ok());
    let level = parts.next().and_then(|text| text.parse().ok());
    let id = parts.next().and_then(|text| ResourceId::parse(text).ok());
    match (day, level, id) {
        (Some(day), Some(level), Some(id)) => Ok((day, level, id)),
        _ => Err(broken()),
    }
}
