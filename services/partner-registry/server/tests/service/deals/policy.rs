//! The policy: defaults, revisions, what it decides.

use tributary_proto::tributary::partner::v1::{self as pb, DealState as S};

use super::{deal, deal_name};
use crate::harness::{date, refused, suites};

#[tokio::test]
async fn a_policy_decides_from_its_revision_on() {
    for suite in suites().await {
        suite.dealers(&["a", "b"]).await;
        let defaults = suite.policy_in_force().await;
        assert_eq!(
            (defaults.protection_days, defaults.decision_days, defaults.max_extensions, defaults.extension_days),
            (90, 5, 1, 30)
        );
        assert_eq!((defaults.automatic_approval, defaults.revision, defaults.etag.as_str()), (false, 0, "r0"));
        suite.register("a", "before", deal("x")).await.expect("registered");
        let rules = pb::DealPolicy {
            protection_days: 10,
            decision_days: 0,
            extension_days: 1,
            automatic_approval: true,
            etag: "r0".to_owned(),
            ..Default::default()
        };
        let changed = suite.policy(rules.clone()).await.expect("changed");
        assert_eq!(
            (changed.revision, changed.actor.as_str(), changed.reason.as_str()),
            (1, "channel-manager", "conference")
        );
        assert_eq!(suite.policy_in_force().await, changed);
        assert_eq!(refused(suite.policy(rules).await).0, "ETAG_MISMATCH");
        assert_eq!(suite.policy(pb::DealPolicy { etag: String::new(), ..changed.clone() }).await, Ok(changed));
        assert_eq!(suite.events_of("dealPolicy", 1).await.len(), 1);

        assert_eq!(suite.deal(&deal_name("a", "before")).await.state(), S::Submitted, "what is there stays");
        // Nothing stands in its way: approved at once, by the service, for ten days.
        let clear = suite.register("b", "clear", deal("深圳海岸物流")).await.expect("registered");
        assert_eq!((clear.state(), clear.protection_end, clear.revision), (S::Approved, date(2026, 7, 11), 2));
        assert_eq!(clear.decision.expect("made").reviewer, "service:partner-registry");
        let history = suite.deal_history(&deal_name("b", "clear")).await;
        assert_eq!(history.iter().map(|r| r.action.as_str()).collect::<Vec<_>>(), ["REGISTERED", "APPROVED"]);
        // What may be the same customer, and what is, waits for a person.
        let near = suite.register("a", "near", deal("深圳海岸物流有")).await.expect("registered");
        assert_eq!((near.state(), near.similar.len()), (S::Submitted, 1));
        assert_eq!(suite.register("a", "same", deal("深圳海岸物流")).await.expect("kept").state(), S::Conflicted);
        assert_eq!(
            refused(suite.extend_deal(&deal_name("b", "clear"), date(2026, 7, 12)).await).0,
            "DEAL_EXTENSION_REFUSED"
        );
    }
}

#[tokio::test]
async fn a_wrong_policy_is_told_field_by_field() {
    for suite in suites().await {
        let wrong = pb::DealPolicy { decision_days: 91, max_extensions: -1, ..Default::default() };
        let (reason, mut fields, _) = refused(suite.policy(wrong).await);
        fields.sort();
        assert_eq!(reason, "INVALID_REQUEST");
        assert_eq!(
            fields,
            [
                "deal_policy.decision_days",
                "deal_policy.extension_days",
                "deal_policy.max_extensions",
                "deal_policy.protection_days"
            ]
        );
        let (_, mut fields, _) =
            refused(suite.policy_fields(pb::DealPolicy::default(), &["actor", "max_extensions"]).await);
        fields.sort();
        assert_eq!(fields, ["update_mask"]);
    }
}

#[tokio::test]
async fn fields_that_are_not_named_stay() {
    for suite in suites().await {
        let given = pb::DealPolicy { protection_days: 120, extension_days: 7, ..Default::default() };
        let named = suite.policy_fields(given.clone(), &["protection_days", "max_extensions"]).await.expect("changed");
        assert_eq!((named.name.as_str(), named.protection_days, named.decision_days), ("dealPolicy", 120, 5));
        assert_eq!((named.max_extensions, named.extension_days), (0, 30), "0 where it is named");
        let set = suite.policy_fields(given, &[]).await.expect("changed");
        assert_eq!((set.protection_days, set.max_extensions, set.extension_days, set.revision), (120, 0, 7, 2));
    }
}
