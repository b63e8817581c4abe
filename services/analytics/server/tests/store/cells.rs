//! Cells: kept by all parts of their key, changed in place, read by months.

use std::collections::BTreeMap;

use analytics_domain::{CellKey, Sums};

use crate::support::{Opened, key, month, other_tenant, stores, sums, tenant};

async fn put(opened: &Opened, cells: &[(CellKey, Sums)]) {
    let mut tx = opened.begin().await;
    tx.put_cells(&tenant(), cells).await.expect("write");
    tx.commit().await.expect("commit");
}

async fn read(opened: &Opened, from: Option<&str>, to: Option<&str>) -> BTreeMap<CellKey, Sums> {
    let mut found = BTreeMap::new();
    let mut each = |key, sums| assert_eq!(found.insert(key, sums), None);
    opened.store.each_cell(&tenant(), from.map(month), to.map(month), &mut each).await.expect("read");
    found
}

#[tokio::test]
async fn cells_are_kept_apart_and_changed_in_place() {
    for opened in stores().await {
        let all = [
            (key("p", "2012-07", "SELL_IN", "CNY"), sums(i128::MAX, 1, i128::MIN)),
            (key("p", "2012-07", "SELL_IN", "USD"), sums(-2, 2, 0)),
            (key("p", "2012-07", "RETURN", "CNY"), sums(3, 3, 3)),
            (key("p", "2012-08", "SELL_IN", "CNY"), sums(4, 4, 4)),
            (key("q", "2012-07", "SELL_IN", "CNY"), sums(5, 5, 5)),
        ];
        put(&opened, &all).await;
        let mut expected = BTreeMap::from(all.clone());
        assert_eq!(read(&opened, None, None).await, expected);

        let (changed, new) = (all[1].0.clone(), key("r", "1970-01", "ADJUSTMENT", "JPY"));
        let update = [(changed.clone(), sums(7, 8, 9)), (new.clone(), sums(1, 1, 1))];
        put(&opened, &update).await;
        expected.extend(update);
        assert_eq!(read(&opened, None, None).await, expected);

        let mut tx = opened.begin().await;
        let asked = [changed.clone(), new.clone(), key("p", "2012-09", "SELL_IN", "CNY")];
        let found = tx.cells(&tenant(), &asked).await.expect("read");
        assert_eq!(found, BTreeMap::from([(changed, sums(7, 8, 9)), (new, sums(1, 1, 1))]));
        assert_eq!(tx.cells(&other_tenant(), &asked).await.expect("read"), BTreeMap::new());
        assert_eq!(tx.cells(&tenant(), &[]).await.expect("read"), BTreeMap::new());
    }
}

#[tokio::test]
async fn months_are_read_half_open() {
    for opened in stores().await {
        let cells: Vec<_> =
            ["2012-06", "2012-07", "2012-08", "2012-09"].map(|m| (key("p", m, "SELL_IN", "CNY"), sums(1, 1, 1))).into();
        put(&opened, &cells).await;
        for (from, to, expected) in [
            (Some("2012-07"), Some("2012-09"), &["2012-07", "2012-08"][..]),
            (None, Some("2012-07"), &["2012-06"]),
            (Some("2012-09"), None, &["2012-09"]),
            (Some("2012-07"), Some("2012-07"), &[]),
        ] {
            let found = read(&opened, from, to).await;
            assert_eq!(found.keys().map(|k| k.month.to_string()).collect::<Vec<_>>(), expected);
        }
    }
}

#[tokio::test]
async fn a_batch_may_have_more_cells_than_one_statement_takes() {
    for opened in stores().await {
        let cells: Vec<_> =
            (0..2_500).map(|i| (key(&format!("p{i}"), "2012-07", "SELL_IN", "CNY"), sums(i, 1, 0))).collect();
        put(&opened, &cells).await;
        let keys: Vec<_> = cells.iter().map(|(key, _)| key.clone()).collect();
        let mut tx = opened.begin().await;
        assert_eq!(tx.cells(&tenant(), &keys).await.expect("read"), cells.into_iter().collect());
    }
}
