//! Versions of rules: numbered, one in force per rule, listed by rule and newest first.

use contract_risk_domain::alert::{Condition, Expiring, RuleSpec, RuleState, RuleVersion};
use contract_risk_server::ports::{OwnRules, RuleQuery};
use tributary_core::{ResourceId, TenantId, Timestamp};
use tributary_sql::StoreError;

use crate::support::{Opened, other_tenant, stores, tenant};

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("an id")
}

fn version(rule: &str, number: i64, state: RuleState) -> RuleVersion {
    let spec = RuleSpec {
        title: "合同到期".to_owned(),
        suggested_action: "renew".to_owned(),
        owner: "legal".to_owned(),
        partners: vec![id("p")],
        condition: Condition::ContractExpiring(Expiring { trigger_days: 60, critical_days: 14 }),
    };
    RuleVersion { state, ..RuleVersion::draft(id(rule), number, spec, "zhao", Timestamp(7)) }
}

async fn put(opened: &Opened, tenant: &TenantId, version: &RuleVersion) -> Result<(), StoreError> {
    let mut tx = opened.open.alerts.begin_alerts().await.expect("begin");
    tx.lock_rule(tenant, &version.rule).await.expect("locked");
    tx.put_rule_version(tenant, version).await?;
    tx.commit().await
}

async fn next(opened: &Opened, rule: &str, first: i64) -> i64 {
    let mut tx = opened.open.alerts.begin_alerts().await.expect("begin");
    let number = tx.next_rule_version(&tenant(), &id(rule), first).await.expect("number");
    tx.commit().await.expect("commit");
    number
}

#[tokio::test]
async fn versions_count_from_the_first_without_gaps() {
    for opened in stores().await {
        assert_eq!((next(&opened, "r", 2).await, next(&opened, "r", 2).await, next(&opened, "s", 1).await), (2, 3, 1));
        // A number that was not kept is given out again; a rule that was only locked begins after what ships.
        let mut tx = opened.open.alerts.begin_alerts().await.expect("begin");
        assert_eq!(tx.next_rule_version(&tenant(), &id("r"), 2).await, Ok(4));
        drop(tx);
        assert_eq!(next(&opened, "r", 2).await, 4);
        put(&opened, &tenant(), &version("t", 1, RuleState::Retired)).await.expect("kept");
        assert_eq!(next(&opened, "t", 2).await, 2);
        let both = tokio::join!(next(&opened, "r", 2), next(&opened, "r", 2));
        assert!(both == (5, 6) || both == (6, 5), "{both:?}");
    }
}

#[tokio::test]
async fn a_rule_has_one_version_in_force() {
    for opened in stores().await {
        let first = version("r", 1, RuleState::Active);
        put(&opened, &tenant(), &first).await.expect("kept");
        put(&opened, &tenant(), &version("r", 2, RuleState::Draft)).await.expect("a draft");
        let twin = put(&opened, &tenant(), &version("r", 2, RuleState::Active)).await.expect_err("two in force");
        assert!(matches!(twin, StoreError::AlreadyExists(_)), "{twin:?}");
        put(&opened, &other_tenant(), &first).await.expect("another tenant");
        put(&opened, &tenant(), &version("s", 3, RuleState::Active)).await.expect("another rule");

        let own = opened.open.alerts.own_rules(&tenant()).await.expect("read");
        let active = vec![first.clone(), version("s", 3, RuleState::Active)];
        assert_eq!(own, OwnRules { active, replaced: vec![id("r")] });
        put(&opened, &tenant(), &version("r", 1, RuleState::Retired)).await.expect("retired");
        put(&opened, &tenant(), &version("r", 2, RuleState::Active)).await.expect("in force");
        let mut tx = opened.open.alerts.begin_alerts().await.expect("begin");
        let own = tx.own_rules_now(&tenant()).await.expect("read");
        let active: Vec<_> = own.active.iter().map(RuleVersion::name).collect();
        assert_eq!(active, ["alertRules/r/versions/2", "alertRules/s/versions/3"]);
        assert_eq!(own.replaced, [id("r")]);
        let kept = tx.rule_version_now(&tenant(), &id("r"), 1).await.expect("read");
        assert_eq!(kept, Some(version("r", 1, RuleState::Retired)));
        assert_eq!(opened.open.alerts.rule_version(&tenant(), &id("r"), 9).await, Ok(None));
        assert_eq!(opened.open.alerts.rule_version(&other_tenant(), &id("r"), 1).await, Ok(Some(first)));
    }
}

#[tokio::test]
async fn versions_are_listed_by_rule_and_newest_first() {
    for opened in stores().await {
        for (rule, number, state) in [
            ("a", 1, RuleState::Retired),
            ("a", 2, RuleState::Active),
            ("a", 10, RuleState::Draft),
            ("b", 1, RuleState::Active),
        ] {
            put(&opened, &tenant(), &version(rule, number, state)).await.expect("kept");
        }
        let list = async |rule: Option<&str>, active_only, after: Option<(&str, i64)>, limit| {
            let after = after.map(|(rule, version)| (id(rule), version));
            let query = RuleQuery { rule: rule.map(id), active_only, after, limit };
            let found = opened.open.alerts.rule_versions(&tenant(), &query).await.expect("read");
            found.iter().map(|v| format!("{} {}", v.rule, v.version)).collect::<Vec<_>>()
        };
        assert_eq!(list(None, false, None, 9).await, ["a 10", "a 2", "a 1", "b 1"]);
        assert_eq!(list(None, false, Some(("a", 10)), 2).await, ["a 2", "a 1"]);
        assert_eq!(list(None, false, Some(("a", 1)), 9).await, ["b 1"]);
        assert_eq!(list(Some("a"), false, None, 9).await, ["a 10", "a 2", "a 1"]);
        assert_eq!(list(None, true, None, 9).await, ["a 2", "b 1"]);
    }
}
