//! Clients that move money: postings under ids of their own, every third of them reserved first and posted by half, and
//! deposits, of which something is proposed to go back and every second proposal is taken back.

use std::time::Duration;

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tributary_proto::{
    google::r#type::{Decimal, Money},
    tributary::incentive::v1::{
        CreateDepositRequest, CreateTransactionRequest, Deposit, DepositAmounts, LedgerTransaction,
        PostTransactionRequest, Posting, ProposeDepositMovementRequest, ReceiveDepositRequest,
        RejectDepositMovementRequest, propose_deposit_movement_request::Proposal,
    },
};

use super::{PARTNERS, Shared, partner_name, until_acknowledged};
use crate::journal::Entry;

/// Rest between two postings, and between two rounds of a deposit.
const REST: Duration = Duration::from_millis(60);
/// Rounds of a deposit: two movements each, and a deposit has at most 500.
const ROUNDS: u64 = 100;

/// Posts cost against what sellers earned.
pub async fn postings(shared: Shared) -> anyhow::Result<()> {
    let mut random = StdRng::seed_from_u64(shared.seed ^ 0x705);
    let mut number = 0_u64;
    while !shared.is_over() {
        number = number.saturating_add(1);
        let id = format!("load-{number}");
        let partner = partner_name(random.random_range(0..PARTNERS));
        let cents = random.random_range(1..1_000_000_i64).saturating_mul(2);
        let pending = number.is_multiple_of(3);
        let create = |request| {
            let mut client = shared.gateway.ledger();
            async move { client.create_transaction(request).await }
        };
        until_acknowledged(&shared.met, &transaction(&id, &partner, cents, pending), create).await?;
        let mut posted = cents;
        if pending {
            posted = cents / 2;
            let request =
                PostTransactionRequest { name: format!("ledgerTransactions/{id}"), amounts: vec![decimal(posted)] };
            let post = |request| {
                let mut client = shared.gateway.ledger();
                async move { client.post_transaction(request).await }
            };
            until_acknowledged(&shared.met, &request, post).await?;
        }
        shared.journal.keep(&[Entry::Posting { id, partner, cents: posted }])?;
        shared.one_more();
        tokio::time::sleep(REST).await;
    }
    Ok(())
}

/// A request that posts cost against what a seller earned.
#[must_use]
pub fn transaction(id: &str, partner: &str, cents: i64, pending: bool) -> CreateTransactionRequest {
    let seller = partner.trim_start_matches("partners/");
    let posting = Posting {
        debit: "ledgerAccounts/house.expense.CNY".to_owned(),
        credit: format!("ledgerAccounts/partner.{seller}.accrued.CNY"),
        amount: Some(decimal(cents)),
        posted_amount: None,
    };
    let transaction = LedgerTransaction {
        postings: vec![posting],
        cause: "fault".to_owned(),
        pending,
        ..LedgerTransaction::default()
    };
    CreateTransactionRequest { transaction: Some(transaction), transaction_id: id.to_owned(), validate_only: false }
}

fn decimal(cents: i64) -> Decimal {
    Decimal { value: format!("{}.{:02}", cents / 100, cents % 100) }
}

fn yuan(cents: i64) -> Money {
    let nanos = i32::try_from((cents % 100).saturating_mul(10_000_000)).unwrap_or(0);
    Money { currency_code: "CNY".to_owned(), units: cents / 100, nanos }
}

/// Receives deposits and proposes to give half of each receipt back.
pub async fn deposits(shared: Shared) -> anyhow::Result<()> {
    let mut random = StdRng::seed_from_u64(shared.seed ^ 0xde9);
    let mut round = 0_u64;
    while !shared.is_over() {
        let name = format!("deposits/load-{}", round / ROUNDS);
        if round.is_multiple_of(ROUNDS) {
            agree(&shared, &name).await?;
        }
        let cents = random.random_range(1..1_000_000_i64).saturating_mul(2);
        let entry = receive(&shared, &name, round, cents).await?;
        shared.journal.keep(&[entry])?;
        let number = propose(&shared, &name, round, cents / 2).await?;
        let mut reserved = cents / 2;
        if round.is_multiple_of(2) {
            reject(&shared, &name, round, number).await?;
            reserved = 0;
        }
        shared.journal.keep(&[Entry::Reserved { deposit: name, cents: reserved }])?;
        shared.one_more();
        round = round.saturating_add(1);
        tokio::time::sleep(REST).await;
    }
    Ok(())
}

/// Agrees on a deposit.
///
/// # Errors
/// When it is refused.
pub async fn agree(shared: &Shared, name: &str) -> anyhow::Result<()> {
    let deposit = Deposit {
        partner: partner_name(0),
        cause: "contracts/fault".to_owned(),
        base: Some(yuan(100_000_000)),
        rate: Some(Decimal { value: "0.2".to_owned() }),
        ..Deposit::default()
    };
    let request = CreateDepositRequest {
        deposit_id: name.trim_start_matches("deposits/").to_owned(),
        deposit: Some(deposit),
        request_id: format!("agree {name}"),
        validate_only: false,
    };
    let create = |request| {
        let mut client = shared.gateway.deposits();
        async move { client.create_deposit(request).await }
    };
    until_acknowledged(&shared.met, &request, create).await?;
    Ok(())
}

/// A request that receives a deposit.
#[must_use]
pub fn receipt(name: &str, cents: i64, request_id: &str) -> ReceiveDepositRequest {
    ReceiveDepositRequest {
        name: name.to_owned(),
        amount: Some(yuan(cents)),
        cause: "bank".to_owned(),
        request_id: request_id.to_owned(),
        ..ReceiveDepositRequest::default()
    }
}

async fn receive(shared: &Shared, name: &str, round: u64, cents: i64) -> anyhow::Result<Entry> {
    let request = receipt(name, cents, &format!("receive {round}"));
    let receive = |request| {
        let mut client = shared.gateway.deposits();
        async move { client.receive_deposit(request).await }
    };
    until_acknowledged(&shared.met, &request, receive).await?;
    Ok(Entry::Received { deposit: name.to_owned(), cents })
}

/// Number of the proposal.
async fn propose(shared: &Shared, name: &str, round: u64, cents: i64) -> anyhow::Result<i32> {
    let request = ProposeDepositMovementRequest {
        name: name.to_owned(),
        proposal: Some(Proposal::Amounts(DepositAmounts { release: Some(yuan(cents)), forfeit: None })),
        cause: "obligations/fault".to_owned(),
        reason: "fault".to_owned(),
        request_id: format!("propose {round}"),
        ..ProposeDepositMovementRequest::default()
    };
    let propose = |request| {
        let mut client = shared.gateway.deposits();
        async move { client.propose_deposit_movement(request).await }
    };
    let deposit = until_acknowledged(&shared.met, &request, propose).await?.into_inner();
    Ok(deposit.movements.last().map_or(0, |last| last.number))
}

async fn reject(shared: &Shared, name: &str, round: u64, number: i32) -> anyhow::Result<()> {
    let (name, reason, request_id) = (name.to_owned(), "fault".to_owned(), format!("reject {round}"));
    let request = RejectDepositMovementRequest { name, number, reason, request_id };
    let reject = |request| {
        let mut client = shared.gateway.deposits();
        async move { client.reject_deposit_movement(request).await }
    };
    until_acknowledged(&shared.met, &request, reject).await?;
    Ok(())
}
