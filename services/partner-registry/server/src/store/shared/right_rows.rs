//! Rights to territories: rows, reads and writes. What a right says is written once; until when it holds is the newest
//! revision that was recorded by the moment asked about.

use partner_registry_domain::territory::{Ending, Right, Terms, Territory, code::path_end};
use sqlx::{Executor, QueryBuilder};
use tributary_core::{Date, TenantId, Timestamp};
use tributary_sql::StoreError;
use uuid::Uuid;

use super::{
    Db, Tx,
    rows::{CHUNK, id, json, push_in, to_json},
};
use crate::ports::{Reach, RightQuery};

#[derive(sqlx::FromRow)]
struct RightRow {
    id: String,
    uid: Uuid,
    terms: String,
    reason: String,
    actor: String,
    record_time: i64,
    revision: i64,
    effective_to: Option<i64>,
    end_reason: String,
    end_actor: String,
    end_time: i64,
}

impl RightRow {
    fn read(self) -> Result<Right, StoreError> {
        let terms: Terms = json(&self.terms)?;
        let ending = (self.revision > 1).then_some(Ending {
            actor: self.end_actor,
            reason: self.end_reason,
            record_time: Timestamp(self.end_time),
        });
        Ok(Right {
            id: id(&self.id)?,
            uid: self.uid,
            terms: Terms { effective_to: self.effective_to.map(Date::from_days), ..terms },
            reason: self.reason,
            actor: self.actor,
            record_time: Timestamp(self.record_time),
            ending,
            revision: self.revision,
        })
    }
}

/// Rights in the order of their ids.
pub(super) async fn find<'e>(
    executor: impl Executor<'e, Database = Db>,
    tenant: &TenantId,
    wanted: &RightQuery,
) -> Result<Vec<Right>, StoreError> {
    let rows: Vec<RightRow> = select(tenant, wanted).build_query_as().fetch_all(executor).await?;
    rows.into_iter().map(RightRow::read).collect()
}

/// The query that finds them.
pub(super) fn select(tenant: &TenantId, wanted: &RightQuery) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::<Db>::new(
        "SELECT r.id, r.uid, r.terms, r.reason, r.actor, r.record_time, v.revision, v.effective_to,
                v.reason AS end_reason, v.actor AS end_actor, v.record_time AS end_time
         FROM territory_rights r
         JOIN territory_right_revisions v ON v.tenant = r.tenant AND v.right_id = r.id
          AND v.revision = (SELECT MAX(w.revision) FROM territory_right_revisions w
                            WHERE w.tenant = r.tenant AND w.right_id = r.id AND w.record_time <= ",
    );
    query.push_bind(wanted.known_at.map_or(i64::MAX, |moment| moment.0)).push(") WHERE r.tenant = ");
    query.push_bind(tenant.as_str());
    if let Some(partner) = &wanted.partner {
        query.push(" AND r.partner_id = ").push_bind(partner.as_str());
    }
    if let Some(partner) = &wanted.not_partner {
        query.push(" AND r.partner_id <> ").push_bind(partner.as_str());
    }
    if wanted.exclusive {
        query.push(" AND r.is_exclusive = 1");
    }
    if let Some(days) = wanted.days {
        push_days(&mut query, days);
    }
    if !wanted.product_lines.is_empty() {
        query.push(
            " AND (r.all_lines = 1 OR EXISTS (SELECT 1 FROM territory_right_lines l
                   WHERE l.tenant = r.tenant AND l.right_id = r.id AND ",
        );
        push_in(&mut query, "l.product_line", wanted.product_lines.iter().map(String::as_str));
        query.push("))");
    }
    if let Some(reach) = &wanted.reach {
        push_reach(&mut query, tenant, reach);
    }
    if let Some(own) = &wanted.id {
        query.push(" AND r.id = ").push_bind(own.as_str());
    }
    if let Some(after) = &wanted.after {
        query.push(" AND r.id > ").push_bind(after.as_str());
    }
    query.push(" ORDER BY r.id LIMIT ").push_bind(wanted.limit.map_or(i64::MAX, i64::from));
    query
}

/// Pushes that a right is in force on one of some days; one that was taken back never is.
fn push_days(query: &mut QueryBuilder<Db>, (from, to): (Date, Option<Date>)) {
    if let Some(to) = to {
        query.push(" AND r.effective_from < ").push_bind(to.days());
    }
    query.push(" AND (v.effective_to IS NULL OR (v.effective_to > r.effective_from AND v.effective_to > ");
    query.push_bind(from.days()).push("))");
}

/// Pushes that the territory is one of those looked for. Each way alone goes through an index of its own; a constant or
/// an OR of ranges in the middle of it would make SQLite read every right of the tenant.
fn push_reach(query: &mut QueryBuilder<Db>, tenant: &TenantId, reach: &Reach) {
    let mut word = " AND (";
    let mut way = |query: &mut QueryBuilder<Db>| {
        query.push(word);
        word = " OR ";
    };
    if reach.all_regions {
        way(query);
        query.push("r.kind = 'REGIONS'");
    }
    if reach.all_circles {
        way(query);
        query.push("r.kind = 'CIRCLE'");
    }
    if let Some(south) = reach.circles.iter().map(|bounds| bounds.south).min() {
        way(query);
        let north = reach.circles.iter().map(|bounds| bounds.north).max();
        let west = reach.circles.iter().map(|bounds| bounds.widened().0).min();
        let east = reach.circles.iter().map(|bounds| bounds.widened().1).max();
        query.push("(r.kind = 'CIRCLE' AND r.south <= ").push_bind(north);
        query.push(" AND r.north >= ").push_bind(south);
        query.push(" AND r.west <= ").push_bind(east);
        query.push(" AND r.east >= ").push_bind(west).push(")");
    }
    if !reach.at.is_empty() {
        way(query);
        query.push("(r.kind = 'REGIONS' AND r.id IN (");
        query.push("SELECT p.right_id FROM territory_right_places p WHERE p.tenant = ").push_bind(tenant.as_str());
        push_in(query.push(" AND "), "p.path", reach.at.iter().map(String::as_str));
        query.push("))");
    }
    if !reach.below.is_empty() {
        way(query);
        query.push("r.id IN (");
        for (n, path) in reach.below.iter().enumerate() {
            query.push(if n > 0 { " UNION ALL " } else { "" });
            query.push("SELECT p.right_id FROM territory_right_places p WHERE p.tenant = ").push_bind(tenant.as_str());
            query.push(" AND p.path >= ").push_bind(path).push(" AND p.path < ").push_bind(path_end(path));
        }
        query.push(")");
    }
    query.push(if *reach == Reach::default() { " AND 1 = 0" } else { ")" });
}

/// See `TerritoryTx::write_right`.
pub(super) async fn write(tx: &mut Tx, tenant: &TenantId, right: &Right) -> Result<(), StoreError> {
    let revised = match &right.ending {
        None => {
            insert(tx, tenant, right).await?;
            (&right.reason, &right.actor, right.record_time)
        }
        Some(ending) => (&ending.reason, &ending.actor, ending.record_time),
    };
    sqlx::query(
        "INSERT INTO territory_right_revisions (tenant, right_id, revision, effective_to, reason, actor, record_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(tenant.as_str())
    .bind(right.id.as_str())
    .bind(right.revision)
    .bind(right.terms.effective_to.map(|day| day.days()))
    .bind(revised.0)
    .bind(revised.1)
    .bind(revised.2.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn insert(tx: &mut Tx, tenant: &TenantId, right: &Right) -> Result<(), StoreError> {
    let terms = &right.terms;
    let partner = terms.partner.as_ref().ok_or_else(|| StoreError::Internal("a right without a partner".to_owned()))?;
    let (kind, bounds) = match &terms.territory {
        Territory::Regions { .. } => ("REGIONS", None),
        Territory::Circle(circle) => ("CIRCLE", Some(circle.centre.around(circle.radius))),
    };
    let sides = bounds.map(|bounds| bounds.widened());
    sqlx::query(
        "INSERT INTO territory_rights (tenant, id, uid, partner_id, kind, is_exclusive, all_lines, effective_from,
                                       south, west, north, east, terms, reason, actor, record_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(tenant.as_str())
    .bind(right.id.as_str())
    .bind(right.uid)
    .bind(partner.as_str())
    .bind(kind)
    .bind(i64::from(terms.exclusive))
    .bind(i64::from(terms.product_lines.is_empty()))
    .bind(terms.effective_from.days())
    .bind(bounds.map(|b| b.south))
    .bind(sides.map(|(west, _)| west))
    .bind(bounds.map(|b| b.north))
    .bind(sides.map(|(_, east)| east))
    .bind(to_json(terms)?)
    .bind(&right.reason)
    .bind(&right.actor)
    .bind(right.record_time.0)
    .execute(tx.conn())
    .await?;
    let lines: Vec<&String> = terms.product_lines.iter().collect();
    insert_pairs(tx, tenant, "territory_right_lines (tenant, right_id, product_line) ", right, &lines).await?;
    let mut paths: Vec<&str> = terms.territory.paths().collect();
    paths.dedup();
    insert_pairs(tx, tenant, "territory_right_places (tenant, right_id, path) ", right, &paths).await
}

/// Inserts one row per value beside the right.
async fn insert_pairs(
    tx: &mut Tx,
    tenant: &TenantId,
    into: &'static str,
    right: &Right,
    values: &[impl AsRef<str>],
) -> Result<(), StoreError> {
    for chunk in values.chunks(CHUNK) {
        let mut query = QueryBuilder::<Db>::new("INSERT INTO ");
        query.push(into);
        query.push_values(chunk, |mut row, value| {
            row.push_bind(tenant.as_str()).push_bind(right.id.as_str()).push_bind(value.as_ref());
        });
        query.build().execute(tx.conn()).await?;
    }
    Ok(())
}
