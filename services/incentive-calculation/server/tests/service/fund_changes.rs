//! Changes of funds, refusals with everything that is wrong, and lists. Amounts are computed by hand.

use tributary_proto::tributary::incentive::v1::{
    ApproveSubsidyRequest, ChangeFundRequest, ChannelClass, CreateSubsidyRequest, Fund, FundKind, FundTerms,
    ListFundsRequest, ListSubsidiesRequest, Subsidy, SubsidyLimit, SubsidyState,
};

use crate::{
    funds::{asked, budget, created, fund, invoice, name, payout, roadshow},
    support::{answer, day, decimal, fang, mei, money, reason, refused, worlds},
};

#[tokio::test]
async fn a_fund_changes_within_what_is_used() {
    for world in worlds().await {
        let fund = world.funded(None).await;
        world.promised("roadshow", "100000").await;
        let change = |etag: &str, amount: &str, request_id: &str| ChangeFundRequest {
            name: fund.name.clone(),
            etag: etag.to_owned(),
            budgets: vec![budget(ChannelClass::Online, amount)],
            held_back: decimal("0"),
            reason: "less to spend".to_owned(),
            request_id: request_id.to_owned(),
            ..ChangeFundRequest::default()
        };
        let less = world.funds().change_fund(fang().ask(change(&fund.etag, "49999.99", "less"))).await;
        assert_eq!(reason(less), "FUND_INSUFFICIENT");
        let stale = world.funds().change_fund(fang().ask(change("r0", "50000", "stale"))).await;
        assert_eq!(reason(stale), "ETAG_MISMATCH");
        let changed = world.funds().change_fund(fang().ask(change(&fund.etag, "50000", "change"))).await;
        let changed = answer(changed).expect("changed");
        assert_eq!(
            (changed.budgets.len(), changed.versions.len(), changed.display_name.as_str()),
            (1, 2, "Marketing fund 2012")
        );
        assert_eq!(
            (changed.versions[1].reason.as_str(), changed.versions[1].author.as_str()),
            ("less to spend", "fang")
        );
        assert_eq!(world.online().await[6], "0.00");
        // A lower rate holds for what is approved from then on.
        let lower = ChangeFundRequest {
            budgets: vec![budget(ChannelClass::Online, "60000")],
            terms: Some(FundTerms { rate: decimal("0.1"), ..fund.terms.clone().expect("terms") }),
            ..change(&changed.etag, "0", "lower")
        };
        answer(world.funds().change_fund(fang().ask(lower)).await).expect("changed");
        answer(world.claim("roadshow", "90000", vec![invoice('a', "1")], "claim").await).expect("claimed");
        let paid = answer(world.accept("roadshow", None, "accept").await).expect("accepted");
        assert_eq!(payout(paid.claims[0].payout.as_ref()), ("CNY 45000.00".to_owned(), SubsidyLimit::Rate));
        let next = world.promised("next", "100000").await;
        assert_eq!(payout(next.approval.as_ref()), ("CNY 10000.00".to_owned(), SubsidyLimit::Rate));
        assert_eq!(world.online().await[3..7], ["10000.00", "0.00", "45000.00", "5000.00"]);
    }
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once() {
    for world in worlds().await {
        world.funded(None).await;
        let fields = |why: tributary_rpc::status::Described| -> Vec<String> {
            why.violations.into_iter().map(|violation| violation.field).collect()
        };
        let wrong = Fund { kind: 0, currency_code: "RMB".to_owned(), first_day: None, ..fund(None) };
        let why = refused(world.funds().create_fund(fang().ask(created(wrong, "wrong"))).await);
        assert_eq!(fields(why), ["fund.kind", "fund.first_day", "fund.currency_code"]);
        let wrong = Fund { owner: String::new(), held_back: decimal("1.5"), ..fund(Some("-1")) };
        let why = refused(world.funds().create_fund(fang().ask(created(wrong, "wrong"))).await);
        assert_eq!(fields(why), ["fund.owner", "fund.held_back", "fund.terms.annual_cap"]);
        let again = world.funds().create_fund(fang().ask(created(fund(None), "again"))).await;
        assert_eq!(reason(again), "FUND_EXISTS");

        let mut wrong = roadshow("0");
        wrong.channel = ChannelClass::Emerging.into();
        wrong.end_day = day("2013-02-01");
        let why = refused(world.subsidies().create_subsidy(mei().ask(asked("wrong", wrong))).await);
        assert_eq!(fields(why), ["subsidy.channel", "subsidy.end_day", "subsidy.planned_cost"]);
        let unknown = Subsidy { partner: "partners/nobody".to_owned(), ..roadshow("10") };
        let why = world.subsidies().create_subsidy(mei().ask(asked("unknown", unknown))).await;
        assert_eq!(reason(why), "PARTNER_UNKNOWN");
        let nowhere = Subsidy { fund: "funds/none".to_owned(), ..roadshow("10") };
        let why = world.subsidies().create_subsidy(mei().ask(asked("nowhere", nowhere))).await;
        assert_eq!(reason(why), "FUND_NOT_FOUND");
        assert_eq!(reason(world.approve(&fang(), "none", None).await), "SUBSIDY_NOT_FOUND");

        let first = world.ask("roadshow", roadshow("1000")).await;
        assert_eq!(world.ask("roadshow", roadshow("1000")).await, first, "a repeat");
        let known = CreateSubsidyRequest { request_id: "other".to_owned(), ..asked("roadshow", roadshow("1000")) };
        assert_eq!(reason(world.subsidies().create_subsidy(mei().ask(known)).await), "SUBSIDY_EXISTS");
        let dollars = ApproveSubsidyRequest {
            name: name("roadshow"),
            amount: Some(money("USD", "1")),
            request_id: "dollars".to_owned(),
            ..ApproveSubsidyRequest::default()
        };
        let trial = ApproveSubsidyRequest { amount: None, validate_only: true, ..dollars.clone() };
        assert_eq!(fields(refused(world.subsidies().approve_subsidy(fang().ask(dollars)).await)), ["amount"]);
        let stale = ApproveSubsidyRequest { etag: "r7".to_owned(), ..trial.clone() };
        assert_eq!(reason(world.subsidies().approve_subsidy(fang().ask(stale)).await), "ETAG_MISMATCH");
        let tried = answer(world.subsidies().approve_subsidy(fang().ask(trial)).await).expect("possible");
        assert_eq!((tried.state(), world.online().await[3].as_str()), (SubsidyState::Approved, "0.00"));
    }
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    for world in worlds().await {
        world.funded(None).await;
        for n in 0..5 {
            world.ask(&format!("s{n}"), roadshow("1000")).await;
        }
        let south =
            Subsidy { partner: "partners/huanan".to_owned(), channel: ChannelClass::Offline.into(), ..roadshow("10") };
        world.ask("south", south).await;
        for id in ["s1", "s3"] {
            answer(world.approve(&fang(), id, None).await).expect("approved");
        }
        let listed = async |request: ListSubsidiesRequest| {
            let page = answer(world.subsidies().list_subsidies(fang().ask(request)).await).expect("a page");
            let names = page.subsidies.iter().map(|subsidy| subsidy.name.trim_start_matches("subsidies/").to_owned());
            (names.collect::<Vec<_>>(), page.next_page_token)
        };
        let all =
            ListSubsidiesRequest { fund: "funds/mdf-2012".to_owned(), page_size: 4, ..ListSubsidiesRequest::default() };
        let (first, page_token) = listed(all.clone()).await;
        assert_eq!(first, ["s0", "s1", "s2", "s3"]);
        assert_eq!(
            listed(ListSubsidiesRequest { page_token, ..all.clone() }).await,
            (vec!["s4".to_owned(), "south".to_owned()], String::new())
        );
        let state = SubsidyState::Approved.into();
        assert_eq!(listed(ListSubsidiesRequest { state, ..all.clone() }).await.0, ["s1", "s3"]);
        let partner = "partners/huanan".to_owned();
        assert_eq!(listed(ListSubsidiesRequest { partner, ..all.clone() }).await.0, ["south"]);
        let channel = ChannelClass::Offline.into();
        assert_eq!(listed(ListSubsidiesRequest { channel, ..all.clone() }).await.0, ["south"]);
        // What is no name does not stand for all.
        for wrong in ["mdf-2012", "fund/mdf-2012", "funds/"] {
            let request = ListSubsidiesRequest { fund: wrong.to_owned(), ..ListSubsidiesRequest::default() };
            let why = refused(world.subsidies().list_subsidies(fang().ask(request)).await);
            assert_eq!((why.reason.as_str(), why.violations[0].field.as_str()), ("INVALID_REQUEST", "fund"));
        }
        for wrong in ["huanan", "partner/huanan", "partners/"] {
            let request = ListSubsidiesRequest { partner: wrong.to_owned(), ..ListSubsidiesRequest::default() };
            let why = refused(world.subsidies().list_subsidies(fang().ask(request)).await);
            assert_eq!((why.reason.as_str(), why.violations[0].field.as_str()), ("INVALID_REQUEST", "partner"));
        }
        let fund = "funds/other".to_owned();
        assert!(listed(ListSubsidiesRequest { fund, ..all }).await.0.is_empty());
        let kind = |kind: FundKind| ListFundsRequest { kind: kind.into(), ..ListFundsRequest::default() };
        for (of, count) in [(FundKind::Unspecified, 1), (FundKind::Marketing, 1), (FundKind::Warehouse, 0)] {
            let funds = answer(world.funds().list_funds(fang().ask(kind(of))).await).expect("funds").funds;
            assert_eq!(funds.len(), count, "{of:?}");
        }
    }
}

#[tokio::test]
async fn no_more_is_asked_of_a_fund_than_can_be_added_up() {
    for world in worlds().await {
        world.dealers(&mei(), &["huadong"]).await;
        // All of 10^13.00, the most of a budget and of a cost.
        let most = "10000000000000";
        let all = Fund {
            budgets: vec![budget(ChannelClass::Online, most)],
            held_back: decimal("0"),
            terms: Some(FundTerms { rate: decimal("1"), claim_days: 30, ..FundTerms::default() }),
            ..fund(None)
        };
        answer(world.funds().create_fund(fang().ask(created(all, "create"))).await).expect("created");
        world.ask("s", roadshow(most)).await;
        // 998 more, past the service.
        let app = world.app().await;
        let first = app.store.subsidy(fang().tenant(), "s").await.expect("read").expect("there");
        let mut tx = app.store.begin().await.expect("begun");
        for n in 0..998 {
            let other = incentive_calculation_domain::subsidy::Subsidy { id: format!("s{n}"), ..first.clone() };
            tx.insert_subsidy(fang().tenant(), &other).await.expect("kept");
        }
        tx.commit().await.expect("committed");
        world.ask("last", roadshow(most)).await;
        let why = refused(world.subsidies().create_subsidy(mei().ask(asked("over", roadshow("0.01")))).await);
        assert_eq!(why.reason, "FUND_FULL");
        assert!(why.message.contains("10000000000000000.00 of funds/mdf-2012 are requested"), "{}", why.message);
        assert_eq!(world.online().await[2], "10000000000000000.00");
        // Decisions go on, and make room.
        let last = answer(world.approve(&fang(), "last", None).await).expect("approved");
        assert_eq!(payout(last.approval.as_ref()), (format!("CNY {most}.00"), SubsidyLimit::Rate));
        world.ask("over", roadshow("0.01")).await;
    }
}
