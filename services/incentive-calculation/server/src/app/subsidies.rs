//! Subsidies (IC-13). Every step locks the journal of the tenant first, decides on the subsidy and on what is left of its fund
//! as they are, and keeps subsidy, postings and event together: two callers come one after the other, and nothing goes
//! beyond a budget.

use std::collections::BTreeSet;

use incentive_calculation_domain::{
    fact::ChannelClass,
    fund::Terms,
    ledger::NewTransaction,
    reasons,
    subsidy::{By, Left, Payment, Proof, State, Subsidy},
};
use prost::Message as _;
use tributary_core::{Date, Fault, MinorAmount, RequestContext, ResourceId, Role, TenantId, Timestamp, Violations};
use tributary_proto::tributary::incentive::v1::SubsidyChanged;
use tributary_rpc::convert::minor_to_proto;
use tributary_sql::{RequestKey, StoreError};

use super::{
    App,
    funds::{self, same_etag},
    ledger::Writing,
    recall, remember,
};
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
    /// Accept so much of the claimed cost, or all, and perhaps keep what is left for another claim.
    Accept(Option<i64>, bool),
    /// Give the claim back.
    Return,
    /// Refuse the claim.
    Refuse,
    /// The payout of a claim was paid.
    Confirm(u32, Payment),
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
    /// `INVALID_REQUEST` with every violation, `FUND_NOT_FOUND`, `PARTNER_UNKNOWN`, `SUBSIDY_EXISTS`.
    pub async fn create_subsidy(
        &self,
        caller: &RequestContext,
        new: NewSubsidy,
        key: Option<RequestKey>,
        validate_only: bool,
    ) -> Result<Subsidy, Fault> {
        let fund = self.fund(caller, new.fund.as_str()).await?;
        let now = self.clock.now();
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
        // What nobody claimed in time is free for others, and nobody with another clock can still use it.
        for lapsing in tx.lapsing_of(tenant, &known.fund, by.today).await? {
            self.lapse(tx.as_mut(), tenant, lapsing, now).await?;
        }
        let known = known.as_of(by.today, now);
        if !request.etag.is_empty() {
            same_etag(&known.name(), &known.etag(), &request.etag)?;
        }
        let Some(next) = stepped(tx.as_mut(), caller, &known, &request.step, &by).await? else {
            return Ok(known);
        };
        if let Some(posted) = posted(&next, &request.step)? {
            self.post(tx.as_mut(), &mut writing, &next, &posted).await?;
        }
        if request.validate_only {
            return Ok(next);
        }
        tx.update_subsidy(tenant, &next).await?;
        match (&request.step, next.waiting(), known.waiting()) {
            (SubsidyStep::Claim(..), Some(filed), _) => {
                tx.keep_proofs(tenant, &proofs_of(&next, filed.number, &filed.proofs)).await?;
            }
            (SubsidyStep::Return | SubsidyStep::Refuse | SubsidyStep::Withdraw, _, Some(ended)) => {
                tx.free_proofs(tenant, &next.id, ended.number).await?;
            }
            _ => {}
        }
        self.tell_subsidy(tx.as_mut(), tenant, &next, now).await?;
        remember(tx.as_mut(), key.as_ref(), &next).await?;
        self.keep(tx, writing).await?;
        Ok(next)
    }

    async fn post(
        &self,
        tx: &mut dyn IncentiveTx,
        writing: &mut Writing,
        subsidy: &Subsidy,
        transaction: &NewTransaction,
    ) -> Result<(), Fault> {
        writing.load(tx, subsidy.accounts()?).await?;
        writing.know(tx, std::slice::from_ref(&transaction.id)).await?;
        let codes = BTreeSet::from([subsidy.currency.code().to_owned()]);
        let scales = self.scales(writing.tenant(), codes).await?;
        self.enter_once(writing, transaction, &scales)
    }

    /// Lets a subsidy lapse that nobody claimed in time; nothing happens when somebody else has ended it.
    pub(super) async fn lapse_subsidy(&self, tenant: &TenantId, id: &str) -> Result<(), Fault> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        tx.lock_journal(tenant).await?;
        let Some(known) = tx.subsidy_of(tenant, id).await? else { return Ok(()) };
        self.lapse(tx.as_mut(), tenant, known, now).await?;
        self.commit(tx).await
    }

    async fn lapse(
        &self,
        tx: &mut dyn IncentiveTx,
        tenant: &TenantId,
        known: Subsidy,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let revision = known.revision;
        let next = known.as_of(self.zone.day_of(now), now);
        if next.revision == revision {
            return Ok(());
        }
        tx.update_subsidy(tenant, &next).await?;
        self.tell_subsidy(tx, tenant, &next, now).await
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
        let event = self.event(tenant, "SubsidyChanged", &subsidy.name(), data.encode_to_vec(), now);
        Ok(tx.publish(event).await?)
    }
}

fn missing(id: &str) -> Fault {
    Fault::new(reasons::SUBSIDY_NOT_FOUND, format!("subsidies/{id} does not exist")).with("subsidy", id)
}

/// Refuses to let others than ADMIN and FINANCE decide on what is held back.
fn may_decide(caller: &RequestContext, subsidy: &Subsidy) -> Result<(), Fault> {
    if !subsidy.reserve || caller.has(Role::Admin) || caller.has(Role::Finance) {
        return Ok(());
    }
    let message =
        format!("{} draws on the reserve of funds/{}; ADMIN or FINANCE decides on it", subsidy.name(), subsidy.fund);
    Err(Fault::new(reasons::FUND_RESERVE_ROLE, message).with("subsidy", subsidy.name()))
}

/// The subsidy after a step; `None` when the step changes nothing.
async fn stepped(
    tx: &mut dyn IncentiveTx,
    caller: &RequestContext,
    known: &Subsidy,
    step: &SubsidyStep,
    by: &By<'_>,
) -> Result<Option<Subsidy>, Fault> {
    let next = match step {
        SubsidyStep::Approve(amount) => {
            may_decide(caller, known)?;
            let (terms, left) = left(tx, &caller.tenant, known).await?;
            known.preapproved(*amount, &terms, left, by)?
        }
        SubsidyStep::Reject => {
            may_decide(caller, known)?;
            known.rejected(by)?
        }
        SubsidyStep::Withdraw => known.withdrawn(by)?,
        SubsidyStep::Claim(cost, proofs, note) => {
            let next = known.claimed(*cost, proofs.clone(), note, by)?;
            unused(tx, &caller.tenant, proofs).await?;
            next
        }
        SubsidyStep::Accept(eligible, keep_rest) => {
            let (_, left) = left(tx, &caller.tenant, known).await?;
            known.accepted(*eligible, *keep_rest, left, by)?
        }
        SubsidyStep::Return => known.returned(by)?,
        SubsidyStep::Refuse => known.refused_claim(by)?,
        SubsidyStep::Confirm(number, payment) => return known.confirmed(*number, payment, by),
    };
    Ok(Some(next))
}

/// The terms of a subsidy's fund, and what is left for it beside all others.
async fn left(tx: &mut dyn IncentiveTx, tenant: &TenantId, subsidy: &Subsidy) -> Result<(Terms, Left), Fault> {
    let fund = tx.fund_of(tenant, &subsidy.fund).await?.ok_or_else(|| funds::missing(&subsidy.fund))?;
    let used = tx.used_of_fund(tenant, &fund.id).await?;
    let used = used.get(&(subsidy.channel, subsidy.reserve)).copied().unwrap_or_default();
    let by_partner = tx.used_by_partner(tenant, &fund.id, &subsidy.partner, subsidy.year()).await?;
    let left = Left::of(&fund, subsidy, used, by_partner);
    Ok((fund.now.terms, left))
}

/// What a step enters into the ledger.
fn posted(subsidy: &Subsidy, step: &SubsidyStep) -> Result<Option<NewTransaction>, Fault> {
    match step {
        SubsidyStep::Accept(..) => subsidy.claims.last().map(|claim| subsidy.crediting(claim)).transpose(),
        SubsidyStep::Confirm(number, payment) => {
            let claim = subsidy.claims.iter().find(|claim| claim.number == *number);
            claim.map(|claim| subsidy.paying(claim, payment)).transpose()
        }
        _ => Ok(None),
    }
}

fn proofs_of(subsidy: &Subsidy, claim: u32, proofs: &[Proof]) -> Vec<KeptProof> {
    let keys = proofs.iter().flat_map(Proof::keys);
    keys.map(|key| KeptProof { key, subsidy: subsidy.id.clone(), claim }).collect()
}

/// Refuses proofs that stand for other claims, all of which are named.
async fn unused(tx: &mut dyn IncentiveTx, tenant: &TenantId, proofs: &[Proof]) -> Result<(), Fault> {
    let keys: Vec<String> = proofs.iter().flat_map(Proof::keys).collect();
    let known = tx.proofs_of(tenant, &keys).await?;
    if known.is_empty() {
        return Ok(());
    }
    let mut violations = Violations::new();
    for (at, proof) in proofs.iter().enumerate() {
        let keys = proof.keys();
        for KeptProof { key, subsidy, claim } in known.iter().filter(|kept| keys.contains(&kept.key)) {
            violations.add(format!("proofs[{at}]"), format!("{key} proves claim {claim} of subsidies/{subsidy}"));
        }
    }
    let why: Vec<&str> = violations.as_slice().iter().map(|violation| violation.description.as_str()).collect();
    let message = why.join("; ");
    Err(Fault::new(reasons::SUBSIDY_PROOF_USED, message).with_violations(violations))
}
