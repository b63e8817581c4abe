//! The facts of batches: exactly once, in any order, all or nothing.

use tributary_bus::BusError;
use tributary_core::fault::common;
use tributary_proto::tributary::{
    analytics::v1::MetricDimension::{Currency, Kind, Partner},
    incentive::v1::{
        FactKind::{Return, SellIn, SellOut},
        SalesFact,
    },
};

use crate::{
    incentive::fact,
    support::{Running, asked, recorded, services},
};

/// Three facts in yuan and one in dollars.
fn first() -> Vec<SalesFact> {
    vec![
        fact("a", (2012, 7, 1), SellIn, "CNY", (20_565, 620_600_000), "2.5"),
        fact("a", (2012, 7, 31), SellIn, "CNY", (0, 379_400_000), "0.000001"),
        fact("a", (2012, 7, 31), SellIn, "USD", (100, 0), ""),
        fact("b", (2012, 8, 1), SellOut, "CNY", (7, 0), "-1"),
    ]
}

/// Net, lines and quantity by currency, and how far they go.
async fn totals(service: &Running, tenant: &str) -> (Vec<String>, i64) {
    service.rows(tenant, asked(&["net_sales", "lines", "quantity"], &[])).await
}

#[tokio::test]
async fn sums_are_exact_and_currencies_are_never_added() {
    for service in services().await {
        service.record("default", 1, first()).await.expect("delivered");
        let returned = vec![fact("a", (2012, 7, 15), Return, "CNY", (-566, 0), "-0.5")];
        service.record("default", 2, returned).await.expect("delivered");

        let (rows, through) =
            service.rows("default", asked(&["net_sales", "lines", "quantity"], &[Partner, Kind, Currency])).await;
        assert_eq!(
            rows,
            [
                "partners/a RETURN CNY | -566 1 -0.5",
                // 20565.6206 + 0.3794 = 20566; 2.5 + 0.000001
                "partners/a SELL_IN CNY | 20566 2 2.500001",
                "partners/a SELL_IN USD | 100 1 0",
                "partners/b SELL_OUT CNY | 7 1 -1",
            ]
        );
        assert_eq!(through, 2);
        // 20566 - 566 + 7; 2.500001 - 0.5 - 1
        assert_eq!(totals(&service, "default").await.0, ["CNY | 20007 4 1.000001", "USD | 100 1 0"]);
        assert_eq!(totals(&service, "acme").await, (Vec::new(), 0), "another tenant sees nothing");
        // The batches were read as the service itself, for the tenant.
        let readers = service.incentive.0.lock().expect("lock").readers.clone();
        assert_eq!(readers.iter().map(|(_, batch)| *batch).collect::<Vec<_>>(), [1, 2]);
        assert!(readers.iter().all(|(c, _)| c.subject == "service:analytics" && c.tenant.as_str() == "default"));
    }
}

#[tokio::test]
async fn a_repeated_delivery_changes_nothing() {
    for service in services().await {
        service.record("default", 1, first()).await.expect("delivered");
        let once = totals(&service, "default").await;
        service.deliver(&recorded("default", 1, 1, 4)).await.expect("the same event again");
        assert_eq!(totals(&service, "default").await, once);
        service.deliver(&recorded("default", 77, 1, 4)).await.expect("the same batch by another event");
        assert_eq!(totals(&service, "default").await, once);

        // Many at once: each batch counts once.
        let batch = vec![fact("a", (2012, 7, 1), SellIn, "USD", (1, 0), "")];
        service.incentive.0.lock().expect("lock").batches.insert(("default".to_owned(), 2), batch);
        let event = recorded("default", 2, 2, 1);
        let all = futures::future::join_all((0..8).map(|_| service.deliver(&event))).await;
        assert!(all.iter().all(Result::is_ok), "{all:?}");
        // 20565.6206 + 0.3794 + 7 in yuan, 100 + 1 in dollars.
        let expected = ["CNY | 20573 3 1.500001", "USD | 101 2 0"].map(str::to_owned);
        assert_eq!(totals(&service, "default").await, (expected.to_vec(), 2));
    }
}

#[tokio::test]
async fn batches_may_come_in_any_order() {
    for service in services().await {
        let one = |net| vec![fact("a", (2012, 7, 1), SellIn, "CNY", (net, 0), "")];
        for (batch, net, sum, through) in [(3, 4, "CNY | 4 1 0", 0), (1, 1, "CNY | 5 2 0", 1), (2, 2, "CNY | 7 3 0", 3)]
        {
            service.record("default", batch, one(net)).await.expect("delivered");
            assert_eq!(totals(&service, "default").await, (vec![sum.to_owned()], through));
        }
    }
}

#[tokio::test]
async fn a_batch_that_cannot_be_read_whole_is_tried_again() {
    for service in services().await {
        service.incentive.0.lock().expect("lock").away = true;
        let refused = service.record("default", 1, first()).await.expect_err("away");
        let BusError::Consumer { fault, attempt: 1, .. } = refused else { panic!("{refused}") };
        assert_eq!(fault.reason(), common::UPSTREAM_UNAVAILABLE);
        service.incentive.0.lock().expect("lock").away = false;

        // The event says five facts, four can be read yet.
        let refused = service.deliver(&recorded("default", 1, 1, 5)).await.expect_err("half a batch");
        let BusError::Consumer { fault, attempt: 2, .. } = refused else { panic!("{refused}") };
        assert_eq!(fault.reason(), common::INTERNAL);
        assert_eq!(totals(&service, "default").await, (Vec::new(), 0), "nothing of it counts");

        service.deliver(&recorded("default", 1, 1, 4)).await.expect("delivered");
        assert_eq!(totals(&service, "default").await.0.len(), 2);
    }
}

#[tokio::test]
async fn absurd_facts_stand_in_nobodys_way() {
    for service in services().await {
        // 64 bits hold 9223372036854.775807 rupiah, or pieces, at six decimals.
        let large =
            |partner| fact(partner, (2012, 7, 1), SellIn, "IDR", (9_000_000_000_000, 500_000_000), "9000000000000");
        let good = fact("c", (2012, 7, 1), SellIn, "IDR", (7, 0), "1");
        service.record("default", 1, vec![large("a")]).await.expect("delivered");
        service.record("default", 2, vec![large("b"), large("a"), good]).await.expect("delivered");
        let by_partner = asked(&["net_sales", "lines", "quantity"], &[Partner]);
        assert_eq!(
            service.rows("default", by_partner).await,
            (
                vec![
                    "partners/a IDR | 18000000000001 2 18000000000000".to_owned(),
                    "partners/b IDR | 9000000000000,500000000 1 9000000000000".to_owned(),
                    "partners/c IDR | 7 1 1".to_owned(),
                ],
                2
            )
        );
        // 3 × 9000000000000.5 + 7; 3 × 9000000000000 + 1
        let all = "IDR | 27000000000008,500000000 4 27000000000001".to_owned();
        assert_eq!(totals(&service, "default").await, (vec![all], 2));
    }
}
