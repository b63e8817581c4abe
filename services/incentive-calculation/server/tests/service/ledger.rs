//! The ledger through its RPCs: two phases, limits under concurrency, repeats for ever, and what VerifyLedger finds.

use std::time::Duration;

use incentive_calculation_domain::ledger::{AccountKey, Entry, journal::Head};
use incentive_calculation_server::{ports::ledger::LedgerChange, store};
use prost::Message as _;
use tonic::{Code, Response, Status};
use tributary_core::{TenantId, Timestamp};
use tributary_proto::{
    google::{
        longrunning::{WaitOperationRequest, operation::Result as Outcome},
        r#type::Decimal,
    },
    tributary::incentive::v1::{
        BatchCreateTransactionsRequest, CloseLedgerAccountRequest, Commodity, CreateCommodityRequest,
        CreateTransactionRequest, GetLedgerAccountRequest, GetTransactionRequest, LedgerAccount, LedgerTransaction,
        LedgerVerification, ListAccountMovementsRequest, ListJournalEntriesRequest, ListLedgerAccountsRequest,
        ListTransactionsRequest, PostTransactionRequest, Posting, ReopenLedgerAccountRequest,
        ReverseTransactionRequest, SetAccountFloorRequest, TransactionState, VerifyLedgerRequest,
        VoidTransactionRequest,
    },
};
use tributary_rpc::convert::timestamp_to_proto;
use tributary_sql::PoolOptions;

use crate::support::{World, answer, fang, mei, reason, refused, worlds};

pub const ACCRUED: &str = "ledgerAccounts/partner.huadong.accrued.CNY";
pub const PAYABLE: &str = "ledgerAccounts/partner.huadong.payable.CNY";
pub const EXPENSE: &str = "ledgerAccounts/house.expense.CNY";

#[expect(clippy::unnecessary_wraps, reason = "fields of messages are optional")]
fn amount(text: &str) -> Option<Decimal> {
    Some(Decimal { value: text.to_owned() })
}

pub fn posting(debit: &str, credit: &str, value: &str) -> Posting {
    Posting { debit: debit.to_owned(), credit: credit.to_owned(), amount: amount(value), posted_amount: None }
}

pub fn create(id: &str, postings: Vec<Posting>) -> CreateTransactionRequest {
    let transaction = LedgerTransaction { postings, cause: "runs/r1".to_owned(), ..Default::default() };
    CreateTransactionRequest { transaction: Some(transaction), transaction_id: id.to_owned(), validate_only: false }
}

pub fn reserve(id: &str, postings: Vec<Posting>) -> CreateTransactionRequest {
    let mut request = create(id, postings);
    if let Some(transaction) = request.transaction.as_mut() {
        transaction.pending = true;
    }
    request
}

type Answer = Result<Response<LedgerTransaction>, Status>;

impl World {
    pub async fn book(&self, request: CreateTransactionRequest) -> Answer {
        self.ledger().create_transaction(fang().ask(request)).await
    }

    async fn account(&self, name: &str) -> LedgerAccount {
        let request = GetLedgerAccountRequest { name: name.to_owned() };
        answer(self.ledger().get_ledger_account(fang().ask(request)).await).expect("an account")
    }

    /// Balance and available amount of an account.
    pub async fn balance(&self, name: &str) -> (String, String) {
        let account = self.account(name).await;
        (account.balance.expect("a balance").value, account.available.expect("an amount").value)
    }

    pub async fn verified(&self) -> LedgerVerification {
        let asked = self.ledger().verify_ledger(fang().ask(VerifyLedgerRequest::default())).await;
        let name = answer(asked).expect("an operation").name;
        let wait = WaitOperationRequest { name, timeout: Some(prost_types::Duration { seconds: 30, nanos: 0 }) };
        let ended = answer(self.operations().wait_operation(fang().ask(wait)).await).expect("an operation");
        match ended.result {
            Some(Outcome::Response(any)) => LedgerVerification::decode(any.value.as_slice()).expect("a verification"),
            other => panic!("the ledger was not verified: {other:?}"),
        }
    }
}

pub async fn with_dealer() -> Vec<World> {
    let worlds = worlds().await;
    for world in &worlds {
        world.dealers(&fang(), &["huadong"]).await;
    }
    worlds
}

fn pair(a: &str, b: &str) -> (String, String) {
    (a.to_owned(), b.to_owned())
}

#[tokio::test]
async fn a_movement_is_reserved_posted_in_part_and_taken_back() {
    for world in with_dealer().await {
        let accrue =
            answer(world.book(create("accrue", vec![posting(EXPENSE, ACCRUED, "1000")])).await).expect("posted");
        assert_eq!((accrue.state(), accrue.entry, accrue.author.as_str()), (TransactionState::Posted, 1, "fang"));
        assert_eq!(accrue.postings[0].amount, amount("1000.00"));
        let settle =
            answer(world.book(reserve("settle", vec![posting(ACCRUED, PAYABLE, "800")])).await).expect("reserved");
        assert_eq!((settle.state(), settle.end_time), (TransactionState::Pending, None));
        assert_eq!(world.balance(ACCRUED).await, pair("1000.00", "200.00"));
        assert_eq!(world.balance(PAYABLE).await, pair("0.00", "0.00"));

        let post = |value: &str| PostTransactionRequest {
            name: settle.name.clone(),
            amounts: amount(value).into_iter().collect(),
        };
        let why = refused(world.ledger().post_transaction(fang().ask(post("800.01"))).await);
        assert_eq!((why.code, why.violations[0].field.as_str()), (Code::InvalidArgument, "amounts[0]"));
        let posted = answer(world.ledger().post_transaction(fang().ask(post("500"))).await).expect("posted");
        assert_eq!(
            (posted.state(), posted.postings[0].posted_amount.clone()),
            (TransactionState::Posted, amount("500.00"))
        );
        let again = answer(world.ledger().post_transaction(fang().ask(post("500"))).await).expect("the same");
        assert_eq!(again, posted, "a repeat changes nothing");
        assert_eq!(reason(world.ledger().post_transaction(fang().ask(post("400"))).await), "TRANSACTION_NOT_PENDING");
        let void = VoidTransactionRequest { name: settle.name.clone(), reason: String::new() };
        assert_eq!(reason(world.ledger().void_transaction(fang().ask(void)).await), "TRANSACTION_NOT_PENDING");
        assert_eq!(world.balance(ACCRUED).await, pair("500.00", "500.00"));
        assert_eq!(world.balance(PAYABLE).await, pair("500.00", "500.00"));

        let reverse = |id: &str| ReverseTransactionRequest {
            name: settle.name.clone(),
            transaction_id: id.to_owned(),
            reason: "wrong partner".to_owned(),
        };
        let reversal = answer(world.ledger().reverse_transaction(fang().ask(reverse("back"))).await).expect("reversed");
        assert_eq!(reversal.postings[0].amount, amount("500.00"), "what counts is taken back, not what was reserved");
        assert_eq!((reversal.postings[0].debit.as_str(), reversal.reverses.as_str()), (PAYABLE, settle.name.as_str()));
        let same = answer(world.ledger().reverse_transaction(fang().ask(reverse("back"))).await).expect("the same");
        assert_eq!(same, reversal);
        assert_eq!(
            reason(world.ledger().reverse_transaction(fang().ask(reverse("twice"))).await),
            "TRANSACTION_REVERSED"
        );
        assert_eq!(world.balance(ACCRUED).await, pair("1000.00", "1000.00"));

        let of_payable = ListAccountMovementsRequest { account: PAYABLE.to_owned(), ..Default::default() };
        let moved = answer(world.ledger().list_account_movements(fang().ask(of_payable)).await).expect("movements");
        let told: Vec<(i64, String)> =
            moved.movements.iter().map(|m| (m.entry, m.balance.clone().expect("a balance").value)).collect();
        assert_eq!(told, [(2, "0.00".to_owned()), (3, "500.00".to_owned()), (4, "0.00".to_owned())]);

        let found = world.verified().await;
        assert!(found.sound, "{:?}", found.findings);
        assert_eq!((found.entry_count, found.account_count, found.transaction_count), (4, 3, 3));
        assert_eq!(found.sums[0].debits, amount("2000.00"), "1000 accrued, 500 settled, 500 taken back");
        assert_eq!(found.sums[0].credits, found.sums[0].debits);
    }
}

#[tokio::test]
async fn an_id_is_known_for_ever() {
    for world in with_dealer().await {
        let request = create("SAP-4711.1", vec![posting(EXPENSE, ACCRUED, "10.00")]);
        let first = answer(world.book(request.clone()).await).expect("posted");
        world.clock.advance(Duration::from_secs(400 * 86_400));
        // The same amount, written otherwise.
        let again =
            answer(world.book(create("SAP-4711.1", vec![posting(EXPENSE, ACCRUED, "10")])).await).expect("the same");
        assert_eq!(again, first);
        let mut other = create("SAP-4711.1", vec![posting(EXPENSE, ACCRUED, "11")]);
        other.transaction.as_mut().expect("stated").memo = "more".to_owned();
        let why = refused(world.book(other).await);
        assert_eq!((why.code, why.reason.as_str()), (Code::AlreadyExists, "TRANSACTION_DIFFERS"));
        assert!(why.message.contains("postings, memo"), "{}", why.message);
        assert_eq!(world.balance(ACCRUED).await, pair("10.00", "10.00"));
    }
}

#[tokio::test]
async fn everything_wrong_is_told_at_once() {
    for world in with_dealer().await {
        let mut request = create(
            "x",
            vec![
                posting(EXPENSE, "ledgerAccounts/partner.huadong.income.CNY", "1"),
                posting(EXPENSE, ACCRUED, "0.001"),
                posting(EXPENSE, ACCRUED, "-1"),
                posting(EXPENSE, "ledgerAccounts/partner.huadong.accrued.USD", "0"),
                posting(EXPENSE, EXPENSE, "1"),
            ],
        );
        request.transaction.as_mut().expect("stated").expire_time = Some(timestamp_to_proto(Timestamp(0)));
        let why = refused(world.book(request).await);
        let fields: Vec<&str> = why.violations.iter().map(|v| v.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "transaction.postings[0].credit",
                "transaction.postings[1].amount",
                "transaction.postings[2].amount",
                "transaction.postings[3].credit",
                "transaction.postings[3].amount",
                "transaction.postings[4].credit",
                "transaction.expire_time"
            ]
        );

        let points = |partner: &str| {
            posting(
                "ledgerAccounts/house.issued.points",
                &format!("ledgerAccounts/partner.{partner}.entitlement.points"),
                "5",
            )
        };
        assert_eq!(reason(world.book(create("p", vec![points("huadong")])).await), "COMMODITY_UNKNOWN");
        let commodity = Commodity { display_name: "Points".to_owned(), scale: 0, ..Default::default() };
        let request = CreateCommodityRequest {
            commodity: Some(commodity),
            commodity_id: "points".to_owned(),
            request_id: String::new(),
        };
        answer(world.ledger().create_commodity(fang().ask(request.clone())).await).expect("created");
        assert_eq!(reason(world.ledger().create_commodity(fang().ask(request)).await), "COMMODITY_EXISTS");
        assert_eq!(reason(world.book(create("p", vec![points("nobody")])).await), "PARTNER_UNKNOWN");
        answer(world.book(create("p", vec![points("huadong")])).await).expect("posted");
        assert_eq!(
            world
                .ledger()
                .get_transaction(mei().ask(GetTransactionRequest { name: "ledgerTransactions/p".to_owned() }))
                .await
                .expect_err("not hers")
                .code(),
            Code::PermissionDenied
        );
    }
}

#[tokio::test]
async fn a_batch_counts_whole_or_not_at_all() {
    for world in with_dealer().await {
        let batch = |requests| BatchCreateTransactionsRequest { requests, validate_only: false };
        let good = create("b1", vec![posting(EXPENSE, ACCRUED, "5")]);
        // The second uses what the first brought.
        let uses = create("b2", vec![posting(ACCRUED, PAYABLE, "5")]);
        let beyond = create("b3", vec![posting(ACCRUED, PAYABLE, "0.01")]);
        let all = batch(vec![good.clone(), uses.clone(), beyond]);
        let why = refused(world.ledger().batch_create_transactions(fang().ask(all)).await);
        assert_eq!((why.code, why.reason.as_str()), (Code::FailedPrecondition, "BALANCE_LIMIT"));
        assert!(
            why.message.contains("ledgerTransactions/b3") && why.message.contains("0.00 CNY available"),
            "{}",
            why.message
        );
        assert!(
            answer(
                world
                    .ledger()
                    .get_transaction(fang().ask(GetTransactionRequest { name: "ledgerTransactions/b1".to_owned() }))
                    .await
            )
            .is_err()
        );

        let twice = batch(vec![good.clone(), good.clone()]);
        let why = refused(world.ledger().batch_create_transactions(fang().ask(twice)).await);
        assert_eq!(why.violations[0].field, "requests[1].transaction_id");
        let trial = BatchCreateTransactionsRequest { requests: vec![good.clone(), uses.clone()], validate_only: true };
        answer(world.ledger().batch_create_transactions(fang().ask(trial)).await).expect("could be");
        let journal =
            answer(world.ledger().list_journal_entries(fang().ask(ListJournalEntriesRequest::default())).await);
        assert!(journal.expect("a journal").entries.is_empty(), "a trial leaves nothing");

        let done =
            answer(world.ledger().batch_create_transactions(fang().ask(batch(vec![good, uses]))).await).expect("both");
        assert_eq!(done.transactions.iter().map(|t| t.entry).collect::<Vec<_>>(), [1, 2]);
        let of_cause = ListTransactionsRequest { cause: "runs/r1".to_owned(), page_size: 1, ..Default::default() };
        let page = answer(world.ledger().list_transactions(fang().ask(of_cause.clone())).await).expect("a page");
        assert_eq!(page.transactions[0].name, "ledgerTransactions/b2", "newest first");
        let next = ListTransactionsRequest { page_token: page.next_page_token, ..of_cause };
        let page = answer(world.ledger().list_transactions(fang().ask(next)).await).expect("a page");
        assert_eq!((page.transactions[0].name.as_str(), page.next_page_token.as_str()), ("ledgerTransactions/b1", ""));
    }
}

#[tokio::test]
async fn a_reservation_ends_with_its_time() {
    for world in with_dealer().await {
        answer(world.book(create("in", vec![posting(EXPENSE, ACCRUED, "100")])).await).expect("posted");
        let mut request = reserve("out", vec![posting(ACCRUED, PAYABLE, "100")]);
        // The clock stands at 2012-10-05T00:00:00Z.
        request.transaction.as_mut().expect("stated").expire_time =
            Some(timestamp_to_proto(Timestamp(1_349_395_260_000_000)));
        answer(world.book(request.clone()).await).expect("reserved");
        world.clock.advance(Duration::from_secs(60));
        let name = "ledgerTransactions/out".to_owned();
        let post = PostTransactionRequest { name: name.clone(), amounts: Vec::new() };
        assert_eq!(reason(world.ledger().post_transaction(fang().ask(post)).await), "TRANSACTION_NOT_PENDING");
        let mut state = TransactionState::Pending;
        for _ in 0..200 {
            let read = world.ledger().get_transaction(fang().ask(GetTransactionRequest { name: name.clone() })).await;
            state = answer(read).expect("a transaction").state();
            if state != TransactionState::Pending {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(state, TransactionState::Expired);
        // The answer was lost and the caller asks again: what was recorded, not that its time is over.
        let again = answer(world.book(request.clone()).await).expect("what was recorded");
        assert_eq!((again.name.as_str(), again.state()), (name.as_str(), TransactionState::Expired));
        let mut late = request;
        late.transaction_id = "late".to_owned();
        assert_eq!(refused(world.book(late).await).violations[0].field, "transaction.expire_time");
        assert_eq!(world.balance(ACCRUED).await, pair("100.00", "100.00"));
        assert!(world.verified().await.sound);
    }
}

#[tokio::test]
async fn spends_at_once_never_go_below_the_floor() {
    for world in with_dealer().await {
        answer(world.book(create("in", vec![posting(EXPENSE, ACCRUED, "10")])).await).expect("posted");
        let spends = (0..64).map(|number| {
            let request = create(&format!("s{number}"), vec![posting(ACCRUED, PAYABLE, "1")]);
            let mut ledger = world.ledger();
            async move { answer(ledger.create_transaction(fang().ask(request)).await).map_err(|why| why.reason) }
        });
        let outcomes = futures::future::join_all(spends).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 10);
        assert!(outcomes.iter().flat_map(|outcome| outcome.as_ref().err()).all(|why| why == "BALANCE_LIMIT"));
        assert_eq!(world.balance(ACCRUED).await, pair("0.00", "0.00"));

        let twins = (0..64).map(|_| {
            let mut ledger = world.ledger();
            let request = create("twin", vec![posting(EXPENSE, ACCRUED, "3")]);
            async move { answer(ledger.create_transaction(fang().ask(request)).await).expect("one effect").entry }
        });
        let entries = futures::future::join_all(twins).await;
        assert!(entries.windows(2).all(|pair| pair[0] == pair[1]), "{entries:?}");
        assert_eq!(world.balance(ACCRUED).await, pair("3.00", "3.00"));
        assert!(world.verified().await.sound);
    }
}

#[tokio::test]
async fn floors_and_closed_accounts() {
    for world in with_dealer().await {
        let floor = |value: &str, etag: &str| SetAccountFloorRequest {
            name: PAYABLE.to_owned(),
            floor: amount(value),
            etag: etag.to_owned(),
            reason: "credit line".to_owned(),
            request_id: String::new(),
        };
        let set = answer(world.ledger().set_account_floor(fang().ask(floor("-50", ""))).await).expect("set");
        assert_eq!((set.floor, set.etag.as_str()), (amount("-50.00"), "e1"));
        answer(world.book(create("out", vec![posting(PAYABLE, "ledgerAccounts/house.cash.CNY", "30")])).await)
            .expect("on credit");
        assert_eq!(world.balance(PAYABLE).await, pair("-30.00", "-30.00"));
        assert_eq!(reason(world.ledger().set_account_floor(fang().ask(floor("-20", ""))).await), "BALANCE_LIMIT");
        assert_eq!(reason(world.ledger().set_account_floor(fang().ask(floor("-40", "e1"))).await), "ETAG_MISMATCH");
        let house = SetAccountFloorRequest { name: EXPENSE.to_owned(), ..floor("0", "") };
        assert_eq!(refused(world.ledger().set_account_floor(fang().ask(house)).await).code, Code::InvalidArgument);

        let close =
            CloseLedgerAccountRequest { name: PAYABLE.to_owned(), reason: "left".to_owned(), ..Default::default() };
        assert_eq!(reason(world.ledger().close_ledger_account(fang().ask(close.clone())).await), "ACCOUNT_NOT_EMPTY");
        answer(world.book(create("in", vec![posting("ledgerAccounts/house.cash.CNY", PAYABLE, "30")])).await)
            .expect("back");
        assert!(answer(world.ledger().close_ledger_account(fang().ask(close)).await).expect("closed").closed);
        assert_eq!(reason(world.book(create("no", vec![posting(EXPENSE, PAYABLE, "1")])).await), "ACCOUNT_CLOSED");
        let reopen = ReopenLedgerAccountRequest {
            name: PAYABLE.to_owned(),
            reason: "came back".to_owned(),
            ..Default::default()
        };
        answer(world.ledger().reopen_ledger_account(fang().ask(reopen)).await).expect("reopened");
        answer(world.book(create("yes", vec![posting(EXPENSE, PAYABLE, "1")])).await).expect("posted");
        let listed = ListLedgerAccountsRequest { partner: "partners/huadong".to_owned(), ..Default::default() };
        let listed = answer(world.ledger().list_ledger_accounts(fang().ask(listed)).await).expect("accounts");
        assert_eq!(listed.ledger_accounts.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), [PAYABLE]);
        assert!(world.verified().await.sound);
    }
}

#[tokio::test]
async fn what_was_written_past_the_ledger_is_found() {
    for world in with_dealer().await {
        answer(world.book(create("in", vec![posting(EXPENSE, ACCRUED, "10")])).await).expect("posted");
        let head = world.verified().await.head_digest;
        let url = world.database.url().parse().expect("a url");
        let opened = store::open(&url, PoolOptions::for_service("test")).await.expect("the store");
        let tenant = TenantId::default_tenant();
        let mut account = opened
            .store
            .ledger_account(&tenant, &AccountKey::of_name(ACCRUED).expect("a key"))
            .await
            .expect("read")
            .expect("there");
        // Somebody gives the partner 5.00 more and forges an entry for it.
        account.credits_posted += 500;
        let forged = Entry {
            position: 2,
            digest: "f".repeat(64),
            ..Entry::after(&Head { position: 1, digest: head }, "{}".to_owned(), "eve", Timestamp(0))
        };
        let change = LedgerChange { entries: vec![forged], accounts: vec![account], ..LedgerChange::default() };
        let mut tx = opened.store.begin().await.expect("a transaction");
        tx.keep_ledger(&tenant, &change).await.expect("kept");
        tx.commit().await.expect("committed");

        let found = world.verified().await;
        assert!(!found.sound);
        let subjects: Vec<&str> = found.findings.iter().map(|f| f.subject.as_str()).collect();
        assert_eq!(subjects, ["journalEntries/2", "journalEntries/2", ACCRUED], "{:?}", found.findings);
        assert!(found.findings[2].description.contains("credits 1500, "), "{:?}", found.findings[2]);
    }
}
