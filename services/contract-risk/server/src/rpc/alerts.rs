//! `AlertService`: decode, use case, encode.

use std::sync::Arc;

use contract_risk_domain::alert::{Alert, parse_name};
use prost::Message as _;
use tonic::{Request, Response, Status};
use tributary_core::{Fault, RequestContext, ResourceId, Violations};
use tributary_proto::tributary::contract::v1::{self as pb, alert_service_server::AlertService};
use tributary_rpc::{Edge, convert::resource_id, validate};
use tributary_sql::RequestKey;

use super::{
    alert_lists::{list_alerts, list_progress, list_rule_versions},
    bounded::MOST_BYTES,
};
use crate::{
    app::alerts::{ActOnAlert, Alerts, CreateRuleVersion},
    convert::{alert_to_proto, rule_spec, rule_version_to_proto, tried_to_proto},
};

/// The handlers of this server.
#[derive(Clone)]
pub struct AlertRpc {
    /// The use cases.
    pub app: Arc<Alerts>,
    /// The edge.
    pub edge: Edge,
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl AlertService for AlertRpc {
    async fn create_alert_rule_version(
        &self,
        request: Request<pb::CreateAlertRuleVersionRequest>,
    ) -> Answer<pb::AlertRuleVersion> {
        let app = self.app.clone();
        self.edge
            .write_unchecked(request, |caller, query: pb::CreateAlertRuleVersionRequest| async move {
                let new = create(&caller, query)?;
                Ok(rule_version_to_proto(&app.create_rule_version(&caller, new).await?))
            })
            .await
    }

    async fn activate_alert_rule_version(
        &self,
        request: Request<pb::ActivateAlertRuleVersionRequest>,
    ) -> Answer<pb::AlertRuleVersion> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: pb::ActivateAlertRuleVersionRequest| async move {
                let (rule, version) = version_of(&query.name)?;
                let body = query.encode_to_vec();
                let key = RequestKey::new(
                    (&caller.tenant, &caller.scope),
                    "ActivateAlertRuleVersion",
                    &query.request_id,
                    &body,
                );
                Ok(rule_version_to_proto(&app.activate_rule_version(&caller, &rule, version, key).await?))
            })
            .await
    }

    async fn retire_alert_rule_version(
        &self,
        request: Request<pb::RetireAlertRuleVersionRequest>,
    ) -> Answer<pb::AlertRuleVersion> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: pb::RetireAlertRuleVersionRequest| async move {
                let (rule, version) = version_of(&query.name)?;
                let body = query.encode_to_vec();
                let key = RequestKey::new(
                    (&caller.tenant, &caller.scope),
                    "RetireAlertRuleVersion",
                    &query.request_id,
                    &body,
                );
                Ok(rule_version_to_proto(&app.retire_rule_version(&caller, &rule, version, key).await?))
            })
            .await
    }

    async fn get_alert_rule_version(
        &self,
        request: Request<pb::GetAlertRuleVersionRequest>,
    ) -> Answer<pb::AlertRuleVersion> {
        self.edge
            .read(request, |caller, query| async move {
                let (rule, version) = version_of(&query.name)?;
                Ok(rule_version_to_proto(&self.app.rule_version(&caller, &rule, version).await?))
            })
            .await
    }

    async fn list_alert_rule_versions(
        &self,
        request: Request<pb::ListAlertRuleVersionsRequest>,
    ) -> Answer<pb::ListAlertRuleVersionsResponse> {
        self.edge
            .read(request, |caller, query| async move { list_rule_versions(&self.app, &caller, query).await })
            .await
    }

    async fn try_alert_rule_version(
        &self,
        request: Request<pb::TryAlertRuleVersionRequest>,
    ) -> Answer<pb::TryAlertRuleVersionResponse> {
        self.edge
            .read(request, |caller, query| async move {
                let (rule, version) = version_of(&query.name)?;
                let tried = self.app.try_rule_version(&caller, &rule, version).await?;
                Ok(pb::TryAlertRuleVersionResponse { alerts: fitting(&tried.alerts), alert_count: tried.count })
            })
            .await
    }

    async fn evaluate_alerts(&self, request: Request<pb::EvaluateAlertsRequest>) -> Answer<pb::EvaluateAlertsResponse> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: pb::EvaluateAlertsRequest| async move {
                let partner = partner_of(&query.partner)?;
                let (done, standing_count) = app.evaluate_now(&caller.tenant, partner.as_ref()).await?;
                Ok(pb::EvaluateAlertsResponse {
                    raised_count: done.raised,
                    updated_count: done.updated,
                    resolved_count: done.resolved,
                    standing_count,
                })
            })
            .await
    }

    async fn get_alert(&self, request: Request<pb::GetAlertRequest>) -> Answer<pb::Alert> {
        self.edge
            .read(request, |caller, query| async move {
                let id = resource_id("alerts", &query.name, "name")?;
                Ok(alert_to_proto(&self.app.alert(&caller, &id).await?))
            })
            .await
    }

    async fn list_alerts(&self, request: Request<pb::ListAlertsRequest>) -> Answer<pb::ListAlertsResponse> {
        self.edge.read(request, |caller, query| async move { list_alerts(&self.app, &caller, query).await }).await
    }

    async fn acknowledge_alert(&self, request: Request<pb::AcknowledgeAlertRequest>) -> Answer<pb::Alert> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: pb::AcknowledgeAlertRequest| async move {
                let body = query.encode_to_vec();
                let key =
                    RequestKey::new((&caller.tenant, &caller.scope), "AcknowledgeAlert", &query.request_id, &body);
                let id = resource_id("alerts", &query.name, "name")?;
                let act = ActOnAlert { id, etag: query.etag, reason: query.reason, resolve: false, key };
                Ok(alert_to_proto(&app.act_on_alert(&caller, act).await?))
            })
            .await
    }

    async fn resolve_alert(&self, request: Request<pb::ResolveAlertRequest>) -> Answer<pb::Alert> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: pb::ResolveAlertRequest| async move {
                let body = query.encode_to_vec();
                let key = RequestKey::new((&caller.tenant, &caller.scope), "ResolveAlert", &query.request_id, &body);
                let id = resource_id("alerts", &query.name, "name")?;
                let act = ActOnAlert { id, etag: query.etag, reason: query.reason, resolve: true, key };
                Ok(alert_to_proto(&app.act_on_alert(&caller, act).await?))
            })
            .await
    }

    async fn list_commitment_progress(
        &self,
        request: Request<pb::ListCommitmentProgressRequest>,
    ) -> Answer<pb::ListCommitmentProgressResponse> {
        self.edge.read(request, |caller, query| async move { list_progress(&self.app, &caller, query).await }).await
    }
}

/// Reads and checks a new version: what the annotations refuse is told together with what the domain refuses.
fn create(caller: &RequestContext, query: pb::CreateAlertRuleVersionRequest) -> Result<CreateRuleVersion, Fault> {
    let key = RequestKey::new(
        (&caller.tenant, &caller.scope),
        "CreateAlertRuleVersion",
        &query.request_id,
        &query.encode_to_vec(),
    );
    let annotated = validate::validate(&query).err().unwrap_or_default();
    let mut violations = Violations::new();
    let rule = violations.check("parent", ResourceId::from_name("alertRules", &query.parent));
    let spec = rule_spec(query.spec.unwrap_or_default()).map_err(|found| violations.nest("spec", found)).ok();
    let violations = annotated.joined(violations);
    match (rule, spec) {
        (Some(rule), Some(spec)) if violations.is_empty() => Ok(CreateRuleVersion { rule, spec, key }),
        _ => Err(Fault::invalid(violations)),
    }
}

/// As many alerts as fit into a message.
fn fitting(alerts: &[Alert]) -> Vec<pb::Alert> {
    let mut bytes = 0_usize;
    let fits = |alert: &pb::Alert| {
        bytes = bytes.saturating_add(alert.encoded_len());
        bytes <= MOST_BYTES
    };
    alerts.iter().map(tried_to_proto).take_while(fits).collect()
}

fn version_of(name: &str) -> Result<(ResourceId, i64), Fault> {
    parse_name(name).map_err(|e| Fault::invalid_field("name", e))
}

/// The partner of a request, `None` for all.
pub(super) fn partner_of(name: &str) -> Result<Option<ResourceId>, Fault> {
    match name {
        "" => Ok(None),
        name => resource_id("partners", name, "partner").map(Some),
    }
}
