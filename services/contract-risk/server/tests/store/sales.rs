//! The copies: cells kept by all parts of their key and changed in place; documents by the newest event.

use contract_risk_domain::{
    Cells,
    alert::ExpiringDocument,
    sales::{CellKey, SalesKind, Sums},
};
use contract_risk_server::ports::DocumentCopy;
use tributary_core::{Currency, Date, ResourceId, TenantId};

use crate::support::{Opened, other_tenant, stores, tenant};

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("an id")
}

fn day(text: &str) -> Date {
    Date::parse(text).expect("a date")
}

fn key(partner: &str, on: &str, kind: SalesKind, line: &str, code: &str) -> CellKey {
    let currency = Currency::parse(code).expect("known");
    CellKey { partner: partner.to_owned(), day: day(on), kind, product_line: line.to_owned(), currency }
}

fn sums(net: i128, quantity: i128, fact_count: i64) -> Sums {
    Sums { net, quantity, fact_count }
}

async fn put(opened: &Opened, cells: &[(CellKey, Sums)]) {
    let mut tx = opened.open.copies.begin_copies().await.expect("begin");
    tx.put_cells(&tenant(), cells).await.expect("write");
    tx.commit().await.expect("commit");
}

async fn read(opened: &Opened, tenant: &TenantId, partner: &str, from: &str, through: &str) -> Cells {
    opened.open.copies.sales(tenant, &id(partner), day(from), day(through)).await.expect("read")
}

#[tokio::test]
async fn cells_are_kept_apart_and_changed_in_place() {
    use SalesKind::{Adjustment, Return, SellIn, SellOut};
    for opened in stores().await {
        let all = [
            (key("p", "2012-07-01", SellIn, "", "CNY"), sums(i128::MAX, i128::MIN, 1)),
            (key("p", "2012-07-01", SellIn, "", "USD"), sums(-2, 0, 2)),
            (key("p", "2012-07-01", SellIn, "自行车", "CNY"), sums(3, 3, 3)),
            (key("p", "2012-07-01", Return, "", "CNY"), sums(4, 4, 4)),
            (key("p", "2012-07-02", SellOut, "", "CNY"), sums(5, 5, 5)),
        ];
        put(&opened, &all).await;
        put(&opened, &[(key("q", "2012-07-01", SellIn, "", "CNY"), sums(6, 6, 6))]).await;
        let mut expected = Cells::from(all.clone());
        assert_eq!(read(&opened, &tenant(), "p", "2012-07-01", "2012-07-02").await, expected);

        let (changed, new) = (all[1].0.clone(), key("p", "1970-01-01", Adjustment, "", "JPY"));
        let update = [(changed.clone(), sums(7, 8, 9)), (new.clone(), sums(1, 1, 1))];
        put(&opened, &update).await;
        expected.extend(update);
        assert_eq!(read(&opened, &tenant(), "p", "1970-01-01", "2012-07-02").await, expected);
        assert_eq!(read(&opened, &other_tenant(), "p", "1970-01-01", "2012-07-02").await, Cells::new());

        let mut tx = opened.open.copies.begin_copies().await.expect("begin");
        let asked = [changed.clone(), new.clone(), key("p", "2012-07-03", SellIn, "", "CNY")];
        let found = tx.cells(&tenant(), &asked).await.expect("read");
        assert_eq!(found, Cells::from([(changed, sums(7, 8, 9)), (new, sums(1, 1, 1))]));
        assert_eq!(tx.cells(&other_tenant(), &asked).await.expect("read"), Cells::new());
        assert_eq!(tx.cells(&tenant(), &[]).await.expect("read"), Cells::new());
    }
}

#[tokio::test]
async fn days_are_read_with_both_ends() {
    for opened in stores().await {
        let days = ["2012-06-30", "2012-07-01", "2012-07-31", "2012-08-01"];
        let cells: Vec<_> = days.map(|d| (key("p", d, SalesKind::SellIn, "", "CNY"), sums(1, 1, 1))).into();
        put(&opened, &cells).await;
        let found = read(&opened, &tenant(), "p", "2012-07-01", "2012-07-31").await;
        assert_eq!(found.keys().map(|k| k.day.to_string()).collect::<Vec<_>>(), ["2012-07-01", "2012-07-31"]);
        assert_eq!(read(&opened, &tenant(), "p", "2012-07-02", "2012-07-01").await, Cells::new());
    }
}

#[tokio::test]
async fn a_batch_may_have_more_cells_than_one_statement_takes() {
    for opened in stores().await {
        let cells: Vec<_> = (0..2_500)
            .map(|i| (key(&format!("p{i}"), "2012-07-01", SalesKind::SellIn, "", "CNY"), sums(i, 1, 1)))
            .collect();
        put(&opened, &cells).await;
        let keys: Vec<_> = cells.iter().map(|(key, _)| key.clone()).collect();
        let mut tx = opened.open.copies.begin_copies().await.expect("begin");
        assert_eq!(tx.cells(&tenant(), &keys).await.expect("read"), cells.into_iter().collect());
    }
}

fn document(name: &str, state: &str, expires_on: Option<&str>, sequence: i64) -> DocumentCopy {
    DocumentCopy {
        name: format!("partners/p/documents/{name}"),
        partner: id("p"),
        kind: "BUSINESS_LICENCE".to_owned(),
        expires_on: expires_on.map(day),
        state: state.to_owned(),
        sequence,
    }
}

async fn keep(opened: &Opened, tenant: &TenantId, copy: &DocumentCopy) -> bool {
    let mut tx = opened.open.copies.begin_copies().await.expect("begin");
    let kept = tx.keep_document(tenant, copy).await.expect("keep");
    tx.commit().await.expect("commit");
    kept
}

async fn documents(opened: &Opened, tenant: &TenantId, partner: &str) -> Vec<String> {
    let found = opened.open.copies.expiring_documents(tenant, &id(partner)).await.expect("read");
    found.into_iter().map(|ExpiringDocument { name, kind, expires_on }| format!("{name} {kind} {expires_on}")).collect()
}

#[tokio::test]
async fn an_older_event_never_replaces_a_newer_one() {
    for opened in stores().await {
        let name = "partners/p/documents/a BUSINESS_LICENCE";
        assert!(keep(&opened, &tenant(), &document("a", "SUBMITTED", Some("2026-01-01"), 2)).await);
        assert_eq!(documents(&opened, &tenant(), "p").await, [format!("{name} 2026-01-01")]);
        for older in [1, 2] {
            assert!(!keep(&opened, &tenant(), &document("a", "REJECTED", Some("2025-01-01"), older)).await);
        }
        assert_eq!(documents(&opened, &tenant(), "p").await, [format!("{name} 2026-01-01")]);
        assert!(keep(&opened, &tenant(), &document("a", "VERIFIED", Some("2027-01-01"), 4)).await);
        assert_eq!(documents(&opened, &tenant(), "p").await, [format!("{name} 2027-01-01")]);
        assert_eq!(documents(&opened, &other_tenant(), "p").await, [""; 0]);
        assert_eq!(documents(&opened, &tenant(), "q").await, [""; 0]);
    }
}

#[tokio::test]
async fn documents_that_nothing_replaces_and_that_expire_are_looked_at() {
    for opened in stores().await {
        for (name, state, expires_on) in [
            ("submitted", "SUBMITTED", Some("2026-01-01")),
            ("verified", "VERIFIED", Some("2026-01-02")),
            ("expired", "EXPIRED", Some("2020-01-01")),
            ("rejected", "REJECTED", Some("2026-01-01")),
            ("superseded", "SUPERSEDED", Some("2026-01-01")),
            ("for-ever", "VERIFIED", None),
        ] {
            assert!(keep(&opened, &tenant(), &document(name, state, expires_on, 1)).await);
        }
        let found = documents(&opened, &tenant(), "p").await;
        let names: Vec<_> = found.iter().filter_map(|d| d.split(' ').next()?.rsplit('/').next()).collect();
        assert_eq!(names, ["expired", "submitted", "verified"]);
    }
}
