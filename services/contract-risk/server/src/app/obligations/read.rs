//! Reads of obligations, their history and reminders, and of on-time rates.

use contract_risk_domain::{
    Contract, ContractState, Obligation, ObligationTransition, OnTimeCounts, Party, Reminder,
    obligation::{contract_not_found, obligation_not_found},
    obligation_name, reasons,
};
use tributary_core::{Date, Fault, RequestContext, ResourceId};

use super::{Obligations, Seen};
use crate::ports::{ObligationQuery, OnTimeQuery, ReminderQuery};

/// Which on-time rates are asked for.
#[derive(Debug, Clone)]
pub struct Rates {
    /// Only of this partner.
    pub partner: Option<ResourceId>,
    /// First due day; `None`: from the beginning.
    pub from: Option<Date>,
    /// First due day no longer wanted; `None`: what was due before today.
    pub to: Option<Date>,
    /// Whose obligations; `None`: the partner's.
    pub debtor: Option<Party>,
    /// Only partners after this one; empty: from the first.
    pub after: String,
    /// At most this many.
    pub limit: u32,
}

impl Obligations {
    /// Today.
    #[must_use]
    pub fn today(&self) -> Date {
        self.moment().today
    }

    /// One obligation.
    ///
    /// # Errors
    /// `OBLIGATION_NOT_FOUND`.
    pub async fn obligation(
        &self,
        caller: &RequestContext,
        contract: &ResourceId,
        id: &ResourceId,
    ) -> Result<Seen, Fault> {
        self.shown(caller, Some(contract)).await?;
        let found = self.store.obligation(&caller.tenant, contract, id).await?;
        let obligation = found.ok_or_else(|| obligation_not_found(&obligation_name(contract, id)))?;
        Ok(Seen { obligation, today: self.today() })
    }

    /// Refuses what belongs to a contract that is not there for a caller: to a partner's own user only those are that its
    /// partner has signed.
    pub(super) async fn shown(&self, caller: &RequestContext, contract: Option<&ResourceId>) -> Result<(), Fault> {
        if !caller.scope.is_own() {
            return Ok(());
        }
        let missing = |name: &str| Fault::new(reasons::CONTRACT_NOT_FOUND, format!("there is no {name}"));
        let id = contract.ok_or_else(|| missing("contracts/-"))?;
        let found = self.contracts.contract(&caller.tenant, id.as_str()).await?;
        let own = |contract: &Contract| caller.scope.sees(&format!("partners/{}", contract.terms.partner));
        let signed = |contract: &Contract| !ContractState::UNSIGNED.contains(&contract.state);
        let shown = found.is_some_and(|contract| own(&contract) && signed(&contract));
        if shown { Ok(()) } else { Err(contract_not_found(id)) }
    }

    /// A page of obligations. A partner's own user names one of its contracts.
    ///
    /// # Errors
    /// `CONTRACT_NOT_FOUND` to a partner's own user, `STORE_UNAVAILABLE`.
    pub async fn obligations(
        &self,
        caller: &RequestContext,
        query: &ObligationQuery,
    ) -> Result<Vec<Obligation>, Fault> {
        self.shown(caller, query.contract.as_ref()).await?;
        Ok(self.store.obligations(&caller.tenant, query).await?)
    }

    /// What happened to an obligation after an ordinal, oldest first.
    ///
    /// # Errors
    /// `OBLIGATION_NOT_FOUND`.
    pub async fn transitions(
        &self,
        caller: &RequestContext,
        contract: &ResourceId,
        id: &ResourceId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<ObligationTransition>, Fault> {
        let found = self.store.obligation_transitions(&caller.tenant, contract, id, after, limit).await?;
        if found.is_empty() {
            // Whoever is there was created, which is its first line.
            self.obligation(caller, contract, id).await?;
        }
        Ok(found)
    }

    /// A page of reminders, newest first.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn reminders(&self, caller: &RequestContext, query: &ReminderQuery) -> Result<Vec<Reminder>, Fault> {
        Ok(self.store.reminders(&caller.tenant, query).await?)
    }

    /// A page of on-time counts, in the order of partners.
    ///
    /// # Errors
    /// `INVALID_REQUEST` for a range without a day.
    pub async fn on_time(&self, caller: &RequestContext, rates: Rates) -> Result<Vec<OnTimeCounts>, Fault> {
        if let (Some(from), Some(to)) = (rates.from, rates.to)
            && to <= from
        {
            return Err(Fault::invalid_field(
                "to",
                format!("{to} is not after from {from}; it is the first day no longer wanted"),
            ));
        }
        let today = self.today();
        let query = OnTimeQuery {
            partner: rates.partner,
            debtor: rates.debtor.unwrap_or(Party::Partner),
            from: rates.from,
            to: rates.to.unwrap_or(today),
            today,
            after: rates.after,
            limit: rates.limit,
        };
        Ok(self.store.on_time_counts(&caller.tenant, &query).await?)
    }
}
