//! What people do to an alert.

use tributary_core::fault::common;

use super::world::World;
use crate::{
    alert::{AlertState, MAX_CHANGES, Severity},
    reasons,
};

#[test]
fn an_alert_is_acknowledged_once_and_resolved_once() {
    let mut world = World::new();
    world.pace(79);
    let open = world.last().clone();
    assert_eq!((open.etag().as_str(), open.name().as_str()), ("r1", "alerts/a1"));
    let now = world.now();
    let acknowledged = open.acknowledge("li.wei", "on it", now).expect("open");
    assert_eq!((acknowledged.state, acknowledged.etag().as_str()), (AlertState::Acknowledged, "r2"));
    assert_eq!(acknowledged.acknowledged.as_ref().map(|d| (d.by.as_str(), d.time)), Some(("li.wei", now)));
    let again = acknowledged.acknowledge("li.wei", "", now).expect_err("twice");
    assert_eq!(again.reason(), reasons::ALERT_TRANSITION_REFUSED);
    assert!(again.message().contains("possible in it: ResolveAlert"), "{}", again.message());
    for alert in [&open, &acknowledged] {
        let resolved = alert.resolve("wang", "plan agreed", now).expect("stands");
        assert_eq!((resolved.state, resolved.muted), (AlertState::Resolved, Some(Severity::Warning)));
        assert_eq!((resolved.note.as_str(), resolved.stands(), resolved.is_live()), ("plan agreed", false, true));
        assert_eq!(resolved.changes.last().map(|c| (c.actor.as_str(), c.text.as_str())), Some(("wang", "plan agreed")));
        for refused in [resolved.resolve("wang", "", now), resolved.acknowledge("wang", "", now)] {
            assert_eq!(refused.expect_err("closed").reason(), reasons::ALERT_TRANSITION_REFUSED);
        }
    }
}

#[test]
fn another_etag_is_refused() {
    let mut world = World::new();
    world.pace(79);
    assert!(world.last().check_etag("r1").is_ok());
    for other in ["r2", "", "r"] {
        assert_eq!(world.last().check_etag(other).expect_err("stale").reason(), common::ETAG_MISMATCH);
    }
}

#[test]
fn the_newest_changes_are_kept() {
    let mut world = World::new();
    // Each round is two changes: critical, and a warning again.
    for _ in 0..60 {
        world.pace(49);
        world.pace(80);
    }
    let changes = &world.last().changes;
    assert_eq!((world.alerts.len(), changes.len()), (1, MAX_CHANGES));
    assert_eq!(changes.last().map(|c| c.severity), Some(Severity::Warning));
    assert!(changes.is_sorted_by_key(|c| c.time));
    assert_eq!(changes.last().map(|c| c.time), Some(world.last().update_time));
}
