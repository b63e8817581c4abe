//! The ledger's messages.

use incentive_calculation_domain::ledger::{
    Account, AccountKey, Commodity, Entry, Purpose, State, Transaction, commodity::text,
};
use tributary_core::{Date, Violations};
use tributary_proto::{
    google::r#type::Decimal,
    tributary::incentive::v1::{self as pb, AccountPurpose, TransactionState},
};
use tributary_rpc::convert::{date, date_to_proto, timestamp, timestamp_to_proto};

use crate::{
    app::ledger::{PostingDraft, Scales, TransactionDraft},
    ports::ledger::KeptMovement,
};

const PURPOSES: [(Purpose, AccountPurpose); 19] = [
    (Purpose::Accrued, AccountPurpose::Accrued),
    (Purpose::Payable, AccountPurpose::Payable),
    (Purpose::Withheld, AccountPurpose::Withheld),
    (Purpose::Paid, AccountPurpose::Paid),
    (Purpose::Rebate, AccountPurpose::Rebate),
    (Purpose::Prepayment, AccountPurpose::Prepayment),
    (Purpose::Deposit, AccountPurpose::Deposit),
    (Purpose::Entitlement, AccountPurpose::Entitlement),
    (Purpose::Clawback, AccountPurpose::Clawback),
    (Purpose::Advance, AccountPurpose::Advance),
    (Purpose::Overdraft, AccountPurpose::Overdraft),
    (Purpose::Loaned, AccountPurpose::Loaned),
    (Purpose::Fund, AccountPurpose::Fund),
    (Purpose::Expense, AccountPurpose::Expense),
    (Purpose::Cash, AccountPurpose::Cash),
    (Purpose::Issued, AccountPurpose::Issued),
    (Purpose::Stock, AccountPurpose::Stock),
    (Purpose::Income, AccountPurpose::Income),
    (Purpose::Tax, AccountPurpose::Tax),
];

/// Reads a purpose; unspecified is none.
#[must_use]
pub fn purpose(value: AccountPurpose) -> Option<Purpose> {
    PURPOSES.iter().find(|row| row.1 == value).map(|row| row.0)
}

/// Reads a state; unspecified is none.
#[must_use]
pub fn state(value: TransactionState) -> Option<State> {
    State::ALL.into_iter().find(|state| state_to_proto(*state) == value)
}

fn state_to_proto(state: State) -> TransactionState {
    match state {
        State::Pending => TransactionState::Pending,
        State::Posted => TransactionState::Posted,
        State::Voided => TransactionState::Voided,
        State::Expired => TransactionState::Expired,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "fields of messages are optional")]
fn amount(units: i64, scale: u32) -> Option<Decimal> {
    Some(Decimal { value: text(units, scale) })
}

/// Writes a commodity.
#[must_use]
pub fn commodity_to_proto(commodity: &Commodity) -> pb::Commodity {
    pb::Commodity {
        name: commodity.name(),
        display_name: commodity.display_name.clone(),
        scale: i32::try_from(commodity.scale).unwrap_or_default(),
        create_time: Some(timestamp_to_proto(commodity.create_time)),
    }
}

/// Writes an account.
#[must_use]
pub fn account_to_proto(account: &Account, scales: &Scales) -> pb::LedgerAccount {
    let AccountKey { purpose, commodity, .. } = &account.key;
    let scale = scales.of(commodity);
    let kind = PURPOSES.iter().find(|row| row.0 == *purpose).map_or(AccountPurpose::Unspecified, |row| row.1);
    pb::LedgerAccount {
        name: account.key.name(),
        partner: account.key.partner().map(|id| format!("partners/{id}")).unwrap_or_default(),
        purpose: kind.into(),
        commodity: commodity.clone(),
        balance: amount(account.balance(), scale),
        available: amount(i64::try_from(account.available()).unwrap_or(i64::MIN), scale),
        floor: account.floor.and_then(|floor| amount(floor, scale)),
        debits_posted: amount(account.debits_posted, scale),
        credits_posted: amount(account.credits_posted, scale),
        debits_pending: amount(account.debits_pending, scale),
        credits_pending: amount(account.credits_pending, scale),
        closed: account.closed,
        etag: account.etag(),
    }
}

/// Reads a transaction; what only the ledger says is not looked at.
#[must_use]
pub fn transaction_draft(request: pb::CreateTransactionRequest) -> TransactionDraft {
    let mut violations = Violations::new();
    if request.transaction.is_none() {
        violations.add("transaction", "is missing; state what is recorded");
    }
    let stated = request.transaction.unwrap_or_default();
    let posting =
        |p: pb::Posting| PostingDraft { debit: p.debit, credit: p.credit, amount: p.amount.map(|amount| amount.value) };
    let mut own = Violations::new();
    let expire_time = stated.expire_time.as_ref().and_then(|at| own.check("expire_time", timestamp(at)));
    let effective_on = stated.effective_date.as_ref().and_then(|day| own.check("effective_date", date(day)));
    violations.nest("transaction", own);
    TransactionDraft {
        id: request.transaction_id,
        postings: stated.postings.into_iter().map(posting).collect(),
        pending: stated.pending,
        expire_time,
        cause: stated.cause,
        memo: stated.memo,
        effective_on,
        violations,
    }
}

/// Writes a transaction, with the day on which it counts.
#[must_use]
pub fn transaction_to_proto(transaction: &Transaction, effective: Date, scales: &Scales) -> pb::LedgerTransaction {
    let content = &transaction.content;
    let postings = content.postings.iter().zip(transaction.counting()).map(|(posting, posted)| {
        let scale = scales.of(&posting.debit.commodity);
        pb::Posting {
            debit: posting.debit.name(),
            credit: posting.credit.name(),
            amount: amount(posting.amount, scale),
            posted_amount: amount(posted, scale),
        }
    });
    pb::LedgerTransaction {
        name: content.id.name(),
        postings: postings.collect(),
        pending: content.pending,
        expire_time: content.expire_time.map(timestamp_to_proto),
        cause: content.cause.clone(),
        memo: content.memo.clone(),
        effective_date: Some(date_to_proto(effective)),
        reverses: content.reverses.as_ref().map(|id| id.name()).unwrap_or_default(),
        reversed_by: transaction.reversed_by.as_ref().map(|id| id.name()).unwrap_or_default(),
        state: state_to_proto(transaction.state).into(),
        author: transaction.author.clone(),
        create_time: Some(timestamp_to_proto(transaction.create_time)),
        end_time: transaction.end_time.map(timestamp_to_proto),
        entry: transaction.entry,
    }
}

/// Writes a movement.
#[must_use]
pub fn movement_to_proto(kept: &KeptMovement, scales: &Scales) -> pb::AccountMovement {
    let scale = scales.of(&kept.movement.account.commodity);
    pb::AccountMovement {
        entry: kept.entry,
        transaction: kept.transaction.name(),
        state: state_to_proto(kept.state).into(),
        debit: amount(kept.movement.debit, scale),
        credit: amount(kept.movement.credit, scale),
        pending_debit: amount(kept.movement.pending_debit, scale),
        pending_credit: amount(kept.movement.pending_credit, scale),
        balance: amount(kept.movement.balance, scale),
        effective_date: Some(date_to_proto(kept.effective_on)),
        record_time: Some(timestamp_to_proto(kept.record_time)),
    }
}

/// Writes an entry of the journal.
#[must_use]
pub fn entry_to_proto(entry: &Entry) -> pb::JournalEntry {
    pb::JournalEntry {
        position: entry.position,
        content: entry.content.clone(),
        author: entry.author.clone(),
        record_time: Some(timestamp_to_proto(entry.record_time)),
        digest: entry.digest.clone(),
    }
}
