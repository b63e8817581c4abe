//! Between rows and deals, and their writes.

use partner_registry_domain::{Deal, DealRevision, DealState, duplicates::folded};
use tributary_core::{Date, TenantId, Timestamp};
use tributary_sql::StoreError;

use super::{
    Tx,
    rows::{json, to_json},
};

#[derive(sqlx::FromRow)]
pub(super) struct DealRow {
    body: String,
}

impl DealRow {
    pub(super) fn read(self) -> Result<Deal, StoreError> {
        json(&self.body)
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct DealRevisionRow {
    action: String,
    actor: String,
    reason: String,
    record_time: i64,
    previous_state: Option<String>,
    previous_protection_end: Option<i64>,
    snapshot: String,
}

impl DealRevisionRow {
    pub(super) fn read(self) -> Result<DealRevision, StoreError> {
        let state = |text: String| DealState::parse(&text).map_err(StoreError::Corrupt);
        Ok(DealRevision {
            deal: json(&self.snapshot)?,
            action: self.action,
            actor: self.actor,
            reason: self.reason,
            record_time: Timestamp(self.record_time),
            previous_state: self.previous_state.map(state).transpose()?,
            previous_protection_end: self.previous_protection_end.map(Date::from_days),
        })
    }
}

/// Inserts a new deal.
pub(super) async fn insert(tx: &mut Tx, tenant: &TenantId, deal: &Deal) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO deals (tenant, partner_id, id, uid, state, product_line, customer_name, customer_folded,
                            decide_by, protection_end, registrant, reviewer, body, revision)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(tenant.as_str())
    .bind(deal.name.partner.as_str())
    .bind(deal.name.id.as_str())
    .bind(deal.uid)
    .bind(deal.state.as_str())
    .bind(&deal.content.product_line)
    .bind(&deal.content.customer.display_name)
    .bind(folded(&deal.content.customer.display_name))
    .bind(deal.decide_by.days())
    .bind(deal.protection_end.map(Date::days))
    .bind(&deal.registrant)
    .bind(deal.decision.as_ref().map(|decision| decision.reviewer.as_str()))
    .bind(to_json(deal)?)
    .bind(deal.revision)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Updates what the life of a deal changes, at the revision before only; what the registrant told stays.
pub(super) async fn update(tx: &mut Tx, tenant: &TenantId, deal: &Deal) -> Result<(), StoreError> {
    let done = sqlx::query(
        "UPDATE deals SET state = $1, protection_end = $2, reviewer = $3, body = $4, revision = $5
         WHERE tenant = $6 AND partner_id = $7 AND id = $8 AND revision = $9",
    )
    .bind(deal.state.as_str())
    .bind(deal.protection_end.map(Date::days))
    .bind(deal.decision.as_ref().map(|decision| decision.reviewer.as_str()))
    .bind(to_json(deal)?)
    .bind(deal.revision)
    .bind(tenant.as_str())
    .bind(deal.name.partner.as_str())
    .bind(deal.name.id.as_str())
    .bind(deal.revision.saturating_sub(1))
    .execute(tx.conn())
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Appends a revision to the history.
pub(super) async fn insert_revision(tx: &mut Tx, tenant: &TenantId, revision: &DealRevision) -> Result<(), StoreError> {
    let deal = &revision.deal;
    sqlx::query(
        "INSERT INTO deal_revisions (tenant, partner_id, deal_id, revision, action, actor, reason, record_time,
                                     previous_state, previous_protection_end, snapshot)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(tenant.as_str())
    .bind(deal.name.partner.as_str())
    .bind(deal.name.id.as_str())
    .bind(deal.revision)
    .bind(&revision.action)
    .bind(&revision.actor)
    .bind(&revision.reason)
    .bind(revision.record_time.0)
    .bind(revision.previous_state.map(DealState::as_str))
    .bind(revision.previous_protection_end.map(Date::days))
    .bind(to_json(deal)?)
    .execute(tx.conn())
    .await?;
    Ok(())
}
