//! Between rows and names of what belongs to a partner.

use partner_registry_domain::OwnName;
use sqlx::QueryBuilder;
use tributary_core::{ResourceId, TenantId};
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{Db, rows::id};
use crate::ports::Due;

#[derive(sqlx::FromRow)]
pub(super) struct DueRow {
    tenant: String,
    partner_id: String,
    id: String,
    uid: Uuid,
}

impl DueRow {
    pub(super) fn read<N: OwnName>(self) -> Result<Due<N>, StoreError> {
        let tenant = TenantId::parse(&self.tenant).map_err(StoreError::Corrupt)?;
        Ok(Due { tenant, name: name(&self.partner_id, &self.id)?, uid: self.uid })
    }
}

pub(super) fn name<N: OwnName>(partner: &str, own: &str) -> Result<N, StoreError> {
    Ok(N::of(id(partner)?, id(own)?))
}

/// Pushes that it is this one.
pub(super) fn push_is(sql: &mut QueryBuilder<Db>, name: &impl OwnName) {
    sql.push(" AND partner_id = ").push_bind(name.partner().to_string());
    sql.push(" AND id = ").push_bind(name.id().to_string());
}

/// Pushes whose it is, all for `None`, and that it comes after one in the order of partner and id.
pub(super) fn push_after<N: OwnName>(sql: &mut QueryBuilder<Db>, partner: Option<&ResourceId>, after: Option<&N>) {
    if let Some(partner) = partner {
        sql.push(" AND partner_id = ").push_bind(partner.to_string());
    }
    match after {
        Some(last) if partner.is_some() => {
            sql.push(" AND id > ").push_bind(last.id().to_string());
        }
        Some(last) => {
            sql.push(" AND (partner_id, id) > (").push_bind(last.partner().to_string());
            sql.push(", ").push_bind(last.id().to_string()).push(")");
        }
        None => {}
    }
}
