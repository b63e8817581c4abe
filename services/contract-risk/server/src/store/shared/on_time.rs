//! What is overdue, and how many obligations of a partner were done in time. Counts are no money: SQL counts them.

use contract_risk_domain::OnTimeCounts;
use sqlx::QueryBuilder;
use tributary_core::TenantId;
use tributary_sql::StoreError;

use super::{Db, Pool, obligations::id};
use crate::ports::OnTimeQuery;

/// What is overdue once its due day is over: open, or filed late or in part. Never unknown. The same as
/// `Obligation::days_overdue` decides; the conformance suite compares them.
pub(super) const OVERDUE: &str = "(state = 'OPEN' OR (state = 'SUBMITTED' AND COALESCE(done_on > due_on, 1 = 1)))";

/// Counts of each partner, in the order of partners.
pub(super) async fn counts(
    pool: &Pool,
    tenant: &TenantId,
    query: &OnTimeQuery,
) -> Result<Vec<OnTimeCounts>, StoreError> {
    let mut sql = QueryBuilder::<Db>::new(
        "SELECT partner_id,
                COUNT(CASE WHEN state = 'ACCEPTED' AND done_on <= due_on THEN 1 END),
                COUNT(CASE WHEN state = 'ACCEPTED' AND done_on > due_on THEN 1 END),
                COUNT(CASE WHEN due_on < ",
    );
    sql.push_bind(query.today.days()).push(" AND ").push(OVERDUE);
    sql.push(" THEN 1 END) FROM obligations WHERE tenant = ").push_bind(tenant.as_str());
    sql.push(" AND debtor = ").push_bind(query.debtor.as_str());
    sql.push(" AND partner_id > ").push_bind(&query.after);
    sql.push(" AND due_on < ").push_bind(query.to.days());
    if let Some(from) = query.from {
        sql.push(" AND due_on >= ").push_bind(from.days());
    }
    if let Some(partner) = &query.partner {
        sql.push(" AND partner_id = ").push_bind(partner.as_str());
    }
    sql.push(" GROUP BY partner_id ORDER BY partner_id LIMIT ").push_bind(i64::from(query.limit));
    let rows: Vec<(String, i64, i64, i64)> = sql.build_query_as().fetch_all(pool.reader()).await?;
    rows.into_iter()
        .map(|(partner, on_time, late, overdue)| Ok(OnTimeCounts { partner: id(&partner)?, on_time, late, overdue }))
        .collect()
}
