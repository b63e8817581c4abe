//! Deposits (IC-16). Every step locks the journal of the tenant first and the deposit after it, decides on it as it is, and
//! keeps deposit, postings and event together: two callers come one after the other, and a step that was cut has not
//! happened.

use std::collections::BTreeSet;

use incentive_calculation_domain::{
    deposit::{Asked, Counterpart, Deposit, MovementState, Proposal, RATE_DIGITS, State, Terms},
    ledger::TransactionId,
    reasons,
};
use prost::Message as _;
use tributary_core::{Currency, Date, Decimal, Fault, RequestContext, ResourceId, TenantId, Timestamp, Violations};
use tributary_proto::tributary::incentive::v1::DepositChanged;
use tributary_rpc::convert::minor_to_proto;
use tributary_sql::{RequestKey, StoreError};

use super::{
    App,
    ledger::{End, Writing},
    recall, remember,
};
use crate::{
    convert::deposit::{movement_state_to_proto, state_to_proto},
    ports::{IncentiveTx, PartnerRef, deposits::DepositQuery},
};

/// A deposit as a caller states it.
#[derive(Debug, Clone)]
pub struct NewDeposit {
    /// Last part of its name.
    pub id: ResourceId,
    /// Who deposits, last part of its name.
    pub partner: ResourceId,
    /// What it secures.
    pub cause: String,
    /// The currency of everything in it.
    pub currency: Currency,
    /// Value of what is secured, whole minor units.
    pub base: i64,
    /// Share of it.
    pub rate: Decimal,
}

/// A step of a deposit.
#[derive(Debug, Clone)]
pub enum DepositStep {
    /// Other terms; what is `None` stays.
    Terms(Option<i64>, Option<Decimal>),
    /// Something was received.
    Receive(i64, Counterpart, Option<Date>),
    /// Something is to go out, which can be confirmed for so many days.
    Propose(Proposal, Counterpart, i64),
    /// A proposal counts.
    Confirm(u32),
    /// A proposal does not.
    Reject(u32),
    /// Nothing moves any more.
    Close,
}

/// What a caller asks of a deposit.
#[derive(Debug, Clone)]
pub struct DepositRequest {
    /// The deposit, last part of its name.
    pub id: String,
    /// What is to be done.
    pub step: DepositStep,
    /// What requires it.
    pub cause: String,
    /// Why.
    pub reason: String,
    /// Check everything, change nothing.
    pub validate_only: bool,
}

impl App {
    /// Agrees on a deposit.
    ///
    /// # Errors
    /// `INVALID_REQUEST` with every violation, `PARTNER_UNKNOWN`, `DEPOSIT_EXISTS`.
    pub async fn create_deposit(
        &self,
        caller: &RequestContext,
        new: NewDeposit,
        key: Option<RequestKey>,
        validate_only: bool,
    ) -> Result<Deposit, Fault> {
        let now = self.clock.now();
        if let Some(first) = self.answered(key.as_ref(), now).await? {
            return Ok(first);
        }
        check_terms(Some(new.base), Some(new.rate), "deposit.").into_result()?;
        self.known_holders(caller, &[PartnerRef::Id(new.partner.to_string())]).await?;
        let terms = Terms {
            base: new.base,
            rate: new.rate,
            cause: new.cause.clone(),
            reason: String::new(),
            author: caller.subject.clone(),
            time: now,
        };
        let deposit = Deposit {
            id: new.id.to_string(),
            partner: new.partner.to_string(),
            cause: new.cause,
            currency: new.currency,
            state: State::Open,
            terms: vec![terms],
            movements: Vec::new(),
            create_time: now,
            revision: 1,
        };
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall(tx.as_mut(), key.as_ref(), now).await? {
            return Ok(first);
        }
        match tx.insert_deposit(&caller.tenant, &deposit).await {
            Err(StoreError::AlreadyExists(_)) => {
                let message = format!("{} exists; choose another deposit_id", deposit.name());
                return Err(Fault::new(reasons::DEPOSIT_EXISTS, message).with("deposit", deposit.name()));
            }
            other => other?,
        }
        if validate_only {
            return Ok(deposit);
        }
        self.tell_deposit(tx.as_mut(), &caller.tenant, &deposit, 0, now).await?;
        remember(tx.as_mut(), key.as_ref(), &deposit).await?;
        self.commit(tx).await?;
        Ok(deposit)
    }

    /// One deposit.
    ///
    /// # Errors
    /// `DEPOSIT_NOT_FOUND`.
    pub async fn deposit(&self, caller: &RequestContext, id: &str) -> Result<Deposit, Fault> {
        let known = self.store.deposit(&caller.tenant, id).await?;
        Ok(shown(caller, known.ok_or_else(|| missing(id))?.as_of(self.clock.now())))
    }

    /// Deposits in the order of their names.
    ///
    /// # Errors
    /// `STORE_UNAVAILABLE`.
    pub async fn deposits(&self, caller: &RequestContext, query: &DepositQuery) -> Result<Vec<Deposit>, Fault> {
        let now = self.clock.now();
        let known = self.store.deposits(&caller.tenant, query).await?;
        Ok(known.into_iter().map(|known| shown(caller, known.as_of(now))).collect())
    }

    /// Takes a step.
    ///
    /// # Errors
    /// `DEPOSIT_NOT_FOUND`, and what the verbs of [`Deposit`] and the ledger refuse.
    pub async fn step_deposit(
        &self,
        caller: &RequestContext,
        request: DepositRequest,
        key: Option<RequestKey>,
    ) -> Result<Deposit, Fault> {
        let (tenant, now) = (&caller.tenant, self.clock.now());
        let mut tx = self.store.begin().await?;
        if let Some(first) = recall(tx.as_mut(), key.as_ref(), now).await? {
            return Ok(first);
        }
        let mut writing = Writing::begin(tx.as_mut(), tenant, &caller.subject, now).await?;
        let known = tx.deposit_of(tenant, &request.id).await?.ok_or_else(|| missing(&request.id))?;
        let known = self.give_back_expired(tx.as_mut(), &mut writing, known).await?;
        let Some((next, moved)) = self.stepped(&known, &request, &caller.subject, now)? else {
            return Ok(known);
        };
        if let Some(number) = moved {
            self.move_deposit(tx.as_mut(), &mut writing, &next, number).await?;
        }
        if request.validate_only {
            return Ok(next);
        }
        tx.update_deposit(tenant, &next).await?;
        self.tell_deposit(tx.as_mut(), tenant, &next, moved.unwrap_or(0), now).await?;
        remember(tx.as_mut(), key.as_ref(), &next).await?;
        self.keep(tx, writing).await?;
        Ok(next)
    }

    /// The deposit after a step, and the movement that changed; `None` when the step changes nothing.
    fn stepped(
        &self,
        known: &Deposit,
        request: &DepositRequest,
        actor: &str,
        now: Timestamp,
    ) -> Result<Option<(Deposit, Option<u32>)>, Fault> {
        let asked = Asked { actor, now, cause: &request.cause, reason: &request.reason };
        let last = |next: Deposit| {
            let number = next.movements.last().map(|movement| movement.number);
            (next, number)
        };
        match &request.step {
            DepositStep::Terms(base, rate) => {
                check_terms(*base, *rate, "").into_result()?;
                let (old_base, old_rate) = known.agreed();
                let terms = (base.unwrap_or(old_base), rate.unwrap_or(old_rate));
                Ok(Some((known.changed(terms, &asked)?, None)))
            }
            DepositStep::Receive(amount, from, effective_on) => {
                Ok(Some(last(known.received(*amount, *from, *effective_on, &asked)?)))
            }
            DepositStep::Propose(proposal, to, days) => {
                let until = now.plus_seconds(days.saturating_mul(86_400));
                Ok(Some(last(known.proposed(proposal, *to, until, &asked)?)))
            }
            DepositStep::Confirm(number) => Ok(known.confirmed(*number, actor, now)?.map(|next| (next, Some(*number)))),
            DepositStep::Reject(number) => {
                Ok(known.rejected(*number, actor, &request.reason, now)?.map(|next| (next, Some(*number))))
            }
            DepositStep::Close => Ok(known.closed()?.map(|next| (next, None))),
        }
    }

    /// Enters into the ledger what became of a movement.
    async fn move_deposit(
        &self,
        tx: &mut dyn IncentiveTx,
        writing: &mut Writing,
        deposit: &Deposit,
        number: u32,
    ) -> Result<(), Fault> {
        writing.load(tx, deposit.accounts()?).await?;
        let scales = self.scales(writing.tenant(), BTreeSet::from([deposit.currency.code().to_owned()])).await?;
        let movement = deposit.movement(number)?;
        let id: TransactionId = deposit.transaction_id(number)?;
        let tenant = writing.tenant().clone();
        let Some(pending) = tx.transactions_of(&tenant, std::slice::from_ref(&id)).await?.pop() else {
            return self.enter(writing, &deposit.transaction(movement)?, "name", &scales).map(drop);
        };
        let end = match movement.state {
            MovementState::Posted => End::Post(Vec::new()),
            _ => End::Void(movement.decision_reason.clone()),
        };
        self.end_in(writing, &pending, end, &scales).map(drop)
    }

    /// The deposit as of now. What has expired is given back in the ledger, too, so that both say the same of what is
    /// available; else a worker does it a moment later.
    async fn give_back_expired(
        &self,
        tx: &mut dyn IncentiveTx,
        writing: &mut Writing,
        stored: Deposit,
    ) -> Result<Deposit, Fault> {
        let (tenant, now) = (writing.tenant().clone(), writing.now());
        let known = stored.clone().as_of(now);
        for (before, after) in stored.movements.iter().zip(&known.movements).filter(|(one, other)| one != other) {
            let id = known.transaction_id(before.number)?;
            let pending = tx.transactions_of(&tenant, std::slice::from_ref(&id)).await?.pop();
            if let Some(pending) = pending.filter(|pending| pending.is_over(now)) {
                self.expire_in(tx, writing, &pending).await?;
                self.tell_deposit(tx, &tenant, &known, after.number, now).await?;
            }
        }
        Ok(known)
    }

    /// Notes that nobody confirmed a movement in time.
    pub(super) async fn deposit_expired(
        &self,
        tx: &mut dyn IncentiveTx,
        writing: &Writing,
        id: &str,
        number: u32,
    ) -> Result<(), Fault> {
        let (tenant, now) = (writing.tenant(), writing.now());
        let Some(mut deposit) = tx.deposit_of(tenant, id).await? else { return Ok(()) };
        if let Some(next) = deposit.expired(now) {
            tx.update_deposit(tenant, &next).await?;
            deposit = next;
        }
        self.tell_deposit(tx, tenant, &deposit, number, now).await
    }

    async fn tell_deposit(
        &self,
        tx: &mut dyn IncentiveTx,
        tenant: &TenantId,
        deposit: &Deposit,
        number: u32,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let money = |value| Some(minor_to_proto(deposit.money(value)));
        let movement = deposit.movements.iter().find(|movement| movement.number == number);
        let data = DepositChanged {
            deposit: deposit.name(),
            partner: format!("partners/{}", deposit.partner),
            cause: deposit.cause.clone(),
            required: money(deposit.required()),
            held: money(deposit.held()),
            reserved: money(deposit.reserved()),
            movement: i32::try_from(number).unwrap_or(i32::MAX),
            movement_state: movement.map_or(0, |movement| movement_state_to_proto(movement.state).into()),
            state: state_to_proto(deposit.state).into(),
        };
        let event = self.event(tenant, "DepositChanged", &deposit.name(), data.encode_to_vec(), now);
        Ok(tx.publish(event).await?)
    }
}

/// A deposit as a caller may see it: what is proposed, and what was not confirmed, is ours alone.
fn shown(caller: &RequestContext, mut deposit: Deposit) -> Deposit {
    if caller.scope.is_own() {
        deposit.movements.retain(|movement| movement.state == MovementState::Posted);
    }
    deposit
}

fn missing(id: &str) -> Fault {
    Fault::new(reasons::DEPOSIT_NOT_FOUND, format!("deposits/{id} does not exist")).with("deposit", id)
}

/// What is wrong with terms.
fn check_terms(base: Option<i64>, rate: Option<Decimal>, within: &str) -> Violations {
    let mut violations = Violations::new();
    if base.is_some_and(i64::is_negative) {
        violations.add(format!("{within}base"), "is below 0; state the value of what is secured");
    }
    if let Some(rate) = rate.filter(|rate| rate.is_sign_negative() || *rate > Decimal::ONE) {
        violations.add(format!("{within}rate"), format!("{rate} is not between 0 and 1; 20 % is 0.2"));
    }
    if let Some(rate) = rate.filter(|rate| rate.scale() > RATE_DIGITS) {
        violations.add(format!("{within}rate"), format!("{rate} has more than {RATE_DIGITS} decimals"));
    }
    violations
}
