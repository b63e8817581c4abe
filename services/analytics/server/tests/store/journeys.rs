//! Journeys: written once, kept whole, read by days.

use analytics_domain::{
    ingest::RowKey,
    journey::{Journey, Touch},
};
use tributary_core::{Currency, Date, FactAmount, ResourceId, Timestamp};

use crate::{
    ingest::kept,
    support::{Opened, other_tenant, stores, tenant},
};

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
    let mut tx = opened.ingest.begin_ingest().await.expect("begin");
    let new = tx.insert(&tenant(), journeys, Timestamp(5)).await.expect("insert");
    tx.commit().await.expect("commit");
    let mut ids: Vec<_> = new.iter().map(RowKey::shown).collect();
    ids.sort();
    ids
}

async fn paths(opened: &Opened, from: Option<&str>, to: Option<&str>) -> usize {
    let mut count = 0;
    let mut each = |row: analytics_server::ports::journeys::PathRow<'_>| {
        assert_eq!(row.path, "tmall 双11\nshop\tnorth\napp\t\t-7");
        assert_eq!((row.conversions, row.nulls, row.value.map(|v| v.value)), (2, 1, Some(i64::MAX)));
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

        let key = |id: &str| RowKey { source_system: String::new(), source_id: id.to_owned() };
        let keys = ["b", "bare", "none"].map(key);
        let mut found: Vec<Journey> = kept(&opened, &tenant(), &keys).await;
        found.sort_by(|a, b| a.id.cmp(&b.id));
        assert_eq!(found, all);
        assert_eq!(kept::<Journey>(&opened, &other_tenant(), &keys).await, []);
        assert_eq!(kept::<Journey>(&opened, &tenant(), &[]).await, []);
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
