//! Writes of contracts and their history, many rows per statement.

use async_trait::async_trait;
use contract_risk_domain::{Contract, CooperationModel, ExternalRef, Revision, Transition};
use sqlx::QueryBuilder;
use tributary_core::{Date, ResourceId, TenantId};
use tributary_sql::StoreError;

use super::{
    Db, Tx,
    contract_rows::{CHUNK, contract, end_column, push_in, resource_id, to_json},
};
use crate::ports::{ContractHolders, ContractTx, ContractWrite};

#[async_trait]
impl ContractTx for Tx {
    async fn lock_contracts(&mut self, tenant: &TenantId, ids: &[ResourceId]) -> Result<Vec<Contract>, StoreError> {
        let mut contracts = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(CHUNK) {
            // An update that changes nothing holds the rows until the end, on both engines.
            let mut lock = QueryBuilder::<Db>::new("UPDATE contracts SET version = version WHERE tenant = ");
            push_in(lock.push_bind(tenant.as_str()).push(" AND "), "contract_id", chunk.iter().map(ResourceId::as_str));
            lock.build().execute(self.conn()).await?;
            let mut query = QueryBuilder::<Db>::new("SELECT body FROM contracts WHERE tenant = ");
            push_in(
                query.push_bind(tenant.as_str()).push(" AND "),
                "contract_id",
                chunk.iter().map(ResourceId::as_str),
            );
            for row in query.build().fetch_all(self.conn()).await? {
                contracts.push(contract(&row)?);
            }
        }
        Ok(contracts)
    }

    async fn contract_holders(
        &mut self,
        tenant: &TenantId,
        ids: &[ResourceId],
        refs: &[ExternalRef],
    ) -> Result<ContractHolders, StoreError> {
        let mut holders = ContractHolders::default();
        for chunk in ids.chunks(CHUNK) {
            let mut query = QueryBuilder::<Db>::new("SELECT contract_id FROM contracts WHERE tenant = ");
            push_in(
                query.push_bind(tenant.as_str()).push(" AND "),
                "contract_id",
                chunk.iter().map(ResourceId::as_str),
            );
            let found: Vec<String> = query.build_query_scalar().fetch_all(self.conn()).await?;
            for id in found {
                holders.ids.insert(resource_id(&id)?);
            }
        }
        for chunk in refs.chunks(CHUNK) {
            // Both engines call the columns of VALUES column1 and column2. The join goes through the primary key.
            let mut query = QueryBuilder::<Db>::new("SELECT k.system, k.ref_id, k.contract_id FROM (");
            query.push_values(chunk, |mut row, r| {
                row.push_bind(&r.system).push_bind(&r.id);
            });
            query
                .push(
                    ") AS v JOIN contract_external_refs k ON k.system = v.column1 AND k.ref_id = v.column2
                     WHERE k.tenant = ",
                )
                .push_bind(tenant.as_str());
            let found: Vec<(String, String, String)> = query.build_query_as().fetch_all(self.conn()).await?;
            for (system, id, holder) in found {
                holders.refs.insert(ExternalRef { system, id }, resource_id(&holder)?);
            }
        }
        Ok(holders)
    }

    async fn write_contracts(&mut self, tenant: &TenantId, writes: &[ContractWrite]) -> Result<(), StoreError> {
        // Every ref that is given up before any is given: refs may wander from one to the other.
        let released: Vec<_> = writes.iter().filter(|w| w.before.is_some() && changes_refs(w)).collect();
        for chunk in released.chunks(CHUNK) {
            let mut query = QueryBuilder::<Db>::new("DELETE FROM contract_external_refs WHERE tenant = ");
            let ids = chunk.iter().map(|w| w.after.id.as_str());
            push_in(query.push_bind(tenant.as_str()).push(" AND "), "contract_id", ids);
            query.build().execute(self.conn()).await?;
        }
        for write in writes {
            if let Some(before) = &write.before {
                update(self, tenant, before, &write.after).await?;
            }
        }
        insert(self, tenant, writes).await?;
        insert_refs(self, tenant, writes).await
    }

    async fn put_revisions(
        &mut self,
        tenant: &TenantId,
        revisions: &[(ResourceId, Revision)],
    ) -> Result<(), StoreError> {
        let rows = revisions.iter().map(|(id, revision)| Ok((id, revision, to_json(&revision.terms)?)));
        let rows = rows.collect::<Result<Vec<_>, StoreError>>()?;
        for chunk in rows.chunks(CHUNK) {
            let mut query = QueryBuilder::<Db>::new(
                "INSERT INTO contract_revisions (tenant, contract_id, revision, author, create_time, note, terms) ",
            );
            query.push_values(chunk, |mut row, (id, revision, terms)| {
                row.push_bind(tenant.as_str())
                    .push_bind(id.as_str())
                    .push_bind(revision.revision)
                    .push_bind(&revision.author)
                    .push_bind(revision.create_time.0)
                    .push_bind(&revision.note)
                    .push_bind(terms);
            });
            query.push(
                " ON CONFLICT (tenant, contract_id, revision) DO UPDATE
                 SET author = excluded.author, create_time = excluded.create_time, note = excluded.note,
                     terms = excluded.terms",
            );
            query.build().execute(self.conn()).await?;
        }
        Ok(())
    }

    async fn add_transitions(
        &mut self,
        tenant: &TenantId,
        transitions: &[(ResourceId, Transition)],
    ) -> Result<(), StoreError> {
        for chunk in transitions.chunks(CHUNK) {
            let mut query = QueryBuilder::<Db>::new(
                "INSERT INTO contract_transitions (tenant, contract_id, version, from_state, to_state, actor, reason,
                                                   revision, record_time) ",
            );
            query.push_values(chunk, |mut row, (id, transition)| {
                row.push_bind(tenant.as_str())
                    .push_bind(id.as_str())
                    .push_bind(transition.version)
                    .push_bind(transition.from.map_or("", |state| state.as_str()))
                    .push_bind(transition.to.as_str())
                    .push_bind(&transition.actor)
                    .push_bind(&transition.reason)
                    .push_bind(transition.revision)
                    .push_bind(transition.time.0);
            });
            query.build().execute(self.conn()).await?;
        }
        Ok(())
    }
}

fn changes_refs(write: &ContractWrite) -> bool {
    write.before.as_ref().is_none_or(|before| before.terms.external_refs != write.after.terms.external_refs)
}

fn model(contract: &Contract) -> &'static str {
    contract.terms.model.map_or("", CooperationModel::as_str)
}

/// Updates a contract, only at the version it was read at.
async fn update(tx: &mut Tx, tenant: &TenantId, before: &Contract, after: &Contract) -> Result<(), StoreError> {
    let done = sqlx::query(
        "UPDATE contracts
         SET revision = $1, version = $2, state = $3, model = $4, owner = $5, effective_from = $6, effective_to = $7,
             next_move_on = $8, body = $9
         WHERE tenant = $10 AND contract_id = $11 AND version = $12",
    )
    .bind(after.revision)
    .bind(after.version)
    .bind(after.state.as_str())
    .bind(model(after))
    .bind(&after.terms.owner)
    .bind(after.terms.effective_from.days())
    .bind(end_column(after.terms.effective_to))
    .bind(after.next_move_on().map(Date::days))
    .bind(to_json(after)?)
    .bind(tenant.as_str())
    .bind(after.id.as_str())
    .bind(before.version)
    .execute(tx.conn())
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

async fn insert(tx: &mut Tx, tenant: &TenantId, writes: &[ContractWrite]) -> Result<(), StoreError> {
    let new = writes.iter().filter(|w| w.before.is_none()).map(|w| Ok((&w.after, to_json(&w.after)?)));
    let new = new.collect::<Result<Vec<_>, StoreError>>()?;
    for chunk in new.chunks(CHUNK) {
        let mut query = QueryBuilder::<Db>::new(
            "INSERT INTO contracts (tenant, contract_id, partner_id, revision, version, create_time, state, model,
                                    owner, effective_from, effective_to, next_move_on, body) ",
        );
        query.push_values(chunk, |mut row, (contract, body)| {
            row.push_bind(tenant.as_str())
                .push_bind(contract.id.as_str())
                .push_bind(contract.terms.partner.as_str())
                .push_bind(contract.revision)
                .push_bind(contract.version)
                .push_bind(contract.create_time.0)
                .push_bind(contract.state.as_str())
                .push_bind(model(contract))
                .push_bind(&contract.terms.owner)
                .push_bind(contract.terms.effective_from.days())
                .push_bind(end_column(contract.terms.effective_to))
                .push_bind(contract.next_move_on().map(Date::days))
                .push_bind(body);
        });
        query.build().execute(tx.conn()).await?;
    }
    Ok(())
}

async fn insert_refs(tx: &mut Tx, tenant: &TenantId, writes: &[ContractWrite]) -> Result<(), StoreError> {
    let changed = writes.iter().filter(|w| changes_refs(w)).map(|w| &w.after);
    let mut refs: Vec<_> = changed.flat_map(|c| c.terms.external_refs.iter().map(move |r| (r, &c.id))).collect();
    // In one order for all writers, so that two of them do not wait for each other in a circle.
    refs.sort();
    for chunk in refs.chunks(CHUNK) {
        let mut query =
            QueryBuilder::<Db>::new("INSERT INTO contract_external_refs (tenant, system, ref_id, contract_id) ");
        query.push_values(chunk, |mut row, (reference, id)| {
            row.push_bind(tenant.as_str()).push_bind(&reference.system).push_bind(&reference.id).push_bind(id.as_str());
        });
        query.build().execute(tx.conn()).await?;
    }
    Ok(())
}
