//! Touchpoints and costs: written once by their key, kept whole.

use analytics_domain::{
    cost::Cost,
    ingest::RowKey,
    touchpoint::{Touchpoint, TouchpointKind},
};
use analytics_server::ports::ingest::{IngestTx, Rows};
use tributary_core::{Currency, Date, FactAmount, ResourceId, TenantId, Timestamp};

use crate::support::{Opened, other_tenant, stores, tenant};

pub fn key(system: &str, id: &str) -> RowKey {
    RowKey { source_system: system.to_owned(), source_id: id.to_owned() }
}

/// A visit of the customer "k" on the channel "tmall" on 2026-01-01, at a microsecond of that day.
pub fn visit(id: &str, micros: i64) -> Touchpoint {
    Touchpoint {
        key: key("web", id),
        customer_key: "k".to_owned(),
        kind: TouchpointKind::Visit,
        channel: "tmall".to_owned(),
        channel_class: String::new(),
        partner: None,
        region: String::new(),
        // 20,454 days after 1970: (date(2026, 1, 1) - date(1970, 1, 1)).days in Python.
        occurred_at: Timestamp(20_454 * 86_400_000_000 + micros),
        occurred_on: Date::from_days(20_454),
        value: None,
        order_id: String::new(),
    }
}

pub fn amount(code: &str, value: i64) -> FactAmount {
    FactAmount { currency: Currency::parse(code).expect("known"), value }
}

pub fn partner(id: &str) -> Option<ResourceId> {
    Some(ResourceId::parse(id).expect("id"))
}

fn bought(id: &str) -> Touchpoint {
    Touchpoint {
        kind: TouchpointKind::Conversion,
        channel: "天猫 双11".to_owned(),
        channel_class: "ONLINE".to_owned(),
        partner: partner("north"),
        region: "CN/GD".to_owned(),
        occurred_at: Timestamp(-7),
        occurred_on: Date::from_days(-1),
        value: Some(amount("JPY", i64::MAX)),
        order_id: "SO1".to_owned(),
        ..visit(id, 0)
    }
}

pub fn cost(id: &str, value: i64) -> Cost {
    Cost {
        key: key("erp", id),
        cost_type: "media".to_owned(),
        occurred_on: Date::from_days(20_454),
        amount: amount("CNY", value),
        channel: "ONLINE".to_owned(),
        sub_channel: "tmall".to_owned(),
        partner: partner("north"),
        region: "CN/GD".to_owned(),
        product_line: "bikes".to_owned(),
    }
}

/// The rows there are among keys.
pub async fn kept<R>(opened: &Opened, tenant: &TenantId, keys: &[RowKey]) -> Vec<R>
where
    dyn IngestTx: Rows<R>,
{
    let mut tx = opened.ingest.begin_ingest().await.expect("begin");
    tx.kept(tenant, keys).await.expect("read")
}

pub async fn touched(opened: &Opened, touchpoints: &[Touchpoint]) -> Vec<String> {
    let mut tx = opened.ingest.begin_ingest().await.expect("begin");
    let new = tx.insert(&tenant(), touchpoints, Timestamp(5)).await.expect("insert");
    tx.commit().await.expect("commit");
    shown(&new)
}

pub async fn spent(opened: &Opened, costs: &[Cost]) -> Vec<String> {
    let mut tx = opened.ingest.begin_ingest().await.expect("begin");
    let new = tx.insert(&tenant(), costs, Timestamp(5)).await.expect("insert");
    tx.commit().await.expect("commit");
    shown(&new)
}

fn shown(keys: &[RowKey]) -> Vec<String> {
    let mut shown: Vec<_> = keys.iter().map(RowKey::shown).collect();
    shown.sort();
    shown
}

#[tokio::test]
async fn touchpoints_are_written_once_and_kept_whole() {
    for opened in stores().await {
        let elsewhere = Touchpoint { key: key("app", "1"), ..visit("", 3) };
        let all = [elsewhere.clone(), visit("1", 1), bought("2")];
        assert_eq!(touched(&opened, &all).await, ["app/1", "web/1", "web/2"]);
        let other = Touchpoint { region: "CN".to_owned(), ..visit("1", 1) };
        assert_eq!(touched(&opened, &[other, visit("3", 1)]).await, ["web/3"], "what is there stays");

        let keys = [key("web", "1"), key("web", "2"), key("app", "1"), key("app", "2")];
        let mut found: Vec<Touchpoint> = kept(&opened, &tenant(), &keys).await;
        found.sort_by(|a, b| a.key.cmp(&b.key));
        assert_eq!(found, all);
        assert_eq!(kept::<Touchpoint>(&opened, &other_tenant(), &keys).await, []);
        assert_eq!(kept::<Touchpoint>(&opened, &tenant(), &[]).await, []);
        let mut tx = opened.ingest.begin_ingest().await.expect("begin");
        let none: [Touchpoint; 0] = [];
        assert_eq!(tx.insert(&tenant(), &none, Timestamp(5)).await.expect("nothing"), []);
    }
}

#[tokio::test]
async fn costs_are_written_once_and_kept_whole() {
    for opened in stores().await {
        let bare = Cost {
            channel: String::new(),
            sub_channel: String::new(),
            partner: None,
            region: String::new(),
            product_line: String::new(),
            ..cost("2", i64::MIN)
        };
        let all = [cost("1", 5), bare];
        assert_eq!(spent(&opened, &all).await, ["erp/1", "erp/2"]);
        assert_eq!(spent(&opened, &[cost("1", 6), cost("3", 0)]).await, ["erp/3"], "what is there stays");
        // A cost and a touchpoint of one key are two rows.
        let same = Touchpoint { key: key("erp", "1"), ..visit("", 0) };
        assert_eq!(touched(&opened, &[same]).await, ["erp/1"]);

        let keys = [key("erp", "1"), key("erp", "2"), key("web", "1")];
        let mut found: Vec<Cost> = kept(&opened, &tenant(), &keys).await;
        found.sort_by(|a, b| a.key.cmp(&b.key));
        assert_eq!(found, all);
        assert_eq!(kept::<Cost>(&opened, &other_tenant(), &keys).await, []);
    }
}

#[tokio::test]
async fn what_is_rolled_back_was_never_there() {
    for opened in stores().await {
        let mut tx = opened.ingest.begin_ingest().await.expect("begin");
        assert_eq!(tx.insert(&tenant(), &[visit("1", 0)], Timestamp(5)).await.expect("insert").len(), 1);
        drop(tx);
        assert_eq!(touched(&opened, &[visit("1", 0)]).await, ["web/1"]);
    }
}

#[tokio::test]
async fn a_call_may_have_more_rows_than_one_statement_takes() {
    for opened in stores().await {
        let touchpoints: Vec<_> = (0..2_500).map(|i| visit(&format!("t{i}"), i)).collect();
        assert_eq!(
            (touched(&opened, &touchpoints).await.len(), touched(&opened, &touchpoints).await.len()),
            (2_500, 0)
        );
        let costs: Vec<_> = (0..2_500).map(|i| cost(&format!("c{i}"), i)).collect();
        assert_eq!((spent(&opened, &costs).await.len(), spent(&opened, &costs).await.len()), (2_500, 0));
        let keys: Vec<_> = touchpoints.iter().map(|t| t.key.clone()).collect();
        assert_eq!(kept::<Touchpoint>(&opened, &tenant(), &keys).await.len(), 2_500);
    }
}

#[tokio::test]
async fn calls_with_the_same_rows_wait_for_each_other() {
    for opened in stores().await {
        let rows: Vec<_> = (0..50).map(|i| visit(&format!("t{i}"), i)).collect();
        let backwards: Vec<_> = rows.iter().rev().cloned().collect();
        let (one, other) = tokio::join!(touched(&opened, &rows), touched(&opened, &backwards));
        let mut new = one.len().min(other.len());
        assert_eq!((new, one.len().max(other.len())), (0, 50), "all of one call, nothing of the other");
        new = touched(&opened, &rows).await.len();
        assert_eq!(new, 0);
    }
}
