//! Deposits (IC-16, R25): security that partners deposit against contracts. [`moves`] says what can be received, given back
//! and forfeited, [`postings`] what each movement does to the ledger. Nothing here knows a clock or a store.

mod moves;
mod postings;

use serde::{Deserialize, Serialize};
use tributary_core::{Currency, Date, Decimal, Exact, Fault, MinorAmount, Timestamp};

pub use moves::{Asked, Proposal};
pub use postings::owner;

use crate::{canonical::decimal, reasons, split::share};

/// Most movements of a deposit: it is read and written whole.
pub const MOST_MOVEMENTS: usize = 500;
/// Most decimals of a share.
pub const RATE_DIGITS: u32 = 6;

/// Where a deposit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Takes movements.
    Open,
    /// Nothing is held, and nothing moves any more.
    Closed,
}

impl State {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Closed => "CLOSED",
        }
    }
}

/// Where money comes from or goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Counterpart {
    /// The bank.
    #[default]
    Cash,
    /// What the partner paid in ahead of orders.
    Prepayment,
    /// The partner's rebates.
    Rebate,
}

/// How far a movement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MovementState {
    /// Reserved until somebody else confirms it.
    Proposed,
    /// Counts.
    Posted,
    /// Somebody rejected it or took it back.
    Rejected,
    /// Nobody confirmed it in time.
    Expired,
}

/// What was agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Value of what is secured, whole minor units, 0 or above.
    pub base: i64,
    /// Share of it, 0 to 1.
    #[serde(with = "decimal")]
    pub rate: Decimal,
    /// What required it.
    pub cause: String,
    /// Why.
    pub reason: String,
    /// Who agreed on it.
    pub author: String,
    /// When.
    pub time: Timestamp,
}

/// What was delivered of a commitment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Performance {
    /// What was promised, above 0.
    #[serde(with = "decimal")]
    pub committed: Decimal,
    /// What was delivered, 0 or above.
    #[serde(with = "decimal")]
    pub delivered: Decimal,
    /// What is counted, for people.
    pub unit: String,
    /// Whether the rest stays deposited.
    pub keep_rest: bool,
}

/// A movement. Amounts are whole minor units, 0 or above.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// Counts the movements of the deposit, from 1.
    pub number: u32,
    /// What came in.
    pub received: i64,
    /// What goes back.
    pub released: i64,
    /// What is forfeited.
    pub forfeited: i64,
    /// Where it comes from or goes back to.
    pub counterpart: Counterpart,
    /// What the amounts follow from; `None`: they were stated.
    pub performance: Option<Performance>,
    /// What required it.
    pub cause: String,
    /// Why.
    pub reason: String,
    /// How far it is. One whose time is over stands as proposed until the deposit is looked at: see
    /// [`Deposit::as_of`].
    pub state: MovementState,
    /// Who received or proposed it.
    pub author: String,
    /// When.
    pub create_time: Timestamp,
    /// From when on it cannot be confirmed any more; `None`: it counted at once.
    pub expire_time: Option<Timestamp>,
    /// Who confirmed or rejected it.
    pub decider: String,
    /// Why it was rejected.
    pub decision_reason: String,
    /// When it was confirmed, rejected or expired.
    pub end_time: Option<Timestamp>,
    /// The day on which it counts for bookkeeping, where one was stated.
    pub effective_on: Option<Date>,
}

/// A deposit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deposit {
    /// Last part of its name.
    pub id: String,
    /// Who deposits, last part of its name.
    pub partner: String,
    /// What it secures.
    pub cause: String,
    /// The currency of everything in it.
    pub currency: Currency,
    /// Where it stands.
    pub state: State,
    /// What was agreed, oldest first; never empty.
    pub terms: Vec<Terms>,
    /// Everything that moved or was to move, oldest first.
    pub movements: Vec<Movement>,
    /// When it was agreed.
    pub create_time: Timestamp,
    /// Counts changes, from 1.
    pub revision: i64,
}

impl Deposit {
    /// Resource name.
    #[must_use]
    pub fn name(&self) -> String {
        format!("deposits/{}", self.id)
    }

    /// Changes with every change.
    #[must_use]
    pub fn etag(&self) -> String {
        format!("r{}", self.revision)
    }

    /// An amount in its currency.
    #[must_use]
    pub fn money(&self, value: i64) -> MinorAmount {
        MinorAmount { currency: self.currency, value }
    }

    /// Value of what is secured, and the share of it.
    #[must_use]
    pub fn agreed(&self) -> (i64, Decimal) {
        self.terms.last().map_or((0, Decimal::ZERO), |terms| (terms.base, terms.rate))
    }

    /// base × rate, half away from zero to the currency's digits.
    #[must_use]
    pub fn required(&self) -> i64 {
        let (base, rate) = self.agreed();
        // A share of at most 1 of 64 bits fits into 64 bits.
        share(base, Exact::from(rate)).unwrap_or(i64::MAX)
    }

    /// What was received and neither given back nor forfeited.
    #[must_use]
    pub fn held(&self) -> i64 {
        let posted = self.movements.iter().filter(|movement| movement.state == MovementState::Posted);
        posted.fold(0, |held: i64, movement| {
            held.saturating_add(movement.received).saturating_sub(movement.released).saturating_sub(movement.forfeited)
        })
    }

    /// What of it is reserved by proposals.
    #[must_use]
    pub fn reserved(&self) -> i64 {
        let proposed = self.movements.iter().filter(|movement| movement.state == MovementState::Proposed);
        proposed.fold(0, |sum: i64, movement| sum.saturating_add(movement.released).saturating_add(movement.forfeited))
    }

    /// What can be proposed to go out.
    #[must_use]
    pub fn available(&self) -> i64 {
        self.held().saturating_sub(self.reserved())
    }

    /// What is to be topped up.
    #[must_use]
    pub fn due(&self) -> i64 {
        self.required().saturating_sub(self.held()).max(0)
    }

    /// What can be given back although the contract goes on.
    #[must_use]
    pub fn excess(&self) -> i64 {
        self.available().saturating_sub(self.required()).max(0)
    }

    /// As it stands at a moment: what nobody confirmed in time has expired.
    #[must_use]
    pub fn as_of(mut self, now: Timestamp) -> Self {
        for movement in &mut self.movements {
            let over = movement.expire_time.filter(|end| *end <= now);
            if movement.state == MovementState::Proposed && over.is_some() {
                movement.state = MovementState::Expired;
                movement.end_time = over;
            }
        }
        self
    }

    /// With what has expired at a moment; `None`: nothing has.
    #[must_use]
    pub fn expired(&self, now: Timestamp) -> Option<Self> {
        let next = self.clone().as_of(now);
        (next != *self).then(|| Self { revision: self.revision.saturating_add(1), ..next })
    }

    /// A movement of it.
    ///
    /// # Errors
    /// `DEPOSIT_MOVEMENT_NOT_FOUND`.
    pub fn movement(&self, number: u32) -> Result<&Movement, Fault> {
        self.movements.iter().find(|movement| movement.number == number).ok_or_else(|| {
            let message = format!("{} has no movement {number}; it has {}", self.name(), self.movements.len());
            Fault::new(reasons::DEPOSIT_MOVEMENT_NOT_FOUND, message).with("deposit", self.name())
        })
    }
}
