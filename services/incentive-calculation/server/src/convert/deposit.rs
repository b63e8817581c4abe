//! The messages of deposits.

use incentive_calculation_domain::deposit::{Counterpart, Deposit, Movement, MovementState, Performance, State, Terms};
use tributary_core::{Decimal, Violations};
use tributary_proto::tributary::incentive::v1 as pb;
use tributary_rpc::convert::{date_to_proto, decimal, decimal_to_proto, minor_to_proto, timestamp_to_proto};

/// Most decimals of what was promised and delivered.
const COUNT_DIGITS: u32 = 6;

/// Writes a state.
#[must_use]
pub fn state_to_proto(state: State) -> pb::DepositState {
    match state {
        State::Open => pb::DepositState::Open,
        State::Closed => pb::DepositState::Closed,
    }
}

/// Reads a state; unspecified is none.
#[must_use]
pub fn state(value: pb::DepositState) -> Option<State> {
    match value {
        pb::DepositState::Unspecified => None,
        pb::DepositState::Open => Some(State::Open),
        pb::DepositState::Closed => Some(State::Closed),
    }
}

/// Writes how far a movement is.
#[must_use]
pub fn movement_state_to_proto(state: MovementState) -> pb::DepositMovementState {
    match state {
        MovementState::Proposed => pb::DepositMovementState::Proposed,
        MovementState::Posted => pb::DepositMovementState::Posted,
        MovementState::Rejected => pb::DepositMovementState::Rejected,
        MovementState::Expired => pb::DepositMovementState::Expired,
    }
}

/// Reads where money comes from or goes to; unspecified is cash.
#[must_use]
pub fn counterpart(value: pb::DepositCounterpart) -> Counterpart {
    match value {
        pb::DepositCounterpart::Unspecified | pb::DepositCounterpart::Cash => Counterpart::Cash,
        pb::DepositCounterpart::Prepayment => Counterpart::Prepayment,
        pb::DepositCounterpart::Rebate => Counterpart::Rebate,
    }
}

fn counterpart_to_proto(value: Counterpart) -> pb::DepositCounterpart {
    match value {
        Counterpart::Cash => pb::DepositCounterpart::Cash,
        Counterpart::Prepayment => pb::DepositCounterpart::Prepayment,
        Counterpart::Rebate => pb::DepositCounterpart::Rebate,
    }
}

/// Reads what was delivered of a commitment.
pub fn performance(value: &pb::DeliveredCommitment, violations: &mut Violations) -> Performance {
    let mut number = |field: &str, stated: &Option<tributary_proto::google::r#type::Decimal>| {
        let stated = stated.as_ref().ok_or_else(|| "is missing; state a number such as \"500000\"".to_owned());
        let read = stated.and_then(|stated| decimal(stated, COUNT_DIGITS));
        violations.check(&format!("performance.{field}"), read).unwrap_or(Decimal::ZERO)
    };
    Performance {
        committed: number("committed", &value.committed),
        delivered: number("delivered", &value.delivered),
        unit: value.unit.clone(),
        keep_rest: value.keep_rest,
    }
}

/// Writes a deposit.
#[must_use]
pub fn deposit_to_proto(deposit: &Deposit) -> pb::Deposit {
    let money = |value| Some(minor_to_proto(deposit.money(value)));
    let (base, rate) = deposit.agreed();
    pb::Deposit {
        name: deposit.name(),
        partner: format!("partners/{}", deposit.partner),
        cause: deposit.cause.clone(),
        base: money(base),
        rate: Some(decimal_to_proto(rate)),
        required: money(deposit.required()),
        held: money(deposit.held()),
        reserved: money(deposit.reserved()),
        due: money(deposit.due()),
        excess: money(deposit.excess()),
        state: state_to_proto(deposit.state).into(),
        terms: deposit.terms.iter().map(|terms| terms_to_proto(deposit, terms)).collect(),
        movements: deposit.movements.iter().map(|movement| movement_to_proto(deposit, movement)).collect(),
        create_time: Some(timestamp_to_proto(deposit.create_time)),
        etag: deposit.etag(),
    }
}

fn terms_to_proto(deposit: &Deposit, terms: &Terms) -> pb::DepositTerms {
    pb::DepositTerms {
        base: Some(minor_to_proto(deposit.money(terms.base))),
        rate: Some(decimal_to_proto(terms.rate)),
        cause: terms.cause.clone(),
        reason: terms.reason.clone(),
        author: terms.author.clone(),
        time: Some(timestamp_to_proto(terms.time)),
    }
}

fn movement_to_proto(deposit: &Deposit, movement: &Movement) -> pb::DepositMovement {
    let money = |value| Some(minor_to_proto(deposit.money(value)));
    let performance = movement.performance.as_ref().map(|performance| pb::DeliveredCommitment {
        committed: Some(decimal_to_proto(performance.committed)),
        delivered: Some(decimal_to_proto(performance.delivered)),
        unit: performance.unit.clone(),
        keep_rest: performance.keep_rest,
    });
    pb::DepositMovement {
        number: i32::try_from(movement.number).unwrap_or(i32::MAX),
        received: money(movement.received),
        released: money(movement.released),
        forfeited: money(movement.forfeited),
        counterpart: counterpart_to_proto(movement.counterpart).into(),
        performance,
        cause: movement.cause.clone(),
        reason: movement.reason.clone(),
        state: movement_state_to_proto(movement.state).into(),
        author: movement.author.clone(),
        create_time: Some(timestamp_to_proto(movement.create_time)),
        expire_time: movement.expire_time.map(timestamp_to_proto),
        decider: movement.decider.clone(),
        decision_reason: movement.decision_reason.clone(),
        end_time: movement.end_time.map(timestamp_to_proto),
        effective_date: movement.effective_on.map(date_to_proto),
        transaction: deposit.transaction_id(movement.number).map(|id| id.name()).unwrap_or_default(),
    }
}
