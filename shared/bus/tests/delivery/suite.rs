//! What holds on every bus. Mounted once per bus; the parent makes the world.

use std::sync::Arc;

use tributary_bus::{MAX_ATTEMPTS, redeliver};
use tributary_core::{Fault, TenantId, fault::common};
use tributary_sql::{DeadLetterStore, OutboxStore};
use tributary_testkit::CountingIds;
use uuid::Uuid;

use super::world;
use crate::world::{CANCELLED, MADE, busy, effect};

fn letter(number: u64, attempts: i64) -> (String, Uuid, i64) {
    ("consumer".to_owned(), CountingIds::numbered(number), attempts)
}

#[tokio::test]
async fn a_handler_that_fails_at_first_has_one_effect_per_event_in_order() {
    let Some(world) = world().await else { return };
    world.subscribe("consumer", &[MADE]);
    world.fails(1, 3, Some(busy()));
    world.fails(3, 2, None);
    world.publish(&[(1, MADE, "entries/a"), (2, MADE, "entries/a"), (3, MADE, "entries/b")]).await;
    world.publish(&[(4, CANCELLED, "entries/b"), (5, MADE, "entries/a")]).await;
    world.drain().await;
    assert_eq!(
        world.effects_by_subject().await,
        [("entries/a", 1), ("entries/a", 2), ("entries/a", 3), ("entries/b", 1)]
            .map(|(subject, sequence)| effect("consumer", subject, sequence))
    );
    // Four tries of the first, then its successors; never a successor before it was done.
    let calls = world.script.lock().expect("not poisoned").calls.clone();
    let of_a: Vec<i64> = calls.iter().filter(|c| c.0 == "entries/a").map(|c| c.1).collect();
    assert_eq!(of_a, [1, 1, 1, 1, 2, 3]);
    assert_eq!(world.letters().await, []);
}

#[tokio::test]
async fn a_poisoned_event_is_kept_and_the_others_go_on() {
    let Some(world) = world().await else { return };
    world.subscribe("consumer", &[]);
    world.fails(1, u32::MAX, Some(Fault::invalid_field("amount", "is negative")));
    world.fails(3, u32::MAX, Some(Fault::internal("a mistake")));
    world.publish(&[(1, MADE, "entries/a"), (2, MADE, "entries/a"), (3, MADE, "entries/b")]).await;
    world.publish(&[(4, MADE, "entries/b"), (5, MADE, "entries/c")]).await;
    world.drain().await;
    assert_eq!(MAX_ATTEMPTS, 10);
    assert_eq!(world.letters().await, [letter(1, 1), letter(3, 10)]);
    assert_eq!(
        world.effects_by_subject().await,
        [("entries/a", 2), ("entries/b", 2), ("entries/c", 1)].map(|(subject, n)| effect("consumer", subject, n))
    );
    // The mistake held back only its own subject.
    assert_eq!(world.effects().await.last(), Some(&effect("consumer", "entries/b", 2)));
    let kept = world.consumer.get(&TenantId::default_tenant(), "consumer", CountingIds::numbered(1)).await;
    let kept = kept.expect("read").expect("there");
    assert_eq!((kept.event.source.as_str(), kept.event.sequence), ("ledger-service", 1));
    assert!(kept.reason.contains("amount: is negative"), "{}", kept.reason);
}

#[tokio::test]
async fn a_neighbour_that_is_away_is_waited_for_however_long() {
    let Some(world) = world().await else { return };
    world.subscribe("consumer", &[MADE]);
    world.fails(1, 25, Some(busy()));
    world.fails(2, 25, Some(Fault::new(common::UPSTREAM_UNAVAILABLE, "away")));
    world.fails(3, 25, Some(Fault::new(common::CONCURRENT_CHANGE, "another was faster")));
    world.publish(&[(1, MADE, "entries/a"), (2, MADE, "entries/b"), (3, MADE, "entries/c")]).await;
    world.drain().await;
    assert_eq!(world.letters().await, []);
    assert_eq!(
        world.effects_by_subject().await,
        ["entries/a", "entries/b", "entries/c"].map(|subject| effect("consumer", subject, 1))
    );
}

#[tokio::test]
async fn a_person_redelivers_a_dead_letter() {
    let Some(world) = world().await else { return };
    world.subscribe("consumer", &[MADE]);
    world.fails(1, 2, Some(Fault::invalid_field("amount", "is negative")));
    world.publish(&[(1, MADE, "entries/a")]).await;
    world.drain().await;
    let (handler, tenant, event) = (world.handler("consumer"), TenantId::default_tenant(), CountingIds::numbered(1));
    let again = async || redeliver(handler.as_ref(), &world.consumer, &tenant, "consumer", event).await;
    assert_eq!(again().await.expect_err("still wrong").reason(), common::INVALID_REQUEST);
    assert_eq!(world.letters().await.len(), 1);
    again().await.expect("handled");
    assert_eq!((world.letters().await, world.effects().await), (vec![], vec![effect("consumer", "entries/a", 1)]));
    assert_eq!(again().await.expect_err("gone").reason().code, "DEAD_LETTER_NOT_FOUND");
}

#[tokio::test]
async fn one_consumers_failure_does_not_keep_the_event_from_another() {
    let Some(world) = world().await else { return };
    world.subscribe("first", &[MADE]);
    world.subscribe("second", &[MADE]);
    // The script counts calls: whoever is called first fails once, then both succeed.
    world.fails(1, 1, Some(busy()));
    world.publish(&[(1, MADE, "entries/a")]).await;
    world.drain().await;
    let mut effects = world.effects().await;
    effects.sort();
    assert_eq!(effects, [effect("first", "entries/a", 1), effect("second", "entries/a", 1)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_relays_on_one_outbox_keep_effects_single_and_in_order() {
    let Some(world) = world().await else { return };
    world.subscribe("consumer", &[MADE]);
    world.begin();
    let subjects: Vec<String> = (0..10).map(|n| format!("entries/{n}")).collect();
    let events: Vec<(u64, &str, &str)> =
        (0..100).map(|n| (n + 1, MADE, subjects[usize::try_from(n % 10).expect("small")].as_str())).collect();
    world.publish(&events).await;
    let second = Arc::clone(&world.second_relay());
    while world.producer.pending().await.expect("counted") > 0 {
        let (a, b) = tokio::join!(world.relay.drain(), second.drain());
        a.and(b).expect("drained");
    }
    world.drain().await;
    let effects = world.effects().await;
    assert_eq!(effects.len(), 100);
    for subject in &subjects {
        let sequences: Vec<i64> = effects.iter().filter(|e| &e.1 == subject).map(|e| e.2).collect();
        assert_eq!(sequences, (1..=10).collect::<Vec<_>>(), "{subject}");
    }
}
