//! Between rows and domain values.

use partner_registry_domain::{Link, Partner, PartnerStatus, Revision, Standing, TierAssignment, TierOrigin};
use sqlx::QueryBuilder;
use tributary_core::{Date, ResourceId, TenantId, Timestamp};
use tributary_sql::StoreError;
use uuid::Uuid;

use super::Db;
use crate::ports::PartnerView;

/// Rows per statement of a bulk write or lookup: far below the parameter limits of both engines.
pub(super) const CHUNK: usize = 500;

/// The beginning of every query for partners, up to the condition on the tenant. A partner's tier is that of the
/// assignment recorded last among those that cover the day.
pub(super) fn select_partners(tenant: &TenantId, day: Date) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::new(
        "SELECT p.id, p.uid, p.business_key, p.status, p.before_freeze, p.profile, p.revision, p.create_time,
                p.update_time, ",
    );
    push_tier(&mut query, day);
    query.push(" AS tier FROM partners p WHERE p.tenant = ").push_bind(tenant.as_str());
    query
}

/// The tier of `p` on a day, '' when none.
pub(super) fn push_tier(query: &mut QueryBuilder<Db>, day: Date) {
    query
        .push(
            "COALESCE((SELECT t.tier FROM tier_assignments t
                       WHERE t.tenant = p.tenant AND t.partner_id = p.id AND t.effective_from <= ",
        )
        .push_bind(day.days())
        .push(" AND (t.effective_to IS NULL OR t.effective_to > ")
        .push_bind(day.days())
        .push(") ORDER BY t.ordinal DESC LIMIT 1), '')");
}

/// Pushes `column IN (…)`.
pub(super) fn push_in<'a>(query: &mut QueryBuilder<Db>, column: &str, values: impl IntoIterator<Item = &'a str>) {
    query.push(column).push(" IN (");
    let mut list = query.separated(", ");
    for value in values {
        list.push_bind(value);
    }
    query.push(")");
}

#[derive(sqlx::FromRow)]
pub(super) struct PartnerRow {
    id: String,
    uid: Uuid,
    business_key: String,
    status: String,
    before_freeze: Option<String>,
    profile: String,
    revision: i64,
    create_time: i64,
    update_time: i64,
    tier: String,
}

impl PartnerRow {
    pub(super) fn read(self) -> Result<PartnerView, StoreError> {
        let before_freeze = self.before_freeze.as_deref().map(status).transpose()?;
        let standing = Standing::restore(status(&self.status)?, before_freeze)
            .ok_or_else(|| StoreError::Corrupt(format!("the status of partner {} does not fit its freeze", self.id)))?;
        let partner = Partner {
            id: id(&self.id)?,
            uid: self.uid,
            business_key: self.business_key,
            profile: json(&self.profile)?,
            standing,
            revision: self.revision,
            create_time: Timestamp(self.create_time),
            update_time: Timestamp(self.update_time),
        };
        Ok(PartnerView { partner, tier: self.tier, duplicates: Vec::new() })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct RevisionRow {
    action: String,
    actor: String,
    reason: String,
    record_time: i64,
    previous_status: Option<String>,
    tier: String,
    snapshot: String,
}

impl RevisionRow {
    pub(super) fn read(self) -> Result<Revision, StoreError> {
        Ok(Revision {
            partner: json(&self.snapshot)?,
            tier: self.tier,
            action: self.action,
            actor: self.actor,
            reason: self.reason,
            record_time: Timestamp(self.record_time),
            previous_status: self.previous_status.as_deref().map(status).transpose()?,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct TierRow {
    partner_id: String,
    ordinal: i64,
    tier: String,
    effective_from: i64,
    effective_to: Option<i64>,
    reason: String,
    actor: String,
    record_time: i64,
    origin: String,
}

impl TierRow {
    pub(super) fn read(self) -> Result<TierAssignment, StoreError> {
        Ok(TierAssignment {
            partner: id(&self.partner_id)?,
            ordinal: self.ordinal,
            tier: self.tier,
            effective_from: Date::from_days(self.effective_from),
            effective_to: self.effective_to.map(Date::from_days),
            reason: self.reason,
            actor: self.actor,
            record_time: Timestamp(self.record_time),
            origin: TierOrigin::parse(&self.origin).map_err(StoreError::Corrupt)?,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct LinkRow {
    partner_id: String,
    parent_id: Option<String>,
    effective_from: i64,
    reason: String,
    actor: String,
    record_time: i64,
    ordinal: i64,
}

impl LinkRow {
    pub(super) fn read(self) -> Result<Link, StoreError> {
        Ok(Link {
            partner: id(&self.partner_id)?,
            parent: self.parent_id.as_deref().map(id).transpose()?,
            effective_from: Date::from_days(self.effective_from),
            reason: self.reason,
            actor: self.actor,
            record_time: Timestamp(self.record_time),
            ordinal: self.ordinal,
        })
    }
}

pub(super) fn id(text: &str) -> Result<ResourceId, StoreError> {
    ResourceId::parse(text).map_err(StoreError::Corrupt)
}

fn status(text: &str) -> Result<PartnerStatus, StoreError> {
    PartnerStatus::parse(text).map_err(StoreError::Corrupt)
}

pub(super) fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|e| StoreError::Corrupt(e.to_string()))
}

/// The JSON of a value.
pub(super) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Internal(e.to_string()))
}
