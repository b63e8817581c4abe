//! Subsidies (IC-13). Every step locks the journal of the tenant first, decides on the subsidy and on what is left of its fund
//! as they are, and keeps subsidy, postings and event together: two callers come one after the other, and nothing goes
//! beyond a budget.

mod steps;

use incentive_calculation_domain::{
    fact::ChannelClass,
    reasons,
    subsidy::{By, Payment, Proof, State, Subsidy},
};
use prost::Message as _;
use tributary_core::{Date, Fault, MinorAmount, NewEvent, RequestContext, ResourceId, TenantId, Timestamp, Violations};
use tributary_proto::tributary::incentive::v1::SubsidyChanged;
use tributary_rpc::convert::minor_to_proto;
use tributary_sql::{RequestKey, StoreError};

use self::steps::posted;
use super::{App, funds::same_etag, ledger::Writing, recall, remember};
use crate::{
    convert::{channel_to_proto, subsidy::state_to_proto},
    ports::{
        IncentiveTx, PartnerRef,
        funds::{KeptProof, SubsidyQuery},
    },
};

/// What a caller asks of a fund.
#[derive(Debug, Clone)]
pub struct NewSubsidy {
    /// Last part of its name.
    pub id: ResourceId,
    /// The fund, last part of its name.
    pub fund: ResourceId,
    /// Who is paid, last part of its name.
    pub partner: ResourceId,
    /// The budget it draws on.
    pub channel: ChannelClass,
    /// Whether it draws on what is held back.
    pub reserve: bool,
    /// What is done.
    pub project: String,
    /// First day of the activity.
    pub first_day: Date,
    /// First day after it.
    pub end_day: Date,
    /// What it is to cost.
    pub planned_cost: MinorAmount,
    /// Why.
    pub reason: String,
}

/// A step of a subsidy. Amounts are in its currency.
#[derive(Debug, Clone)]
pub enum SubsidyStep {
    /// Pre-approve so much, or as much as the limits allow.
    Approve(Option<i64>),
    /// Reject.
    Reject,
    /// Take back.
    Withdraw,
    /// Claim a cost with its proof and a note.
    Claim(i64, Vec<Proof>, String),
    /// Accept so much of the claimed cost of a claim, or all, and perhaps keep what is left for another claim.
    Accept(u32, Option<i64>, bool),
    /// Give a claim back.
    Return(u32),
    /// Refuse a claim.
    Refuse(u32),
    /// The payout of a claim was paid.
    Confirm(u32, Payment),
    /// Take an accepted claim back.
    Reverse(u32),
}

impl SubsidyStep {
    /// Whether it is decided by what is left of the fund.
    fn spends(&self) -> bool {
        matches!(self, Self::Approve(_) | Self::Accept(..))
    }
}

/// What a caller asks of a subsidy.
#[derive(Debug, Clone)]
pub struct SubsidyRequest {
    /// The subsidy, last part of its name.
    pub id: String,
    /// Etag the caller decided on; empty: any.
    pub etag: String,
    /// What is to be done.
    pub step: SubsidyStep,
    /// Why.
    pub reason: String,
    /// Check everything, change nothing.
    pub validate_only: bool,
}

impl App {
    /// Asks a fund for money.
    ///
    /// # Errors
    /// `INVALID_REQUEST` with every violation, `FUND_NOT_FOUND`, `PARTNER_UNKNOWN`, `SUBSIDY_EXISTS`, `FUND_FULL`.
    pub async fn create_subsidy(
        &self,
        caller: &RequestContext,
        new: NewSubsidy,
        key: Option<RequestKey>,
        validate_only: bool,
    ) -> Result<Subsidy, Fault> {
        let now = self.clock.now();
        if let Some(first) = self.answered(key.as_ref(), now).await? {
            return Ok(first);
        }
        let fund = self.fund(caller, new.fund.as_str()).await?;
        let subsidy = Subsidy {
            id: new.id.to_string(),
            fund: fund.id.clone(),
            partner: new.partner.to_string(),
            currency: fund.currency,
            channel: new.channel,
            reserve: new.reserve,
            project: new.project,
            first_day: new.first_day,
            end_day: new.end_day,
            planned_cost: new.planned_cost.value,
            state: State::Requested,
            terms: fund.now.terms.clone(),
            approval: None,
            claim_end_day: None,
            claims: Vec::new(),
            steps: Vec::new(),
            author: caller.subject.clone(),
            create_time: now,
            revision: 0,
        };
        let mut violations = subsidy.check(&fund);
        if new.planned_cost.currency != fund.currency {
            let why = format!("is in {}, {} in {}", new.planned_cost.currency, fund.name(), fund.currency);
            violations.add("planned_cost", why);
        }
        let mut all = Violations::new();
        all.nest("subsidy", violations);
        all.into_result()?;
        self.known_holders(caller, &[PartnerRef::Id(subsidy.partner.clone())]).await?;
        let subsidy = subsidy.requested(&self.by(caller, &new.reason, now));
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall(tx.as_mut(), key.as_ref(), now).await? {
            return Ok(first);
        }
        // Nobody waits for anybody here: the bound leaves room for all who ask at the same moment.
        fund.takes(&tx.used_of_fund(&caller.tenant, &fund.id).await?, subsidy.used().requested)?;
        match tx.insert_subsidy(&caller.tenant, &subsidy).await {
            Err(StoreError::AlreadyExists(_)) => {
                let message = format!("{} exists; choose another subsidy_id", subsidy.name());
                return Err(Fault::new(reasons::SUBSIDY_EXISTS, message).with("subsidy", subsidy.name()));
            }
            other => other?,
        }
        if validate_only {
            return Ok(subsidy);
        }
        self.tell_subsidy(tx.as_mut(), &caller.tenant, &subsidy, now).await?;
        remember(tx.as_mut(), key.as_ref(), &subsidy).await?;
        self.commit(tx).await?;
        Ok(subsidy)
    }

    /// One subsidy.
    ///
    /// # Errors
    /// `SUBSIDY_NOT_FOUND`.
    pub async fn subsidy(&self, caller: &RequestContext, id: &str) -> Result<Subsidy, Fault> {
        let known = self.store.subsidy(&caller.tenant, id).await?.ok_or_else(|| missing(id))?;
        let now = self.clock.now();
        Ok(known.as_of(self.zone.day_of(now), now))
    }

    /// Subsidies in the order of their names.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn subsidies(&self, caller: &RequestContext, query: &SubsidyQuery) -> Result<Vec<Subsidy>, Fault> {
        let now = self.clock.now();
        let today = self.zone.day_of(now);
        let known = self.store.subsidies(&caller.tenant, query).await?;
        Ok(known.into_iter().map(|subsidy| subsidy.as_of(today, now)).collect())
    }

    /// Takes a step.
    ///
    /// # Errors
    /// `SUBSIDY_NOT_FOUND`, `ETAG_MISMATCH`, `FUND_RESERVE_ROLE`, `UPSTREAM_UNAVAILABLE`, `PARTNER_NOT_PAYABLE`,
    /// `SUBSIDY_PROOF_USED`, and what the verbs of [`Subsidy`] and the ledger refuse.
    pub async fn step_subsidy(
        &self,
        caller: &RequestContext,
        request: SubsidyRequest,
        key: Option<RequestKey>,
    ) -> Result<Subsidy, Fault> {
        let (tenant, now) = (&caller.tenant, self.clock.now());
        if matches!(request.step, SubsidyStep::Accept(..)) {
            if let Some(first) = self.answered(key.as_ref(), now).await? {
                return Ok(first);
            }
            // Outside the transaction; the partner of a subsidy never changes.
            let known = self.subsidy(caller, &request.id).await?;
            self.check_payable(caller, &known.name(), &known.partner).await?;
        }
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall(tx.as_mut(), key.as_ref(), now).await? {
            return Ok(first);
        }
        let mut writing = Writing::begin(tx.as_mut(), tenant, &caller.subject, now).await?;
        let by = self.by(caller, &request.reason, now);
        let known = tx.subsidy_of(tenant, &request.id).await?.ok_or_else(|| missing(&request.id))?;
        // What nobody claimed in time is free for others, and nobody with another clock can still use it. Who uses nothing
        // of the fund leaves the others to the worker.
        let lapsing = if request.step.spends() {
            tx.lapsing_of(tenant, &known.fund, by.today).await?
        } else {
            vec![known.clone()]
        };
        self.lapse(tx.as_mut(), tenant, lapsing, now).await?;
        let known = known.as_of(by.today, now);
        if !request.etag.is_empty() {
            same_etag(&known.name(), &known.etag(), &request.etag)?;
        }
        let Some(next) = self.subsidy_after(tx.as_mut(), caller, &known, &request.step, &by).await? else {
            return Ok(known);
        };
        if let Some(posted) = posted(&known, &next, &request.step)? {
            self.post_step(tx.as_mut(), &mut writing, &next, posted, &request.reason).await?;
        }
        if request.validate_only {
            return Ok(next);
        }
        tx.update_subsidy(tenant, &next).await?;
        match (&request.step, next.waiting(), known.waiting()) {
            (SubsidyStep::Claim(..), Some(filed), _) => {
                tx.keep_proofs(tenant, &proofs_of(&next, filed.number, &filed.proofs)).await?;
            }
            (SubsidyStep::Return(_) | SubsidyStep::Refuse(_) | SubsidyStep::Withdraw, _, Some(ended)) => {
                tx.free_proofs(tenant, &next.id, ended.number).await?;
            }
            (SubsidyStep::Reverse(number), ..) => tx.free_proofs(tenant, &next.id, *number).await?,
            _ => {}
        }
        self.tell_subsidy(tx.as_mut(), tenant, &next, now).await?;
        remember(tx.as_mut(), key.as_ref(), &next).await?;
        self.keep(tx, writing).await?;
        Ok(next)
    }

    /// Lets a subsidy lapse that nobody claimed in time; nothing happens when somebody else has ended it.
    pub(super) async fn lapse_subsidy(&self, tenant: &TenantId, id: &str) -> Result<(), Fault> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        tx.lock_journal(tenant).await?;
        let Some(known) = tx.subsidy_of(tenant, id).await? else { return Ok(()) };
        self.lapse(tx.as_mut(), tenant, vec![known], now).await?;
        self.commit(tx).await
    }

    /// Keeps those that have lapsed so, and tells of them.
    async fn lapse(
        &self,
        tx: &mut dyn IncentiveTx,
        tenant: &TenantId,
        all: Vec<Subsidy>,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let today = self.zone.day_of(now);
        let mut events = Vec::new();
        for known in all {
            let revision = known.revision;
            let next = known.as_of(today, now);
            if next.revision != revision {
                tx.update_subsidy(tenant, &next).await?;
                events.push(self.subsidy_changed(tenant, &next, now));
            }
        }
        Ok(tx.publish_all(events).await?)
    }

    fn by<'a>(&self, caller: &'a RequestContext, reason: &'a str, now: Timestamp) -> By<'a> {
        By { actor: &caller.subject, now, today: self.zone.day_of(now), reason }
    }

    async fn tell_subsidy(
        &self,
        tx: &mut dyn IncentiveTx,
        tenant: &TenantId,
        subsidy: &Subsidy,
        now: Timestamp,
    ) -> Result<(), Fault> {
        Ok(tx.publish(self.subsidy_changed(tenant, subsidy, now)).await?)
    }

    fn subsidy_changed(&self, tenant: &TenantId, subsidy: &Subsidy, now: Timestamp) -> NewEvent {
        let money = |value| Some(minor_to_proto(subsidy.money(value)));
        let data = SubsidyChanged {
            subsidy: subsidy.name(),
            fund: format!("funds/{}", subsidy.fund),
            partner: format!("partners/{}", subsidy.partner),
            channel: channel_to_proto(Some(subsidy.channel)),
            state: state_to_proto(subsidy.state).into(),
            what: subsidy.steps.last().map(|step| step.what.clone()).unwrap_or_default(),
            committed: money(subsidy.committed()),
            paid: money(subsidy.paid()),
        };
        self.event(tenant, "SubsidyChanged", &subsidy.name(), data.encode_to_vec(), now)
    }
}

fn missing(id: &str) -> Fault {
    Fault::new(reasons::SUBSIDY_NOT_FOUND, format!("subsidies/{id} does not exist")).with("subsidy", id)
}

fn proofs_of(subsidy: &Subsidy, claim: u32, proofs: &[Proof]) -> Vec<KeptProof> {
    let keys = proofs.iter().flat_map(Proof::keys);
    keys.map(|key| KeptProof { key, subsidy: subsidy.id.clone(), claim }).collect()
}
