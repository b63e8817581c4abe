//! Touchpoints and costs as metrics count them: touchpoints counted here, by day and all they are split by; costs one by
//! one, since amounts are never added in SQL.

use std::ops::ControlFlow;

use analytics_domain::{metric::CampaignRow, touchpoint::TouchpointKind};
use futures::TryStreamExt as _;
use sqlx::{QueryBuilder, Row};
use tributary_core::{Date, TenantId};
use tributary_sql::StoreError;

use super::{Db, DbRow, Pool};

type Each<'e> = &'e mut (dyn for<'a> FnMut(CampaignRow<'a>) -> ControlFlow<()> + Send);

/// Gives the sums of a range to `each`.
pub(super) async fn each(
    pool: &Pool,
    tenant: &TenantId,
    from: Option<Date>,
    to: Option<Date>,
    each: Each<'_>,
) -> Result<(), StoreError> {
    let touchpoints = "SELECT occurred_on, partner_id, region, '', channel_class, channel, '', kind, COUNT(*) \
                       FROM touchpoints WHERE kind IN (3, 4, 5) AND tenant = ";
    let mut query = bounded(touchpoints, tenant, from, to);
    query.push(" GROUP BY occurred_on, partner_id, region, channel_class, channel, kind");
    let flow = through(pool, query, each, |row, number| {
        let count = |kind: TouchpointKind, of: i64| if i64::from(kind.number()) == of { number } else { 0 };
        let kind: i64 = row.try_get(7)?;
        let (visits, leads) = (count(TouchpointKind::Visit, kind), count(TouchpointKind::Lead, kind));
        let conversions = count(TouchpointKind::Conversion, kind);
        Ok(CampaignRow { visits, leads, conversions, ..nothing(row)? })
    });
    if flow.await?.is_break() {
        return Ok(());
    }
    let costs = "SELECT occurred_on, partner_id, region, product_line, channel, sub_channel, currency, 0, amount \
                 FROM costs WHERE tenant = ";
    let query = bounded(costs, tenant, from, to);
    let costs = through(pool, query, each, |row, number| Ok(CampaignRow { cost: number.into(), ..nothing(row)? }));
    costs.await.map(|_| ())
}

fn bounded<'q>(select: &'q str, tenant: &'q TenantId, from: Option<Date>, to: Option<Date>) -> QueryBuilder<Db> {
    let mut query = QueryBuilder::<Db>::new(select);
    query.push_bind(tenant.as_str().to_owned());
    if let Some(day) = from {
        query.push(" AND occurred_on >= ").push_bind(day.days());
    }
    if let Some(day) = to {
        query.push(" AND occurred_on < ").push_bind(day.days());
    }
    query
}

/// Reads rows as they come; the last column is the number that each is about.
async fn through(
    pool: &Pool,
    mut query: QueryBuilder<Db>,
    each: Each<'_>,
    read: impl for<'r> Fn(&'r DbRow, i64) -> Result<CampaignRow<'r>, StoreError> + Send,
) -> Result<ControlFlow<()>, StoreError> {
    let mut rows = query.build().fetch(pool.reader());
    while let Some(row) = rows.try_next().await? {
        if each(read(&row, row.try_get(8)?)?).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// What a row is about, without what it counts.
fn nothing(row: &DbRow) -> Result<CampaignRow<'_>, StoreError> {
    Ok(CampaignRow {
        day: Date::from_days(row.try_get(0)?),
        partner: row.try_get(1)?,
        region: row.try_get(2)?,
        product_line: row.try_get(3)?,
        channel: row.try_get(4)?,
        sub_channel: row.try_get(5)?,
        currency: row.try_get(6)?,
        visits: 0,
        leads: 0,
        conversions: 0,
        cost: 0,
    })
}
