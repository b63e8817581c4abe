//! The relay: it works by itself, and waits where the bus is away.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use tributary_bus::{Bus, BusError, Epoch, Relay, Subscription};
use tributary_core::{Clock, Event, SystemClock};
use tributary_sql::OutboxStore;
use tributary_testkit::CountingIds;
use uuid::Uuid;

use crate::{
    in_process::new,
    world::{MADE, effect},
};

/// Away for as many publications as are left, then it takes events.
struct Away {
    left: Mutex<u32>,
    tries: Mutex<Vec<Uuid>>,
}

#[async_trait]
impl Bus for Away {
    async fn publish(&self, events: &[Event]) -> Result<(), BusError> {
        self.tries.lock().expect("not poisoned").extend(events.iter().map(|e| e.id));
        let mut left = self.left.lock().expect("not poisoned");
        if *left == 0 {
            return Ok(());
        }
        *left -= 1;
        Err(BusError::Unavailable("nobody is there".to_owned()))
    }

    fn subscribe(&self, _: Subscription) {}
}

#[tokio::test]
async fn while_the_bus_is_away_events_wait_and_one_is_tried_at_a_time() {
    let world = new().await;
    let bus = Arc::new(Away { left: Mutex::new(3), tries: Mutex::default() });
    let outbox = Arc::new(world.producer.clone());
    let relay = Relay::new("ledger-service", outbox, bus.clone(), world.clock.clone(), "relay two".to_owned());
    world.publish(&[(1, MADE, "entries/a"), (2, MADE, "entries/b"), (3, MADE, "entries/c")]).await;
    for tries in 1..=3 {
        assert_eq!(relay.drain().await, Ok(0));
        assert_eq!(bus.tries.lock().expect("not poisoned").len(), tries);
        assert_eq!(world.producer.pending().await, Ok(3));
    }
    // Back: no event has a pause of its own, the clock need not go on.
    assert_eq!(relay.drain().await, Ok(3));
    assert_eq!(world.producer.pending().await, Ok(0));
}

#[tokio::test]
async fn the_worker_delivers_by_itself_and_soon_when_woken() {
    let world = new().await;
    world.subscribe("consumer", &[MADE]);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let bus: Arc<dyn Bus> = world.bus.clone();
    let outbox = Arc::new(world.producer.clone());
    let relay = Arc::new(Relay::new("ledger-service", outbox, bus, clock, "relay two".to_owned()));
    let stop = CancellationToken::new();
    let task = tokio::spawn(Arc::clone(&relay).run(stop.clone()));
    for (number, sequence) in [(1, 1), (2, 2)] {
        world.publish(&[(number, MADE, "entries/a")]).await;
        relay.wake();
        for _ in 0..200 {
            if world.effects().await.len() == usize::try_from(sequence).expect("small") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(world.effects().await.last(), Some(&effect("consumer", "entries/a", sequence)));
    }
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(5), task).await.expect("stops").expect("no panic");
}

/// Takes every event, and loses its memory when told to, in the middle of a publication, too.
#[derive(Default)]
struct Forgetful {
    life: Mutex<u32>,
    dies_with: Mutex<Option<Uuid>>,
    kept: Mutex<Vec<Uuid>>,
}

impl Forgetful {
    fn forget(&self) {
        *self.life.lock().expect("not poisoned") += 1;
        self.kept.lock().expect("not poisoned").clear();
    }

    fn kept(&self) -> Vec<Uuid> {
        let mut kept = self.kept.lock().expect("not poisoned").clone();
        kept.sort();
        kept.dedup();
        kept
    }
}

#[async_trait]
impl Bus for Forgetful {
    async fn publish(&self, events: &[Event]) -> Result<(), BusError> {
        for event in events {
            self.kept.lock().expect("not poisoned").push(event.id);
            if self.dies_with.lock().expect("not poisoned").take_if(|id| *id == event.id).is_some() {
                self.forget();
            }
        }
        Ok(())
    }

    fn subscribe(&self, _: Subscription) {}

    async fn epoch(&self) -> Result<Option<Epoch>, BusError> {
        let id = self.life.lock().expect("not poisoned").to_string();
        Ok(Some(Epoch { id, republish: Duration::from_secs(7 * 86_400) }))
    }
}

#[tokio::test]
async fn what_the_bus_forgot_goes_out_again() {
    let world = new().await;
    let bus = Arc::new(Forgetful::default());
    let relay = |owner: &str| {
        let outbox = Arc::new(world.producer.clone());
        Relay::new("ledger-service", outbox, bus.clone(), world.clock.clone(), owner.to_owned())
    };
    let (one, two) = (relay("relay one"), relay("relay two"));
    let [a, b, c] = [1, 2, 3].map(CountingIds::numbered);
    world.publish(&[(1, MADE, "entries/a")]).await;
    assert_eq!(one.drain().await, Ok(1));
    world.clock.advance(Duration::from_secs(8 * 86_400));
    world.publish(&[(2, MADE, "entries/b")]).await;
    assert_eq!((two.drain().await, bus.kept()), (Ok(1), vec![a, b]));

    // Nothing waits, and yet the loss is seen; what went out eight days ago does not go out again.
    bus.forget();
    assert_eq!((one.drain().await, bus.kept()), (Ok(1), vec![b]));
    assert_eq!((two.drain().await, bus.kept()), (Ok(0), vec![b]));

    // Lost between taking an event and the mark: not marked, so it goes out again, and the other with it.
    *bus.dies_with.lock().expect("not poisoned") = Some(c);
    world.publish(&[(3, MADE, "entries/c")]).await;
    assert_eq!((two.drain().await, bus.kept()), (Ok(0), vec![]));
    assert_eq!((one.drain().await, bus.kept()), (Ok(2), vec![b, c]));
    assert_eq!(world.producer.pending().await, Ok(0));
}
