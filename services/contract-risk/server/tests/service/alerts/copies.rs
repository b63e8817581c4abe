//! The copies: a batch counts once however often its event comes, an older event of a document changes nothing.

use tributary_proto::tributary::{
    contract::v1 as pb,
    incentive::v1::FactKind::SellIn,
    partner::v1::DocumentState::{Expired, Rejected, Submitted, Superseded, Verified},
};

use super::{
    incentive::fact,
    world::{World, answer, call, purchases, worlds},
};

async fn progress(world: &World) -> (String, i64) {
    let request = pb::ListCommitmentProgressRequest::default();
    let found = answer(world.alerts.clone().list_commitment_progress(call(request))).await.expect("listed");
    (found.progress[0].actual.clone().expect("measured").value, found.through_batch)
}

#[tokio::test]
async fn a_batch_counts_once_in_whatever_order() {
    for world in worlds("2026-04-10").await {
        world.contract("dealer", "gz", vec![purchases()]).await;
        let batch = |yuan, nanos| vec![fact("gz", "2026-01-02", SellIn, "CNY", (yuan, nanos), "")];
        world.record("default", 2, batch(20, 0)).await;
        assert_eq!(progress(&world).await, ("20".to_owned(), 0));
        world.record("default", 1, batch(1, 100_000)).await;
        assert_eq!(progress(&world).await, ("21.0001".to_owned(), 2));

        let again = world.recorded("default", 1, 1);
        world.deliver(&again).await.expect("the same batch by another event");
        world.deliver(&again).await.expect("the same event again");
        assert_eq!(progress(&world).await, ("21.0001".to_owned(), 2));
        // Many at once: each batch counts once.
        world.record("default", 3, batch(300, 0)).await;
        let event = world.recorded("default", 3, 1);
        let all = tokio::join!(world.deliver(&event), world.deliver(&event), world.deliver(&event));
        assert!([all.0, all.1, all.2].iter().all(Result::is_ok));
        assert_eq!(progress(&world).await, ("321.0001".to_owned(), 3));
        // Half a batch is refused and tried again: the event says two facts, one can be read.
        assert!(world.deliver(&world.recorded("default", 3, 2)).await.is_err());
        assert_eq!(progress(&world).await, ("321.0001".to_owned(), 3));
    }
}

#[tokio::test]
async fn a_licence_warns_before_its_end_and_is_critical_after_it() {
    for world in worlds("2026-04-10").await {
        // Python: date(2026, 4, 10) + timedelta(60) = 2026-06-09
        world.licence("late", Verified, "2026-06-10", 1).await;
        world.licence("near", Submitted, "2026-06-09", 1).await;
        world.licence("near", Verified, "2026-06-09", 2).await;
        assert_eq!(world.evaluate().await, (1, 0, 0, 1));
        let alert = world.only().await;
        assert_eq!(alert.subject, "partners/gz/documents/near");
        let name = "BUSINESS_LICENCE partners/gz/documents/near";
        assert_eq!(alert.summary, format!("{name} is valid for 60 days more, until 2026-06-09"));
        assert_eq!(alert.rule_version, "alertRules/licence-expiring/versions/1");

        // An older event comes late.
        world.licence("near", Rejected, "2026-06-09", 1).await;
        assert_eq!(world.evaluate().await, (0, 0, 0, 1));
        world.licence("near", Expired, "2026-06-09", 3).await;
        world.set("2026-06-10");
        assert_eq!(world.evaluate().await, (1, 1, 0, 2), "the other is near its end by now");
        let critical = world.list("severity = CRITICAL").await;
        assert_eq!(critical[0].summary, format!("{name} is no longer valid since 2026-06-10"));
        // Renewed.
        world.licence("near", Superseded, "2026-06-09", 4).await;
        assert_eq!(world.evaluate().await, (0, 0, 1, 1));
    }
}
