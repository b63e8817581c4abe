//! Claims of subsidies: which one is decided, what is kept for another, what is taken back, and who is alone with what. Amounts
//! are computed by hand. It is 5 October 2012.

use std::time::Duration;

use futures::future::join_all;
use prost::Message as _;
use tonic::Code;
use tributary_core::Role;
use tributary_proto::tributary::{
    incentive::v1::{
        AcceptSubsidyClaimRequest, ApproveSubsidyRequest, ChangeFundRequest, ChannelClass, ClaimSubsidyRequest,
        CreateFundRequest, CreateSubsidyRequest, Fund, GetFundUsageRequest, GetTransactionRequest,
        RefuseSubsidyClaimRequest, ReverseSubsidyClaimRequest, Subsidy, SubsidyChanged, SubsidyClaimState,
        SubsidyLimit, SubsidyState,
    },
    partner::v1::PartnerStatus,
};

use crate::{
    funds::{accepting, asked, budget, confirming, created, fund, invoice, name, payout, returning, roadshow},
    support::{Caller, World, ada, answer, day, dealer, decimal, fang, mei, money, reason, refused, shown, worlds},
};

const DAY: u64 = 86_400;

fn reversing(id: &str, request_id: &str) -> ReverseSubsidyClaimRequest {
    ReverseSubsidyClaimRequest {
        name: name(id),
        number: 1,
        reason: "there was no such event".to_owned(),
        request_id: request_id.to_owned(),
        ..ReverseSubsidyClaimRequest::default()
    }
}

impl World {
    /// A claim of 90,000.00 of a roadshow of 100,000.00, accepted: 45,000.00.
    async fn paid_out(&self) -> Subsidy {
        self.funded(None).await;
        self.promised("roadshow", "100000").await;
        answer(self.claim("roadshow", "90000", vec![invoice('a', "1")], "claim").await).expect("claimed");
        answer(self.accept("roadshow", None, "accept").await).expect("accepted")
    }

    /// What is payable, and what it has cost.
    async fn payable(&self) -> [String; 2] {
        [self.booked("partner.huadong.payable").await, self.booked("house.expense").await]
    }
}

#[tokio::test]
async fn a_claim_that_was_filed_meanwhile_is_not_decided_unseen() {
    for world in worlds().await {
        world.funded(None).await;
        world.promised("roadshow", "100000").await;
        answer(world.claim("roadshow", "90000", vec![invoice('a', "1")], "first").await).expect("claimed");
        // Fang looks at claim 1; Mei takes it back and files another one.
        let mut client = world.subsidies();
        answer(client.return_subsidy_claim(mei().ask(returning("roadshow", "back"))).await).expect("returned");
        answer(world.claim("roadshow", "100000", vec![invoice('b', "2")], "second").await).expect("claimed");
        let refuse = |number: i32, request_id: &str| RefuseSubsidyClaimRequest {
            name: name("roadshow"),
            number,
            reason: "no such event".to_owned(),
            request_id: request_id.to_owned(),
            ..RefuseSubsidyClaimRequest::default()
        };
        for why in [
            refused(client.accept_subsidy_claim(fang().ask(accepting("roadshow", 1))).await),
            refused(client.return_subsidy_claim(fang().ask(returning("roadshow", "return"))).await),
            refused(client.refuse_subsidy_claim(fang().ask(refuse(1, "refuse"))).await),
        ] {
            assert_eq!((why.reason.as_str(), why.code), ("SUBSIDY_CLAIM_NOT_OPEN", Code::FailedPrecondition));
            assert!(why.message.contains("claim 2 waits for its decision"), "{}", why.message);
        }
        // Nobody decides without saying on what.
        for why in [
            refused(client.accept_subsidy_claim(fang().ask(accepting("roadshow", 0))).await),
            refused(client.refuse_subsidy_claim(fang().ask(refuse(0, "none"))).await),
        ] {
            assert_eq!((why.reason.as_str(), why.violations[0].field.as_str()), ("INVALID_REQUEST", "number"));
        }
        assert_eq!(world.online().await[3..6], ["50000.00", "50000.00", "0.00"]);
        let paid = answer(client.accept_subsidy_claim(fang().ask(accepting("roadshow", 2))).await).expect("accepted");
        assert_eq!(payout(paid.claims[1].payout.as_ref()), ("CNY 50000.00".to_owned(), SubsidyLimit::Rate));
        assert_eq!(paid.claims[1].transaction, "ledgerTransactions/subsidy.roadshow.2");
        assert_eq!(world.booked("partner.huadong.payable").await, "50000.00");
    }
}

#[tokio::test]
async fn only_another_than_who_filed_it_gives_more_time_to_mend_a_claim() {
    for world in worlds().await {
        world.funded(None).await;
        for (id, document) in [("own", 'a'), ("other", 'b')] {
            world.promised(id, "1000").await;
            answer(world.claim(id, "900", vec![invoice(document, id)], id).await).expect("claimed");
        }
        // On 9 November, the last day; 14 days later is 23 November.
        world.clock.advance(Duration::from_secs(35 * DAY));
        let mut client = world.subsidies();
        for (caller, id, end) in [(mei(), "own", "2012-11-10"), (fang(), "other", "2012-11-23")] {
            let back = answer(client.return_subsidy_claim(caller.ask(returning(id, id))).await).expect("returned");
            assert_eq!((back.state(), back.claim_end_day), (SubsidyState::Approved, day(end)), "{id}");
        }
    }
}

#[tokio::test]
async fn what_is_kept_is_claimed_again_even_after_a_late_decision() {
    for world in worlds().await {
        world.funded(None).await;
        world.promised("roadshow", "100000").await;
        answer(world.claim("roadshow", "40000", vec![invoice('a', "1")], "first").await).expect("claimed");
        // Nothing could be claimed from 10 November on; it is 4 December.
        world.clock.advance(Duration::from_secs(60 * DAY));
        let keep = AcceptSubsidyClaimRequest { keep_rest: true, ..accepting("roadshow", 1) };
        let kept = answer(world.subsidies().accept_subsidy_claim(fang().ask(keep)).await).expect("accepted");
        assert_eq!((kept.state(), kept.claim_end_day), (SubsidyState::Approved, day("2012-12-18")));
        assert_eq!(world.online().await[3..7], ["30000.00", "0.00", "20000.00", "950000.00"]);
        world.clock.advance(Duration::from_secs(13 * DAY));
        answer(world.claim("roadshow", "80000", vec![invoice('b', "2")], "second").await).expect("claimed");
        let request = accepting("roadshow", 2);
        let done = answer(world.subsidies().accept_subsidy_claim(fang().ask(request)).await).expect("accepted");
        // 50 % of 80,000.00 are 40,000.00; the project cap leaves 50,000.00 less 20,000.00.
        assert_eq!(payout(done.claims[1].payout.as_ref()), ("CNY 30000.00".to_owned(), SubsidyLimit::ProjectCap));
        assert_eq!((done.state(), shown(done.paid.as_ref()).as_str()), (SubsidyState::Settled, "CNY 50000.00"));
        assert_eq!(world.online().await[3..7], ["0.00", "0.00", "50000.00", "950000.00"]);
        assert_eq!(world.booked("partner.huadong.payable").await, "50000.00");
        assert!(world.verified().await.sound);
    }
}

#[tokio::test]
async fn an_accepted_claim_is_taken_back_once_by_another() {
    for world in worlds().await {
        world.paid_out().await;
        assert_eq!(world.payable().await, ["45000.00", "45000.00"]);
        let mut client = world.subsidies();
        let own = client.reverse_subsidy_claim(fang().ask(reversing("roadshow", "own"))).await;
        assert_eq!(reason(own), "SUBSIDY_MAKER_IS_CHECKER");
        let never = ReverseSubsidyClaimRequest { number: 2, ..reversing("roadshow", "never") };
        assert_eq!(reason(client.reverse_subsidy_claim(ada().ask(never)).await), "SUBSIDY_STATE");
        let trial = ReverseSubsidyClaimRequest { validate_only: true, ..reversing("roadshow", "trial") };
        let tried = answer(client.reverse_subsidy_claim(ada().ask(trial)).await).expect("possible");
        assert_eq!(tried.claims[0].state(), SubsidyClaimState::Reversed);
        assert_eq!(world.payable().await, ["45000.00", "45000.00"]);

        let asking = join_all((0..8).map(|n| {
            let (mut client, request) = (world.subsidies(), reversing("roadshow", &format!("reverse {n}")));
            async move { client.reverse_subsidy_claim(ada().ask(request)).await }
        }));
        let answers: Vec<_> = asking.await.into_iter().map(answer).collect();
        let back: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().ok()).collect();
        assert!(answers.iter().filter_map(|answer| answer.as_ref().err()).all(|why| why.reason == "SUBSIDY_STATE"));
        assert_eq!(back.len(), 1);
        let claim = &back[0].claims[0];
        assert_eq!((back[0].state(), claim.state()), (SubsidyState::Refused, SubsidyClaimState::Reversed));
        assert_eq!(claim.reversal, "ledgerTransactions/subsidy.roadshow.1.reversed");
        assert_eq!(back[0].steps.last().expect("a step").reason, "there was no such event");
        assert_eq!(world.online().await[3..7], ["0.00", "0.00", "0.00", "1000000.00"]);
        assert_eq!(world.payable().await, ["0.00", "0.00"]);
        let get = GetTransactionRequest { name: claim.transaction.clone() };
        let first = answer(world.ledger().get_transaction(fang().ask(get)).await).expect("there");
        assert_eq!(first.reversed_by, claim.reversal);
        assert!(world.verified().await.sound);

        let paid = client.confirm_subsidy_payment(fang().ask(confirming("roadshow", "2012-10-05", "paid"))).await;
        assert_eq!(reason(paid), "SUBSIDY_STATE");
        // Its invoice proves another claim.
        world.promised("again", "100000").await;
        answer(world.claim("again", "90000", vec![invoice('a', "1")], "again").await).expect("claimed");
        let told = world.published(fang().tenant(), "SubsidyChanged", 8).await;
        let told: Vec<_> = told.iter().map(|e| SubsidyChanged::decode(e.data.as_slice()).expect("the event")).collect();
        let reversed: Vec<_> = told.iter().filter(|told| told.what.contains("reversed")).collect();
        assert_eq!(reversed.len(), 1);
        assert_eq!(
            (reversed[0].what.as_str(), shown(reversed[0].paid.as_ref())),
            ("claim 1 reversed, CNY 45000.00", "CNY 0.00".to_owned())
        );
    }
}

#[tokio::test]
async fn what_was_paid_already_is_claimed_from_the_partner() {
    for world in worlds().await {
        world.paid_out().await;
        let mut client = world.subsidies();
        let paid = client.confirm_subsidy_payment(fang().ask(confirming("roadshow", "2012-10-05", "paid"))).await;
        answer(paid).expect("confirmed");
        assert_eq!(world.payable().await, ["0.00", "45000.00"]);
        let first = answer(client.reverse_subsidy_claim(ada().ask(reversing("roadshow", "reverse"))).await);
        let first = first.expect("reversed");
        assert_eq!((first.state(), shown(first.paid.as_ref()).as_str()), (SubsidyState::Refused, "CNY 0.00"));
        assert_eq!(first.claims[0].payment_reference, "15000047", "it was paid all the same");
        assert_eq!(world.payable().await, ["0.00", "0.00"]);
        assert_eq!(world.booked("partner.huadong.paid").await, "45000.00");
        assert_eq!(world.booked("partner.huadong.clawback").await, "45000.00");
        let again = answer(client.reverse_subsidy_claim(ada().ask(reversing("roadshow", "reverse"))).await);
        assert_eq!(again.expect("the first answer"), first);
        assert_eq!(world.online().await[3..7], ["0.00", "0.00", "0.00", "1000000.00"]);
        assert!(world.verified().await.sound);
    }
}

#[tokio::test]
async fn a_repeat_is_answered_while_the_registry_is_away() {
    for world in worlds().await {
        let paid = world.paid_out().await;
        world.ask("next", roadshow("10")).await;
        world.forget("huadong").await;
        world.registry.known().away = true;
        assert_eq!(answer(world.accept("roadshow", None, "accept").await).expect("the first answer"), paid);
        assert_eq!(reason(world.accept("roadshow", None, "anew").await), "UPSTREAM_UNAVAILABLE");
        let first = world.ask("next", roadshow("10")).await;
        assert_eq!((first.name.as_str(), first.state()), ("subsidies/next", SubsidyState::Requested));
        let other = CreateSubsidyRequest { request_id: "other".to_owned(), ..asked("other", roadshow("10")) };
        assert_eq!(reason(world.subsidies().create_subsidy(mei().ask(other)).await), "UPSTREAM_UNAVAILABLE");
        assert_eq!(world.booked("partner.huadong.payable").await, "45000.00");
    }
}

#[tokio::test]
async fn the_annual_cap_is_that_of_a_partner_and_the_year_in_which_the_activity_begins() {
    for world in worlds().await {
        world.dealers(&mei(), &["huadong", "huanan"]).await;
        let two = Fund { end_day: day("2014-01-01"), ..fund(Some("42000")) };
        answer(world.funds().create_fund(fang().ask(created(two, "create"))).await).expect("created");
        let of = |partner: &str, first: &str, end: &str| Subsidy {
            partner: format!("partners/{partner}"),
            first_day: day(first),
            end_day: day(end),
            ..roadshow("120000")
        };
        for (id, subsidy, expected) in [
            ("a", of("huadong", "2012-10-01", "2012-10-11"), Some("CNY 42000.00")),
            // It ends in 2013 and counts in 2012.
            ("b", of("huadong", "2012-12-31", "2013-01-10"), None),
            ("c", of("huadong", "2013-01-01", "2013-01-10"), Some("CNY 42000.00")),
            ("d", of("huanan", "2012-10-01", "2012-10-11"), Some("CNY 42000.00")),
            ("e", of("huadong", "2013-12-01", "2013-12-10"), None),
        ] {
            world.ask(id, subsidy).await;
            let approved = answer(world.approve(&fang(), id, None).await);
            match expected {
                Some(amount) => {
                    let approved = approved.expect("approved");
                    assert_eq!(
                        payout(approved.approval.as_ref()),
                        (amount.to_owned(), SubsidyLimit::Allowance),
                        "{id}"
                    );
                }
                None => assert_eq!(approved.expect_err("refused").reason, "FUND_INSUFFICIENT", "{id}"),
            }
        }
        // Paid counts like reserved.
        answer(world.claim("a", "120000", vec![invoice('a', "1")], "claim").await).expect("claimed");
        world.standing("huadong", PartnerStatus::Active);
        answer(world.accept("a", None, "accept").await).expect("accepted");
        assert_eq!(reason(world.approve(&ada(), "b", None).await), "FUND_INSUFFICIENT");
        assert_eq!(world.online().await[3..6], ["84000.00", "0.00", "42000.00"]);
    }
}

/// A fund, a subsidy of it, its claim and its payout in the caller's tenant, by the same ids and proof in each.
async fn paid_in(world: &World, (maker, checker): (&Caller, &Caller), cost: &str) -> Subsidy {
    world.dealers(maker, &["huadong"]).await;
    let mut partner = dealer("huadong");
    partner.status = PartnerStatus::Active.into();
    world.registry.known().partners.insert(maker.tenant().as_str().to_owned(), vec![partner]);
    answer(world.funds().create_fund(checker.ask(created(fund(None), "create"))).await).expect("created");
    let mut client = world.subsidies();
    answer(client.create_subsidy(maker.ask(asked("roadshow", roadshow(cost)))).await).expect("asked for");
    answer(world.approve(checker, "roadshow", None).await).expect("approved");
    let claim = ClaimSubsidyRequest {
        name: name("roadshow"),
        cost: Some(money("CNY", cost)),
        proofs: vec![invoice('a', "1")],
        request_id: "claim".to_owned(),
        ..ClaimSubsidyRequest::default()
    };
    answer(client.claim_subsidy(maker.ask(claim)).await).expect("claimed");
    answer(client.accept_subsidy_claim(checker.ask(accepting("roadshow", 1))).await).expect("accepted")
}

#[tokio::test]
async fn another_tenant_has_funds_subsidies_and_proofs_of_its_own() {
    let (li, wu) = (Caller::new("other", "li", Role::ChannelManager), Caller::new("other", "wu", Role::Finance));
    for world in worlds().await {
        let here = paid_in(&world, (&mei(), &fang()), "1000").await;
        let there = paid_in(&world, (&li, &wu), "3000").await;
        assert_eq!([&here, &there].map(|subsidy| shown(subsidy.paid.as_ref())), ["CNY 500.00", "CNY 1500.00"]);
        let name = || "funds/mdf-2012".to_owned();
        for (caller, paid, free) in
            [(fang(), "CNY 500.00", "CNY 1099500.00"), (wu.clone(), "CNY 1500.00", "CNY 1098500.00")]
        {
            let usage = world.funds().get_fund_usage(caller.ask(GetFundUsageRequest { name: name() })).await;
            let total = answer(usage).expect("a usage").total.expect("a total");
            assert_eq!([&total.paid, &total.free].map(|money| shown(money.as_ref())), [paid, free]);
        }
        // What one takes back is the other's still.
        let mut client = world.subsidies();
        answer(client.reverse_subsidy_claim(ada().ask(reversing("roadshow", "reverse"))).await).expect("reversed");
        let usage = world.funds().get_fund_usage(wu.ask(GetFundUsageRequest { name: name() })).await;
        let total = answer(usage).expect("a usage").total.expect("a total");
        assert_eq!(shown(total.paid.as_ref()), "CNY 1500.00");
        let other = CreateSubsidyRequest { request_id: "b".to_owned(), ..asked("b", roadshow("3000")) };
        answer(client.create_subsidy(li.ask(other)).await).expect("asked for");
        answer(world.approve(&wu, "b", None).await).expect("approved");
        let claim = ClaimSubsidyRequest {
            name: crate::funds::name("b"),
            cost: Some(money("CNY", "1")),
            proofs: vec![invoice('a', "1")],
            request_id: "used".to_owned(),
            ..ClaimSubsidyRequest::default()
        };
        assert_eq!(reason(client.claim_subsidy(li.ask(claim)).await), "SUBSIDY_PROOF_USED");
    }
}

#[tokio::test]
async fn a_fund_that_shrinks_while_it_is_drawn_on_is_never_overdrawn() {
    for world in worlds().await {
        world.dealers(&mei(), &["huadong"]).await;
        for (round, place) in [0, 4, 8].into_iter().enumerate() {
            let id = format!("f{round}");
            let budgets = vec![budget(ChannelClass::Online, "100")];
            let small = Fund { budgets, held_back: decimal("0"), ..fund(None) };
            let create = CreateFundRequest { fund_id: id.clone(), ..created(small, &format!("create {id}")) };
            let made = answer(world.funds().create_fund(fang().ask(create)).await).expect("created");
            for n in 0..8 {
                let subsidy = Subsidy { fund: made.name.clone(), ..roadshow("14") };
                world.ask(&format!("{id}-s{n}"), subsidy).await;
            }
            let change = ChangeFundRequest {
                name: made.name.clone(),
                etag: made.etag.clone(),
                budgets: vec![budget(ChannelClass::Online, "28")],
                reason: "less to spend".to_owned(),
                request_id: format!("change {id}"),
                ..ChangeFundRequest::default()
            };
            // 56.00 are asked for, 28.00 are to stay.
            let steps = join_all((0..9_usize).map(|n| {
                let (mut funds, mut client) = (world.funds(), world.subsidies());
                let change = change.clone();
                let approve = ApproveSubsidyRequest {
                    name: name(&format!("{id}-s{}", n.saturating_sub(usize::from(n > place)))),
                    request_id: format!("approve {id} {n}"),
                    ..ApproveSubsidyRequest::default()
                };
                async move {
                    if n == place {
                        return answer(funds.change_fund(fang().ask(change)).await).map(|_| ());
                    }
                    answer(client.approve_subsidy(fang().ask(approve)).await).map(|_| ())
                }
            }));
            let mut answers = steps.await;
            let changed = answers.remove(place);
            let approved = answers.iter().filter(|answer| answer.is_ok()).count();
            let refused = answers.iter().filter_map(|answer| answer.as_ref().err()).chain(changed.as_ref().err());
            assert!(refused.clone().all(|why| why.reason == "FUND_INSUFFICIENT"));
            let usage = world.funds().get_fund_usage(fang().ask(GetFundUsageRequest { name: made.name.clone() })).await;
            let total = answer(usage).expect("a usage").total.expect("a total");
            let [budget, committed, free] =
                [&total.budget, &total.committed, &total.free].map(|money| shown(money.as_ref()));
            // Whoever came first: all fit into 100.00, which then cannot be 28.00, or four fit into 28.00.
            let expected = if changed.is_ok() {
                (4, "CNY 28.00", "CNY 28.00", "CNY 0.00")
            } else {
                (8, "CNY 100.00", "CNY 56.00", "CNY 44.00")
            };
            assert_eq!((approved, budget.as_str(), committed.as_str(), free.as_str()), expected);
        }
    }
}
