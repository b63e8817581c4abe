//! Funds and subsidies through their RPCs: the worked example of rule R28, who may do what, what the ledger and the view of the
//! fund then say. Amounts are computed by hand. It is 5 October 2012.

use std::time::Duration;

use futures::future::join_all;
use prost::Message as _;
use tonic::{Code, Response, Status};
use tributary_core::Role;
use tributary_proto::tributary::{
    incentive::v1::{
        AcceptSubsidyClaimRequest, ApproveSubsidyRequest, ChannelClass, ClaimSubsidyRequest,
        ConfirmSubsidyPaymentRequest, CreateFundRequest, CreateSubsidyRequest, Fund, FundBudget, FundKind, FundTerms,
        FundUsageLine, GetFundUsageRequest, GetSubsidyRequest, RefuseSubsidyClaimRequest, RejectSubsidyRequest,
        ReturnSubsidyClaimRequest, ReverseTransactionRequest, Subsidy, SubsidyChanged, SubsidyClaimState, SubsidyLimit,
        SubsidyPayout, SubsidyProof, SubsidyProofKind, SubsidyState, WithdrawSubsidyRequest,
    },
    partner::v1::PartnerStatus,
};

use crate::{
    ledger::{ACCRUED, EXPENSE, create, posting},
    support::{
        Caller, World, ada, answer, day, dealer, decimal, fang, mei, money, reason, refused, resting_worlds, shown,
        worlds,
    },
};

type Answer = Result<Response<Subsidy>, Status>;

pub fn budget(channel: ChannelClass, amount: &str) -> FundBudget {
    FundBudget { channel: channel.into(), amount: Some(money("CNY", amount)) }
}

/// 1,000,000.00 online and 100,000.00 offline, 10 % held back; 50 %, at most 50,000.00 a project.
pub fn fund(annual_cap: Option<&str>) -> Fund {
    Fund {
        display_name: "Marketing fund 2012".to_owned(),
        kind: FundKind::Marketing.into(),
        currency_code: "CNY".to_owned(),
        first_day: day("2012-01-01"),
        end_day: day("2013-01-01"),
        owner: "channel-marketing".to_owned(),
        budgets: vec![budget(ChannelClass::Online, "1000000"), budget(ChannelClass::Offline, "100000")],
        held_back: decimal("0.1"),
        terms: Some(FundTerms {
            rate: decimal("0.5"),
            project_cap: Some(money("CNY", "50000")),
            annual_cap: annual_cap.map(|cap| money("CNY", cap)),
            claim_days: 30,
            approval_days: 0,
        }),
        ..Fund::default()
    }
}

pub fn created(fund: Fund, request_id: &str) -> CreateFundRequest {
    let (fund, request_id) = (Some(fund), request_id.to_owned());
    CreateFundRequest { fund_id: "mdf-2012".to_owned(), fund, request_id, ..CreateFundRequest::default() }
}

/// A roadshow of Huadong from 1 to 10 October.
pub fn roadshow(cost: &str) -> Subsidy {
    Subsidy {
        fund: "funds/mdf-2012".to_owned(),
        partner: "partners/huadong".to_owned(),
        channel: ChannelClass::Online.into(),
        project: "Roadshow".to_owned(),
        first_day: day("2012-10-01"),
        end_day: day("2012-10-11"),
        planned_cost: Some(money("CNY", cost)),
        ..Subsidy::default()
    }
}

pub fn asked(id: &str, subsidy: Subsidy) -> CreateSubsidyRequest {
    CreateSubsidyRequest {
        subsidy_id: id.to_owned(),
        subsidy: Some(subsidy),
        request_id: format!("ask {id}"),
        ..CreateSubsidyRequest::default()
    }
}

pub fn name(id: &str) -> String {
    format!("subsidies/{id}")
}

pub fn invoice(document: char, number: &str) -> SubsidyProof {
    SubsidyProof {
        sha256: document.to_string().repeat(64),
        file_name: "invoice.pdf".to_owned(),
        kind: SubsidyProofKind::Invoice.into(),
        issuer: "91310000MA1FL0Q12X".to_owned(),
        invoice_number: number.to_owned(),
    }
}

pub fn accepting(id: &str, number: i32) -> AcceptSubsidyClaimRequest {
    let request_id = format!("accept {id} {number}");
    AcceptSubsidyClaimRequest { name: name(id), number, request_id, ..AcceptSubsidyClaimRequest::default() }
}

/// Gives claim 1 back.
pub fn returning(id: &str, request_id: &str) -> ReturnSubsidyClaimRequest {
    ReturnSubsidyClaimRequest {
        name: name(id),
        number: 1,
        reason: "the invoice is of another month".to_owned(),
        request_id: request_id.to_owned(),
        ..ReturnSubsidyClaimRequest::default()
    }
}

/// Claim 1 is paid on a day.
pub fn confirming(id: &str, paid_on: &str, request_id: &str) -> ConfirmSubsidyPaymentRequest {
    ConfirmSubsidyPaymentRequest {
        name: name(id),
        number: 1,
        reference: "15000047".to_owned(),
        paid_on: day(paid_on),
        request_id: request_id.to_owned(),
        ..ConfirmSubsidyPaymentRequest::default()
    }
}

impl World {
    /// A fund, Huadong and Huanan.
    pub async fn funded(&self, annual_cap: Option<&str>) -> Fund {
        self.dealers(&mei(), &["huadong", "huanan"]).await;
        self.standing("huadong", PartnerStatus::Active);
        answer(self.funds().create_fund(fang().ask(created(fund(annual_cap), "create"))).await).expect("created")
    }

    /// Where the registry says that a partner stands.
    pub fn standing(&self, id: &str, status: PartnerStatus) {
        let mut partner = dealer(id);
        partner.status = status.into();
        self.registry.known().partners.insert("default".to_owned(), vec![partner]);
    }

    pub async fn ask(&self, id: &str, subsidy: Subsidy) -> Subsidy {
        answer(self.subsidies().create_subsidy(mei().ask(asked(id, subsidy))).await).expect("asked for")
    }

    pub async fn approve(&self, caller: &Caller, id: &str, amount: Option<&str>) -> Answer {
        let request = ApproveSubsidyRequest {
            name: name(id),
            amount: amount.map(|amount| money("CNY", amount)),
            request_id: format!("approve {id}"),
            ..ApproveSubsidyRequest::default()
        };
        self.subsidies().approve_subsidy(caller.ask(request)).await
    }

    pub async fn claim(&self, id: &str, cost: &str, proofs: Vec<SubsidyProof>, request_id: &str) -> Answer {
        let request = ClaimSubsidyRequest {
            name: name(id),
            cost: Some(money("CNY", cost)),
            proofs,
            request_id: request_id.to_owned(),
            ..ClaimSubsidyRequest::default()
        };
        self.subsidies().claim_subsidy(mei().ask(request)).await
    }

    pub async fn accept(&self, id: &str, eligible: Option<&str>, request_id: &str) -> Answer {
        let request = AcceptSubsidyClaimRequest {
            eligible_cost: eligible.map(|eligible| money("CNY", eligible)),
            request_id: request_id.to_owned(),
            ..accepting(id, 1)
        };
        self.subsidies().accept_subsidy_claim(fang().ask(request)).await
    }

    /// Asked for by Mei, approved by Fang.
    pub async fn promised(&self, id: &str, cost: &str) -> Subsidy {
        self.ask(id, roadshow(cost)).await;
        answer(self.approve(&fang(), id, None).await).expect("approved")
    }

    /// Budget, held back, requested, committed, claimed, paid, free, free of the reserve, forecast of online channels.
    pub async fn online(&self) -> [String; 9] {
        let request = GetFundUsageRequest { name: "funds/mdf-2012".to_owned() };
        let usage = answer(self.funds().get_fund_usage(fang().ask(request)).await).expect("a usage");
        let FundUsageLine {
            budget, held_back, requested, committed, claimed, paid, free, free_reserve, forecast, ..
        } = &usage.lines[0];
        [budget, held_back, requested, committed, claimed, paid, free, free_reserve, forecast]
            .map(|money| shown(money.as_ref()).trim_start_matches("CNY ").to_owned())
    }
}

pub fn payout(payout: Option<&SubsidyPayout>) -> (String, SubsidyLimit) {
    let payout = payout.expect("a payout");
    (shown(payout.amount.as_ref()), payout.limited_by())
}

#[tokio::test]
async fn what_is_claimed_is_paid_up_to_the_smallest_limit() {
    for world in worlds().await {
        world.funded(Some("42000")).await;
        let asked = world.ask("roadshow", roadshow("120000")).await;
        assert_eq!((asked.state(), shown(asked.committed.as_ref()).as_str()), (SubsidyState::Requested, "CNY 0.00"));
        assert_eq!(reason(world.approve(&mei(), "roadshow", None).await), "SUBSIDY_MAKER_IS_CHECKER");
        let approved = answer(world.approve(&fang(), "roadshow", None).await).expect("approved");
        assert_eq!(payout(approved.approval.as_ref()), ("CNY 42000.00".to_owned(), SubsidyLimit::Allowance));
        // Ten days from 1 October, and thirty to claim.
        assert_eq!(approved.claim_end_day, day("2012-11-10"));
        // 5 October is day 279 of 366: 42,000 × 366 ÷ 279 = 55,096.774…
        let committed =
            ["1000000.00", "100000.00", "0.00", "42000.00", "0.00", "0.00", "958000.00", "100000.00", "55096.77"];
        assert_eq!(world.online().await, committed);

        let claimed = world.claim("roadshow", "120000", vec![invoice('a', "1")], "claim").await;
        assert_eq!(answer(claimed).expect("claimed").state(), SubsidyState::Claimed);
        assert_eq!(world.online().await[3..7], ["42000.00", "42000.00", "0.00", "958000.00"]);
        let paid = answer(world.accept("roadshow", None, "accept").await).expect("accepted");
        let claim = &paid.claims[0];
        assert_eq!(payout(claim.payout.as_ref()), ("CNY 42000.00".to_owned(), SubsidyLimit::Allowance));
        assert_eq!(
            claim.payout.as_ref().expect("a payout").explanation,
            "50 % of CNY 120000.00 is CNY 60000.00; the project cap leaves CNY 50000.00; the remaining annual allowance \
             leaves CNY 42000.00; the remaining fund leaves CNY 900000.00; what was pre-approved leaves CNY 42000.00: CNY \
             42000.00, limited by the remaining annual allowance"
        );
        assert_eq!(
            (paid.state(), claim.transaction.as_str()),
            (SubsidyState::Settled, "ledgerTransactions/subsidy.roadshow.1")
        );
        assert_eq!(world.online().await[3..7], ["0.00", "0.00", "42000.00", "958000.00"]);
        assert_eq!(world.booked("partner.huadong.payable").await, "42000.00");
        assert_eq!(world.booked("house.expense").await, "42000.00");
        // Nothing is left of the annual cap.
        world.ask("another", roadshow("10")).await;
        assert_eq!(reason(world.approve(&fang(), "another", None).await), "FUND_INSUFFICIENT");

        // Neither tomorrow nor before the claim was accepted.
        for wrong in ["2012-10-06", "2012-10-04"] {
            let why = world.subsidies().confirm_subsidy_payment(fang().ask(confirming("roadshow", wrong, wrong))).await;
            let why = refused(why);
            assert_eq!((why.reason.as_str(), why.violations[0].field.as_str()), ("INVALID_REQUEST", "paid_on"));
        }
        let confirm = |reference: &str, request_id: &str| ConfirmSubsidyPaymentRequest {
            reference: reference.to_owned(),
            ..confirming("roadshow", "2012-10-05", request_id)
        };
        let confirmed = world.subsidies().confirm_subsidy_payment(fang().ask(confirm("15000047", "paid"))).await;
        let confirmed = answer(confirmed).expect("confirmed");
        assert_eq!(confirmed.claims[0].state(), SubsidyClaimState::Paid);
        let again = world.subsidies().confirm_subsidy_payment(fang().ask(confirm("15000047", "again"))).await;
        assert_eq!(answer(again).expect("as it is"), confirmed);
        let other = world.subsidies().confirm_subsidy_payment(fang().ask(confirm("15000048", "other"))).await;
        assert_eq!(reason(other), "PAYMENT_DIFFERS");
        assert_eq!(world.booked("partner.huadong.payable").await, "0.00");
        assert_eq!(world.booked("partner.huadong.paid").await, "42000.00");
        assert!(world.verified().await.sound);

        let told = world.published(fang().tenant(), "SubsidyChanged", 6).await;
        let told = told.iter().map(|event| SubsidyChanged::decode(event.data.as_slice()).expect("the event").what);
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                "asked for, planned cost CNY 120000.00",
                "pre-approved, CNY 42000.00",
                "claim 1 filed, CNY 120000.00",
                "claim 1 accepted, CNY 42000.00",
                "asked for, planned cost CNY 10.00",
                "claim 1 paid on 2012-10-05 by 15000047"
            ]
        );
        let steps: Vec<(&str, SubsidyState)> =
            confirmed.steps.iter().map(|step| (step.actor.as_str(), step.state())).collect();
        assert_eq!(
            steps,
            [
                ("mei", SubsidyState::Requested),
                ("fang", SubsidyState::Approved),
                ("mei", SubsidyState::Claimed),
                ("fang", SubsidyState::Settled),
                ("fang", SubsidyState::Settled)
            ]
        );
    }
}

#[tokio::test]
async fn of_sixty_four_approvals_at_once_as_many_pass_as_fit() {
    for world in worlds().await {
        world.dealers(&mei(), &["huadong"]).await;
        let budgets = vec![budget(ChannelClass::Online, "100")];
        let last = Fund { budgets, held_back: decimal("0"), ..fund(None) };
        answer(world.funds().create_fund(fang().ask(created(last, "create"))).await).expect("created");
        for n in 0..64 {
            world.ask(&format!("s{n}"), roadshow("14")).await;
        }
        let approving = join_all((0..64).map(|n| {
            let request = ApproveSubsidyRequest {
                name: name(&format!("s{n}")),
                amount: Some(money("CNY", "7")),
                request_id: format!("approve {n}"),
                ..ApproveSubsidyRequest::default()
            };
            let mut client = world.subsidies();
            async move { client.approve_subsidy(fang().ask(request)).await }
        }));
        let answers: Vec<_> = approving.await.into_iter().map(answer).collect();
        // 14 × 7.00 = 98.00 of 100.00.
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 14);
        let refused: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
        assert!(refused.iter().all(|why| why.reason == "FUND_INSUFFICIENT"), "{refused:?}");
        assert_eq!(world.online().await[2..8], ["350.00", "98.00", "0.00", "0.00", "2.00", "0.00"]);
        // Unstated, an approval gives what is left.
        world.ask("rest", roadshow("14")).await;
        let rest = answer(world.approve(&fang(), "rest", None).await).expect("approved");
        assert_eq!(payout(rest.approval.as_ref()), ("CNY 2.00".to_owned(), SubsidyLimit::Fund));
        assert_eq!(world.online().await[6], "0.00");
    }
}

#[tokio::test]
async fn a_document_or_invoice_proves_one_claim() {
    for world in worlds().await {
        world.funded(None).await;
        for id in ["one", "two"] {
            world.promised(id, "1000").await;
        }
        answer(world.claim("one", "900", vec![invoice('a', "24a")], "claim").await).expect("claimed");
        for (document, number, twice) in [('a', "25", 1), ('b', " 24A", 1), ('b', "２-４a", 1), ('a', "24A", 2)] {
            let why = refused(
                world.claim("two", "900", vec![invoice(document, number)], &format!("{document}{number}")).await,
            );
            assert_eq!((why.reason.as_str(), why.code), ("SUBSIDY_PROOF_USED", Code::AlreadyExists));
            assert!(why.message.contains("proves claim 1 of subsidies/one"), "{}", why.message);
            assert_eq!(why.violations.len(), twice);
        }
        // What is given back to be mended, or refused, can prove again.
        let back = returning("one", "return");
        let returned = answer(world.subsidies().return_subsidy_claim(mei().ask(back)).await).expect("returned");
        assert_eq!(
            (returned.state(), returned.claims[0].state()),
            (SubsidyState::Approved, SubsidyClaimState::Returned)
        );
        answer(world.claim("two", "900", vec![invoice('a', "24A")], "now").await).expect("claimed");
        let refuse = RefuseSubsidyClaimRequest {
            name: name("two"),
            number: 1,
            reason: "no such event".to_owned(),
            request_id: "refuse".to_owned(),
            ..RefuseSubsidyClaimRequest::default()
        };
        let ended = answer(world.subsidies().refuse_subsidy_claim(fang().ask(refuse)).await).expect("refused");
        assert_eq!((ended.state(), ended.claims[0].decision_reason.as_str()), (SubsidyState::Refused, "no such event"));
        answer(world.claim("one", "900", vec![invoice('a', "24A")], "again").await).expect("claimed");
        let withdraw = WithdrawSubsidyRequest {
            name: name("one"),
            reason: "cancelled".to_owned(),
            request_id: "withdraw".to_owned(),
            ..WithdrawSubsidyRequest::default()
        };
        answer(world.subsidies().withdraw_subsidy(mei().ask(withdraw)).await).expect("withdrawn");
        assert_eq!(world.online().await[2..7], ["0.00", "0.00", "0.00", "0.00", "1000000.00"]);
        world.promised("three", "1000").await;
        answer(world.claim("three", "900", vec![invoice('a', "24A")], "third").await).expect("claimed");
    }
}

#[tokio::test]
async fn finance_decides_on_the_reserve() {
    for world in worlds().await {
        world.funded(None).await;
        world.ask("sudden", Subsidy { use_reserve: true, ..roadshow("1000") }).await;
        let lin = Caller::new("default", "lin", Role::ChannelManager);
        let why = refused(world.approve(&lin, "sudden", None).await);
        assert_eq!((why.reason.as_str(), why.code), ("FUND_RESERVE_ROLE", Code::PermissionDenied));
        let reject = RejectSubsidyRequest {
            name: name("sudden"),
            reason: "no".to_owned(),
            request_id: "reject".to_owned(),
            ..RejectSubsidyRequest::default()
        };
        assert_eq!(reason(world.subsidies().reject_subsidy(lin.ask(reject.clone())).await), "FUND_RESERVE_ROLE");
        let approved = answer(world.approve(&ada(), "sudden", Some("400")).await).expect("approved");
        assert_eq!(payout(approved.approval.as_ref()), ("CNY 400.00".to_owned(), SubsidyLimit::Decision));
        assert_eq!(world.online().await[6..8], ["999600.00", "99600.00"]);
        // A colleague decides on the rest of the budget.
        world.ask("usual", roadshow("1000")).await;
        answer(world.approve(&lin, "usual", None).await).expect("approved");
        world.ask("unwanted", roadshow("1000")).await;
        let reject = RejectSubsidyRequest { name: name("unwanted"), ..reject };
        let rejected = answer(world.subsidies().reject_subsidy(lin.ask(reject)).await).expect("rejected");
        assert_eq!((rejected.state(), rejected.steps[1].reason.as_str()), (SubsidyState::Rejected, "no"));
        assert_eq!(world.online().await[6..8], ["999100.00", "99600.00"]);
    }
}

#[tokio::test]
async fn what_nobody_claims_in_time_is_free_again() {
    for world in resting_worlds().await {
        // The worker that gives reservations back rests.
        world.start_but("incentive-calculation-reservations");
        world.funded(Some("500")).await;
        world.promised("late", "1000").await;
        // Its last day for claims is 9 November; the day is told in Shanghai.
        world.clock.advance(Duration::from_secs(36 * 86_400));
        let get = GetSubsidyRequest { name: name("late") };
        let known = answer(world.subsidies().get_subsidy(fang().ask(get.clone())).await).expect("there");
        assert_eq!(known.state(), SubsidyState::Expired);
        assert_eq!(reason(world.claim("late", "900", vec![invoice('a', "1")], "claim").await), "SUBSIDY_STATE");
        // Who uses nothing of the fund leaves what has lapsed to the worker, which rests.
        world.ask("unwanted", roadshow("10")).await;
        let reject = RejectSubsidyRequest {
            name: name("unwanted"),
            reason: "no".to_owned(),
            request_id: "reject".to_owned(),
            ..RejectSubsidyRequest::default()
        };
        answer(world.subsidies().reject_subsidy(fang().ask(reject)).await).expect("rejected");
        assert_eq!(world.online().await[3], "500.00");
        // Whoever is approved next gets what was reserved.
        let next = Subsidy { first_day: day("2012-11-01"), end_day: day("2012-12-01"), ..roadshow("1000") };
        world.ask("next", next).await;
        answer(world.approve(&fang(), "next", None).await).expect("approved");
        assert_eq!(world.online().await[3], "500.00");
        world.clock.advance(Duration::from_secs(60 * 86_400));
        world.start();
        let told = world.published(fang().tenant(), "SubsidyChanged", 8).await;
        let told: Vec<_> = told.iter().map(|e| SubsidyChanged::decode(e.data.as_slice()).expect("the event")).collect();
        let over: Vec<_> =
            told.iter().filter(|e| e.state() == SubsidyState::Expired).map(|e| e.subsidy.as_str()).collect();
        assert_eq!(over, ["subsidies/late", "subsidies/next"]);
        assert_eq!(world.online().await[3], "0.00");
    }
}

#[tokio::test]
async fn who_is_frozen_is_not_paid() {
    for world in worlds().await {
        world.funded(None).await;
        world.promised("roadshow", "1000").await;
        answer(world.claim("roadshow", "900", vec![invoice('a', "1")], "claim").await).expect("claimed");
        world.standing("huadong", PartnerStatus::Frozen);
        assert_eq!(reason(world.accept("roadshow", None, "1").await), "PARTNER_NOT_PAYABLE");
        world.standing("huanan", PartnerStatus::Active);
        assert_eq!(reason(world.accept("roadshow", None, "2").await), "PARTNER_NOT_PAYABLE", "unknown");
        world.registry.known().away = true;
        assert_eq!(reason(world.accept("roadshow", None, "3").await), "UPSTREAM_UNAVAILABLE");
        world.registry.known().away = false;
        world.standing("huadong", PartnerStatus::Active);
        let partly = answer(world.accept("roadshow", Some("800"), "4").await).expect("accepted");
        assert_eq!(payout(partly.claims[0].payout.as_ref()), ("CNY 400.00".to_owned(), SubsidyLimit::Rate));
        // The hundred that were not needed are free again.
        assert_eq!(world.online().await[3..7], ["0.00", "0.00", "400.00", "999600.00"]);
        let repeated = answer(world.accept("roadshow", Some("800"), "4").await).expect("the same");
        assert_eq!(repeated, partly);
        assert_eq!(world.booked("partner.huadong.payable").await, "400.00");
        // Nobody takes it back past the fund.
        let reverse = ReverseTransactionRequest {
            name: "ledgerTransactions/subsidy.roadshow.1".to_owned(),
            transaction_id: "back".to_owned(),
            reason: "a mistake".to_owned(),
        };
        assert_eq!(reason(world.ledger().reverse_transaction(fang().ask(reverse)).await), "TRANSACTION_OWNED");
        let own = create("subsidy.roadshow.2", vec![posting(EXPENSE, ACCRUED, "1")]);
        let why = refused(world.ledger().create_transaction(fang().ask(own)).await);
        let fields: Vec<&str> = why.violations.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["transaction_id"]);
    }
}
