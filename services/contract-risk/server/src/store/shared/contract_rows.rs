//! Between rows and contracts.

use contract_risk_domain::{Contract, ContractState, Revision, Transition};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{QueryBuilder, Row};
use tributary_core::{Date, ResourceId, TenantId, Timestamp};
use tributary_sql::StoreError;

use super::{Db, DbRow};
use crate::ports::DueContract;

/// Rows per statement of a bulk write or lookup: far below the parameter limits of both engines.
pub(super) const CHUNK: usize = 500;

/// What the column of the end of the term holds for an open-ended contract.
const OPEN_END: i64 = i64::MAX;

/// The end of the term as a column.
pub(super) fn end_column(effective_to: Option<Date>) -> i64 {
    effective_to.map_or(OPEN_END, Date::days)
}

/// A contract out of the first column of a row.
pub(super) fn contract(row: &DbRow) -> Result<Contract, StoreError> {
    from_json(row.try_get(0)?)
}

#[derive(sqlx::FromRow)]
pub(super) struct RevisionRow {
    revision: i64,
    author: String,
    create_time: i64,
    note: String,
    terms: String,
}

impl RevisionRow {
    pub(super) fn read(self) -> Result<Revision, StoreError> {
        Ok(Revision {
            revision: self.revision,
            terms: from_json(&self.terms)?,
            author: self.author,
            create_time: Timestamp(self.create_time),
            note: self.note,
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct TransitionRow {
    version: i64,
    from_state: String,
    to_state: String,
    actor: String,
    record_time: i64,
    reason: String,
    revision: i64,
}

impl TransitionRow {
    pub(super) fn read(self) -> Result<Transition, StoreError> {
        let state = |name: &str| ContractState::parse(name).map_err(StoreError::Corrupt);
        Ok(Transition {
            version: self.version,
            from: Some(self.from_state.as_str()).filter(|name| !name.is_empty()).map(state).transpose()?,
            to: state(&self.to_state)?,
            actor: self.actor,
            time: Timestamp(self.record_time),
            reason: self.reason,
            revision: self.revision,
        })
    }
}

/// A row of the query for what is due.
pub(super) fn due((on, tenant, id): (i64, String, String)) -> Result<DueContract, StoreError> {
    let tenant = TenantId::parse(&tenant).map_err(StoreError::Corrupt)?;
    Ok(DueContract { on: Date::from_days(on), tenant, id: resource_id(&id)? })
}

pub(super) fn resource_id(text: &str) -> Result<ResourceId, StoreError> {
    ResourceId::parse(text).map_err(StoreError::Corrupt)
}

pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|e| StoreError::Corrupt(e.to_string()))
}

pub(super) fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| StoreError::Internal(e.to_string()))
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
