//! Funds (IC-13) and what is used of them (IC-30).

use incentive_calculation_domain::{
    fund::{Budget, Fund, Kind, Terms, Usage, Version},
    reasons,
};
use prost::Message as _;
use tributary_core::{
    Currency, Date, Decimal, Fault, RequestContext, ResourceId, TenantId, Timestamp, Violations, fault::common,
};
use tributary_proto::tributary::incentive::v1::FundChanged;
use tributary_sql::{RequestKey, StoreError};

use super::{App, recall, remember};
use crate::{
    convert::fund::fund_to_proto,
    ports::{IncentiveTx, funds::FundQuery},
};

/// A fund as a caller states it.
#[derive(Debug, Clone)]
pub struct NewFund {
    /// Last part of its name.
    pub id: ResourceId,
    /// For people.
    pub display_name: String,
    /// What it pays for.
    pub kind: Kind,
    /// The currency of everything in it.
    pub currency: Currency,
    /// First day of its period.
    pub first_day: Date,
    /// First day after it.
    pub end_day: Date,
    /// Who answers for it.
    pub owner: String,
    /// Its budgets.
    pub budgets: Vec<Budget>,
    /// Share that is held back.
    pub held_back: Decimal,
    /// Its terms.
    pub terms: Terms,
    /// Why.
    pub reason: String,
}

/// What is to change of a fund; what is `None` stays.
#[derive(Debug, Clone)]
pub struct FundChange {
    /// The fund, last part of its name.
    pub id: String,
    /// Etag the caller decided on.
    pub etag: String,
    /// For people.
    pub display_name: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// All budgets.
    pub budgets: Option<Vec<Budget>>,
    /// Share that is held back.
    pub held_back: Option<Decimal>,
    /// All terms.
    pub terms: Option<Terms>,
    /// Why.
    pub reason: String,
    /// Check everything, change nothing.
    pub validate_only: bool,
}

impl App {
    /// Creates a fund.
    ///
    /// # Errors
    /// `INVALID_REQUEST` with every violation, `FUND_EXISTS`.
    pub async fn create_fund(
        &self,
        caller: &RequestContext,
        new: NewFund,
        key: Option<RequestKey>,
        validate_only: bool,
    ) -> Result<Fund, Fault> {
        let now = self.clock.now();
        let fund = Fund {
            id: new.id.to_string(),
            display_name: new.display_name,
            kind: new.kind,
            currency: new.currency,
            first_day: new.first_day,
            end_day: new.end_day,
            owner: new.owner,
            now: Version {
                budgets: new.budgets,
                held_back: new.held_back,
                terms: new.terms,
                reason: new.reason,
                author: caller.subject.clone(),
                time: now,
            },
            past: Vec::new(),
            create_time: now,
            revision: 1,
        };
        let mut violations = Violations::new();
        violations.nest("fund", fund.check());
        violations.into_result()?;
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall(tx.as_mut(), key.as_ref(), now).await? {
            return Ok(first);
        }
        match tx.insert_fund(&caller.tenant, &fund).await {
            Err(StoreError::AlreadyExists(_)) => {
                let message = format!("{} exists; choose another fund_id", fund.name());
                return Err(Fault::new(reasons::FUND_EXISTS, message).with("fund", fund.name()));
            }
            other => other?,
        }
        if validate_only {
            return Ok(fund);
        }
        self.tell_fund(tx.as_mut(), &caller.tenant, &fund, now).await?;
        remember(tx.as_mut(), key.as_ref(), &fund).await?;
        self.commit(tx).await?;
        Ok(fund)
    }

    /// Changes a fund. Its subsidies wait meanwhile: the lock of the journal is theirs, too.
    ///
    /// # Errors
    /// `FUND_NOT_FOUND`, `ETAG_MISMATCH`, `INVALID_REQUEST` with every violation, `FUND_FULL`, `FUND_INSUFFICIENT`.
    pub async fn change_fund(
        &self,
        caller: &RequestContext,
        change: FundChange,
        key: Option<RequestKey>,
    ) -> Result<Fund, Fault> {
        let (tenant, now) = (&caller.tenant, self.clock.now());
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall(tx.as_mut(), key.as_ref(), now).await? {
            return Ok(first);
        }
        tx.lock_journal(tenant).await?;
        let known = tx.fund_of(tenant, &change.id).await?.ok_or_else(|| missing(&change.id))?;
        same_etag(&known.name(), &known.etag(), &change.etag)?;
        let version = Version {
            budgets: change.budgets.unwrap_or_else(|| known.now.budgets.clone()),
            held_back: change.held_back.unwrap_or(known.now.held_back),
            terms: change.terms.unwrap_or_else(|| known.now.terms.clone()),
            reason: change.reason,
            author: caller.subject.clone(),
            time: now,
        };
        let name = change.display_name.unwrap_or_else(|| known.display_name.clone());
        let next = known.changed(name, change.owner.unwrap_or_else(|| known.owner.clone()), version)?;
        next.check().into_result()?;
        next.holds(&tx.used_of_fund(tenant, &next.id).await?)?;
        if change.validate_only {
            return Ok(next);
        }
        tx.update_fund(tenant, &next).await?;
        self.tell_fund(tx.as_mut(), tenant, &next, now).await?;
        remember(tx.as_mut(), key.as_ref(), &next).await?;
        self.commit(tx).await?;
        Ok(next)
    }

    /// One fund.
    ///
    /// # Errors
    /// `FUND_NOT_FOUND`.
    pub async fn fund(&self, caller: &RequestContext, id: &str) -> Result<Fund, Fault> {
        self.store.fund(&caller.tenant, id).await?.ok_or_else(|| missing(id))
    }

    /// Funds in the order of their names.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn funds(&self, caller: &RequestContext, query: &FundQuery) -> Result<Vec<Fund>, Fault> {
        Ok(self.store.funds(&caller.tenant, query).await?)
    }

    /// A fund, and what is used of it today.
    ///
    /// # Errors
    /// `FUND_NOT_FOUND`.
    pub async fn fund_usage(&self, caller: &RequestContext, id: &str) -> Result<(Fund, Usage, Date), Fault> {
        let fund = self.fund(caller, id).await?;
        let today = self.zone.day_of(self.clock.now());
        let usage = fund.usage(&self.store.fund_used(&caller.tenant, id).await?, today);
        Ok((fund, usage, today))
    }

    async fn tell_fund(
        &self,
        tx: &mut dyn IncentiveTx,
        tenant: &TenantId,
        fund: &Fund,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let data = FundChanged { fund: Some(fund_to_proto(fund)) }.encode_to_vec();
        Ok(tx.publish(self.event(tenant, "FundChanged", &fund.name(), data, now)).await?)
    }
}

pub(super) fn missing(id: &str) -> Fault {
    Fault::new(reasons::FUND_NOT_FOUND, format!("funds/{id} does not exist")).with("fund", id)
}

/// Refuses what was decided on something that has changed since.
pub(super) fn same_etag(name: &str, known: &str, decided_on: &str) -> Result<(), Fault> {
    if known == decided_on {
        return Ok(());
    }
    let message = format!("{name} is at {known}, not at {decided_on:?}; read it again and decide anew");
    Err(Fault::new(common::ETAG_MISMATCH, message).with("name", name).with("etag", known))
}
