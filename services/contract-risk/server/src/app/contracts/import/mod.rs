//! Takes over contracts that were made elsewhere, each with a result of its own.
//!
//! All rows are decided in memory over one bulk lookup and written in one transaction. When a concurrent twin came
//! first, the whole batch is decided anew.

mod row;

use std::collections::BTreeMap;

use async_trait::async_trait;
use contract_risk_domain::{Contract, ExternalRef};
use prost::Message as _;
use tributary_core::{Fault, RequestContext, ResourceId};
use tributary_proto::tributary::contract::v1::ImportContractsResponse;
use tributary_sql::{RequestKey, StoreError};

use super::{
    Contracts,
    changes::Changes,
    command::{Call, Command, Refusal},
};
use crate::{
    app::recalled,
    convert::contract_results,
    ports::{ContractHolders, ContractTx},
};

pub use row::{ContractRow, ContractRowDraft};

/// What a row is noted as in the history.
const NOTE: &str = "import";

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContractImported {
    /// Created.
    Created(ResourceId),
    /// Was known and is changed.
    Updated(ResourceId),
    /// Was known with the same content.
    Unchanged(ResourceId),
    /// Not taken.
    Refused(Fault),
}

impl Contracts {
    /// Takes over contracts; the results are in the order of the rows, and a row that is wrong already stays refused. A
    /// repeat of the same request gets the first answer.
    ///
    /// # Errors
    /// `REQUEST_ID_REUSED`; what is wrong with a row is in its result.
    pub async fn import(
        &self,
        caller: &RequestContext,
        rows: Vec<ContractRowDraft>,
        key: Option<RequestKey>,
    ) -> Result<ImportContractsResponse, Fault> {
        let rows = rows.into_iter().map(ContractRowDraft::check).collect();
        self.execute(&caller.tenant, &caller.subject, &Import { rows, key }).await
    }
}

struct Import {
    rows: Vec<Result<ContractRow, Fault>>,
    key: Option<RequestKey>,
}

#[async_trait]
impl Command for Import {
    type Answer = ImportContractsResponse;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn ContractTx) -> Result<ImportContractsResponse, Refusal> {
        if let Some(key) = &self.key
            && let Some(first) = recalled(tx.recall(key, call.now).await?)?
        {
            return Ok(first);
        }
        let mut batch = self.batch(call, tx).await?;
        let mut outcomes = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            outcomes.push(match row {
                Ok(row) => match batch.take(call, row) {
                    Ok(outcome) => outcome,
                    Err(Refusal::Fault(fault)) => ContractImported::Refused(fault),
                    Err(store) => return Err(store),
                },
                Err(fault) => ContractImported::Refused(fault.clone()),
            });
        }
        batch.changes.save(call, tx).await?;
        let response = ImportContractsResponse { results: contract_results(outcomes) };
        if let Some(key) = &self.key {
            tx.remember(key, &response.encode_to_vec()).await?;
        }
        Ok(response)
    }
}

impl Import {
    /// Looks up what the rows name and locks what they may change.
    async fn batch(&self, call: &Call<'_>, tx: &mut dyn ContractTx) -> Result<Batch, StoreError> {
        let rows = || self.rows.iter().flatten();
        let ids: Vec<ResourceId> = rows().filter_map(|row| row.id.clone()).collect();
        let refs: Vec<ExternalRef> = rows().flat_map(|row| row.terms.external_refs.iter().cloned()).collect();
        let holders = tx.contract_holders(call.tenant, &ids, &refs).await?;
        let mut known: Vec<ResourceId> = rows().filter_map(|row| holders.refs.get(&row.reference).cloned()).collect();
        known.sort();
        known.dedup();
        let locked = tx.lock_contracts(call.tenant, &known).await?;
        // What a day has brought counts even where the calendar has not come by yet: what is over stays over.
        let mut changes = Changes::default();
        let caught_up = locked.into_iter().map(|contract| changes.caught_up(call, contract));
        let contracts = caught_up.map(|contract| (contract.id.clone(), contract)).collect();
        Ok(Batch { holders, contracts, changes })
    }
}

/// The contracts of an import as they are after the rows so far.
struct Batch {
    holders: ContractHolders,
    contracts: BTreeMap<ResourceId, Contract>,
    changes: Changes,
}

impl Batch {
    fn take(&mut self, call: &Call<'_>, row: &ContractRow) -> Result<ContractImported, Refusal> {
        match self.holders.refs.get(&row.reference) {
            Some(id) => {
                // Another transaction took the ref away between the lookup and the lock: decide anew.
                let held = |c: &&Contract| c.terms.external_refs.contains(&row.reference);
                let known = self.contracts.get(id).filter(held).cloned().ok_or(StoreError::Conflict)?;
                Ok(self.update(call, row, known)?)
            }
            None => Ok(self.create(call, row)?),
        }
    }

    fn create(&mut self, call: &Call<'_>, row: &ContractRow) -> Result<ContractImported, Fault> {
        let ContractRow { terms, standing, .. } = row;
        let id = row.id.clone().unwrap_or_else(|| call.app.ids.resource_id('c'));
        self.holders.check_id(&id)?;
        self.holders.check_refs(&id, terms)?;
        let uid = call.app.ids.uuid().to_string();
        let contract = Contract::taken_over(id.clone(), uid, terms.clone(), *standing, call.actor, call.now);
        self.changes.created(&contract, call.actor, NOTE);
        self.accept(call, contract);
        Ok(ContractImported::Created(id))
    }

    fn update(&mut self, call: &Call<'_>, row: &ContractRow, known: Contract) -> Result<ContractImported, Fault> {
        let id = known.id.clone();
        if !row.etag.is_empty() {
            known.check_etag(&row.etag)?;
        }
        let terms = row.terms_over(&known).map_err(Fault::invalid)?;
        self.holders.check_refs(&id, &terms)?;
        if known.state.is_over() {
            return if terms == known.terms { Ok(ContractImported::Unchanged(id)) } else { Err(known.not_editable()) };
        }
        let Some(after) = known.taken_over_again(terms, row.standing, call.actor, call.today, call.now) else {
            return Ok(ContractImported::Unchanged(id));
        };
        // Otherwise a row could put in force what nobody here has approved or signed.
        if !known.led_elsewhere {
            return Err(known.led_here());
        }
        self.changes.taken_over(&known, &after, call.actor, NOTE);
        self.accept(call, after);
        Ok(ContractImported::Updated(id))
    }

    fn accept(&mut self, call: &Call<'_>, contract: Contract) {
        let contract = self.changes.caught_up(call, contract);
        self.holders.note(&contract);
        self.contracts.insert(contract.id.clone(), contract);
    }
}
