//! Deposits through their RPCs: the worked example of rule R25, who may do what, and what the ledger then says. Amounts are
//! computed by hand.

use std::time::Duration;

use futures::future::join_all;
use prost::Message as _;
use tonic::{Code, Response, Status};
use tributary_proto::tributary::incentive::v1::{
    ChangeDepositTermsRequest, CloseDepositRequest, ConfirmDepositMovementRequest, CreateDepositRequest,
    CreateTransactionRequest, DeliveredCommitment, Deposit, DepositAmounts, DepositChanged, DepositCounterpart,
    DepositMovementState, DepositState, GetDepositRequest, LedgerTransaction, ListDepositsRequest,
    PostTransactionRequest, Posting, ProposeDepositMovementRequest, ReceiveDepositRequest,
    RejectDepositMovementRequest, ReverseTransactionRequest, VoidTransactionRequest,
    propose_deposit_movement_request::Proposal,
};

use crate::support::{
    Caller, World, ada, answer, day, decimal, fang, mei, money, reason, refused, resting_worlds, shown, worlds,
};

const NAME: &str = "deposits/mcn-2026";

type Answer = Result<Response<Deposit>, Status>;

fn agreed(partner: &str, base: &str, rate: &str, request_id: &str) -> CreateDepositRequest {
    let deposit = Deposit {
        partner: partner.to_owned(),
        cause: "contracts/c-17".to_owned(),
        base: Some(money("CNY", base)),
        rate: decimal(rate),
        ..Deposit::default()
    };
    CreateDepositRequest {
        deposit_id: "mcn-2026".to_owned(),
        deposit: Some(deposit),
        request_id: request_id.to_owned(),
        validate_only: false,
    }
}

fn received(amount: &str, request_id: &str) -> ReceiveDepositRequest {
    ReceiveDepositRequest {
        name: NAME.to_owned(),
        amount: Some(money("CNY", amount)),
        cause: "bank/4711".to_owned(),
        request_id: request_id.to_owned(),
        ..ReceiveDepositRequest::default()
    }
}

fn proposed(proposal: Proposal, request_id: &str) -> ProposeDepositMovementRequest {
    ProposeDepositMovementRequest {
        name: NAME.to_owned(),
        proposal: Some(proposal),
        cause: "obligations/o-3".to_owned(),
        reason: "the year is over".to_owned(),
        request_id: request_id.to_owned(),
        ..ProposeDepositMovementRequest::default()
    }
}

fn visits(committed: &str, delivered: &str) -> Proposal {
    Proposal::Performance(DeliveredCommitment {
        committed: decimal(committed),
        delivered: decimal(delivered),
        unit: "visits".to_owned(),
        keep_rest: false,
    })
}

fn amounts(release: Option<&str>, forfeit: Option<&str>) -> Proposal {
    let read = |text: Option<&str>| text.map(|text| money("CNY", text));
    Proposal::Amounts(DepositAmounts { release: read(release), forfeit: read(forfeit) })
}

impl World {
    /// 200,000.00 required of Huadong, and received.
    async fn deposited(&self) -> Deposit {
        self.dealers(&mei(), &["huadong"]).await;
        let agreed = agreed("partners/huadong", "1000000", "0.2", "agree");
        let made = answer(self.deposits().create_deposit(fang().ask(agreed)).await).expect("agreed");
        assert_eq!(figures(&made), ["CNY 200000.00", "CNY 0.00", "CNY 0.00", "CNY 200000.00", "CNY 0.00"]);
        answer(self.deposits().receive_deposit(fang().ask(received("200000", "receive"))).await).expect("received")
    }

    async fn propose(&self, proposal: Proposal, request_id: &str) -> Answer {
        self.deposits().propose_deposit_movement(fang().ask(proposed(proposal, request_id))).await
    }

    async fn confirm(&self, caller: &Caller, number: i32) -> Answer {
        let request_id = format!("confirm {number}");
        let request = ConfirmDepositMovementRequest { name: NAME.to_owned(), number, request_id };
        self.deposits().confirm_deposit_movement(caller.ask(request)).await
    }

    async fn reject(&self, caller: &Caller, number: i32) -> Answer {
        let (name, reason) = (NAME.to_owned(), "not agreed".to_owned());
        let request_id = format!("reject {number}");
        let request = RejectDepositMovementRequest { name, number, reason, request_id };
        self.deposits().reject_deposit_movement(caller.ask(request)).await
    }

    async fn held_in_ledger(&self) -> (String, String) {
        self.balance("ledgerAccounts/partner.huadong.deposit.CNY").await
    }
}

/// Required, held, reserved, due, excess.
fn figures(deposit: &Deposit) -> [String; 5] {
    let Deposit { required, held, reserved, due, excess, .. } = deposit;
    [required, held, reserved, due, excess].map(|money| shown(money.as_ref()))
}

fn states(deposit: &Deposit) -> Vec<DepositMovementState> {
    deposit.movements.iter().map(|movement| movement.state()).collect()
}

#[tokio::test]
async fn what_was_not_delivered_is_forfeited_once_another_confirms() {
    for world in worlds().await {
        let deposit = world.deposited().await;
        assert_eq!(figures(&deposit), ["CNY 200000.00", "CNY 200000.00", "CNY 0.00", "CNY 0.00", "CNY 0.00"]);
        let open = answer(world.propose(visits("500000", "400000"), "assess").await).expect("proposed");
        let movement = &open.movements[1];
        assert_eq!(shown(movement.forfeited.as_ref()), "CNY 40000.00");
        assert_eq!(shown(movement.released.as_ref()), "CNY 160000.00");
        assert_eq!(movement.transaction, "ledgerTransactions/deposit.mcn-2026.2");
        assert_eq!(world.held_in_ledger().await, ("200000.00".to_owned(), "0.00".to_owned()), "reserved");
        assert_eq!(reason(world.confirm(&fang(), 2).await), "DEPOSIT_MAKER_IS_CHECKER");
        let posted = answer(world.confirm(&ada(), 2).await).expect("confirmed");
        assert_eq!(states(&posted), [DepositMovementState::Posted; 2]);
        assert_eq!((posted.movements[1].author.as_str(), posted.movements[1].decider.as_str()), ("fang", "ada"));
        assert_eq!(world.held_in_ledger().await, ("0.00".to_owned(), "0.00".to_owned()));
        assert_eq!(world.booked("house.income").await, "40000.00");
        assert_eq!(world.booked("house.cash").await, "40000.00");
        let close = CloseDepositRequest { name: NAME.to_owned(), request_id: "close".to_owned() };
        let closed = answer(world.deposits().close_deposit(fang().ask(close)).await).expect("closed");
        assert_eq!(closed.state(), DepositState::Closed);
        let more = world.deposits().receive_deposit(fang().ask(received("1", "more"))).await;
        assert_eq!(reason(more), "DEPOSIT_CLOSED");
        assert!(world.verified().await.sound);

        let told = world.published(fang().tenant(), "DepositChanged", 5).await;
        let told: Vec<_> = told.iter().map(|e| DepositChanged::decode(e.data.as_slice()).expect("the event")).collect();
        let moved: Vec<(i32, DepositMovementState)> = told.iter().map(|e| (e.movement, e.movement_state())).collect();
        let (none, posted) = (DepositMovementState::Unspecified, DepositMovementState::Posted);
        assert_eq!(moved, [(0, none), (1, posted), (2, DepositMovementState::Proposed), (2, posted), (0, none)]);
    }
}

#[tokio::test]
async fn a_repeat_has_no_second_effect() {
    for world in worlds().await {
        let first = world.deposited().await;
        let again = world.deposits().receive_deposit(fang().ask(received("200000", "receive"))).await;
        assert_eq!(answer(again).expect("the same"), first);
        let other = world.deposits().receive_deposit(fang().ask(received("200001", "receive"))).await;
        assert_eq!(reason(other), "REQUEST_ID_REUSED");
        let known = agreed("partners/huadong", "1000000", "0.2", "another");
        assert_eq!(reason(world.deposits().create_deposit(fang().ask(known)).await), "DEPOSIT_EXISTS");
        let open = answer(world.propose(amounts(Some("1000"), None), "one").await).expect("proposed");
        assert_eq!(open.movements.len(), 2);
        let rejected = answer(world.reject(&fang(), 2).await).expect("taken back by who proposed it");
        assert_eq!(rejected.movements[1].decision_reason, "not agreed");
        let twice = RejectDepositMovementRequest {
            name: NAME.to_owned(),
            number: 2,
            reason: "again".to_owned(),
            request_id: "again".to_owned(),
        };
        let twice = answer(world.deposits().reject_deposit_movement(ada().ask(twice)).await).expect("as it is");
        assert_eq!(twice, rejected);
        assert_eq!(reason(world.confirm(&ada(), 2).await), "DEPOSIT_MOVEMENT_ENDED");
        assert_eq!(world.held_in_ledger().await, ("200000.00".to_owned(), "200000.00".to_owned()));
    }
}

#[tokio::test]
async fn sixty_four_proposals_at_once_never_take_more_than_there_is() {
    for world in worlds().await {
        world.deposited().await;
        let proposing = join_all((0..64).map(|n| {
            let (mut client, request) = (world.deposits(), proposed(amounts(Some("7000"), None), &format!("p{n}")));
            async move { client.propose_deposit_movement(fang().ask(request)).await }
        }));
        let answers: Vec<_> = proposing.await.into_iter().map(answer).collect();
        // 28 × 7,000.00 = 196,000.00 of 200,000.00.
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 28);
        let refused: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
        assert!(refused.iter().all(|why| why.reason == "DEPOSIT_INSUFFICIENT"), "{refused:?}");
        assert_eq!(world.held_in_ledger().await, ("200000.00".to_owned(), "4000.00".to_owned()));
    }
}

#[tokio::test]
async fn what_nobody_confirms_in_time_is_given_back() {
    for world in resting_worlds().await {
        // The worker that gives reservations back rests.
        world.start_but("incentive-calculation-reservations");
        world.deposited().await;
        let mut short = proposed(amounts(None, Some("500")), "short");
        short.valid_days = 2;
        answer(world.deposits().propose_deposit_movement(fang().ask(short)).await).expect("proposed");
        assert_eq!(world.held_in_ledger().await.1, "199500.00");
        world.clock.advance(Duration::from_secs(2 * 86_400));
        assert_eq!(reason(world.confirm(&ada(), 2).await), "DEPOSIT_MOVEMENT_ENDED");
        let get = GetDepositRequest { name: NAME.to_owned() };
        let known = answer(world.deposits().get_deposit(fang().ask(get)).await).expect("there");
        assert_eq!(states(&known), [DepositMovementState::Posted, DepositMovementState::Expired]);
        assert_eq!(world.held_in_ledger().await.1, "199500.00", "the worker rests");
        // Whoever proposes first gives it back in the ledger, too; the second is given back by the worker.
        let mut all = proposed(amounts(Some("200000"), None), "all");
        all.valid_days = 1;
        answer(world.deposits().propose_deposit_movement(fang().ask(all)).await).expect("proposed");
        assert_eq!(world.held_in_ledger().await.1, "0.00");
        world.clock.advance(Duration::from_secs(86_400));
        world.start();
        let told = world.published(fang().tenant(), "DepositChanged", 6).await;
        let told: Vec<_> = told.iter().map(|e| DepositChanged::decode(e.data.as_slice()).expect("the event")).collect();
        let moved: Vec<(i32, DepositMovementState)> =
            told[2..].iter().map(|e| (e.movement, e.movement_state())).collect();
        let (open, over) = (DepositMovementState::Proposed, DepositMovementState::Expired);
        assert_eq!(moved, [(2, open), (2, over), (3, open), (3, over)]);
        assert_eq!(world.held_in_ledger().await.1, "200000.00");
        assert!(world.verified().await.sound);
    }
}

#[tokio::test]
async fn sales_change_what_is_required() {
    for world in worlds().await {
        world.deposited().await;
        let terms = |base: Option<&str>, rate: Option<&str>, request_id: &str| ChangeDepositTermsRequest {
            name: NAME.to_owned(),
            base: base.map(|base| money("CNY", base)),
            rate: rate.and_then(decimal),
            cause: "contracts/c-17/revisions/2".to_owned(),
            reason: "sales are lower".to_owned(),
            request_id: request_id.to_owned(),
            validate_only: false,
        };
        let less = world.deposits().change_deposit_terms(fang().ask(terms(Some("600000"), None, "less"))).await;
        let less = answer(less).expect("changed");
        assert_eq!(figures(&less), ["CNY 120000.00", "CNY 200000.00", "CNY 0.00", "CNY 0.00", "CNY 80000.00"]);
        // The excess goes to what the partner pays its orders with.
        let mut back = proposed(amounts(None, None), "back");
        back.destination = DepositCounterpart::Prepayment.into();
        answer(world.deposits().propose_deposit_movement(fang().ask(back)).await).expect("proposed");
        answer(world.confirm(&ada(), 2).await).expect("confirmed");
        assert_eq!(world.booked("partner.huadong.prepayment").await, "80000.00");
        let more = world.deposits().change_deposit_terms(fang().ask(terms(None, Some("0.25"), "more"))).await;
        assert_eq!(
            figures(&answer(more).expect("changed")),
            ["CNY 150000.00", "CNY 120000.00", "CNY 0.00", "CNY 30000.00", "CNY 0.00"]
        );
        let mut topped = received("30000", "top up");
        topped.source = DepositCounterpart::Prepayment.into();
        topped.effective_date = day("2012-10-01");
        let topped = answer(world.deposits().receive_deposit(fang().ask(topped)).await).expect("received");
        assert_eq!(topped.movements[2].effective_date, day("2012-10-01"));
        assert_eq!(world.booked("partner.huadong.prepayment").await, "50000.00");
        let mut beyond = received("50000.01", "beyond");
        beyond.source = DepositCounterpart::Prepayment.into();
        assert_eq!(reason(world.deposits().receive_deposit(fang().ask(beyond)).await), "BALANCE_LIMIT");
    }
}

#[tokio::test]
async fn bad_input_is_named_and_nothing_happens() {
    for world in worlds().await {
        let mut wrong = agreed("huadong", "-1", "1.5", "wrong");
        if let Some(deposit) = wrong.deposit.as_mut() {
            deposit.cause.clear();
        }
        let why = refused(world.deposits().create_deposit(fang().ask(wrong)).await);
        let mut fields: Vec<&str> = why.violations.iter().map(|v| v.field.as_str()).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["deposit.cause", "deposit.partner"]);
        world.dealers(&mei(), &["huadong"]).await;
        let why =
            refused(world.deposits().create_deposit(fang().ask(agreed("partners/huadong", "-1", "1.5", "w"))).await);
        let fields: Vec<&str> = why.violations.iter().map(|v| v.field.as_str()).collect();
        assert_eq!(fields, ["deposit.base", "deposit.rate"]);
        let nobody = agreed("partners/nobody", "1", "1", "nobody");
        assert_eq!(reason(world.deposits().create_deposit(fang().ask(nobody)).await), "PARTNER_UNKNOWN");
        let get = GetDepositRequest { name: NAME.to_owned() };
        assert_eq!(reason(world.deposits().get_deposit(fang().ask(get)).await), "DEPOSIT_NOT_FOUND");

        world.deposited().await;
        let mut foreign = received("1", "foreign");
        foreign.amount = Some(money("EUR", "1"));
        let why = refused(world.deposits().receive_deposit(fang().ask(foreign)).await);
        assert!(why.violations[0].description.contains("is in EUR, deposits/mcn-2026 in CNY"), "{why:?}");
        assert_eq!(reason(world.propose(amounts(Some("200000.01"), None), "more").await), "DEPOSIT_INSUFFICIENT");
        let mut trial = proposed(amounts(Some("100"), None), "trial");
        trial.validate_only = true;
        let tried = world.deposits().propose_deposit_movement(fang().ask(trial)).await;
        assert_eq!(answer(tried).expect("it could be").movements.len(), 2);
        assert_eq!(world.held_in_ledger().await.1, "200000.00", "nothing happened");
    }
}

#[tokio::test]
async fn the_ledger_does_not_decide_what_a_deposit_decides() {
    for world in worlds().await {
        world.deposited().await;
        answer(world.propose(amounts(Some("100"), None), "one").await).expect("proposed");
        let name = || "ledgerTransactions/deposit.mcn-2026.2".to_owned();
        let post = PostTransactionRequest { name: name(), ..PostTransactionRequest::default() };
        assert_eq!(reason(world.ledger().post_transaction(fang().ask(post)).await), "TRANSACTION_OWNED");
        let void = VoidTransactionRequest { name: name(), reason: "no".to_owned() };
        assert_eq!(reason(world.ledger().void_transaction(fang().ask(void)).await), "TRANSACTION_OWNED");
        let back = ReverseTransactionRequest {
            name: "ledgerTransactions/deposit.mcn-2026.1".to_owned(),
            transaction_id: "back".to_owned(),
            reason: "no".to_owned(),
        };
        assert_eq!(reason(world.ledger().reverse_transaction(fang().ask(back.clone())).await), "TRANSACTION_OWNED");
        let taken = ReverseTransactionRequest { transaction_id: "deposit.mcn-2026.3".to_owned(), ..back };
        let why = refused(world.ledger().reverse_transaction(fang().ask(taken)).await);
        assert_eq!(why.violations[0].field, "transaction_id");
        for id in ["deposit.mcn-2026.3", "settlement.s1.locked", "accrual.s1"] {
            let posting = Posting {
                debit: "ledgerAccounts/house.expense.CNY".to_owned(),
                credit: "ledgerAccounts/partner.huadong.accrued.CNY".to_owned(),
                amount: decimal("1"),
                posted_amount: None,
            };
            let transaction = LedgerTransaction {
                postings: vec![posting],
                cause: "by hand".to_owned(),
                ..LedgerTransaction::default()
            };
            let request = CreateTransactionRequest {
                transaction: Some(transaction),
                transaction_id: id.to_owned(),
                validate_only: false,
            };
            let why = refused(world.ledger().create_transaction(fang().ask(request)).await);
            assert_eq!((why.code, why.violations[0].field.as_str()), (Code::InvalidArgument, "transaction_id"), "{id}");
        }
    }
}

#[tokio::test]
async fn deposits_are_listed_and_each_tenant_sees_its_own() {
    for world in worlds().await {
        world.deposited().await;
        let mut second = agreed("partners/huadong", "10", "1", "second");
        second.deposit_id = "other".to_owned();
        answer(world.deposits().create_deposit(fang().ask(second)).await).expect("agreed");
        let listed = async |query: ListDepositsRequest| {
            let page = answer(world.deposits().list_deposits(fang().ask(query)).await).expect("a page");
            let names = page.deposits.into_iter().map(|deposit| deposit.name).collect::<Vec<_>>();
            (names, page.next_page_token)
        };
        let first = listed(ListDepositsRequest { page_size: 1, ..ListDepositsRequest::default() }).await;
        assert_eq!(first.0, [NAME]);
        let rest = ListDepositsRequest { page_size: 1, page_token: first.1, ..ListDepositsRequest::default() };
        assert_eq!(listed(rest).await, (vec!["deposits/other".to_owned()], String::new()));
        // What is no name of a partner does not stand for all.
        for partner in ["huadong", "partner/huadong", "partners/"] {
            let query = ListDepositsRequest { partner: partner.to_owned(), ..ListDepositsRequest::default() };
            let why = refused(world.deposits().list_deposits(fang().ask(query)).await);
            assert_eq!((why.reason.as_str(), why.violations[0].field.as_str()), ("INVALID_REQUEST", "partner"));
        }
        for (query, found) in [
            (ListDepositsRequest { partner: "partners/huadong".to_owned(), ..ListDepositsRequest::default() }, 2),
            (ListDepositsRequest { partner: "partners/none".to_owned(), ..ListDepositsRequest::default() }, 0),
            (ListDepositsRequest { cause: "contracts/c-17".to_owned(), ..ListDepositsRequest::default() }, 2),
            (ListDepositsRequest { cause: "contracts/c-1".to_owned(), ..ListDepositsRequest::default() }, 0),
            (ListDepositsRequest { state: DepositState::Closed.into(), ..ListDepositsRequest::default() }, 0),
        ] {
            assert_eq!(listed(query.clone()).await.0.len(), found, "{query:?}");
        }
        let stranger = Caller::new("other", "eve", tributary_core::Role::Finance);
        let get = GetDepositRequest { name: NAME.to_owned() };
        assert_eq!(reason(world.deposits().get_deposit(stranger.ask(get)).await), "DEPOSIT_NOT_FOUND");
    }
}

#[tokio::test]
async fn a_repeat_is_answered_while_the_registry_is_away() {
    for world in worlds().await {
        let made = world.deposited().await;
        world.forget("huadong").await;
        world.registry.known().away = true;
        let again = agreed("partners/huadong", "1000000", "0.2", "agree");
        let first = answer(world.deposits().create_deposit(fang().ask(again)).await).expect("the first answer");
        assert_eq!((first.name, first.partner), (made.name, made.partner));
        let other = CreateDepositRequest {
            deposit_id: "other".to_owned(),
            ..agreed("partners/huadong", "1000000", "0.2", "other")
        };
        assert_eq!(reason(world.deposits().create_deposit(fang().ask(other)).await), "UPSTREAM_UNAVAILABLE");
    }
}
