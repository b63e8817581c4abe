//! Journeys: written once, kept whole, read by days; notes of what was put aside.

use analytics_domain::journey::{Journey, Touch};
use analytics_server::ports::journeys::SetAside;
use tributary_core::{Currency, Date, FactAmount, ResourceId, Timestamp};
use uuid::Uuid;

use crate::support::{Opened, other_tenant, stores, tenant};

fn day(text: &str) -> Date {
    Date::parse(text).expect("date")
}

fn journey(id: &str, ended_on: Option<&str>) -> Journey {
    Journey {
        id: id.to_owned(),
        customer_key: "k1".to_owned(),
        touches: vec![
            Touch { channel: "tmall 双11".to_owned(), partner: None, at: None },
            Touch { channel: "shop".to_owned(), partner: Some(ResourceId::parse("north").expect("id")), at: None },
            Touch { channel: "app".to_owned(), partner: None, at: Some(Timestamp(-7)) },
        ],
        conversions: 2,
        nulls: 1,
        value: Some(FactAmount { currency: Currency::parse("CNY").expect("known"), value: i64::MAX }),
        ended_on: ended_on.map(day),
    }
}

async fn insert(opened: &Opened, journeys: &[Journey]) -> Vec<String> {
    let mut tx = opened.journeys.begin_journeys().await.expect("begin");
    let mut new = tx.insert_journeys(&tenant(), journeys, Timestamp(5)).await.expect("insert");
    tx.commit().await.expect("commit");
    new.sort();
    new
}

async fn paths(opened: &Opened, from: Option<&str>, to: Option<&str>) -> usize {
    let mut count = 0;
    let mut each = |row: analytics_server::ports::journeys::PathRow<'_>| {
        assert_eq!(row.path, "tmall 双11\nshop\tnorth\napp\t\t-7");
        assert_eq!((row.conversions, row.nulls, row.value.map(|v| v.1)), (2, 1, Some(i64::MAX)));
        count += 1;
    };
    opened.journeys.each_path(&tenant(), from.map(day), to.map(day), &mut each).await.expect("read");
    count
}

#[tokio::test]
async fn journeys_are_written_once_and_kept_whole() {
    for opened in stores().await {
        let bare = Journey {
            customer_key: String::new(),
            value: None,
            conversions: 0,
            touches: vec![Touch { channel: "a".to_owned(), partner: None, at: None }],
            ..journey("bare", None)
        };
        let all = [journey("b", Some("2026-01-02")), bare.clone()];
        assert_eq!(insert(&opened, &all).await, ["b", "bare"]);
        let other = Journey { nulls: 9, ..journey("b", None) };
        assert_eq!(insert(&opened, &[other, journey("a", None)]).await, ["a"], "what is there stays");

        let mut tx = opened.journeys.begin_journeys().await.expect("begin");
        let ids = ["b", "bare", "none"].map(str::to_owned);
        let mut found = tx.journeys(&tenant(), &ids).await.expect("read");
        found.sort_by(|a, b| a.id.cmp(&b.id));
        assert_eq!(found, all);
        assert_eq!(tx.journeys(&other_tenant(), &ids).await.expect("read"), []);
        assert_eq!(tx.journeys(&tenant(), &[]).await.expect("read"), []);
    }
}

#[tokio::test]
async fn journeys_are_read_by_days_half_open() {
    for opened in stores().await {
        let dated = ["2026-01-01", "2026-01-02", "2026-01-03"].map(|d| journey(d, Some(d)));
        insert(&opened, &dated).await;
        insert(&opened, &[journey("undated", None)]).await;
        assert_eq!(paths(&opened, None, None).await, 4);
        assert_eq!(paths(&opened, Some("2026-01-02"), Some("2026-01-03")).await, 1);
        assert_eq!(paths(&opened, Some("2026-01-02"), None).await, 2);
        assert_eq!(paths(&opened, None, Some("2026-01-02")).await, 1);
    }
}

#[tokio::test]
async fn a_call_may_have_more_journeys_than_one_statement_takes() {
    for opened in stores().await {
        let all: Vec<_> = (0..2_500).map(|i| journey(&format!("j{i}"), None)).collect();
        assert_eq!(insert(&opened, &all).await.len(), 2_500);
        assert_eq!(insert(&opened, &all).await.len(), 0);
    }
}

#[tokio::test]
async fn notes_are_kept_once_per_journey_until_it_is_recorded() {
    for opened in stores().await {
        let note = |number: u128, journey: &str| SetAside {
            id: Uuid::from_u128(number),
            journey_id: journey.to_owned(),
            field: "customer_key".to_owned(),
            looks_like: "a phone number".to_owned(),
            create_time: Timestamp(3),
        };
        let mut tx = opened.journeys.begin_journeys().await.expect("begin");
        let notes = [note(1, "a"), note(2, "b"), note(3, ""), note(4, ""), note(5, "a")];
        tx.put_aside(&tenant(), &notes).await.expect("write");
        tx.commit().await.expect("commit");
        let list = async |after, limit| {
            let notes = opened.journeys.set_aside(&tenant(), after, limit).await.expect("read");
            notes.into_iter().map(|n| n.id.as_u128()).collect::<Vec<_>>()
        };
        assert_eq!(opened.journeys.set_aside(&tenant(), None, 1).await.expect("read"), [note(1, "a")]);
        assert_eq!(list(None, 9).await, [1, 2, 3, 4]);
        assert_eq!(list(Some(Uuid::from_u128(2)), 1).await, [3]);
        let mut tx = opened.journeys.begin_journeys().await.expect("begin");
        tx.drop_aside(&tenant(), &["a".to_owned(), String::new()]).await.expect("drop");
        tx.commit().await.expect("commit");
        assert_eq!(list(None, 9).await, [2, 3, 4], "a note without an id is nobody's");
    }
}
