//! Reads of contracts.

use contract_risk_domain::{
    Contract, ContractState, Revision, TermChange, Transition, compare, reasons, resource_name,
};
use tributary_core::{Fault, RequestContext, ResourceId};

use super::{Contracts, keys::not_found};
use crate::ports::{ContractCondition, ContractQuery};

/// The difference between two revisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// The older revision.
    pub from: i64,
    /// The newer revision.
    pub to: i64,
    /// Every difference, in the order of the contract.
    pub changes: Vec<TermChange>,
}

impl Contracts {
    /// One contract. A partner's own user sees none that is not signed, and no name of one either.
    ///
    /// # Errors
    /// `CONTRACT_NOT_FOUND`.
    pub async fn contract(&self, caller: &RequestContext, id: &ResourceId) -> Result<Contract, Fault> {
        let seen = |contract: &Contract| !caller.scope.is_own() || !ContractState::UNSIGNED.contains(&contract.state);
        let found = self.store.contract(&caller.tenant, id.as_str()).await?.filter(seen);
        self.shown(caller, found.ok_or_else(|| not_found(id))?).await
    }

    /// A contract as a caller may see it: to a partner's own user a renewal that is not signed is not there.
    async fn shown(&self, caller: &RequestContext, mut contract: Contract) -> Result<Contract, Fault> {
        if let Some(successor) = contract.successor.as_ref().filter(|_| caller.scope.is_own()) {
            let next = self.store.contract(&caller.tenant, successor.as_str()).await?;
            if next.is_none_or(|next| ContractState::UNSIGNED.contains(&next.state)) {
                contract.successor = None;
            }
        }
        Ok(contract)
    }

    /// A page of contracts. A partner's own user sees none that is not signed.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn contracts(&self, caller: &RequestContext, mut query: ContractQuery) -> Result<Vec<Contract>, Fault> {
        if caller.scope.is_own() {
            let unsigned = ContractState::UNSIGNED.iter().copied().map(ContractCondition::State).collect();
            let signed = ContractCondition::Not(Box::new(ContractCondition::Any(unsigned)));
            query.condition = Some(ContractCondition::All(query.condition.into_iter().chain([signed]).collect()));
        }
        let mut found = Vec::new();
        for contract in self.store.contracts(&caller.tenant, &query).await? {
            found.push(self.shown(caller, contract).await?);
        }
        Ok(found)
    }

    /// Revisions before a number (`None`: all), newest first.
    ///
    /// # Errors
    /// `CONTRACT_NOT_FOUND`.
    pub async fn revisions(
        &self,
        caller: &RequestContext,
        id: &ResourceId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Revision>, Fault> {
        self.contract(caller, id).await?;
        Ok(self.store.contract_revisions(&caller.tenant, id, before, limit).await?)
    }

    /// Steps in its life after a version, oldest first.
    ///
    /// # Errors
    /// `CONTRACT_NOT_FOUND`.
    pub async fn transitions(
        &self,
        caller: &RequestContext,
        id: &ResourceId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Transition>, Fault> {
        self.contract(caller, id).await?;
        Ok(self.store.contract_transitions(&caller.tenant, id, after, limit).await?)
    }

    /// The difference between two revisions; `to` unset: the current one, `from` unset: the one before.
    ///
    /// # Errors
    /// `CONTRACT_NOT_FOUND`, `REVISION_NOT_FOUND`.
    pub async fn compare(
        &self,
        caller: &RequestContext,
        id: &ResourceId,
        from: Option<i64>,
        to: Option<i64>,
    ) -> Result<Compared, Fault> {
        let current = self.contract(caller, id).await?.revision;
        let to = to.unwrap_or(current);
        let from = from.unwrap_or_else(|| to.saturating_sub(1));
        let before = self.revision(caller, id, from).await?;
        let after = self.revision(caller, id, to).await?;
        // Long texts cost time that no other call should wait for.
        let work = tokio::task::spawn_blocking(move || compare(&before.terms, &after.terms));
        let changes = work.await.map_err(|e| Fault::internal(format!("a comparison did not end: {e}")))?;
        Ok(Compared { from, to, changes })
    }

    async fn revision(&self, caller: &RequestContext, id: &ResourceId, number: i64) -> Result<Revision, Fault> {
        let before = number.saturating_add(1);
        let found = self.store.contract_revisions(&caller.tenant, id, Some(before), 1).await?;
        found.into_iter().find(|revision| revision.revision == number).ok_or_else(|| {
            let name = resource_name(id.as_str());
            let message = format!("{name} has no revision {number}; list its revisions");
            Fault::new(reasons::REVISION_NOT_FOUND, message).with("contract", name).with("revision", number.to_string())
        })
    }
}
