//! Batches are counted once, in any order, and only when their transaction is kept.

use std::time::Duration;

use crate::support::{Opened, key, other_tenant, stores, sums, tenant};

async fn count(opened: &Opened, batch: i64) -> bool {
    let mut tx = opened.begin().await;
    let new = tx.count_batch(&tenant(), batch).await.expect("count");
    tx.commit().await.expect("commit");
    new
}

#[tokio::test]
async fn batches_come_in_any_order_and_count_once() {
    for opened in stores().await {
        assert_eq!(opened.through(&tenant()).await, 0);
        // Batch, new, all up to this one are in.
        for (batch, new, through) in [
            (2, true, 0),
            (2, false, 0),
            (5, true, 0),
            (1, true, 2),
            (1, false, 2),
            (2, false, 2),
            (4, true, 2),
            (5, false, 2),
            (3, true, 5),
            (4, false, 5),
            (6, true, 6),
        ] {
            assert_eq!(count(&opened, batch).await, new, "batch {batch}");
            assert_eq!(opened.through(&tenant()).await, through, "after batch {batch}");
        }
        assert_eq!(opened.through(&other_tenant()).await, 0);
    }
}

#[tokio::test]
async fn what_is_rolled_back_does_not_count() {
    for opened in stores().await {
        let mut tx = opened.begin().await;
        assert!(tx.count_batch(&tenant(), 1).await.expect("count"));
        drop(tx);
        assert_eq!(opened.through(&tenant()).await, 0);
        assert!(count(&opened, 1).await);
    }
}

#[tokio::test]
async fn batches_of_a_tenant_wait_for_each_other() {
    for opened in stores().await {
        let cell = key("p", "2012-07", "SELL_IN", "CNY");
        // The tenant is known: from here on only its row holds batches apart.
        assert!(count(&opened, 1).await);
        // Each reads the cell, rests, and writes it one larger: without the lock one of the two would be lost.
        let add = |batch: i64| {
            let (opened, cell) = (&opened, &cell);
            async move {
                let mut tx = opened.begin().await;
                assert!(tx.count_batch(&tenant(), batch).await.expect("count"));
                let kept = tx.cells(&tenant(), std::slice::from_ref(cell)).await.expect("read");
                let before = kept.get(cell).copied().unwrap_or_default();
                tokio::time::sleep(Duration::from_millis(50)).await;
                let after = sums(before.net + 1, before.fact_count + 1, 0);
                tx.put_cells(&tenant(), &[(cell.clone(), after)]).await.expect("write");
                tx.commit().await.expect("commit");
            }
        };
        tokio::join!(add(2), add(3));
        let mut tx = opened.begin().await;
        let kept = tx.cells(&tenant(), std::slice::from_ref(&cell)).await.expect("read");
        assert_eq!(kept.get(&cell), Some(&sums(2, 2, 0)));
        assert_eq!(opened.through(&tenant()).await, 3);
    }
}
