//! Alerts and versions of rules: kept as they were, one live alert per rule and subject, one version in force per rule.

use contract_risk_domain::alert::{Alert, AlertState, Done, Severity};
use contract_risk_server::ports::{AlertCondition as C, AlertQuery};
use tributary_core::{ResourceId, TenantId, Timestamp};
use tributary_sql::StoreError;

use crate::support::{Opened, other_tenant, stores, tenant};

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("an id")
}

fn alert(name: &str, rule: &str, partner: &str, subject: &str) -> Alert {
    Alert {
        id: id(name),
        uid: format!("uid-{name}"),
        rule: id(rule),
        rule_version: 1,
        partner: id(partner),
        contract: Some(id("c")),
        subject: subject.to_owned(),
        severity: Severity::Warning,
        reading: Severity::Warning,
        state: AlertState::Open,
        summary: "合同 \"quoted\"".to_owned(),
        evidence: vec![],
        suggested_action: String::new(),
        owner: String::new(),
        open_time: Timestamp(1_000_001),
        update_time: Timestamp(1_000_001),
        acknowledged: None,
        resolved: None,
        note: String::new(),
        changes: vec![],
        muted: None,
        revision: 1,
    }
}

fn resolved(alert: &Alert, muted: Option<Severity>) -> Alert {
    let done = Done { by: "x".to_owned(), time: Timestamp(2) };
    Alert { state: AlertState::Resolved, resolved: Some(done), muted, revision: 2, ..alert.clone() }
}

async fn insert(opened: &Opened, tenant: &TenantId, alert: &Alert) -> Result<(), StoreError> {
    let mut tx = opened.open.alerts.begin_alerts().await.expect("begin");
    tx.insert_alert(tenant, alert).await?;
    tx.commit().await
}

async fn update(opened: &Opened, alert: &Alert) -> Result<(), StoreError> {
    let mut tx = opened.open.alerts.begin_alerts().await.expect("begin");
    tx.update_alert(&tenant(), alert).await?;
    tx.commit().await
}

async fn list(opened: &Opened, condition: Option<C>, before: Option<&str>, limit: u32) -> Vec<String> {
    let query = AlertQuery { condition, before: before.map(str::to_owned), limit };
    let found = opened.open.alerts.alerts(&tenant(), &query).await.expect("read");
    found.into_iter().map(|alert| alert.id.to_string()).collect()
}

async fn live(opened: &Opened, partner: &str) -> Vec<String> {
    let mut tx = opened.open.alerts.begin_alerts().await.expect("begin");
    let found = tx.live_alerts(&tenant(), &id(partner)).await.expect("read");
    let mut ids: Vec<_> = found.into_iter().map(|alert| alert.id.to_string()).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn an_alert_comes_back_as_it_was() {
    for opened in stores().await {
        let kept = alert("a1", "r", "p", "s");
        insert(&opened, &tenant(), &kept).await.expect("inserted");
        let read = async |tenant: &TenantId, id: &str| opened.open.alerts.alert(tenant, id).await.expect("read");
        assert_eq!(read(&tenant(), "a1").await, Some(kept.clone()));
        assert_eq!(read(&other_tenant(), "a1").await, None);
        assert_eq!(read(&tenant(), "a2").await, None);
        let changed = Alert { severity: Severity::Critical, contract: None, revision: 2, ..kept };
        update(&opened, &changed).await.expect("updated");
        let mut tx = opened.open.alerts.begin_alerts().await.expect("begin");
        assert_eq!(tx.alert_now(&tenant(), "a1").await.expect("read"), Some(changed));
        assert_eq!(tx.update_alert(&tenant(), &alert("a2", "r", "p", "s")).await, Err(StoreError::NotFound));
    }
}

#[tokio::test]
async fn a_rule_has_one_live_alert_per_subject() {
    for opened in stores().await {
        let first = alert("a1", "r", "p", "s");
        insert(&opened, &tenant(), &first).await.expect("inserted");
        let twin = insert(&opened, &tenant(), &alert("a2", "r", "p", "s")).await.expect_err("a twin");
        assert!(matches!(twin, StoreError::AlreadyExists(_)), "{twin:?}");
        for (tenant, other) in [
            (tenant(), alert("a3", "r2", "p", "s")),
            (tenant(), alert("a4", "r", "p", "s2")),
            (other_tenant(), alert("a1", "r", "p", "s")),
        ] {
            insert(&opened, &tenant, &other).await.expect("another rule, subject or tenant");
        }
        // Resolved by hand it still keeps its subject, resolved for good it does not.
        update(&opened, &resolved(&first, Some(Severity::Warning))).await.expect("updated");
        assert!(insert(&opened, &tenant(), &alert("a2", "r", "p", "s")).await.is_err());
        assert_eq!(live(&opened, "p").await, ["a1", "a3", "a4"]);
        update(&opened, &resolved(&first, None)).await.expect("updated");
        insert(&opened, &tenant(), &alert("a2", "r", "p", "s")).await.expect("a new one");
        assert_eq!(live(&opened, "p").await, ["a2", "a3", "a4"]);
    }
}

#[tokio::test]
async fn lists_are_newest_first_and_filtered() {
    for opened in stores().await {
        let about = |name: &str, rule: &str, partner: &str| alert(name, rule, partner, name);
        let mut all = [about("a1", "r", "p"), about("a2", "r", "q"), about("a3", "r2", "p"), about("a4", "r2", "q")];
        all[1].contract = Some(id("d"));
        all[2].severity = Severity::Critical;
        all[3].state = AlertState::Acknowledged;
        for alert in &all {
            insert(&opened, &tenant(), alert).await.expect("inserted");
        }
        insert(&opened, &other_tenant(), &about("a9", "r", "p")).await.expect("inserted");
        update(&opened, &resolved(&all[0], None)).await.expect("updated");

        assert_eq!(list(&opened, None, None, 9).await, ["a4", "a3", "a2", "a1"]);
        assert_eq!(list(&opened, None, Some("a4"), 2).await, ["a3", "a2"]);
        for (condition, expected) in [
            (C::Partner("p".to_owned()), &["a3", "a1"][..]),
            (C::Contract("d".to_owned()), &["a2"]),
            (C::Rule("r".to_owned()), &["a2", "a1"]),
            (C::Severity(Severity::Critical), &["a3"]),
            (C::State(AlertState::Resolved), &["a1"]),
            (C::Not(Box::new(C::State(AlertState::Resolved))), &["a4", "a3", "a2"]),
            (C::Any(vec![C::Severity(Severity::Critical), C::State(AlertState::Acknowledged)]), &["a4", "a3"]),
            (C::All(vec![C::Partner("p".to_owned()), C::Rule("r".to_owned())]), &["a1"]),
        ] {
            assert_eq!(list(&opened, Some(condition.clone()), None, 9).await, expected, "{condition:?}");
        }
        let standing = async |partner: Option<&str>| {
            opened.open.alerts.standing_alerts(&tenant(), partner.map(id).as_ref()).await.expect("read")
        };
        assert_eq!((standing(None).await, standing(Some("p")).await, standing(Some("x")).await), (3, 1, 0));
        let with =
            async |rule: &str| opened.open.alerts.partners_with_alerts(&tenant(), &id(rule)).await.expect("read");
        assert_eq!((with("r").await, with("r2").await), (vec![id("q")], vec![id("p"), id("q")]));
    }
}
