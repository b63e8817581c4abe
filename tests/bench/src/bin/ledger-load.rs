//! Posts to the ledger of a suite through its gateway and says how long that took; `tests/bench/ledger` starts it.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use futures::future::try_join_all;
use tributary::cli::{ConnectArgs, Connection, Keyed};
use tributary_bench::partners;
use tributary_proto::{
    google::{
        longrunning::{WaitOperationRequest, operation::Result as Ending},
        r#type::Decimal,
    },
    tributary::incentive::v1::{
        BatchCreateTransactionsRequest, CreateTransactionRequest, LedgerTransaction, LedgerVerification, Posting,
        VerifyLedgerRequest, ledger_service_client::LedgerServiceClient,
    },
};

const USAGE: &str = "usage: ledger-load ENDPOINT KEY CLIENTS SECONDS";
/// Who has accounts; the account of cost is in every transaction, as pgbench has few branches.
const PARTNERS: u64 = 1_000;
/// Transactions of a batch: the most that one takes.
const BATCH: u64 = 500;
/// Time before the clock starts: partners are read through, statements prepared.
const WARM_UP: Duration = Duration::from_secs(2);

type Client = LedgerServiceClient<Keyed>;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, key, clients, seconds] = arguments.as_slice() else { bail!(USAGE) };
    let (clients, seconds): (u64, u64) = (clients.parse()?, seconds.parse()?);
    let args = ConnectArgs { endpoint: Some(endpoint.clone()), api_key: Some(key.clone()), ..ConnectArgs::default() };
    let gateway = Connection::open(&args).await?;
    partners::create(&gateway, PARTNERS).await?;
    let client = gateway.ledger();
    let span = Duration::from_secs(seconds);
    let warm = measure(&client, (clients, 1), WARM_UP, "warm").await?;
    let single = measure(&client, (clients, 1), span, "single").await?;
    let batches = measure(&client, (clients.min(4), BATCH), span, "batch").await?;
    let posted = warm.transactions + single.transactions + batches.transactions;
    let found = verified(&gateway, client).await?;
    ensure!(found.sound && found.transaction_count == i64::try_from(posted)?, "{posted} were posted: {found:?}");
    println!("{}", serde_json::json!({ "single": single.json(), "batches": batches.json(), "transactions": posted }));
    Ok(())
}

/// What one measurement gave.
struct Measured {
    transactions: u64,
    span: Duration,
    /// How long each call took, the shortest first.
    calls: Vec<Duration>,
}

impl Measured {
    fn json(&self) -> serde_json::Value {
        let at = |share: usize| {
            let place = self.calls.len().saturating_sub(1).saturating_mul(share) / 100;
            self.calls.get(place).map_or(0, Duration::as_micros)
        };
        let (micros, p50, p99) = (self.span.as_micros(), at(50), at(99));
        serde_json::json!({ "transactions": self.transactions, "micros": micros, "p50_micros": p50, "p99_micros": p99 })
    }
}

/// Calls of so many transactions each, by clients that each wait for their answers, for a time.
async fn measure(client: &Client, (clients, size): (u64, u64), span: Duration, name: &str) -> Result<Measured> {
    let begun = Instant::now();
    let each = (0..clients).map(|number| {
        let client = client.clone();
        let name = format!("{name}-{number}");
        async move { tokio::spawn(post(client, name, size, begun, span)).await.context("a client ended early")? }
    });
    let mut calls: Vec<Duration> = try_join_all(each).await?.into_iter().flatten().collect();
    let took = begun.elapsed();
    calls.sort_unstable();
    Ok(Measured { transactions: u64::try_from(calls.len())? * size, span: took, calls })
}

async fn post(mut client: Client, name: String, size: u64, begun: Instant, span: Duration) -> Result<Vec<Duration>> {
    let mut calls = Vec::new();
    let mut number = 0_u64;
    while begun.elapsed() < span {
        let requests: Vec<_> = (number..number + size).map(|number| transaction(&name, number)).collect();
        number += size;
        let sent = Instant::now();
        match <[_; 1]>::try_from(requests) {
            Ok([one]) => drop(client.create_transaction(one).await?),
            Err(requests) => {
                let request = BatchCreateTransactionsRequest { requests, ..BatchCreateTransactionsRequest::default() };
                drop(client.batch_create_transactions(request).await?);
            }
        }
        calls.push(sent.elapsed());
    }
    Ok(calls)
}

/// Cost against what a partner earned.
fn transaction(name: &str, number: u64) -> CreateTransactionRequest {
    // Spread over the partners by a multiplier without a common factor with their number.
    let partner = number.wrapping_mul(7_919) % PARTNERS;
    let posting = Posting {
        debit: "ledgerAccounts/house.expense.CNY".to_owned(),
        credit: format!("ledgerAccounts/partner.p{partner}.accrued.CNY"),
        amount: Some(Decimal { value: format!("{}.25", 1 + number % 500) }),
        posted_amount: None,
    };
    let transaction =
        LedgerTransaction { postings: vec![posting], cause: "bench".to_owned(), ..LedgerTransaction::default() };
    CreateTransactionRequest {
        transaction: Some(transaction),
        transaction_id: format!("{name}-{number}"),
        validate_only: false,
    }
}

/// That everything that was posted is there, and adds up.
async fn verified(gateway: &Connection, mut client: Client) -> Result<LedgerVerification> {
    let asked = client.verify_ledger(VerifyLedgerRequest::default()).await?.into_inner();
    loop {
        let timeout = Some(prost_types::Duration { seconds: 10, nanos: 0 });
        let wait = WaitOperationRequest { name: asked.name.clone(), timeout };
        let known = gateway.operations().wait_operation(wait).await?.into_inner();
        match known.result {
            None => {}
            Some(Ending::Response(any)) => return Ok(prost::Message::decode(any.value.as_slice())?),
            Some(Ending::Error(error)) => bail!("the ledger is not verified: {}", error.message),
        }
    }
}
