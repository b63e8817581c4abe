//! Who holds which unique key, in bulk.

use partner_registry_domain::{ExternalRef, Registration};
use sqlx::{Executor, QueryBuilder};
use tributary_core::{ResourceId, TenantId};
use tributary_sql::StoreError;

use super::{
    Db, Tx,
    rows::{CHUNK, id, push_in},
};
use crate::ports::{Holders, Keys};

/// Which of the keys are taken.
pub(super) async fn find_holders(tx: &mut Tx, tenant: &TenantId, keys: &Keys) -> Result<Holders, StoreError> {
    let mut holders = Holders::default();
    for chunk in keys.ids.chunks(CHUNK) {
        let found = column(tx, tenant, "id", chunk.iter().map(ResourceId::as_str)).await?;
        holders.ids.extend(found.iter().map(|text| id(text)).collect::<Result<Vec<_>, _>>()?);
    }
    for chunk in keys.business_keys.chunks(CHUNK) {
        holders.business_keys.extend(column(tx, tenant, "business_key", chunk.iter().map(String::as_str)).await?);
    }
    for chunk in keys.refs.chunks(CHUNK) {
        holders.refs.extend(refs(tx.conn(), tenant, chunk).await?);
    }
    for chunk in keys.registrations.chunks(CHUNK) {
        let pairs = chunk.iter().map(|r| (r.scheme.as_str(), r.number.as_str()));
        let rows = pairs_of(tx.conn(), tenant, REGISTRATIONS, pairs).await?;
        for (scheme, number, partner) in rows {
            holders.registrations.insert(Registration { scheme, number }, id(&partner)?);
        }
    }
    Ok(holders)
}

async fn column(
    tx: &mut Tx,
    tenant: &TenantId,
    column: &'static str,
    values: impl Iterator<Item = &str>,
) -> Result<Vec<String>, StoreError> {
    let mut query = QueryBuilder::<Db>::new("SELECT ");
    query.push(column).push(" FROM partners WHERE tenant = ").push_bind(tenant.as_str()).push(" AND ");
    push_in(&mut query, column, values);
    Ok(query.build_query_scalar().fetch_all(tx.conn()).await?)
}

/// Both engines call the columns of VALUES column1 and column2. The join goes through the unique index of the pair.
const REFS: [&str; 2] = [
    "SELECT k.system, k.external_id, k.partner_id FROM (",
    ") AS v JOIN partner_refs k ON k.system = v.column1 AND k.external_id = v.column2 WHERE k.tenant = ",
];
const REGISTRATIONS: [&str; 2] = [
    "SELECT k.registration_scheme, k.registration_number, k.id FROM (",
    ") AS v JOIN partners k ON k.registration_scheme = v.column1 AND k.registration_number = v.column2 WHERE k.tenant = ",
];

/// The holders of at most [`CHUNK`] refs.
pub(super) async fn refs<'e>(
    executor: impl Executor<'e, Database = Db>,
    tenant: &TenantId,
    refs: &[ExternalRef],
) -> Result<Vec<(ExternalRef, ResourceId)>, StoreError> {
    let pairs = refs.iter().map(|r| (r.system.as_str(), r.id.as_str()));
    let rows = pairs_of(executor, tenant, REFS, pairs).await?;
    rows.into_iter().map(|(system, key, partner)| Ok((ExternalRef { system, id: key }, id(&partner)?))).collect()
}

async fn pairs_of<'e>(
    executor: impl Executor<'e, Database = Db>,
    tenant: &TenantId,
    [head, tail]: [&'static str; 2],
    pairs: impl Iterator<Item = (&str, &str)>,
) -> Result<Vec<(String, String, String)>, StoreError> {
    let mut query = QueryBuilder::<Db>::new(head);
    query.push_values(pairs, |mut row, (first, second)| {
        row.push_bind(first).push_bind(second);
    });
    query.push(tail).push_bind(tenant.as_str());
    Ok(query.build_query_as().fetch_all(executor).await?)
}
