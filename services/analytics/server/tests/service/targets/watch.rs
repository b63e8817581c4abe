//! The watch: says when a target stands otherwise than before, once.

use std::time::Duration;

use prost::Message as _;
use tributary_proto::tributary::analytics::v1::{SalesBasis, Target, TargetStatusChanged, UpdateTargetRequest};

use super::support::{call, day, decimal, gmv, replicas, said, sale, worlds};

/// Seven days of 10 each.
fn week() -> Vec<tributary_proto::tributary::incentive::v1::SalesFact> {
    (1..=7).map(|day| sale(&format!("2012-07-{day:02}"), 10)).collect()
}

#[tokio::test]
async fn two_watches_say_each_change_once() {
    for world in replicas(2).await {
        // 31 days of 10 each reach it.
        world.create("july", gmv("2012-07", "310")).await.expect("set");
        world.start();
        world.facts(1, week()).await;

        // Seven days are over: 70 ÷ 7 × 31 = 310.
        world.noon("2012-07-08");
        let mut changes = vec!["PENDING > ON_TRACK"];
        world.changed("july", &changes).await;
        // A day without facts: 70 ÷ 8 × 31 = 271.25, 12.5 % short.
        world.noon("2012-07-09");
        changes.push("ON_TRACK > OFF_TRACK");
        world.changed("july", &changes).await;
        // They come late, on the same day: 78 ÷ 8 × 31 = 302.25, 2.5 % short.
        world.facts(2, vec![sale("2012-07-08", 8)]).await;
        world.clock.advance(Duration::from_secs(60));
        changes.push("OFF_TRACK > AT_RISK");
        world.changed("july", &changes).await;
        // 78 + 232 = 310 on the 9th.
        world.facts(3, vec![sale("2012-07-09", 232)]).await;
        world.noon("2012-07-10");
        changes.push("AT_RISK > REACHED");
        world.changed("july", &changes).await;
        // A part of it comes back, after the month is over.
        world.facts(4, vec![sale("2012-07-31", -1)]).await;
        world.noon("2012-08-01");
        changes.push("REACHED > MISSED");
        world.changed("july", &changes).await;
        // And is made up for by a late fact.
        world.facts(5, vec![sale("2012-07-30", 1)]).await;
        world.noon("2012-08-02");
        changes.push("MISSED > REACHED");
        world.changed("july", &changes).await;
    }
}

#[tokio::test]
async fn the_event_says_what_was_measured() {
    for world in worlds().await {
        world.create("july", Target { basis: SalesBasis::SellIn.into(), ..gmv("2012-07", "400") }).await.expect("set");
        world.start();
        world.facts(1, week()).await;
        // The facts of today, which is not over, do not count.
        world.facts(2, vec![sale("2012-07-08", 1_000)]).await;
        world.noon("2012-07-08");
        world.changed("july", &["PENDING > OFF_TRACK"]).await;
        let events = world.bus.events.lock().expect("lock").clone();
        let event = events.iter().find(|event| event.event_type.ends_with("StatusChanged")).expect("the warning");
        let changed = TargetStatusChanged::decode(event.data.as_slice()).expect("decodes");
        let mut progress = changed.progress.expect("progress");
        assert_eq!(progress.as_of, Some(tributary_rpc::convert::date_to_proto(day("2012-07-07"))));
        assert_eq!((progress.actual.clone(), progress.through_batch), (decimal("70"), 2));
        assert_eq!(event.subject, "targets/july");
        // The same as a caller gets for that day.
        let read = world.progress("july", "2012-07-07").await.expect("measured");
        progress.through_batch = read.through_batch;
        assert_eq!(progress, read);
    }
}

#[tokio::test]
async fn a_changed_target_and_one_that_cannot_be_measured_are_said_too() {
    for world in worlds().await {
        world.create("july", gmv("2012-07", "400")).await.expect("set");
        world.start();
        world.facts(1, week()).await;
        world.noon("2012-07-08");
        world.changed("july", &["PENDING > OFF_TRACK"]).await;
        // A more modest one is measured with the next round.
        let modest = Target { name: "targets/july".to_owned(), value: decimal("310"), ..Target::default() };
        let request = UpdateTargetRequest { target: Some(modest), ..UpdateTargetRequest::default() };
        said(world.client.clone().update_target(call(request)).await).expect("changed");
        world.clock.advance(Duration::from_secs(60));
        world.changed("july", &["PENDING > OFF_TRACK", "OFF_TRACK > ON_TRACK"]).await;
        // Facts of the other flow come: which one is meant was never said.
        let other =
            super::support::of(tributary_proto::tributary::incentive::v1::FactKind::SellOut, "2012-07-02", (1, 0));
        world.facts(2, vec![other]).await;
        world.clock.advance(Duration::from_secs(60));
        world.changed("july", &["PENDING > OFF_TRACK", "OFF_TRACK > ON_TRACK", "ON_TRACK > PENDING"]).await;
        let events = world.bus.events.lock().expect("lock").clone();
        let last = events.iter().rfind(|event| event.event_type.ends_with("StatusChanged")).expect("the last");
        let changed = TargetStatusChanged::decode(last.data.as_slice()).expect("decodes");
        let error = changed.progress.and_then(|progress| progress.error).expect("why");
        assert!(error.message.contains("state the basis"), "{error:?}");
    }
}
