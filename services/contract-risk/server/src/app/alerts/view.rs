//! Gathers what rules look at: contracts, sales, obligations and documents of one partner.

use std::collections::{BTreeMap, BTreeSet};

use contract_risk_domain::{
    Cells, Contract, Obligation, OnTimeCounts, Party,
    alert::{Condition, OverdueDuty, PartnerView, RuleVersion},
};
use tributary_core::{Date, Fault, ResourceId, TenantId};

use super::Alerts;
use crate::ports::{ObligationCondition, ObligationKey, ObligationQuery, OnTimeQuery};

/// Rows of one read.
const PAGE: u32 = 500;

/// What a set of rules looks at.
#[derive(Debug, Default)]
struct Needs {
    sales: bool,
    contracts: bool,
    overdue: bool,
    documents: bool,
    months: BTreeSet<i32>,
}

impl Needs {
    fn of<'a>(rules: impl Iterator<Item = &'a RuleVersion>) -> Self {
        let mut needs = Self::default();
        for rule in rules {
            match &rule.spec.condition {
                Condition::CommitmentPace(_) => (needs.sales, needs.contracts) = (true, true),
                Condition::PaymentLate(_) | Condition::ObligationOverdue { .. } => needs.overdue = true,
                Condition::ContractExpiring(_) => needs.contracts = true,
                Condition::DocumentExpiring { .. } => needs.documents = true,
                Condition::OnTimeRate(rate) => {
                    needs.months.insert(rate.months);
                }
            }
        }
        needs
    }
}

impl Alerts {
    /// What some rules look at, of a partner on a day.
    pub(super) async fn view(
        &self,
        tenant: &TenantId,
        partner: &ResourceId,
        rules: &[RuleVersion],
        today: Date,
    ) -> Result<PartnerView, Fault> {
        let needs = Needs::of(rules.iter().filter(|rule| rule.spec.covers(partner)));
        let contracts = if needs.contracts { self.contracts_of(tenant, partner, today).await? } else { Vec::new() };
        let sales = if needs.sales { self.sales_of(tenant, partner, &contracts, today).await? } else { Cells::new() };
        let overdue = if needs.overdue { self.overdue_of(tenant, partner, today).await? } else { Vec::new() };
        let mut on_time = BTreeMap::new();
        for months in needs.months {
            if let Some(counts) = self.on_time_of(tenant, partner, months, today).await? {
                on_time.insert(months, counts);
            }
        }
        let documents = match needs.documents {
            true => self.copies.expiring_documents(tenant, partner).await?,
            false => Vec::new(),
        };
        Ok(PartnerView { partner: partner.clone(), contracts, sales, overdue, on_time, documents })
    }

    async fn contracts_of(&self, tenant: &TenantId, partner: &ResourceId, today: Date) -> Result<Vec<Contract>, Fault> {
        let mut contracts: Vec<Contract> = Vec::new();
        let mut after = String::new();
        loop {
            let page = self.contracts.contracts_in_force(tenant, Some(partner.as_str()), &after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id.to_string();
            contracts.extend(page.into_iter().filter(|contract| contract.in_force(today)));
        }
        Ok(contracts)
    }

    /// Sales from the earliest window on that a day is in.
    pub(super) async fn sales_of(
        &self,
        tenant: &TenantId,
        partner: &ResourceId,
        contracts: &[Contract],
        day: Date,
    ) -> Result<Cells, Fault> {
        let each = contracts.iter().flat_map(|c| c.terms.commitments.iter().map(|commitment| (c.term(), commitment)));
        let earliest = each.filter_map(|(term, commitment)| Some(commitment.window_at(&term, day)?.from)).min();
        match earliest {
            Some(from) => Ok(self.copies.sales(tenant, partner, from, day).await?),
            None => Ok(Cells::new()),
        }
    }

    async fn overdue_of(
        &self,
        tenant: &TenantId,
        partner: &ResourceId,
        today: Date,
    ) -> Result<Vec<OverdueDuty>, Fault> {
        let condition = ObligationCondition::All(vec![
            ObligationCondition::Partner(partner.clone()),
            ObligationCondition::Debtor(Party::Partner),
            ObligationCondition::Overdue(today),
        ]);
        let mut query = ObligationQuery { contract: None, condition: Some(condition), after: None, limit: PAGE };
        let mut overdue = Vec::new();
        loop {
            let page = self.obligations.obligations(tenant, &query).await?;
            let Some(last) = page.last() else { return Ok(overdue) };
            let Obligation { contract, id, duty, .. } = last;
            query.after = Some(ObligationKey { due_on: duty.due_on, contract: contract.clone(), id: id.clone() });
            overdue.extend(page.into_iter().filter_map(|obligation| duty_overdue(obligation, today)));
        }
    }

    async fn on_time_of(
        &self,
        tenant: &TenantId,
        partner: &ResourceId,
        months: i32,
        today: Date,
    ) -> Result<Option<OnTimeCounts>, Fault> {
        let query = OnTimeQuery {
            partner: Some(partner.clone()),
            debtor: Party::Partner,
            from: Some(today.plus_months(months.saturating_neg())),
            to: today,
            today,
            after: String::new(),
            limit: 1,
        };
        Ok(self.obligations.on_time_counts(tenant, &query).await?.pop())
    }
}

fn duty_overdue(obligation: Obligation, today: Date) -> Option<OverdueDuty> {
    let days = obligation.days_overdue(today)?;
    let missing = obligation.missing();
    let Obligation { contract, duty, .. } = obligation;
    Some(OverdueDuty { contract, kind: duty.kind, due_on: duty.due_on, days, missing })
}
