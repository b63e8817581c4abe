//! Regions: rows, reads and writes.

use std::collections::BTreeMap;

use partner_registry_domain::territory::{Region, RegionLevel, Shape, code::path_end};
use serde::{Deserialize, Serialize};
use sqlx::{Executor, QueryBuilder};
use tributary_core::{ResourceId, TenantId, Timestamp};
use tributary_sql::StoreError;

use super::{
    Db, Tx,
    rows::{CHUNK, id, json, push_in, to_json},
};
use crate::ports::RegionQuery;

/// What no query looks for.
#[derive(Serialize, Deserialize)]
struct Content {
    names: BTreeMap<String, String>,
    members: Vec<ResourceId>,
    shape: Shape,
}

#[derive(sqlx::FromRow)]
pub(super) struct RegionRow {
    id: String,
    code: String,
    level: String,
    path: String,
    parent_id: Option<String>,
    display_name: String,
    content: String,
    revision: i64,
    create_time: i64,
    update_time: i64,
}

impl RegionRow {
    fn read(self) -> Result<Region, StoreError> {
        let Content { names, members, shape } = json(&self.content)?;
        Ok(Region {
            id: id(&self.id)?,
            code: self.code,
            level: RegionLevel::parse(&self.level).map_err(StoreError::Corrupt)?,
            path: self.path,
            parent: self.parent_id.as_deref().map(id).transpose()?,
            display_name: self.display_name,
            names,
            members,
            shape,
            revision: self.revision,
            create_time: Timestamp(self.create_time),
            update_time: Timestamp(self.update_time),
        })
    }
}

/// The beginning of every query for regions, up to the condition on the tenant.
fn select(tenant: &TenantId) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::new(
        "SELECT id, code, level, path, parent_id, display_name, content, revision, create_time, update_time
         FROM regions WHERE tenant = ",
    );
    query.push_bind(tenant.as_str());
    query
}

/// At most [`CHUNK`] regions that have one of some values in a column, in the order of that column.
pub(super) async fn of_values<'e>(
    executor: impl Executor<'e, Database = Db>,
    tenant: &TenantId,
    column: &'static str,
    values: impl Iterator<Item = &str>,
) -> Result<Vec<Region>, StoreError> {
    let mut query = select(tenant);
    push_in(query.push(" AND "), column, values);
    query.push(" ORDER BY ").push(column);
    let rows: Vec<RegionRow> = query.build_query_as().fetch_all(executor).await?;
    rows.into_iter().map(RegionRow::read).collect()
}

/// A page of regions.
pub(super) async fn page<'e>(
    executor: impl Executor<'e, Database = Db>,
    tenant: &TenantId,
    wanted: &RegionQuery,
) -> Result<Vec<Region>, StoreError> {
    let mut query = select(tenant);
    if let Some(parent) = &wanted.parent {
        query.push(" AND parent_id = ").push_bind(parent.as_str());
    }
    if let Some(level) = wanted.level {
        query.push(" AND level = ").push_bind(level.as_str());
    }
    if let Some(after) = &wanted.after {
        query.push(" AND id > ").push_bind(after.as_str());
    }
    query.push(" ORDER BY id LIMIT ").push_bind(i64::from(wanted.limit));
    let rows: Vec<RegionRow> = query.build_query_as().fetch_all(executor).await?;
    rows.into_iter().map(RegionRow::read).collect()
}

/// See `TerritoryTx::write_regions`.
pub(super) async fn write(tx: &mut Tx, tenant: &TenantId, regions: &[Region]) -> Result<(), StoreError> {
    let contents = regions.iter().map(|region| {
        let (names, members, shape) = (region.names.clone(), region.members.clone(), region.shape);
        Ok((region, to_json(&Content { names, members, shape })?))
    });
    let contents = contents.collect::<Result<Vec<_>, StoreError>>()?;
    for chunk in contents.chunks(CHUNK) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO regions (tenant, id, code, level, path, parent_id, display_name, content, revision,
                                  create_time, update_time) ",
        );
        query.push_values(chunk, |mut row, (region, content)| {
            row.push_bind(tenant.as_str())
                .push_bind(region.id.as_str())
                .push_bind(&region.code)
                .push_bind(region.level.as_str())
                .push_bind(&region.path)
                .push_bind(region.parent.as_ref().map(ResourceId::as_str))
                .push_bind(&region.display_name)
                .push_bind(content)
                .push_bind(region.revision)
                .push_bind(region.create_time.0)
                .push_bind(region.update_time.0);
        });
        query.push(
            " ON CONFLICT (tenant, id) DO UPDATE SET display_name = excluded.display_name,
              content = excluded.content, revision = excluded.revision, update_time = excluded.update_time",
        );
        query.build().execute(tx.conn()).await?;
    }
    // Of a city that was there before nothing changes: what lies in it stands under it already.
    for city in regions.iter().filter(|region| region.level == RegionLevel::City) {
        adopt(tx, tenant, city).await?;
    }
    Ok(())
}

/// Puts the regions that lie in a new city under it, where they stood under what is around it.
async fn adopt(tx: &mut Tx, tenant: &TenantId, city: &Region) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE regions SET parent_id = $1, revision = revision + 1, update_time = $2
         WHERE tenant = $3 AND path > $4 AND path < $5 AND parent_id = $6",
    )
    .bind(city.id.as_str())
    .bind(city.create_time.0)
    .bind(tenant.as_str())
    .bind(&city.path)
    .bind(path_end(&city.path))
    .bind(city.parent.as_ref().map(ResourceId::as_str))
    .execute(tx.conn())
    .await?;
    Ok(())
}
