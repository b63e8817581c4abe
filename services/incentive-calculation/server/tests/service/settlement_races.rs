//! Settlements that are asked for many times at once, and operations that are taken from their runner in the midst of them:
//! one effect each.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use incentive_calculation_server::{
    app::settlements::{ADVANCE_OPERATION, SETTLE_OPERATION},
    store,
};
use tributary_core::Clock as _;
use tributary_proto::tributary::incentive::v1::{
    AdvanceSettlementsRequest, ConfirmPaymentsRequest, ListSettlementsRequest, ListTransactionsRequest,
    PaymentConfirmation, PaymentOutcome, SettlementAdvance, SettlementState, SettlementTerms,
};
use tributary_sql::{OperationStore, PoolOptions};

use crate::{
    settlements::{PERIOD, change, export, prepare, settling},
    support::{World, ada, answer, day, fang, flat, mei, sale, worlds},
};

const AT_ONCE: usize = 64;
const LEASE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn sixty_four_at_once_have_one_effect() {
    for world in worlds().await {
        prepare(&world).await;
        // Each with an id of its own: 64 operations over the same period.
        let asked =
            join_all(
                (0..AT_ONCE).map(|n| {
                    let mut client = world.settlements();
                    async move {
                        client.settle_period(fang().ask(settling(SettlementTerms::default(), &format!("s{n}")))).await
                    }
                }),
            );
        let mut done = 0;
        for operation in asked.await {
            done += world.batch(&answer(operation).expect("an operation")).await.done_count;
        }
        assert_eq!(done, 3, "each settlement was created by one of them");
        assert_eq!(world.booked("house.expense").await, "600.00");

        let draft = world.settlement_of("anqing").await;
        let mut client = world.settlements();
        let submitted = answer(client.submit_settlement(fang().ask(change(&draft, "s"))).await).expect("submitted");
        let approved = answer(client.approve_settlement(ada().ask(change(&submitted, "a"))).await).expect("approved");
        let locking = join_all((0..AT_ONCE).map(|n| {
            let (mut client, request) = (world.settlements(), change(&approved, &format!("l{n}")));
            async move { client.lock_settlement(ada().ask(request)).await }
        }));
        let locked: Vec<_> = locking.await.into_iter().map(answer).collect();
        assert_eq!(locked.iter().filter(|result| result.is_ok()).count(), 1);
        assert!(locked.iter().flatten().all(|settlement| settlement.state() == SettlementState::Locked));
        assert!(locked.iter().filter_map(|result| result.as_ref().err()).all(|why| why.reason == "ETAG_MISMATCH"));
        assert_eq!(world.booked("partner.anqing.payable").await, "100.00");

        // One export for all who ask by one id, and one payment for all who tell of it.
        let exporting = join_all((0..AT_ONCE).map(|_| {
            let mut client = world.settlements();
            async move { client.export_payables(fang().ask(export("a"))).await }
        }));
        let exported: Vec<_> = exporting.await.into_iter().map(|made| answer(made).expect("the export")).collect();
        assert!(exported.iter().all(|made| made == &exported[0] && made.payables.len() == 1));
        let paid = PaymentConfirmation {
            settlement: approved.name.clone(),
            export: "payableExports/a".to_owned(),
            outcome: PaymentOutcome::Paid.into(),
            reference: "47".to_owned(),
            paid_on: day("2012-10-05"),
            ..PaymentConfirmation::default()
        };
        let confirming = join_all((0..AT_ONCE).map(|_| {
            let (mut client, confirmations) = (world.settlements(), vec![paid.clone()]);
            async move { client.confirm_payments(fang().ask(ConfirmPaymentsRequest { confirmations })).await }
        }));
        let told: Vec<_> = confirming.await.into_iter().map(|told| answer(told).expect("an answer")).collect();
        let first = told.iter().flat_map(|told| &told.results).filter(|result| result.accepted && !result.repeated);
        assert_eq!(first.count(), 1);
        assert!(told.iter().all(|told| told.refused_count == 0));
        assert_eq!(world.booked("partner.anqing.paid").await, "100.00");
        let of = ListTransactionsRequest { cause: approved.name.clone(), ..ListTransactionsRequest::default() };
        let posted = answer(world.ledger().list_transactions(fang().ask(of)).await).expect("a list").transactions;
        let names: Vec<&str> = posted.iter().filter_map(|t| t.name.rsplit_once('.')).map(|(_, step)| step).collect();
        assert_eq!(names, ["paid", "locked", "accrued"]);
        assert!(world.verified().await.sound);
    }
}

/// The operations of a world's store, as another process sees them.
async fn operations(world: &World) -> Arc<dyn OperationStore> {
    let url = world.database.url().parse().expect("a store url");
    store::open(&url, PoolOptions::for_service("test")).await.expect("the store opens").operations
}

/// How many settlements stand somewhere, at most a thousand.
async fn standing(world: &World, state: SettlementState) -> usize {
    let request = ListSettlementsRequest { state: state.into(), page_size: 1000, ..ListSettlementsRequest::default() };
    answer(world.settlements().list_settlements(fang().ask(request)).await).expect("a list").settlements.len()
}

/// Waits until some settlements stand somewhere, then takes the operation from its runner; whether it was taken.
async fn taken(world: &World, operations: &dyn OperationStore, kind: &str, state: SettlementState) -> bool {
    while standing(world, state).await == 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    world.clock.advance(LEASE);
    let claimed = operations.claim(&[kind], "thief", world.clock.now(), LEASE).await.expect("asked").is_some();
    // The thief dies at once: its lease is over, too.
    world.clock.advance(LEASE + LEASE);
    claimed
}

#[tokio::test]
async fn operations_that_are_taken_from_their_runner_go_on_where_they_were() {
    for world in worlds().await {
        let names: Vec<String> = (0..350).map(|n| format!("dealer-{n:03}")).collect();
        world.dealers(&mei(), &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let facts = names.iter().map(|who| sale(&format!("F-{who}"), who, "2012-08-10", "1000.00"));
        world.record(&mei(), facts.collect()).await;
        world.programme(&fang(), "dealers", &["rebate"]).await;
        world.active((&mei(), &fang()), "p", ("dealers", "rebate"), flat("0.10")).await;
        world.close("dealers", "2012-08", "one").await;
        let operations = operations(&world).await;
        let mut client = world.settlements();
        let asked = client.settle_period(fang().ask(settling(SettlementTerms::default(), "s"))).await;
        let asked = answer(asked).expect("an operation");
        let cut = taken(&world, operations.as_ref(), SETTLE_OPERATION, SettlementState::Draft).await;
        let batch = world.batch(&asked).await;
        assert_eq!((batch.done_count, batch.unchanged_count), (350, 0), "taken in the midst: {cut}");
        assert_eq!(world.booked("house.expense").await, "35000.00");

        let steps = [
            (SettlementAdvance::Submit, SettlementState::InReview, fang()),
            (SettlementAdvance::Approve, SettlementState::Approved, ada()),
            (SettlementAdvance::Lock, SettlementState::Locked, fang()),
        ];
        let mut cuts = usize::from(cut);
        for (step, state, caller) in steps {
            let request = AdvanceSettlementsRequest {
                name: PERIOD.to_owned(),
                step: step.into(),
                request_id: step.as_str_name().to_owned(),
                ..AdvanceSettlementsRequest::default()
            };
            let asked = answer(client.advance_settlements(caller.ask(request)).await).expect("an operation");
            cuts += usize::from(taken(&world, operations.as_ref(), ADVANCE_OPERATION, state).await);
            let batch = world.batch(&asked).await;
            assert_eq!((batch.done_count, batch.unchanged_count, batch.refused_count), (350, 0, 0));
            assert_eq!(standing(&world, state).await, 350);
        }
        assert!(cuts > 0, "no operation was taken in the midst of it");
        assert_eq!(world.booked("partner.dealer-349.payable").await, "100.00");
        let found = world.verified().await;
        assert!(found.sound, "{:?}", found.findings);
        assert_eq!(found.transaction_count, 700, "an accrual and a locking each");
    }
}
