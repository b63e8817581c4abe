//! Why a write is refused, in words, with amounts as people write them.

use incentive_calculation_domain::{
    deposit,
    ledger::{AccountKey, State, Transaction, TransactionId, book::Broken, commodity::text},
    reasons, subsidy,
};
use tributary_core::{Fault, Violations};

use super::{commodities::Scales, missing};

/// Nothing has moved an account yet.
pub(super) fn no_account(key: &AccountKey) -> Fault {
    let message = format!("{} has no movements yet; its first one opens it", key.name());
    Fault::new(reasons::LEDGER_ACCOUNT_NOT_FOUND, message).with("account", key.name())
}

/// No transaction has this id.
pub(super) fn no_transaction(id: &TransactionId) -> Fault {
    missing(reasons::TRANSACTION_NOT_FOUND, id.name())
}

/// A transaction that breaks rules of accounts; `at` is where its postings stand in the request.
pub(super) fn broken(id: &TransactionId, at: &str, all: &[Broken], scales: &Scales) -> Fault {
    let mut violations = Violations::new();
    let mut invalid = false;
    let mut closed = false;
    for one in all {
        match one {
            Broken::Closed(key) => {
                closed = true;
                violations.add(at, format!("{} is closed; reopen it, or use another account", key.name()));
            }
            Broken::Limit { account, available, after, floor } => {
                let scale = scales.of(&account.commodity);
                let [available, after] =
                    [available, after].map(|v| i64::try_from(*v).map_or("?".into(), |v| text(v, scale)));
                let (name, code, floor) = (account.name(), &account.commodity, text(*floor, scale));
                violations.add(
                    at,
                    format!("{name} has {available} {code} available and would have {after}, its floor is {floor}"),
                );
            }
            Broken::Overflow(key) => {
                violations.add(at, format!("the sums of {} would be beyond 64 bits of smallest units", key.name()));
            }
            Broken::Amount { posting, commodity, reserved, amount } => {
                invalid = true;
                let [reserved, amount] = [reserved, amount].map(|units| text(*units, scales.of(commodity)));
                let why = format!("{amount} is not between 0 and the {reserved} {commodity} that were reserved");
                violations.add(format!("amounts[{posting}]"), why);
            }
            Broken::Count { postings, amounts } => {
                invalid = true;
                violations.add("amounts", format!("has {amounts} amounts for {postings} postings; give one for each"));
            }
        }
    }
    if invalid {
        return Fault::invalid(violations);
    }
    let reason = if closed { reasons::ACCOUNT_CLOSED } else { reasons::BALANCE_LIMIT };
    let why: Vec<&str> = violations.as_slice().iter().map(|v| v.description.as_str()).collect();
    let message = format!("{} cannot be recorded: {}", id.name(), why.join("; "));
    Fault::new(reason, message).with("transaction", id.name()).with_violations(violations)
}

/// A known id with other content.
pub(super) fn differs(at: &str, id: &TransactionId, fields: &[&str]) -> Fault {
    let list = fields.join(", ");
    let message = format!("{at}{} is known with other {list}; choose another id, or send what was sent", id.name());
    Fault::new(reasons::TRANSACTION_DIFFERS, message).with("transaction", id.name()).with("fields", list)
}

/// A transaction that cannot be posted or voided.
pub(super) fn not_pending(transaction: &Transaction) -> Fault {
    let name = transaction.content.id.name();
    let how = match transaction.state {
        State::Pending => "its time is over",
        State::Posted => "it is posted",
        State::Voided => "it was voided",
        State::Expired => "it expired",
    };
    Fault::new(reasons::TRANSACTION_NOT_PENDING, format!("{name} is not pending: {how}")).with("transaction", name)
}

/// Refuses to end or to take back what a deposit or a subsidy decides on.
pub(super) fn not_owned(transaction: &Transaction) -> Result<(), Fault> {
    let name = transaction.content.id.name();
    let message = if let Some((deposit, _)) = deposit::owner(&transaction.content) {
        format!("{name} belongs to deposits/{deposit}; confirm or reject its movement there")
    } else if let Some(subsidy) = subsidy::owner(&transaction.content) {
        format!("{name} belongs to subsidies/{subsidy}; take its claim back there, by ReverseSubsidyClaim")
    } else {
        return Ok(());
    };
    Err(Fault::new(reasons::TRANSACTION_OWNED, message).with("transaction", name))
}
