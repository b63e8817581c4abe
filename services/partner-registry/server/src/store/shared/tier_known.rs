//! What is known of partners, as far as tiers are concerned: one statement per table for a whole span of partners.

use std::collections::BTreeMap;

use partner_registry_domain::{
    DocumentContent, DocumentKind,
    tier::{Certificate, Certified, Purchase},
};
use sqlx::{Database, QueryBuilder};
use tributary_core::{Currency, Date, ResourceId, TenantId};
use tributary_sql::StoreError;

use super::{
    Db,
    rows::{TierRow, id, json, push_in},
};
use crate::ports::{Decided, Known, Span, Wanted};

type Connection = <Db as Database>::Connection;
type All = BTreeMap<ResourceId, Known>;

/// See `TierSource::known`.
pub(super) async fn read(
    conn: &mut Connection,
    tenant: &TenantId,
    span: &Span,
    wanted: &Wanted,
) -> Result<All, StoreError> {
    let mut all = All::new();
    if let Some(days) = wanted.purchases {
        purchases(conn, tenant, span, days, &mut all).await?;
    }
    if !wanted.documents.is_empty() {
        certificates(conn, tenant, span, &wanted.documents, &mut all).await?;
    }
    if !wanted.certified.is_empty() {
        certified(conn, tenant, span, &wanted.certified, &mut all).await?;
    }
    if wanted.figures {
        figures(conn, tenant, span, &mut all).await?;
    }
    if let Some(decided) = wanted.newest {
        decisions(conn, tenant, span, decided, &mut all).await?;
    }
    if wanted.assignments {
        assignments(conn, tenant, span, &mut all).await?;
    }
    Ok(all)
}

/// `SELECT` of the rows of a span.
fn of_span(columns_and_table: &str, tenant: &TenantId, span: &Span) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::new("SELECT t.partner_id, ");
    query.push(columns_and_table).push(" t WHERE t.tenant = ").push_bind(tenant.as_str().to_owned());
    query.push(" AND t.partner_id >= ").push_bind(span.first.as_str().to_owned());
    query.push(" AND t.partner_id <= ").push_bind(span.last.as_str().to_owned());
    query
}

async fn purchases(
    conn: &mut Connection,
    tenant: &TenantId,
    span: &Span,
    (from, through): (Date, Date),
    all: &mut All,
) -> Result<(), StoreError> {
    let mut query = of_span("t.day, t.currency, t.net FROM purchase_cells", tenant, span);
    query.push(" AND t.day >= ").push_bind(from.days()).push(" AND t.day <= ").push_bind(through.days());
    let rows: Vec<(String, i64, String, String)> = query.build_query_as().fetch_all(conn).await?;
    for (partner, day, currency, net) in rows {
        let currency = Currency::parse(&currency).map_err(StoreError::Corrupt)?;
        let purchase = Purchase { currency, day: Date::from_days(day), net: wide(&net)? };
        all.entry(id(&partner)?).or_default().inputs.purchases.push(purchase);
    }
    Ok(())
}

/// Of these states one that has a reviewer was verified: a rejected document stays rejected.
async fn certificates(
    conn: &mut Connection,
    tenant: &TenantId,
    span: &Span,
    kinds: &[DocumentKind],
    all: &mut All,
) -> Result<(), StoreError> {
    let mut query = of_span("t.id, t.content FROM documents", tenant, span);
    query.push(" AND t.state IN ('VERIFIED', 'EXPIRED', 'SUPERSEDED') AND t.reviewer IS NOT NULL AND ");
    push_in(&mut query, "t.kind", kinds.iter().map(|kind| kind.as_str()));
    let rows: Vec<(String, String, String)> = query.build_query_as().fetch_all(conn).await?;
    for (partner, document, content) in rows {
        let DocumentContent { kind, issued_on, expires_on, .. } = json(&content)?;
        let certificate = Certificate { document: id(&document)?, kind, issued_on, expires_on };
        all.entry(id(&partner)?).or_default().inputs.certificates.push(certificate);
    }
    Ok(())
}

/// The days of work cut the days of a certificate.
async fn certified(
    conn: &mut Connection,
    tenant: &TenantId,
    span: &Span,
    definitions: &[ResourceId],
    all: &mut All,
) -> Result<(), StoreError> {
    type Row = (String, String, String, i64, Option<i64>, Option<i64>, i64, Option<i64>);
    let mut query = QueryBuilder::<Db>::new(
        "SELECT t.partner_id, t.person_id, t.definition_id, t.valid_from, t.expires_on, t.revoked_from, p.active_from,
                p.active_until
         FROM certificates t
         JOIN persons p ON p.tenant = t.tenant AND p.partner_id = t.partner_id AND p.id = t.person_id
         WHERE t.tenant = ",
    );
    query.push_bind(tenant.as_str()).push(" AND t.partner_id >= ").push_bind(span.first.as_str());
    query.push(" AND t.partner_id <= ").push_bind(span.last.as_str()).push(" AND ");
    push_in(&mut query, "t.definition_id", definitions.iter().map(ResourceId::as_str));
    query.push(" ORDER BY t.partner_id, t.id");
    let rows: Vec<Row> = query.build_query_as().fetch_all(conn).await?;
    for (partner, person, definition, from, last, revoked, begin, end) in rows {
        let after = |last: Option<i64>| last.map(|last| last.saturating_add(1));
        let until = [after(last), revoked, after(end)].into_iter().flatten().min();
        let (person, definition) = (id(&person)?, id(&definition)?);
        let (from, until) = (Date::from_days(from.max(begin)), until.map(Date::from_days));
        let found = Certified { person, definition, from, until };
        all.entry(id(&partner)?).or_default().inputs.certified.push(found);
    }
    Ok(())
}

async fn figures(conn: &mut Connection, tenant: &TenantId, span: &Span, all: &mut All) -> Result<(), StoreError> {
    let mut query = of_span("t.content FROM tier_figures", tenant, span);
    query.push(" ORDER BY t.partner_id, t.ordinal");
    let rows: Vec<(String, String)> = query.build_query_as().fetch_all(conn).await?;
    for (partner, content) in rows {
        all.entry(id(&partner)?).or_default().inputs.figures.push(json(&content)?);
    }
    Ok(())
}

/// `SELECT` of the newest decisions of a span: its decisions are gone through once for their ordinals, and only those are
/// read that are the newest.
pub(super) fn newest_decisions(tenant: &TenantId, span: &Span, decided: Decided) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::new("WITH newest AS (");
    query.push("SELECT d.partner_id, MAX(d.ordinal) AS ordinal FROM tier_decisions d WHERE d.tenant = ");
    query.push_bind(tenant.as_str().to_owned());
    query.push(" AND d.partner_id >= ").push_bind(span.first.as_str().to_owned());
    query.push(" AND d.partner_id <= ").push_bind(span.last.as_str().to_owned());
    if let Decided::By(day) = decided {
        query.push(" AND d.day <= ").push_bind(day.days());
    }
    query.push(
        " GROUP BY d.partner_id) SELECT t.partner_id, t.content FROM newest n JOIN tier_decisions t ON t.tenant = ",
    );
    query.push_bind(tenant.as_str().to_owned());
    query.push(" AND t.partner_id = n.partner_id AND t.ordinal = n.ordinal");
    query
}

async fn decisions(
    conn: &mut Connection,
    tenant: &TenantId,
    span: &Span,
    decided: Decided,
    all: &mut All,
) -> Result<(), StoreError> {
    let mut query = newest_decisions(tenant, span, decided);
    let rows: Vec<(String, String)> = query.build_query_as().fetch_all(conn).await?;
    for (partner, content) in rows {
        all.entry(id(&partner)?).or_default().newest = Some(json(&content)?);
    }
    Ok(())
}

async fn assignments(conn: &mut Connection, tenant: &TenantId, span: &Span, all: &mut All) -> Result<(), StoreError> {
    const COLUMNS: &str = "t.ordinal, t.tier, t.effective_from, t.effective_to, t.reason, t.actor, t.record_time, \
                           t.origin FROM tier_assignments";
    let mut query = of_span(COLUMNS, tenant, span);
    query.push(" ORDER BY t.partner_id, t.ordinal");
    let rows: Vec<TierRow> = query.build_query_as().fetch_all(conn).await?;
    for row in rows {
        let assignment = row.read()?;
        all.entry(assignment.partner.clone()).or_default().assignments.push(assignment);
    }
    Ok(())
}

/// Neither engine has integers of 128 bits.
pub(super) fn wide(text: &str) -> Result<i128, StoreError> {
    text.parse().map_err(|e| StoreError::Corrupt(format!("purchase_cells: {text:?} is not a sum: {e}")))
}
