//! Settlements that are asked for many times at once: one effect each.

use futures::future::join_all;
use tributary_proto::tributary::incentive::v1::{
    ConfirmPaymentsRequest, ListTransactionsRequest, PaymentConfirmation, PaymentOutcome, SettlementState,
    SettlementTerms,
};

use crate::{
    settlements::{change, export, prepare, settling},
    support::{ada, answer, day, fang, worlds},
};

const AT_ONCE: usize = 64;

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
