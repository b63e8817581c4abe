//! The bus in one process: what holds on every bus, and what comes of publishing being delivery.

use std::sync::Arc;

use async_trait::async_trait;
use tributary_bus::{Bus, BusError, Handler, InProcessBus, Subscription};
use tributary_core::{Event, Fault, TenantId};
use tributary_sql::{DeadLetterStore, OutboxStore};
use tributary_testkit::{CountingIds, Engine, TestDatabase};

use crate::world::{self, Carrier, MADE, World, busy, effect, open};

#[path = "suite.rs"]
mod suite;

struct InProcess(Arc<InProcessBus>);

impl Carrier for InProcess {
    fn bus(&self) -> Arc<dyn Bus> {
        self.0.clone()
    }
}

async fn world() -> Option<World> {
    Some(new().await)
}

pub async fn new() -> World {
    World::new(|clock| Box::new(InProcess(Arc::new(InProcessBus::new(clock))))).await
}

#[tokio::test]
async fn a_mistake_holds_back_only_its_own_subject() {
    let world = new().await;
    world.subscribe("consumer", &[]);
    world.fails(1, u32::MAX, Some(Fault::invalid_field("amount", "is negative")));
    world.fails(3, u32::MAX, Some(Fault::internal("a mistake")));
    world.publish(&[(1, MADE, "entries/a"), (2, MADE, "entries/a"), (3, MADE, "entries/b")]).await;
    world.publish(&[(4, MADE, "entries/b"), (5, MADE, "entries/c")]).await;
    world.relay.drain().await.expect("drained");
    // At once: the final refusal is kept, the mistake waits for its ten tries.
    assert_eq!(world.letters().await, [("consumer".to_owned(), CountingIds::numbered(1), 1)]);
    let first = [effect("consumer", "entries/c", 1), effect("consumer", "entries/a", 2)];
    assert_eq!(world.effects().await, first);
    assert_eq!(world.producer.pending().await, Ok(2));
}

#[tokio::test]
async fn waiting_for_a_neighbour_does_not_use_up_the_tries_of_a_mistake() {
    let world = new().await;
    world.subscribe("consumer", &[MADE]);
    world.publish(&[(1, MADE, "entries/a")]).await;
    let event = world.producer.replay(None, 1).await.expect("replayed");
    world.fails(1, 20, Some(busy()));
    for _ in 0..20 {
        world.bus.publish(&event).await.expect_err("away");
    }
    world.fails(1, 10, None);
    for _ in 0..9 {
        world.bus.publish(&event).await.expect_err("panics");
        assert_eq!(world.letters().await, []);
    }
    world.bus.publish(&event).await.expect("kept as a letter");
    assert_eq!(world.letters().await, [("consumer".to_owned(), CountingIds::numbered(1), 30)]);
}

#[tokio::test]
async fn a_dead_letter_is_not_handled_again_while_another_consumer_waits() {
    let world = new().await;
    world.publish(&[(1, MADE, "entries/a")]).await;
    let event = world.producer.replay(None, 1).await.expect("replayed");
    let bus = InProcessBus::new(world.clock.clone());
    for (consumer, fault) in [("refusing", Fault::invalid_field("amount", "is negative")), ("waiting", busy())] {
        let (handler, dead_letters) = (Arc::new(Refusing(fault)), Arc::new(world.consumer.clone()));
        bus.subscribe(Subscription { consumer, event_types: &[MADE], handler, dead_letters });
    }
    bus.publish(&event).await.expect_err("one waits");
    let tenant = TenantId::default_tenant();
    let kept = ("refusing".to_owned(), CountingIds::numbered(1), 1);
    assert_eq!(world.letters().await, [kept]);
    // A person gave the letter up; it must not come back.
    world.consumer.remove(&tenant, "refusing", CountingIds::numbered(1)).await.expect("removed");
    bus.publish(&event).await.expect_err("one still waits");
    assert_eq!(world.letters().await, []);
}

/// Always answers with one fault.
struct Refusing(Fault);

#[async_trait]
impl Handler for Refusing {
    async fn handle(&self, _: &Event) -> Result<(), Fault> {
        Err(self.0.clone())
    }
}

#[tokio::test]
async fn without_a_letter_an_event_does_not_count_as_delivered() {
    let world = new().await;
    let letters = TestDatabase::create(Engine::Sqlite).await;
    let dead_letters = Arc::new(open(&letters).await);
    dead_letters.close().await;
    let handler = world.handler("consumer");
    world.bus.subscribe(Subscription { consumer: "consumer", event_types: &[MADE], handler, dead_letters });
    world.fails(1, u32::MAX, Some(Fault::invalid_field("amount", "is negative")));
    world.publish(&[(1, MADE, "entries/a")]).await;
    let event = world.producer.replay(None, 1).await.expect("replayed");
    let error = world.bus.publish(&event).await.expect_err("the letter cannot be kept");
    assert!(matches!(error, BusError::Consumer { .. }), "{error}");
    world.relay.drain().await.expect("drained");
    assert_eq!(world.producer.pending().await, Ok(1));
}
