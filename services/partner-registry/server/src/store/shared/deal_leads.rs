//! Leads that are held. The primary key lets one deal hold a lead; a row whose day is over may be taken over in the same
//! statement, so that of any number of callers one gets it.

use partner_registry_domain::{
    Deal, DealName, DealPolicy,
    deal::{Hold, Lead},
};
use sqlx::{Executor, QueryBuilder};
use tributary_core::{Date, ResourceId, TenantId};
use tributary_sql::StoreError;

use super::{Db, Tx, deal_rows::DealRow, own::name, rows::json};

/// Takes or gives up the lead of a deal, by what it holds.
pub(super) async fn hold(tx: &mut Tx, tenant: &TenantId, deal: &Deal, today: Date) -> Result<(), StoreError> {
    match deal.hold() {
        Some(Hold::Undecided) => take(tx, tenant, deal, None, today).await,
        Some(Hold::Until(end)) => take(tx, tenant, deal, Some(end), today).await,
        None => give_up(tx, tenant, deal).await,
    }
}

async fn take(tx: &mut Tx, tenant: &TenantId, deal: &Deal, until: Option<Date>, today: Date) -> Result<(), StoreError> {
    let Lead { product_line, customer_key } = deal.content.lead();
    let done = sqlx::query(
        "INSERT INTO deal_leads (tenant, product_line, customer_key, partner_id, deal_id, held_until)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant, product_line, customer_key) DO UPDATE
         SET partner_id = excluded.partner_id, deal_id = excluded.deal_id, held_until = excluded.held_until
         WHERE deal_leads.held_until <= $7
            OR (deal_leads.partner_id = excluded.partner_id AND deal_leads.deal_id = excluded.deal_id)",
    )
    .bind(tenant.as_str())
    .bind(product_line)
    .bind(customer_key)
    .bind(deal.name.partner.as_str())
    .bind(deal.name.id.as_str())
    .bind(until.map(Date::days))
    .bind(today.days())
    .execute(tx.conn())
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::AlreadyExists("deal_leads".to_owned())) }
}

/// Another deal may have taken the lead over meanwhile: then there is nothing to give up.
async fn give_up(tx: &mut Tx, tenant: &TenantId, deal: &Deal) -> Result<(), StoreError> {
    let Lead { product_line, customer_key } = deal.content.lead();
    sqlx::query(
        "DELETE FROM deal_leads
         WHERE tenant = $1 AND product_line = $2 AND customer_key = $3 AND partner_id = $4 AND deal_id = $5",
    )
    .bind(tenant.as_str())
    .bind(product_line)
    .bind(customer_key)
    .bind(deal.name.partner.as_str())
    .bind(deal.name.id.as_str())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The deal that holds a lead on a day.
pub(super) async fn holder<'e>(
    executor: impl Executor<'e, Database = Db>,
    tenant: &TenantId,
    lead: &Lead,
    today: Date,
) -> Result<Option<Deal>, StoreError> {
    let row: Option<DealRow> = sqlx::query_as(
        "SELECT d.body FROM deal_leads l
         JOIN deals d ON d.tenant = l.tenant AND d.partner_id = l.partner_id AND d.id = l.deal_id
         WHERE l.tenant = $1 AND l.product_line = $2 AND l.customer_key = $3
           AND (l.held_until IS NULL OR l.held_until > $4)",
    )
    .bind(tenant.as_str())
    .bind(&lead.product_line)
    .bind(&lead.customer_key)
    .bind(today.days())
    .fetch_optional(executor)
    .await?;
    row.map(DealRow::read).transpose()
}

/// The deals that hold leads of a product line on a day, with their customers' names.
pub(super) async fn open_customers<'e>(
    executor: impl Executor<'e, Database = Db>,
    tenant: &TenantId,
    product_line: &str,
    not_of: Option<&ResourceId>,
    today: Date,
) -> Result<Vec<(DealName, String)>, StoreError> {
    let mut sql = QueryBuilder::<Db>::new(
        "SELECT l.partner_id, l.deal_id, d.customer_name FROM deal_leads l
         JOIN deals d ON d.tenant = l.tenant AND d.partner_id = l.partner_id AND d.id = l.deal_id
         WHERE l.tenant = ",
    );
    sql.push_bind(tenant.as_str()).push(" AND l.product_line = ").push_bind(product_line);
    sql.push(" AND (l.held_until IS NULL OR l.held_until > ").push_bind(today.days()).push(")");
    if let Some(partner) = not_of {
        sql.push(" AND l.partner_id <> ").push_bind(partner.as_str());
    }
    let rows: Vec<(String, String, String)> = sql.build_query_as().fetch_all(executor).await?;
    rows.into_iter().map(|(partner, deal, customer)| Ok((name(&partner, &deal)?, customer))).collect()
}

/// The policy in force.
pub(super) async fn policy<'e>(
    executor: impl Executor<'e, Database = Db>,
    tenant: &TenantId,
) -> Result<DealPolicy, StoreError> {
    let body: Option<(String,)> =
        sqlx::query_as("SELECT body FROM deal_policies WHERE tenant = $1 ORDER BY revision DESC LIMIT 1")
            .bind(tenant.as_str())
            .fetch_optional(executor)
            .await?;
    body.map_or_else(|| Ok(DealPolicy::default()), |(body,)| json(&body))
}
