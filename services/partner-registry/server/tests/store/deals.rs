//! Deals: one per lead by the schema, taken over once the day is over, changed at the revision before only.

use partner_registry_domain::{
    Deal, DealName, DealPolicy, DealRevision, DealState, PartnerStatus,
    deal::{Customer, DealDraft, DealRules, Ground, Met, Move, NewDeal},
};
use partner_registry_server::ports::{Condition, DealDay, DealQuery, DealTest};
use tributary_core::{Currency, Date, IdSource as _, MinorAmount, SystemIds, Timestamp};
use tributary_sql::StoreError;

use crate::{Bench, benches, day, draft, id, partner};

fn name(of: &str, own: &str) -> DealName {
    DealName { partner: id(of), id: id(own) }
}

fn deal(of: &str, own: &str, customer: &str) -> Deal {
    let content = DealDraft {
        customer: Customer { display_name: customer.to_owned(), registration: None },
        product_line: "bikes".to_owned(),
        value: Some(MinorAmount { currency: Currency::parse("CNY").expect("known"), value: 1 }),
        ..DealDraft::default()
    };
    let content = content.check().expect("good");
    let new = NewDeal { name: name(of, own), uid: SystemIds.uuid(), content, registrant: "maker".to_owned() };
    Deal::register(new, Met::default(), &DealRules::default(), day("2026-07-01"), Timestamp(1_000)).deal
}

fn moved(deal: &Deal, what: &Move) -> Deal {
    let rules = DealRules::default();
    let (status, today) = (PartnerStatus::Active, day("2026-07-01"));
    let ground = Ground { actor: "checker", status, rules: &rules, today, now: Timestamp(2_000) };
    deal.apply(what, &ground).expect("possible").deal
}

fn approved(deal: &Deal) -> Deal {
    moved(deal, &Move::Approve { note: String::new() })
}

async fn write(bench: &Bench, deal: &Deal, today: &str) -> Result<(), StoreError> {
    let mut tx = bench.store.begin().await?;
    tx.write_deal(&bench.tenant, deal, day(today)).await?;
    tx.commit().await
}

async fn holder(bench: &Bench, deal: &Deal, today: Date) -> Option<DealName> {
    let mut source = bench.store.deal_source();
    let found = source.holder(&bench.tenant, &deal.content.lead(), today).await.expect("read");
    found.map(|deal| deal.name)
}

async fn seeded() -> Vec<Bench> {
    let benches = benches().await;
    for bench in &benches {
        bench.seed(&[&partner("a", draft("A")), &partner("b", draft("B"))]).await;
    }
    benches
}

#[tokio::test]
async fn one_deal_holds_a_lead() {
    for bench in seeded().await {
        let (first, second) = (deal("a", "d", "x"), deal("b", "d", "X!"));
        write(&bench, &first, "2026-07-01").await.expect("free");
        assert!(matches!(write(&bench, &second, "2030-01-01").await, Err(StoreError::AlreadyExists(_))), "undecided");
        assert_eq!(bench.store.deal(&bench.tenant, &second.name).await, Ok(None), "nothing is left behind");
        assert_eq!(bench.store.deal(&bench.tenant, &first.name).await, Ok(Some(first.clone())));

        // 90 days from 1 July on: free on 29 September, whether the deal is expired or not.
        let first = approved(&first);
        write(&bench, &first, "2026-07-01").await.expect("its own");
        assert!(matches!(write(&bench, &second, "2026-09-28").await, Err(StoreError::AlreadyExists(_))));
        assert_eq!(holder(&bench, &first, day("2026-09-28")).await, Some(first.name.clone()));
        assert_eq!(holder(&bench, &first, day("2026-09-29")).await, None);
        write(&bench, &second, "2026-09-29").await.expect("taken over");
        let expired = first.expire(day("2026-09-29"), Timestamp(3_000)).expect("over").deal;
        write(&bench, &expired, "2026-09-29").await.expect("recorded late");
        assert_eq!(holder(&bench, &first, day("2026-09-29")).await, Some(second.name.clone()));
        let withdrawn = moved(&second, &Move::Withdraw { reason: "r".to_owned() });
        write(&bench, &withdrawn, "2026-09-29").await.expect("given up");
        assert_eq!(holder(&bench, &first, day("2026-09-29")).await, None);
    }
}

#[tokio::test]
async fn a_deal_changes_at_the_revision_before_only() {
    for bench in seeded().await {
        let first = deal("a", "d", "x");
        write(&bench, &first, "2026-07-01").await.expect("written");
        assert!(matches!(write(&bench, &first, "2026-07-01").await, Err(StoreError::AlreadyExists(_))));
        write(&bench, &approved(&first), "2026-07-01").await.expect("the next");
        let twin = moved(&first, &Move::Withdraw { reason: "r".to_owned() });
        assert!(matches!(write(&bench, &twin, "2026-07-01").await, Err(StoreError::Conflict)));
        let own = moved(&deal("a", "e", "y"), &Move::Approve { note: String::new() });
        let own = Deal { registrant: "checker".to_owned(), revision: 1, ..own };
        assert!(matches!(write(&bench, &own, "2026-07-01").await, Err(StoreError::Constraint(_))), "maker and checker");
        let stray = deal("none", "d", "z");
        assert!(write(&bench, &stray, "2026-07-01").await.is_err(), "of no partner");
    }
}

#[tokio::test]
async fn open_customers_due_deals_history_and_policies() {
    for bench in seeded().await {
        let (x, y) = (approved(&deal("a", "x", "X")), deal("b", "y", "Y"));
        for deal in
            [&Deal { revision: 1, ..x.clone() }, &y, &Deal { state: DealState::Conflicted, ..deal("b", "z", "Z") }]
        {
            write(&bench, deal, "2026-07-01").await.expect("written");
        }
        let open = async |not_of: Option<&str>, today| {
            let mut source = bench.store.deal_source();
            let not_of = not_of.map(id);
            let found = source.open_customers(&bench.tenant, "bikes", not_of.as_ref(), day(today)).await;
            let mut found: Vec<String> =
                found.expect("read").into_iter().map(|(deal, name)| format!("{deal} {name}")).collect();
            found.sort();
            found
        };
        assert_eq!(open(None, "2026-09-28").await, ["partners/a/deals/x X", "partners/b/deals/y Y"]);
        assert_eq!(open(None, "2026-09-29").await, ["partners/b/deals/y Y"]);
        assert_eq!(open(Some("b"), "2026-09-28").await, ["partners/a/deals/x X"]);
        let due = async |today, after| bench.store.due_deals(day(today), after, 10).await.expect("read");
        assert_eq!(due("2026-09-28", None).await, []);
        assert_eq!(
            due("2026-09-29", None).await.into_iter().map(|d| d.name).collect::<Vec<_>>(),
            std::slice::from_ref(&x.name)
        );
        assert_eq!(due("2026-09-29", Some(x.uid)).await, []);

        let mut tx = bench.store.begin().await.expect("begin");
        tx.queue_leads(&bench.tenant, "bikes").await.expect("queued");
        tx.queue_leads(&bench.tenant, "bikes").await.expect("again");
        let revision = DealRevision {
            deal: x.clone(),
            action: "APPROVED".to_owned(),
            actor: "checker".to_owned(),
            reason: "因为".to_owned(),
            record_time: Timestamp(2_000),
            previous_state: Some(DealState::Submitted),
            previous_protection_end: Some(day("2026-07-02")),
        };
        tx.add_deal_revision(&bench.tenant, &revision).await.expect("added");
        let rules = DealRules { protection_days: 7, ..DealRules::default() };
        let policy =
            DealPolicy::default().change(rules, "me".to_owned(), "r".to_owned(), Timestamp(5)).expect("differs");
        assert_eq!(tx.deal_policy(&bench.tenant).await, Ok(DealPolicy::default()));
        tx.add_deal_policy(&bench.tenant, &policy).await.expect("added");
        tx.commit().await.expect("commit");
        assert_eq!(bench.store.deal_revisions(&bench.tenant, &x.name, None, 5).await, Ok(vec![revision]));
        assert_eq!(bench.store.deal_revisions(&bench.tenant, &x.name, Some(2), 5).await, Ok(vec![]));
        assert_eq!(bench.store.deal_source().deal_policy(&bench.tenant).await, Ok(policy.clone()));
        let mut tx = bench.store.begin().await.expect("begin");
        let twin = tx.add_deal_policy(&bench.tenant, &policy).await;
        assert!(matches!(twin, Err(StoreError::AlreadyExists(_))));
    }
}

#[tokio::test]
async fn every_test_of_a_list_is_exact_under_not() {
    for bench in seeded().await {
        let x = approved(&deal("a", "x", "Metro 50%"));
        for deal in [&Deal { revision: 1, ..x }, &deal("b", "y", "Post")] {
            write(&bench, deal, "2026-07-01").await.expect("written");
        }
        let find = async |condition| {
            let query = DealQuery {
                partner: None,
                condition: Some(condition),
                today: day("2026-07-02"),
                after: None,
                limit: 10,
            };
            let found = bench.store.list_deals(&bench.tenant, &query).await.expect("page");
            found.into_iter().map(|deal| deal.name.id.to_string()).collect::<Vec<_>>()
        };
        let end = day("2026-09-29");
        for (test, own) in [
            (DealTest::State(DealState::Approved), "x"),
            (DealTest::State(DealState::Submitted), "y"),
            (DealTest::Customer("metro 50%".to_owned()), "x"),
            (DealTest::CustomerContains("0%".to_owned()), "x"),
            (DealTest::On(DealDay::ProtectionEnd, end), "x"),
            (DealTest::Before(DealDay::ProtectionEnd, end.plus_days(1)), "x"),
            (DealTest::After(DealDay::ProtectionEnd, end.plus_days(-1)), "x"),
        ] {
            let other = if own == "x" { "y" } else { "x" };
            assert_eq!(find(Condition::Is(test.clone())).await, [own], "{test:?}");
            let not = Condition::Not(Box::new(Condition::Is(test.clone())));
            assert_eq!(find(not).await, [other], "not {test:?}");
        }
        assert_eq!(find(Condition::Is(DealTest::State(DealState::Expired))).await, [""; 0]);
        assert_eq!(find(Condition::Is(DealTest::ProductLine("bikes".to_owned()))).await, ["x", "y"]);
        assert_eq!(find(Condition::Is(DealTest::On(DealDay::DecideBy, day("2026-07-06")))).await, ["x", "y"]);
    }
}
