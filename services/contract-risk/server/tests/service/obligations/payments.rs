//! Payments: part payments add up to the fen, and only the full amount is accepted.

use tonic::Code;
use tributary_proto::{
    google::r#type::Money,
    tributary::contract::v1::{ObligationState, Proof},
};

use super::desk::{desks, fen, fields, payment, proof, raw};

#[tokio::test]
async fn part_payments_add_up() {
    for desk in desks("2026-03-30").await {
        // CNY 10,000.01 in three parts: 3,333.33 + 3,333.34 + 3,333.34.
        let owed = desk.create("a", "rent", payment("2026-03-31", 1_000_001)).await.expect("created");
        assert_eq!(owed.filed_amount, fen(0));
        let one = desk.submit("maker", &owed, proof("2026-03-10", Some(333_333))).await.expect("filed");
        let refused = desk.accept("checker", &one).await.expect_err("incomplete");
        assert_eq!((refused.code, &*refused.reason), (Code::FailedPrecondition, "PAYMENT_INCOMPLETE"));
        assert_eq!((&*refused.metadata["missing"], &*refused.metadata["owed"]), ("CNY 6666.68", "CNY 10000.01"));
        let two = desk.submit("maker", &one, proof("2026-03-30", Some(333_334))).await.expect("filed");
        assert_eq!(two.filed_amount, fen(666_667));
        let refused = desk.accept("checker", &two).await.expect_err("incomplete");
        assert_eq!(refused.metadata["missing"], "CNY 3333.34");
        // What is paid in part is overdue like what is open.
        desk.set("2026-04-01");
        let seen = desk.get(&two.name).await.expect("there");
        assert_eq!((seen.state(), seen.overdue, seen.days_overdue), (ObligationState::Submitted, true, 1));
        let full = desk.submit("clerk", &seen, proof("2026-03-20", Some(333_334))).await.expect("filed");
        assert_eq!((full.filed_amount.clone(), full.overdue), (fen(1_000_001), false));
        assert_eq!(desk.accept("clerk", &full).await.expect_err("filed a part").reason, "MAKER_IS_CHECKER");
        let done = desk.accept("checker", &full).await.expect("accepted");
        // The latest of 10, 30 and 20 March.
        assert_eq!((done.state(), done.fulfilled_on), (ObligationState::Accepted, raw("2026-03-30")));
    }
}

#[tokio::test]
async fn what_was_returned_is_not_paid() {
    for desk in desks("2026-03-30").await {
        let owed = desk.create("a", "rent", payment("2026-03-31", 10_000)).await.expect("created");
        let filed = desk.submit("maker", &owed, proof("2026-03-10", Some(10_000))).await.expect("filed");
        let open = desk.give_back(&filed, "the bank knows nothing of it").await.expect("returned");
        assert_eq!((open.filed_amount.clone(), open.proofs.len()), (fen(0), 1));
        let less = desk.submit("maker", &open, proof("2026-03-20", Some(9_999))).await.expect("filed");
        assert_eq!(desk.accept("checker", &less).await.expect_err("one fen").metadata["missing"], "CNY 0.01");
    }
}

#[tokio::test]
async fn amounts_are_whole_fen_of_the_currency() {
    for desk in desks("2026-03-30").await {
        let owed = desk.create("a", "rent", payment("2026-03-31", 10_000)).await.expect("created");
        let money =
            |currency_code: &str, units, nanos| Some(Money { currency_code: currency_code.to_owned(), units, nanos });
        for wrong in [None, money("USD", 1, 0), money("CNY", 0, 5_000_000), money("CNY", -1, 0), money("CNY", 0, 0)] {
            let refused = desk.submit("maker", &owed, Proof { amount: wrong, ..proof("2026-03-10", None) }).await;
            assert_eq!(fields(&refused.expect_err("wrong")), ["proof.amount"]);
        }
        for wrong in [None, money("RMB", 1, 0), money("CNY", 1, 1), money("CNY", 0, 0)] {
            let mut request = payment("2026-03-31", 1);
            request.amount = wrong;
            let refused = desk.create("a", "", request).await.expect_err("wrong");
            assert_eq!(fields(&refused), ["obligation.amount"]);
        }
        let yen = desk.create("a", "yen", {
            let mut request = payment("2026-03-31", 1);
            request.amount = money("JPY", 7, 0);
            request
        });
        assert_eq!(yen.await.expect("created").filed_amount, money("JPY", 0, 0));
    }
}
