//! Price lists, items, promotions: numbers, revisions, days, pages, the same SKU in several versions, other tenants.

use incentive_calculation_domain::price::{Effect, Item, Life, PriceList, Promotion, Stacking, State, Unagreed};
use incentive_calculation_server::ports::prices::{ItemQuery, PriceListQuery, PromotionQuery};
use tributary_core::{Currency, Decimal, Timestamp};
use tributary_sql::StoreError;

use crate::support::{day, other_tenant, stores, tenant};

fn approved() -> Life {
    Life::begun("mei", "", Timestamp(1)).approved_by("it", "fang", "", Timestamp(2)).expect("approved")
}

fn list(id: &str, version: i64, from: &str, to: Option<&str>, life: Life) -> PriceList {
    PriceList {
        id: id.to_owned(),
        version,
        display_name: id.to_owned(),
        currency: Currency::parse("CNY").expect("known"),
        assignments: Vec::new(),
        from: day(from),
        to: to.map(day),
        benefit: None,
        unagreed: Unagreed::Refuse,
        scales: Vec::new(),
        items: 0,
        life,
    }
}

fn item(sku: &str, price: i64) -> Item {
    let (unit, product_line) = ("piece".to_owned(), format!("line {}", sku.len()));
    Item { sku: sku.to_owned(), list_price: price, unit, product_line, floor_price: (price > 5).then_some(5) }
}

fn promotion(id: &str, first: &str, end: &str, life: Life) -> Promotion {
    Promotion {
        id: id.to_owned(),
        display_name: id.to_owned(),
        skus: Vec::new(),
        product_lines: Vec::new(),
        assignments: Vec::new(),
        first_day: day(first),
        end_day: day(end),
        min_quantity: Some(Decimal::TEN),
        effect: Effect::Discount(Decimal::new(1, 1)),
        stacking: Stacking::Combinable,
        priority: 0,
        life,
    }
}

fn names(lists: &[PriceList]) -> Vec<String> {
    lists.iter().map(|list| format!("{}/{}", list.id, list.version)).collect()
}

#[tokio::test]
async fn versions_are_counted_changed_once_and_found_by_day() {
    for opened in stores().await {
        let store = &opened.store;
        let mut tx = store.begin().await.expect("begin");
        tx.lock_prices(&tenant()).await.expect("locked");
        for number in 1..=2 {
            assert_eq!(tx.next_price_version(&tenant(), "east").await.expect("a number"), number);
        }
        assert_eq!(tx.next_price_version(&other_tenant(), "east").await.expect("a number"), 1);
        let draft = list("east", 1, "2026-01-01", None, Life::begun("mei", "", Timestamp(1)));
        tx.insert_price_list(&tenant(), &draft).await.expect("inserted");
        tx.insert_price_list(&tenant(), &list("east", 2, "2026-06-01", Some("2026-07-01"), approved()))
            .await
            .expect("inserted");
        tx.insert_price_list(&tenant(), &list("west", 1, "2026-01-01", None, approved())).await.expect("inserted");
        assert!(matches!(tx.update_price_list(&tenant(), &draft).await, Err(StoreError::Conflict)));
        let next = PriceList { life: approved(), ..draft.clone() };
        tx.update_price_list(&tenant(), &next).await.expect("updated");
        assert_eq!(tx.price_list_of(&tenant(), "east", 1).await.expect("read"), Some(next.clone()));
        tx.commit().await.expect("commit");

        assert_eq!(store.price_list(&tenant(), "east", 1).await.expect("read"), Some(next));
        assert_eq!(store.price_list(&other_tenant(), "east", 1).await.expect("read"), None);
        for (on, found) in [
            ("2025-12-31", vec![]),
            ("2026-05-31", vec!["east/1", "west/1"]),
            ("2026-06-01", vec!["east/1", "east/2", "west/1"]),
            ("2026-07-01", vec!["east/1", "west/1"]),
        ] {
            assert_eq!(names(&store.price_lists_on(&tenant(), day(on)).await.expect("read")), found, "{on}");
        }
        let query = PriceListQuery { limit: 2, ..PriceListQuery::default() };
        assert_eq!(names(&store.price_lists(&tenant(), &query).await.expect("read")), ["east/1", "east/2"]);
        let after = PriceListQuery { after: Some(("east".to_owned(), 2)), ..query.clone() };
        assert_eq!(names(&store.price_lists(&tenant(), &after).await.expect("read")), ["west/1"]);
        let some = PriceListQuery {
            list: Some("east".to_owned()),
            state: Some(State::Approved),
            day: Some(day("2026-06-30")),
            ..PriceListQuery { limit: 9, ..PriceListQuery::default() }
        };
        assert_eq!(names(&store.price_lists(&tenant(), &some).await.expect("read")), ["east/1", "east/2"]);
    }
}

#[tokio::test]
async fn items_are_replaced_copied_and_found_in_their_versions() {
    for opened in stores().await {
        let store = &opened.store;
        let (first, second, west) = (("east".to_owned(), 1), ("east".to_owned(), 2), ("west".to_owned(), 1));
        let mut tx = store.begin().await.expect("begin");
        for (id, number) in [("east", 1), ("east", 2), ("west", 1)] {
            tx.insert_price_list(&tenant(), &list(id, number, "2026-01-01", None, approved())).await.expect("inserted");
        }
        let put = tx.put_price_items(&tenant(), &first, &[item("A", 1), item("BB", 9)]).await;
        assert_eq!(put.expect("put"), 2);
        let put = tx.put_price_items(&tenant(), &first, &[item("A", 7), item("C", 3)]).await;
        assert_eq!(put.expect("put"), 3);
        assert_eq!(tx.copy_price_items(&tenant(), &first, &second).await.expect("copied"), 3);
        assert_eq!(tx.put_price_items(&tenant(), &west, &[item("C", 4), item("BB", 4)]).await.expect("put"), 2);
        let shared = tx.lists_with_items_of(&tenant(), &first).await.expect("read");
        let shared: Vec<_> = shared.iter().map(|(list, sku)| (list.id.as_str(), list.version, sku.as_str())).collect();
        assert_eq!(shared, [("west", 1, "BB")]);
        tx.commit().await.expect("commit");

        let page =
            |after: &str, limit| ItemQuery { of: second.clone(), product_line: None, after: after.to_owned(), limit };
        let items = store.price_items(&tenant(), &page("", 2)).await.expect("read");
        assert_eq!(items, [item("A", 7), item("BB", 9)]);
        assert_eq!(store.price_items(&tenant(), &page("BB", 2)).await.expect("read"), [item("C", 3)]);
        let line = ItemQuery { product_line: Some("line 2".to_owned()), ..page("", 9) };
        assert_eq!(store.price_items(&tenant(), &line).await.expect("read"), [item("BB", 9)]);
        let skus = ["C", "Z", "A"].map(str::to_owned);
        let mut found = store.priced(&tenant(), &[first.clone(), west.clone()], &skus).await.expect("read");
        found.sort_by(|a, b| (&a.0, &a.1.sku).cmp(&(&b.0, &b.1.sku)));
        assert_eq!(found, [(first.clone(), item("A", 7)), (first.clone(), item("C", 3)), (west, item("C", 4))]);
        assert_eq!(store.priced(&tenant(), &[], &skus).await.expect("read"), []);
        assert_eq!(store.priced(&other_tenant(), &[first], &skus).await.expect("read"), []);
    }
}

#[tokio::test]
async fn promotions_are_taken_once_and_found_around_a_day() {
    for opened in stores().await {
        let store = &opened.store;
        let mut tx = store.begin().await.expect("begin");
        let sale = promotion("618", "2026-06-01", "2026-06-19", approved());
        tx.insert_promotion(&tenant(), &sale).await.expect("inserted");
        let draft = promotion("draft", "2026-06-01", "2026-06-19", Life::begun("mei", "", Timestamp(1)));
        tx.insert_promotion(&tenant(), &draft).await.expect("inserted");
        tx.insert_promotion(&tenant(), &promotion("july", "2026-07-01", "2026-08-01", approved()))
            .await
            .expect("inserted");
        let ended = sale.life.retired_by("it", "fang", day("2026-06-10"), "gone", Timestamp(3)).expect("ended");
        let ended = Promotion { life: ended, ..sale.clone() };
        tx.update_promotion(&tenant(), &ended).await.expect("updated");
        assert!(matches!(tx.update_promotion(&tenant(), &ended).await, Err(StoreError::Conflict)));
        assert_eq!(tx.promotion_of(&tenant(), "618").await.expect("read"), Some(ended.clone()));
        tx.commit().await.expect("commit");
        let mut tx = store.begin().await.expect("begin");
        assert!(matches!(tx.insert_promotion(&tenant(), &sale).await, Err(StoreError::AlreadyExists(_))));
        drop(tx);

        assert_eq!(store.promotion(&tenant(), "618").await.expect("read"), Some(ended));
        assert_eq!(store.promotion(&other_tenant(), "618").await.expect("read"), None);
        let ids = |list: Vec<Promotion>| list.into_iter().map(|promotion| promotion.id).collect::<Vec<_>>();
        for (first, last, found) in [
            ("2026-06-18", "2026-07-01", vec!["618", "july"]),
            ("2026-06-19", "2026-06-30", vec![]),
            ("2026-05-01", "2026-06-01", vec!["618"]),
        ] {
            let within = store.promotions_within(&tenant(), day(first), day(last)).await.expect("read");
            assert_eq!(ids(within), found, "{first}");
        }
        let all = PromotionQuery { limit: 9, ..PromotionQuery::default() };
        assert_eq!(ids(store.promotions(&tenant(), &all).await.expect("read")), ["618", "draft", "july"]);
        let some = PromotionQuery { state: Some(State::Draft), day: Some(day("2026-06-18")), ..all.clone() };
        assert_eq!(ids(store.promotions(&tenant(), &some).await.expect("read")), ["draft"]);
        let after = PromotionQuery { after: "draft".to_owned(), ..all };
        assert_eq!(ids(store.promotions(&tenant(), &after).await.expect("read")), ["july"]);
    }
}
