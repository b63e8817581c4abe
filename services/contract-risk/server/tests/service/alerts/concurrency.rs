//! Many at once: one alert per subject, whoever evaluates, and nothing is lost.

use futures::future::join_all;
use tributary_proto::tributary::{
    contract::v1::{self as pb, AlertState},
    incentive::v1::FactKind::Adjustment,
};

use super::{
    incentive::fact,
    world::{answer, awake_worlds, call, purchases, worlds},
};

#[tokio::test]
async fn evaluations_at_once_raise_one_alert() {
    for world in worlds("2026-04-10").await {
        world.contract("dealer", "gz", vec![purchases()]).await;
        for round in 1..=3_i64 {
            let evaluations = join_all((0..8).map(|_| world.evaluate())).await;
            let sum = evaluations.iter().fold((0, 0, 0), |sum, e| (sum.0 + e.0, sum.1 + e.1, sum.2 + e.2));
            // Raised by one of them; closed by one of them in the round in between.
            let expected = if round % 2 == 1 { (1, 0, 0) } else { (0, 0, 1) };
            assert_eq!(sum, expected, "round {round}");
            let yuan = if round % 2 == 1 { 100_000 } else { -100_000 };
            world.record("default", round, vec![fact("gz", "2026-01-02", Adjustment, "CNY", (yuan, 0), "")]).await;
        }
        assert_eq!(world.list("").await.len(), 2);
    }
}

#[tokio::test]
async fn people_and_evaluations_at_once_lose_nothing() {
    for world in awake_worlds("2026-04-10").await {
        world.contract("dealer", "gz", vec![purchases()]).await;
        let raised = world.wait_for("the alert", |all| all.len() == 1).await.remove(0);
        // Batches and evaluations go on while somebody acknowledges what he has read, as often as it takes.
        let facts = async {
            for batch in 1..=20 {
                world.record("default", batch, vec![fact("gz", "2026-01-02", Adjustment, "CNY", (1_000, 0), "")]).await;
                world.evaluate().await;
            }
        };
        let acknowledged = async {
            loop {
                let name = raised.name.clone();
                let read =
                    answer(world.alerts.clone().get_alert(call(pb::GetAlertRequest { name }))).await.expect("read");
                let request = pb::AcknowledgeAlertRequest { name: read.name, etag: read.etag, ..Default::default() };
                match answer(world.alerts.clone().acknowledge_alert(call(request))).await {
                    Ok(alert) => return alert,
                    Err(refused) => assert_eq!(&*refused.reason, "ETAG_MISMATCH"),
                }
            }
        };
        let ((), alert) = tokio::join!(facts, acknowledged);
        assert_eq!(alert.state(), AlertState::Acknowledged);
        world.evaluate().await;
        let now = world.only().await;
        assert_eq!((now.name.as_str(), now.state()), (alert.name.as_str(), AlertState::Acknowledged));
        // 20 batches of 1,000.
        assert_eq!(now.summary, "purchases are at 20.0 % of the pace: 20,000.00 of 100,000.00 CNY");
    }
}
