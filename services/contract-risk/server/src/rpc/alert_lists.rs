//! Lists of early warning: pages of rules, alerts and progress.

use contract_risk_domain::alert::{Alert, RuleVersion};
use tributary_core::{Fault, RequestContext, ResourceId, Violations, fault::common::PAGE_TOKEN_INVALID};
use tributary_proto::tributary::contract::v1 as pb;
use tributary_rpc::{
    convert::{date, resource_id},
    page::PageRequest,
};

use super::{alert_filter, bounded::fill};
use crate::{
    app::alerts::{Alerts, CommitmentProgress, ProgressQuery},
    convert::{alert_to_proto, progress_to_proto, rule_version_to_proto},
    ports::{AlertQuery, RuleQuery},
};

/// A page of versions: by rule, newest first.
pub(super) async fn list_rule_versions(
    app: &Alerts,
    caller: &RequestContext,
    query: pb::ListAlertRuleVersionsRequest,
) -> Result<pb::ListAlertRuleVersionsResponse, Fault> {
    let rule = match query.parent.as_str() {
        "alertRules/-" => None,
        name => Some(resource_id("alertRules", name, "parent")?),
    };
    let active = if query.active_only { "active" } else { "" };
    let parts = ["ListAlertRuleVersions", query.parent.as_str(), active];
    let page = PageRequest::read(&parts, query.page_size, &query.page_token)?;
    let fetch = |cursor: Option<String>, limit| {
        let (rule, active_only) = (rule.clone(), query.active_only);
        async move {
            let after = cursor.as_deref().map(version_key).transpose()?;
            app.rule_versions(caller, &RuleQuery { rule, active_only, after, limit }).await
        }
    };
    let cursor = |last: &RuleVersion| format!("{} {}", last.rule, last.version);
    let (versions, next_page_token) = fill(&page, &parts, cursor, rule_version_to_proto, fetch).await?;
    Ok(pb::ListAlertRuleVersionsResponse { versions, next_page_token })
}

/// A page of alerts, newest first.
pub(super) async fn list_alerts(
    app: &Alerts,
    caller: &RequestContext,
    query: pb::ListAlertsRequest,
) -> Result<pb::ListAlertsResponse, Fault> {
    let parts = ["ListAlerts", query.filter.as_str()];
    let page = PageRequest::read(&parts, query.page_size, &query.page_token)?;
    let condition = alert_filter::condition(&query.filter)?;
    let fetch = |before, limit| {
        let condition = condition.clone();
        async move { app.alerts(caller, &AlertQuery { condition, before, limit }).await }
    };
    let cursor = |last: &Alert| last.id.to_string();
    let (alerts, next_page_token) = fill(&page, &parts, cursor, alert_to_proto, fetch).await?;
    Ok(pb::ListAlertsResponse { alerts, next_page_token })
}

/// A page of progress, by contract and commitment.
pub(super) async fn list_progress(
    app: &Alerts,
    caller: &RequestContext,
    query: pb::ListCommitmentProgressRequest,
) -> Result<pb::ListCommitmentProgressResponse, Fault> {
    let mut v = Violations::new();
    let mut id = |field: &str, collection: &str, name: &str| match name {
        "" => None,
        name => v.check(field, ResourceId::from_name(collection, name)),
    };
    let (partner, contract) = (id("partner", "partners", &query.partner), id("contract", "contracts", &query.contract));
    let as_of = query.as_of.as_ref().and_then(|day| v.check("as_of", date(day)));
    v.into_result()?;
    let day = as_of.map(|day| day.to_string()).unwrap_or_default();
    let parts = ["ListCommitmentProgress", query.partner.as_str(), query.contract.as_str(), day.as_str()];
    let page = PageRequest::read(&parts, query.page_size, &query.page_token)?;
    let after = page.cursor.as_deref().map(pair).transpose()?.map(|(contract, id)| (contract, id.to_owned()));
    let limit = usize::try_from(page.limit()).unwrap_or(usize::MAX);
    let mut found = app.commitment_progress(caller, &ProgressQuery { partner, contract, as_of, after, limit }).await?;
    let cursor = |last: &CommitmentProgress| format!("{} {}", last.contract, last.commitment.commitment_id);
    Ok(pb::ListCommitmentProgressResponse {
        next_page_token: page.cut(&mut found.progress, &parts, cursor),
        progress: found.progress.iter().map(progress_to_proto).collect(),
        through_batch: found.through_batch,
    })
}

fn version_key(cursor: &str) -> Result<(ResourceId, i64), Fault> {
    let (rule, version) = pair(cursor)?;
    Ok((rule, version.parse().map_err(|_| unreadable())?))
}

/// An id and what follows it.
fn pair(cursor: &str) -> Result<(ResourceId, &str), Fault> {
    let (id, rest) = cursor.split_once(' ').ok_or_else(unreadable)?;
    Ok((ResourceId::parse(id).map_err(|_| unreadable())?, rest))
}

fn unreadable() -> Fault {
    Fault::new(PAGE_TOKEN_INVALID, "the page token cannot be read; start from the first page")
}
