//! Commitments behind their pace, by hand: 365,000 yuan over 2026, so 1,000 a day; the 100th day is 10 April.

use tributary_proto::{
    google::r#type::Money,
    tributary::{
        contract::v1::{AlertSeverity, AlertState, evidence::Value},
        incentive::v1::FactKind::{Adjustment, Return, SellIn, SellOut},
    },
};

use super::{
    incentive::fact,
    world::{day, purchases, worlds},
};

#[tokio::test]
async fn purchases_behind_the_pace_raise_one_alert() {
    for world in worlds("2026-04-10").await {
        let contract = world.contract("dealer", "gz", vec![purchases()]).await;
        let facts = vec![
            fact("gz", "2026-01-02", SellIn, "CNY", (80_000, 0), ""),
            fact("gz", "2026-02-03", Return, "CNY", (-5_000, -500_000_000), "-1"),
            fact("gz", "2026-02-04", Adjustment, "CNY", (0, 500_000_000), ""),
            // None of these counts: sold on, another currency, before the window, after today, another partner.
            fact("gz", "2026-02-04", SellOut, "CNY", (50_000, 0), ""),
            fact("gz", "2026-02-04", SellIn, "USD", (50_000, 0), ""),
            fact("gz", "2025-12-31", SellIn, "CNY", (50_000, 0), ""),
            fact("gz", "2026-04-11", SellIn, "CNY", (50_000, 0), ""),
            fact("sz", "2026-02-04", SellIn, "CNY", (50_000, 0), ""),
        ];
        world.record("default", 1, facts).await;
        assert_eq!(world.evaluate().await, (1, 0, 0, 1));
        let alert = world.only().await;
        // 80,000 − 5,000.5 + 0.5 = 75,000 of 100 × 1,000.
        assert_eq!(alert.summary, "purchases are at 75.0 % of the pace: 75,000.00 of 100,000.00 CNY");
        assert_eq!((alert.partner.as_str(), alert.contract.as_str()), ("partners/gz", contract.as_str()));
        assert_eq!(alert.rule_version, "alertRules/commitment-pace/versions/1");
        assert_eq!(alert.subject, format!("{contract} commitment annual-purchases window 2026-01-01"));
        assert_eq!((alert.severity(), alert.state()), (AlertSeverity::Warning, AlertState::Open));
        assert_eq!((alert.owner.as_str(), alert.etag.as_str()), ("channel-manager", "r1"));
        assert_eq!(alert.uid.len(), 36);
        // 2026-04-10T04:00:00Z; Python: datetime(2026, 4, 10, 4, tzinfo=timezone.utc).timestamp() == 1775793600
        assert_eq!(alert.open_time.map(|t| t.seconds), Some(1_775_793_600));
        let evidence = |name: &str| alert.evidence.iter().find(|e| e.name == name).and_then(|e| e.value.clone());
        let money = |units| Some(Value::Amount(Money { currency_code: "CNY".to_owned(), units, nanos: 0 }));
        assert_eq!(evidence("actual"), money(75_000));
        assert_eq!(evidence("expected"), money(100_000));
        assert_eq!(evidence("target"), money(365_000));
        assert_eq!(evidence("window_to"), Some(Value::Day(day("2027-01-01"))));
        let number = |name: &str| match evidence(name) {
            Some(Value::Number(decimal)) => decimal.value,
            other => panic!("{name}: {other:?}"),
        };
        // Python: 100 / 365 = 0.273972602…
        assert_eq!(
            (number("pace"), number("elapsed"), number("trigger_below")),
            ("0.75".into(), "0.273973".into(), "0.8".into())
        );
        assert_eq!(alert.changes.len(), 1);
        assert_eq!(world.evaluate().await, (0, 0, 0, 1), "the same readings change nothing");
        assert_eq!(world.only().await, alert);
    }
}

#[tokio::test]
async fn an_alert_moves_with_the_facts_and_says_so() {
    for world in worlds("2026-04-10").await {
        world.contract("dealer", "gz", vec![purchases()]).await;
        // The pace in per cent, what evaluations did, and what became of it.
        let mut sum = 0;
        for (batch, pace, expected) in [
            (1, 79, (1, 0, 0, 1)),
            (2, 85, (0, 1, 0, 1)),
            (3, 45, (0, 1, 0, 1)),
            (4, 79, (0, 1, 0, 1)),
            (5, 85, (0, 1, 0, 1)),
            (6, 90, (0, 0, 1, 0)),
            (7, 79, (1, 0, 0, 1)),
        ] {
            let wanted = pace * 1_000;
            world
                .record("default", batch, vec![fact("gz", "2026-01-02", Adjustment, "CNY", (wanted - sum, 0), "")])
                .await;
            sum = wanted;
            assert_eq!(world.evaluate().await, expected, "{pace} %");
        }
        let said = world.announced(5).await;
        assert_eq!(
            said[..4],
            [
                "UNSPECIFIED → OPEN WARNING",
                "OPEN → OPEN CRITICAL",
                // Back at the trigger level.
                "OPEN → OPEN WARNING",
                "OPEN → RESOLVED WARNING",
            ]
        );
        let all = world.list("").await;
        assert_eq!(all.len(), 2);
        assert_eq!((all[1].resolved_by.as_str(), all[1].changes.len()), ("rule", 4));
        assert_eq!(all[1].summary, "purchases are at 90.0 % of the pace: 90,000.00 of 100,000.00 CNY");
        assert_ne!(all[0].name, all[1].name);
    }
}

#[tokio::test]
async fn a_window_closes_its_alert_with_it() {
    for world in worlds("2026-12-31").await {
        let mut monthly = purchases();
        monthly.cadence = tributary_proto::tributary::contract::v1::Cadence::Month.into();
        world.contract("dealer", "gz", vec![monthly]).await;
        world.set("2026-03-31");
        assert_eq!(world.evaluate().await.0, 1);
        assert_eq!(world.only().await.severity(), AlertSeverity::Critical, "nothing was bought");
        // April is three days old: less than a tenth of its thirty days is 0.1 exactly on the third.
        world.set("2026-04-02");
        assert_eq!(world.evaluate().await, (0, 0, 1, 0));
        world.set("2026-04-03");
        assert_eq!(world.evaluate().await, (1, 0, 0, 1));
        assert!(world.only().await.subject.ends_with("window 2026-04-01"));
    }
}
