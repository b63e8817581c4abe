//! Takes over obligations that are kept elsewhere, each with a result of its own, all in one transaction.
//!
//! Rows are worked in the order of their external refs, so that two imports never wait for each other in a circle; the
//! results come in the order of the rows.

use std::collections::BTreeMap;

use contract_risk_domain::{
    Contract, TakenOver,
    obligation::{contract_not_found, contract_ref_not_found, obligation_exists, ref_taken},
};
use prost::Message as _;
use tributary_core::{Fault, RequestContext, ResourceId};
use tributary_proto::tributary::contract::v1::ImportObligationsResponse;
use tributary_sql::{RequestKey, StoreError};

use super::{
    Moment, Obligations, as_of_today,
    rows::{ContractKey, ObligationImported, ObligationRow, ObligationRowDraft},
};
use crate::{
    app::recalled,
    convert::obligation_results,
    ports::{ObligationInserted, ObligationTx},
};

/// What a row is noted as in the history.
const REASON: &str = "import";

impl Obligations {
    /// Takes over obligations; a repeat of the same request gets the first answer.
    ///
    /// # Errors
    /// `REQUEST_ID_REUSED`; what is wrong with a row is in its result.
    pub async fn import(
        &self,
        caller: &RequestContext,
        rows: Vec<ObligationRowDraft>,
        key: Option<RequestKey>,
    ) -> Result<ImportObligationsResponse, Fault> {
        let moment = self.moment();
        let rows: Vec<_> = rows.into_iter().map(|row| row.check(moment.today)).collect();
        let contracts = self.contracts_of(caller, &rows, moment).await?;
        let mut tx = self.store.begin_obligations().await?;
        if let Some(key) = &key
            && let Some(first) = recalled(tx.recall(key, moment.now).await?)?
        {
            return Ok(first);
        }
        let mut order: Vec<(usize, &ObligationRow)> =
            rows.iter().enumerate().filter_map(|(at, row)| Some((at, row.as_ref().ok()?))).collect();
        // Stable: of two rows with one ref the later one comes later.
        order.sort_by(|(_, a), (_, b)| a.reference.cmp(&b.reference));
        let mut done = BTreeMap::new();
        for (at, row) in order {
            let outcome = match contracts.get(&row.contract) {
                Some(contract) => self.take(tx.as_mut(), caller, row, contract, moment).await?,
                None => Err(no_contract(&row.contract)),
            };
            done.insert(at, outcome.unwrap_or_else(ObligationImported::Refused));
        }
        let outcomes = rows.into_iter().enumerate().map(|(at, row)| match row {
            Ok(_) => {
                done.remove(&at).unwrap_or_else(|| ObligationImported::Refused(Fault::internal("a row was left out")))
            }
            Err(fault) => ObligationImported::Refused(fault),
        });
        let response = ImportObligationsResponse { results: obligation_results(outcomes) };
        if let Some(key) = &key {
            tx.remember(key, &response.encode_to_vec()).await?;
        }
        tx.commit().await?;
        (self.wake)();
        Ok(response)
    }

    /// The contracts that the rows name, each read once.
    async fn contracts_of(
        &self,
        caller: &RequestContext,
        rows: &[Result<ObligationRow, Fault>],
        moment: Moment,
    ) -> Result<BTreeMap<ContractKey<ResourceId>, Contract>, Fault> {
        let mut found: BTreeMap<_, Option<Contract>> = BTreeMap::new();
        for row in rows.iter().flatten() {
            if found.contains_key(&row.contract) {
                continue;
            }
            let contract = match &row.contract {
                ContractKey::Name(id) => self.contracts.contract(&caller.tenant, id.as_str()).await?,
                ContractKey::Ref(reference) => self.contracts.contract_by_ref(&caller.tenant, reference).await?,
            };
            found.insert(row.contract.clone(), contract.map(|contract| as_of_today(contract, moment)));
        }
        Ok(found.into_iter().filter_map(|(key, contract)| Some((key, contract?))).collect())
    }

    /// Takes one row; the inner fault refuses it, the outer error ends the import.
    async fn take(
        &self,
        tx: &mut dyn ObligationTx,
        caller: &RequestContext,
        row: &ObligationRow,
        contract: &Contract,
        moment: Moment,
    ) -> Result<Result<ObligationImported, Fault>, StoreError> {
        if let Some(taken) = self.take_known(tx, caller, row, contract, moment).await? {
            return Ok(taken);
        }
        if let Err(over) = contract.takes_obligation(row.fulfilled_on.is_some()) {
            return Ok(Err(over));
        }
        let id = match &row.name {
            None => self.ids.resource_id('o'),
            Some((named, id)) if *named == contract.id => id.clone(),
            Some((named, _)) => {
                let message =
                    format!("names contracts/{named}, but the row is of {}; correct one of them", contract.name());
                return Ok(Err(Fault::invalid_field("obligation.name", message)));
            }
        };
        let mut obligation = self.new_obligation(contract, id, row.duty.clone(), moment);
        obligation.led_elsewhere = true;
        obligation.end_as_imported(row.fulfilled_on);
        match tx.insert_obligation(&caller.tenant, &obligation).await? {
            ObligationInserted::Yes => {
                self.record(tx, caller, None, &obligation, REASON, moment.today).await?;
                Ok(Ok(ObligationImported::Created(obligation.name())))
            }
            ObligationInserted::IdTaken => Ok(Err(obligation_exists(&obligation))),
            // A twin came first between the look and the insert; now it is there.
            ObligationInserted::RefTaken(holder) => Ok(self
                .take_known(tx, caller, row, contract, moment)
                .await?
                .unwrap_or_else(|| Err(ref_taken(&row.reference, &holder)))),
        }
    }

    /// Takes a row whose obligation is known; `None` when it is not.
    async fn take_known(
        &self,
        tx: &mut dyn ObligationTx,
        caller: &RequestContext,
        row: &ObligationRow,
        contract: &Contract,
        moment: Moment,
    ) -> Result<Option<Result<ObligationImported, Fault>>, StoreError> {
        let Some(before) = tx.lock_obligation_by_ref(&caller.tenant, &row.reference).await? else { return Ok(None) };
        let name = before.name();
        if before.contract != contract.id {
            return Ok(Some(Err(ref_taken(&row.reference, &name))));
        }
        let after = match before.taken_over(row.duty.clone(), row.fulfilled_on, moment.now) {
            Ok(TakenOver::Unchanged) => return Ok(Some(Ok(ObligationImported::Unchanged(name)))),
            Ok(TakenOver::Changed(after)) => after,
            Err(refused) => return Ok(Some(Err(refused))),
        };
        tx.update_obligation(&caller.tenant, before.revision, &after).await?;
        self.record(tx, caller, Some(before.state), &after, REASON, moment.today).await?;
        Ok(Some(Ok(ObligationImported::Updated(name))))
    }
}

fn no_contract(key: &ContractKey<ResourceId>) -> Fault {
    match key {
        ContractKey::Name(id) => contract_not_found(id),
        ContractKey::Ref(reference) => contract_ref_not_found(reference),
    }
}
