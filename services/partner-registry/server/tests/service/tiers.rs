//! Tiers as of a day and as known at a moment.

use std::time::Duration;

use prost_types::Timestamp;
use tributary_core::Clock as _;
use tributary_proto::{google::r#type::Date, tributary::partner::v1 as pb};
use tributary_rpc::status::Described;

use crate::harness::{Suite, answer, date, dealer, name, refused, suites};

async fn assign(
    suite: &Suite,
    tier: &str,
    from: Option<Date>,
    to: Option<Date>,
) -> Result<pb::TierAssignment, Box<Described>> {
    suite.clock.advance(Duration::from_secs(3600));
    let request = pb::AssignTierRequest {
        partner: name("a"),
        tier: tier.to_owned(),
        effective_from: from,
        effective_to: to,
        reason: "annual review".to_owned(),
        request_id: String::new(),
    };
    answer(suite.tiers().assign_tier(suite.ask(request)).await)
}

async fn tier(suite: &Suite, on: Option<Date>, known_at: Option<Timestamp>) -> Result<String, Box<Described>> {
    let request = pb::GetPartnerTierRequest { partner: name("a"), date: on, known_at };
    answer(suite.tiers().get_partner_tier(suite.ask(request)).await).map(|a| a.tier)
}

#[tokio::test]
async fn the_assignment_recorded_last_decides_and_the_past_can_be_asked() {
    for suite in suites().await {
        let made = suite.create("a", dealer("A")).await.expect("created");
        let before = Timestamp { seconds: suite.clock.now().0 / 1_000_000, nanos: 0 };
        let basic = assign(&suite, "basic", date(2026, 1, 1), None).await.expect("assigned");
        let advanced = assign(&suite, "advanced", date(2026, 4, 1), date(2026, 8, 1)).await.expect("assigned");
        // Afterwards it is found that June was strategic.
        let strategic = assign(&suite, "strategic", date(2026, 6, 1), date(2026, 7, 1)).await.expect("assigned");

        let now = |on| tier(&suite, on, None);
        assert_eq!(now(date(2026, 3, 31)).await.as_deref(), Ok("basic"));
        assert_eq!(now(date(2026, 5, 31)).await.as_deref(), Ok("advanced"));
        assert_eq!(now(date(2026, 6, 30)).await.as_deref(), Ok("strategic"));
        assert_eq!(now(date(2026, 8, 1)).await.as_deref(), Ok("basic"));
        // Today is 1 July in Shanghai.
        assert_eq!(now(None).await.as_deref(), Ok("advanced"));
        assert_eq!(suite.get("a").await.tier, "advanced");

        let june = date(2026, 6, 15);
        assert_eq!(tier(&suite, june, strategic.record_time).await.as_deref(), Ok("strategic"));
        assert_eq!(tier(&suite, june, advanced.record_time).await.as_deref(), Ok("advanced"));
        assert_eq!(tier(&suite, june, basic.record_time).await.as_deref(), Ok("basic"));
        assert_eq!(refused(tier(&suite, june, Some(before)).await).0, "TIER_NOT_ASSIGNED");
        assert_eq!(refused(now(date(2025, 12, 31)).await).0, "TIER_NOT_ASSIGNED");

        let list = |size: i32, token: String| pb::ListTierAssignmentsRequest {
            partner: name("a"),
            page_size: size,
            page_token: token,
        };
        let page = answer(suite.tiers().list_tier_assignments(suite.ask(list(2, String::new()))).await).expect("page");
        assert_eq!(page.tier_assignments, [strategic, advanced.clone()]);
        let last = answer(suite.tiers().list_tier_assignments(suite.ask(list(2, page.next_page_token))).await);
        assert_eq!(last.expect("page").tier_assignments, [basic]);

        let events = suite.events_of("partners/a", 4).await;
        assert_eq!(events[2].event_type, "tributary.partner.v1.TierAssigned");
        let event: pb::TierAssigned = prost::Message::decode(events[2].data.as_slice()).expect("decodes");
        assert_eq!(event, pb::TierAssigned { assignment: Some(advanced), partner_uid: made.uid });
        // A tier is no revision of the partner.
        assert_eq!(suite.get("a").await.revision, 1);
    }
}

#[tokio::test]
async fn today_is_the_day_in_the_zone() {
    for suite in suites().await {
        suite.create("a", dealer("A")).await.expect("created");
        assign(&suite, "basic", date(2026, 7, 2), None).await.expect("assigned");
        assert_eq!(suite.get("a").await.tier, "");
        // 2026-07-01T15:59:59Z is still 1 July in Shanghai, a second later it is 2 July.
        suite.clock.set(tributary_core::Timestamp(1_782_921_599_000_000));
        assert_eq!(suite.get("a").await.tier, "");
        suite.clock.advance(Duration::from_secs(1));
        assert_eq!(suite.get("a").await.tier, "basic");
    }
}

#[tokio::test]
async fn wrong_assignments_are_refused() {
    for suite in suites().await {
        assert_eq!(refused(assign(&suite, "basic", date(2026, 1, 1), None).await).0, "PARTNER_NOT_FOUND");
        assert_eq!(refused(tier(&suite, None, None).await).0, "PARTNER_NOT_FOUND");
        suite.create("a", dealer("A")).await.expect("created");
        for (tier, from, to, field) in [
            ("Gold", date(2026, 1, 1), None, "tier"),
            ("basic", date(2026, 2, 30), None, "effective_from"),
            ("basic", None, None, "effective_from"),
            ("basic", date(2026, 1, 1), date(2026, 1, 1), "effective_to"),
        ] {
            let (reason, fields, _) = refused(assign(&suite, tier, from, to).await);
            assert_eq!((reason.as_str(), fields), ("INVALID_REQUEST", vec![field.to_owned()]));
        }
    }
}
