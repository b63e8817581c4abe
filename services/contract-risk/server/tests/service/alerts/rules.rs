//! Versions of rules: what ships, drafts, in force, out of force, what-if.

use tonic::Code;
use tributary_proto::tributary::{
    contract::v1::{
        self as pb, AlertRuleState, AlertSeverity, AlertState,
        alert_rule_spec::Condition::{CommitmentPace, DocumentExpiring, PaymentLate},
    },
    incentive::v1::FactKind::SellIn,
};
use tributary_rpc::status::Described;

use super::{
    incentive::fact,
    world::{World, answer, by, call, decimal, purchases, worlds},
};

/// A pace rule that is content with half.
fn mild() -> pb::AlertRuleSpec {
    pb::AlertRuleSpec {
        title: "Far behind".to_owned(),
        suggested_action: "call".to_owned(),
        owner: "key-accounts".to_owned(),
        partners: vec![],
        condition: Some(CommitmentPace(pb::CommitmentPaceRule {
            trigger_below: decimal("0.5"),
            clear_from: decimal("0.6"),
            critical_below: None,
            minimum_elapsed: None,
        })),
    }
}

async fn create(world: &World, rule: &str, spec: pb::AlertRuleSpec) -> Result<pb::AlertRuleVersion, Described> {
    let request = pb::CreateAlertRuleVersionRequest {
        parent: format!("alertRules/{rule}"),
        spec: Some(spec),
        request_id: String::new(),
    };
    answer(world.alerts.clone().create_alert_rule_version(call(request))).await
}

async fn activate(world: &World, who: &str, name: &str) -> Result<pb::AlertRuleVersion, Described> {
    let request = pb::ActivateAlertRuleVersionRequest { name: name.to_owned(), request_id: String::new() };
    answer(world.alerts.clone().activate_alert_rule_version(by(who, "default", request))).await
}

async fn retire(world: &World, name: &str) -> Result<pb::AlertRuleVersion, Described> {
    let request = pb::RetireAlertRuleVersionRequest { name: name.to_owned(), request_id: String::new() };
    answer(world.alerts.clone().retire_alert_rule_version(call(request))).await
}

async fn get(world: &World, name: &str) -> Result<pb::AlertRuleVersion, Described> {
    let request = pb::GetAlertRuleVersionRequest { name: name.to_owned() };
    answer(world.alerts.clone().get_alert_rule_version(call(request))).await
}

/// Versions as "rule/number state".
async fn listed(world: &World, parent: &str, active_only: bool) -> Vec<String> {
    let mut all = Vec::new();
    let mut page_token = String::new();
    loop {
        let parent = format!("alertRules/{parent}");
        let request = pb::ListAlertRuleVersionsRequest { parent, page_size: 2, page_token, active_only };
        let page = answer(world.alerts.clone().list_alert_rule_versions(call(request))).await.expect("listed");
        for version in &page.versions {
            let name = version.name.trim_start_matches("alertRules/").replace("/versions/", "/");
            all.push(format!("{name} {}", version.state().as_str_name().trim_start_matches("ALERT_RULE_STATE_")));
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

#[tokio::test]
async fn what_ships_is_in_force_until_it_is_replaced_or_retired() {
    for world in worlds("2026-04-10").await {
        let shipped = [
            "commitment-pace/1 ACTIVE",
            "contract-expiring/1 ACTIVE",
            "licence-expiring/1 ACTIVE",
            "obligation-overdue/1 ACTIVE",
            "on-time-rate/1 ACTIVE",
            "payment-late/1 ACTIVE",
        ];
        assert_eq!(listed(&world, "-", false).await, shipped);
        assert_eq!(listed(&world, "-", true).await, shipped);
        let standard = get(&world, "alertRules/payment-late/versions/1").await.expect("ships");
        assert_eq!((standard.author.as_str(), standard.create_time), ("standard programme", None));
        let levels = pb::PaymentLateRule { trigger_days: 7, critical_days: 30, clear_days: 0 };
        assert_eq!(standard.spec.and_then(|spec| spec.condition), Some(PaymentLate(levels)));

        let draft = create(&world, "commitment-pace", mild()).await.expect("created");
        assert_eq!(
            (draft.name.as_str(), draft.state()),
            ("alertRules/commitment-pace/versions/2", AlertRuleState::Draft)
        );
        assert_eq!((draft.author.as_str(), draft.activator.as_str()), ("zhao", ""));
        assert_eq!(listed(&world, "commitment-pace", false).await, ["commitment-pace/2 DRAFT", shipped[0]]);
        let refused = activate(&world, "zhao", &draft.name).await.expect_err("its author");
        assert_eq!(refused.code, Code::FailedPrecondition);
        assert_eq!(refused.reason, "MAKER_IS_CHECKER");
        let active = activate(&world, "qian", &draft.name).await.expect("another");
        assert_eq!((active.state(), active.activator.as_str()), (AlertRuleState::Active, "qian"));
        assert_eq!(
            listed(&world, "commitment-pace", false).await,
            ["commitment-pace/2 ACTIVE", "commitment-pace/1 RETIRED"]
        );
        // What ships is retired by hand, and nothing takes its place.
        assert_eq!(
            retire(&world, &shipped[5].replace("/1 ACTIVE", "/versions/1")).await.expect_err("no name").code,
            Code::InvalidArgument
        );
        let retired = retire(&world, "alertRules/payment-late/versions/1").await.expect("retired");
        assert_eq!((retired.state(), retired.author.as_str()), (AlertRuleState::Retired, "standard programme"));
        let active: Vec<_> = listed(&world, "-", true).await;
        assert_eq!(active.len(), 5);
        assert!(
            active.contains(&"commitment-pace/2 ACTIVE".to_owned())
                && !active.iter().any(|v| v.starts_with("payment-late"))
        );
        for refused in [
            retire(&world, "alertRules/payment-late/versions/1").await,
            activate(&world, "qian", "alertRules/payment-late/versions/1").await,
            activate(&world, "qian", "alertRules/commitment-pace/versions/2").await,
        ] {
            assert_eq!(&*refused.expect_err("not from there").reason, "ALERT_RULE_TRANSITION_REFUSED");
        }
        assert_eq!(
            create(&world, "payment-late", mild()).await.expect("created").name,
            "alertRules/payment-late/versions/2"
        );
        assert_eq!(create(&world, "own-rule", mild()).await.expect("created").name, "alertRules/own-rule/versions/1");
        for unknown in
            ["alertRules/own-rule/versions/2", "alertRules/none/versions/1", "alertRules/on-time-rate/versions/2"]
        {
            for refused in
                [get(&world, unknown).await, activate(&world, "qian", unknown).await, retire(&world, unknown).await]
            {
                let refused = refused.expect_err("not there");
                assert_eq!((refused.code, &*refused.reason), (Code::NotFound, "ALERT_RULE_NOT_FOUND"), "{unknown}");
            }
        }
    }
}

#[tokio::test]
async fn all_violations_of_a_rule_come_at_once() {
    for world in worlds("2026-04-10").await {
        let mut spec = mild();
        spec.title = String::new();
        spec.partners = vec!["gz".to_owned()];
        spec.condition =
            Some(CommitmentPace(pb::CommitmentPaceRule { trigger_below: decimal("x"), ..Default::default() }));
        let refused = create(&world, "r", spec).await.expect_err("wrong");
        let mut fields: Vec<_> = refused.violations.iter().map(|v| v.field.as_str()).collect();
        fields.sort_unstable();
        fields.dedup();
        assert_eq!(
            fields,
            ["spec.commitment_pace.clear_from", "spec.commitment_pace.trigger_below", "spec.partners[0]", "spec.title"]
        );
        let mut flapping = mild();
        flapping.condition =
            Some(PaymentLate(pb::PaymentLateRule { trigger_days: 7, critical_days: 3, clear_days: 7 }));
        let refused = create(&world, "r", flapping).await.expect_err("flaps");
        let fields: Vec<_> = refused.violations.iter().map(|v| v.field.as_str()).collect();
        assert_eq!(fields, ["spec.payment_late.critical_days", "spec.payment_late.clear_days"]);
        let none = pb::AlertRuleSpec { condition: None, ..mild() };
        let refused = create(&world, "r", none).await.expect_err("nothing to look at");
        assert_eq!(refused.violations[0].field, "spec.condition");
        let mut misspelt = mild();
        misspelt.condition = Some(DocumentExpiring(pb::DocumentExpiringRule {
            trigger_days: 30,
            kinds: vec!["BUSINESS_LICENCE".to_owned(), "LICENSE".to_owned()],
            ..Default::default()
        }));
        let refused = create(&world, "r", misspelt).await.expect_err("no such kind");
        assert_eq!(refused.violations[0].field, "spec.document_expiring.kinds[1]");
    }
}

#[tokio::test]
async fn a_version_is_tried_put_in_force_and_taken_out_of_it() {
    for world in worlds("2026-04-10").await {
        for (key, partner, yuan) in [("a", "gz", 70_000), ("b", "sz", 40_000)] {
            world.contract(key, partner, vec![purchases()]).await;
            let batch = if partner == "gz" { 1 } else { 2 };
            world.record("default", batch, vec![fact(partner, "2026-01-02", SellIn, "CNY", (yuan, 0), "")]).await;
        }
        assert_eq!(world.evaluate().await, (2, 0, 0, 2), "70 and 40 are below 80 %");
        let draft = create(&world, "commitment-pace", mild()).await.expect("created");
        let request = pb::TryAlertRuleVersionRequest { name: draft.name.clone() };
        let tried = answer(world.alerts.clone().try_alert_rule_version(call(request))).await.expect("tried");
        assert_eq!((tried.alert_count, tried.alerts.len()), (1, 1));
        let alert = &tried.alerts[0];
        assert_eq!((alert.name.as_str(), alert.etag.as_str(), alert.partner.as_str()), ("", "", "partners/sz"));
        assert_eq!((alert.severity(), alert.state()), (AlertSeverity::Warning, AlertState::Open));
        assert_eq!(alert.summary, "purchases are at 40.0 % of the pace: 40,000.00 of 100,000.00 CNY");
        assert_eq!(world.standing().await.len(), 2, "nothing was kept");

        activate(&world, "qian", &draft.name).await.expect("in force");
        // At 70 % it is content, at 40 % it goes on to warn: the alert is the same, judged by another version.
        assert_eq!(world.evaluate().await, (0, 1, 1, 1));
        let left = world.only().await;
        assert_eq!((left.rule_version.as_str(), left.owner.as_str()), (draft.name.as_str(), "key-accounts"));
        assert_eq!(
            left.severity(),
            AlertSeverity::Critical,
            "as grave as it was until it is back at the trigger level"
        );

        retire(&world, &draft.name).await.expect("retired");
        assert_eq!(world.standing().await, [], "its alerts are resolved");
        let closed = world.list("").await;
        let why = closed.iter().filter_map(|a| a.changes.last()).filter(|c| c.text == "the rule is no longer in force");
        assert_eq!(why.count(), 1);
        assert_eq!(world.evaluate().await, (0, 0, 0, 0));
    }
}
