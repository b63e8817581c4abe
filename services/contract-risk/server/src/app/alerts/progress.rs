//! How far commitments have got on a day.

use std::cmp::Ordering;

use contract_risk_domain::{Commitment, Contract, alert::Progress};
use tributary_core::{Date, Fault, RequestContext, ResourceId, TenantId};

use super::Alerts;
use crate::ports::{ContractCondition, ContractQuery};

/// Contracts of one read.
const PAGE: u32 = 200;

/// Where a commitment stands in the order of the list.
pub type ProgressKey = (ResourceId, String);

/// Which commitments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgressQuery {
    /// Only of this partner.
    pub partner: Option<ResourceId>,
    /// Only of this contract.
    pub contract: Option<ResourceId>,
    /// On which day; `None`: today.
    pub as_of: Option<Date>,
    /// Only after this one.
    pub after: Option<ProgressKey>,
    /// At most this many.
    pub limit: usize,
}

/// How far a commitment has got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitmentProgress {
    /// The contract.
    pub contract: ResourceId,
    /// The partner.
    pub partner: ResourceId,
    /// The commitment.
    pub commitment: Commitment,
    /// How far.
    pub progress: Progress,
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgressPage {
    /// By contract and commitment.
    pub progress: Vec<CommitmentProgress>,
    /// All batches of facts up to this one are counted.
    pub through_batch: i64,
}

impl Alerts {
    /// Progress of the commitments of contracts in force on a day.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn commitment_progress(
        &self,
        caller: &RequestContext,
        query: &ProgressQuery,
    ) -> Result<ProgressPage, Fault> {
        let tenant = &caller.tenant;
        let day = query.as_of.unwrap_or_else(|| self.today());
        // First how far, then the cells: what comes in between makes the sums newer than said, never older.
        let through_batch = self.arrivals.through(tenant, tributary_feed::STREAM).await?;
        let mut page = ProgressPage { progress: Vec::new(), through_batch };
        if let Some((contract, commitment)) = &query.after
            && let Some(begun) = self.contracts.contract(tenant, contract.as_str()).await?
        {
            let rest = self.of_contract(tenant, &begun, query, day).await?;
            page.progress.extend(rest.into_iter().filter(|p| p.commitment.commitment_id > *commitment));
        }
        let mut after = query.after.as_ref().map(|(contract, _)| contract.to_string()).unwrap_or_default();
        while page.progress.len() < query.limit {
            let contracts = self.contracts_after(tenant, query, day, &after).await?;
            let Some(last) = contracts.last() else { break };
            after = last.id.to_string();
            for contract in &contracts {
                page.progress.extend(self.of_contract(tenant, contract, query, day).await?);
                if page.progress.len() >= query.limit {
                    break;
                }
            }
        }
        page.progress.truncate(query.limit);
        Ok(page)
    }

    /// Contracts after an id, in their order.
    async fn contracts_after(
        &self,
        tenant: &TenantId,
        query: &ProgressQuery,
        day: Date,
        after: &str,
    ) -> Result<Vec<Contract>, Fault> {
        match &query.contract {
            Some(one) if one.as_str() > after => {
                Ok(self.contracts.contract(tenant, one.as_str()).await?.into_iter().collect())
            }
            Some(_) => Ok(Vec::new()),
            None => {
                // Of all that ever were, those whose term holds the day; what became of them is looked at one by one.
                let mut parts = vec![
                    ContractCondition::Not(Box::new(ContractCondition::From(Ordering::Greater, day))),
                    ContractCondition::To(Ordering::Greater, day),
                ];
                parts.extend(query.partner.clone().map(ContractCondition::Partner));
                let condition = Some(ContractCondition::All(parts));
                let page = ContractQuery { condition, after: after.to_owned(), limit: PAGE };
                Ok(self.contracts.contracts(tenant, &page).await?)
            }
        }
    }

    /// Of one contract, by commitment; nothing when it is not in force on the day or not what is asked for.
    async fn of_contract(
        &self,
        tenant: &TenantId,
        contract: &Contract,
        query: &ProgressQuery,
        day: Date,
    ) -> Result<Vec<CommitmentProgress>, Fault> {
        let partner = &contract.terms.partner;
        let wanted = |asked: &Option<ResourceId>, is: &ResourceId| asked.as_ref().is_none_or(|asked| asked == is);
        if !contract.in_force(day) || !wanted(&query.partner, partner) || !wanted(&query.contract, &contract.id) {
            return Ok(Vec::new());
        }
        let sales = self.sales_of(tenant, partner, std::slice::from_ref(contract), day).await?;
        let each = contract.terms.commitments.iter().filter_map(|commitment| {
            let progress = Progress::of(commitment, &contract.term(), &sales, day)?;
            let commitment = commitment.clone();
            Some(CommitmentProgress { contract: contract.id.clone(), partner: partner.clone(), commitment, progress })
        });
        let mut found: Vec<_> = each.collect();
        found.sort_by(|a, b| a.commitment.commitment_id.cmp(&b.commitment.commitment_id));
        Ok(found)
    }
}
