//! What can be received, proposed, confirmed and rejected. Each verb gives the deposit as it then is; the caller looked at
//! it [as of](Deposit::as_of) now.

use tributary_core::{Date, Decimal, Exact, Fault, Timestamp, Violations};

use super::{Counterpart, Deposit, MOST_MOVEMENTS, Movement, MovementState, Performance, State, Terms};
use crate::{reasons, split::share};

/// Who asks for a movement, when and why.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Who.
    pub actor: &'a str,
    /// The present.
    pub now: Timestamp,
    /// What requires it.
    pub cause: &'a str,
    /// Why.
    pub reason: &'a str,
}

/// What is to go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proposal {
    /// In whole minor units: given back, forfeited.
    Amounts(i64, i64),
    /// All that is held above what is required is given back.
    Excess,
    /// By what was delivered of a commitment.
    Performance(Performance),
}

impl Deposit {
    /// With other terms.
    ///
    /// # Errors
    /// `DEPOSIT_CLOSED`.
    pub fn changed(&self, (base, rate): (i64, Decimal), asked: &Asked<'_>) -> Result<Self, Fault> {
        self.open()?;
        let mut next = self.next();
        next.terms.push(Terms {
            base,
            rate,
            cause: asked.cause.to_owned(),
            reason: asked.reason.to_owned(),
            author: asked.actor.to_owned(),
            time: asked.now,
        });
        Ok(next)
    }

    /// With what was received.
    ///
    /// # Errors
    /// `INVALID_REQUEST`, `DEPOSIT_CLOSED`, `DEPOSIT_FULL`.
    pub fn received(
        &self,
        amount: i64,
        from: Counterpart,
        effective_on: Option<Date>,
        asked: &Asked<'_>,
    ) -> Result<Self, Fault> {
        if amount <= 0 {
            return Err(Fault::invalid_field("amount", "is not above 0; what goes out is proposed"));
        }
        if self.held().checked_add(amount).is_none() {
            let message = format!("what is held of {} exceeds 64 bits of minor units", self.name());
            return Err(Fault::new(reasons::AMOUNT_OVERFLOW, message));
        }
        let movement = Movement { received: amount, effective_on, ..self.movement_of(from, asked)? };
        Ok(self.with(Movement { state: MovementState::Posted, end_time: Some(asked.now), ..movement }))
    }

    /// With a proposal, which can be confirmed before a moment.
    ///
    /// # Errors
    /// `INVALID_REQUEST`, `DEPOSIT_CLOSED`, `DEPOSIT_FULL`, `DEPOSIT_INSUFFICIENT`.
    pub fn proposed(
        &self,
        proposal: &Proposal,
        to: Counterpart,
        expire_time: Timestamp,
        asked: &Asked<'_>,
    ) -> Result<Self, Fault> {
        let movement = self.movement_of(to, asked)?;
        let (released, forfeited) = match proposal {
            Proposal::Amounts(released, forfeited) => (*released, *forfeited),
            Proposal::Excess => (self.excess(), 0),
            Proposal::Performance(performance) => self.assessed(performance)?,
        };
        if released <= 0 && forfeited <= 0 {
            let message = format!(
                "{} has {} available of {} required; there is nothing to give back or to forfeit",
                self.name(),
                self.money(self.available()),
                self.money(self.required())
            );
            return Err(self.insufficient(message));
        }
        if released.saturating_add(forfeited) > self.available() {
            let message = format!(
                "{} has {} available; {} to give back and {} to forfeit are more",
                self.name(),
                self.money(self.available()),
                self.money(released),
                self.money(forfeited)
            );
            return Err(self.insufficient(message));
        }
        let performance = match proposal {
            Proposal::Performance(performance) => Some(performance.clone()),
            Proposal::Amounts(..) | Proposal::Excess => None,
        };
        Ok(self.with(Movement { released, forfeited, performance, expire_time: Some(expire_time), ..movement }))
    }

    /// What follows from what was delivered: required × (1 − delivered ÷ committed) is forfeited, at most what is available;
    /// the rest is given back, or kept.
    fn assessed(&self, performance: &Performance) -> Result<(i64, i64), Fault> {
        let Performance { committed, delivered, keep_rest, .. } = performance;
        let mut violations = Violations::new();
        if *committed <= Decimal::ZERO {
            violations.add("performance.committed", format!("{committed} is not above 0; state what was promised"));
        }
        if delivered.is_sign_negative() && !delivered.is_zero() {
            violations.add("performance.delivered", format!("{delivered} is below 0; state what was delivered"));
        }
        violations.into_result()?;
        let done = Exact::from(*delivered).checked_div(&Exact::from(*committed)).unwrap_or_else(Exact::zero);
        let missed = Exact::from(Decimal::ONE) - done;
        let forfeited = if missed.is_positive() { share(self.required(), missed).unwrap_or(i64::MAX) } else { 0 };
        let forfeited = forfeited.min(self.available());
        let released = if *keep_rest { 0 } else { self.available().saturating_sub(forfeited) };
        Ok((released, forfeited))
    }

    /// With a proposal that counts; `None` when it does already.
    ///
    /// # Errors
    /// `DEPOSIT_MOVEMENT_NOT_FOUND`, `DEPOSIT_MOVEMENT_ENDED`, `DEPOSIT_MAKER_IS_CHECKER`.
    pub fn confirmed(&self, number: u32, actor: &str, now: Timestamp) -> Result<Option<Self>, Fault> {
        let movement = self.movement(number)?;
        match movement.state {
            MovementState::Posted => return Ok(None),
            MovementState::Proposed => {}
            MovementState::Rejected | MovementState::Expired => return Err(self.ended(movement)),
        }
        if movement.author == actor {
            let message = format!("{actor} proposed movement {number} of {}; somebody else confirms it", self.name());
            return Err(Fault::new(reasons::DEPOSIT_MAKER_IS_CHECKER, message).with("deposit", self.name()));
        }
        Ok(Some(self.decided(number, MovementState::Posted, (actor, ""), now)))
    }

    /// With a proposal that was rejected; `None` when it was already.
    ///
    /// # Errors
    /// `DEPOSIT_MOVEMENT_NOT_FOUND`, `DEPOSIT_MOVEMENT_ENDED`.
    pub fn rejected(&self, number: u32, actor: &str, reason: &str, now: Timestamp) -> Result<Option<Self>, Fault> {
        let movement = self.movement(number)?;
        match movement.state {
            MovementState::Rejected => Ok(None),
            MovementState::Proposed => Ok(Some(self.decided(number, MovementState::Rejected, (actor, reason), now))),
            MovementState::Posted | MovementState::Expired => Err(self.ended(movement)),
        }
    }

    /// Closed; `None` when it was already.
    ///
    /// # Errors
    /// `DEPOSIT_NOT_EMPTY`.
    pub fn closed(&self) -> Result<Option<Self>, Fault> {
        if self.state == State::Closed {
            return Ok(None);
        }
        if self.held() != 0 {
            let message = format!(
                "{} still holds {}, of which {} are reserved; give it back or forfeit it first",
                self.name(),
                self.money(self.held()),
                self.money(self.reserved())
            );
            return Err(Fault::new(reasons::DEPOSIT_NOT_EMPTY, message).with("deposit", self.name()));
        }
        Ok(Some(Self { state: State::Closed, ..self.next() }))
    }

    fn open(&self) -> Result<(), Fault> {
        match self.state {
            State::Open => Ok(()),
            State::Closed => {
                let message = format!("{} is closed; agree on a new deposit", self.name());
                Err(Fault::new(reasons::DEPOSIT_CLOSED, message).with("deposit", self.name()))
            }
        }
    }

    fn insufficient(&self, message: String) -> Fault {
        Fault::new(reasons::DEPOSIT_INSUFFICIENT, message).with("deposit", self.name())
    }

    fn ended(&self, movement: &Movement) -> Fault {
        let how = match movement.state {
            MovementState::Posted => format!("was confirmed by {}", movement.decider),
            MovementState::Rejected => format!("was rejected by {}", movement.decider),
            MovementState::Proposed | MovementState::Expired => "was not confirmed in time".to_owned(),
        };
        let message = format!("movement {} of {} {how}; propose it anew if need be", movement.number, self.name());
        Fault::new(reasons::DEPOSIT_MOVEMENT_ENDED, message).with("deposit", self.name())
    }

    /// The next movement, without amounts.
    fn movement_of(&self, counterpart: Counterpart, asked: &Asked<'_>) -> Result<Movement, Fault> {
        self.open()?;
        if self.movements.len() >= MOST_MOVEMENTS {
            let message =
                format!("{} has {MOST_MOVEMENTS} movements; close it and agree on a new deposit", self.name());
            return Err(Fault::new(reasons::DEPOSIT_FULL, message).with("deposit", self.name()));
        }
        Ok(Movement {
            number: self.movements.last().map_or(0, |last| last.number).saturating_add(1),
            received: 0,
            released: 0,
            forfeited: 0,
            counterpart,
            performance: None,
            cause: asked.cause.to_owned(),
            reason: asked.reason.to_owned(),
            state: MovementState::Proposed,
            author: asked.actor.to_owned(),
            create_time: asked.now,
            expire_time: None,
            decider: String::new(),
            decision_reason: String::new(),
            end_time: None,
            effective_on: None,
        })
    }

    fn with(&self, movement: Movement) -> Self {
        let mut next = self.next();
        next.movements.push(movement);
        next
    }

    fn decided(&self, number: u32, state: MovementState, (actor, reason): (&str, &str), now: Timestamp) -> Self {
        let mut next = self.next();
        for movement in next.movements.iter_mut().filter(|movement| movement.number == number) {
            movement.state = state;
            actor.clone_into(&mut movement.decider);
            reason.clone_into(&mut movement.decision_reason);
            movement.end_time = Some(now);
        }
        next
    }

    fn next(&self) -> Self {
        Self { revision: self.revision.saturating_add(1), ..self.clone() }
    }
}
