//! From a real outbox over the bus into a real inbox: one effect per event, in order per subject, nothing lost.

#[cfg(test)]
mod delivery {
    use std::{
        collections::HashMap,
        sync::{Arc, Mutex},
        time::Duration,
    };

    use async_trait::async_trait;
    use sqlx::{
        SqlSafeStr,
        migrate::{Migration, MigrationType, Migrator},
    };
    use tokio_util::sync::CancellationToken;
    use tributary_bus::{Bus, BusError, Handler, InProcessBus, MAX_ATTEMPTS, Relay, Subscription, redeliver};
    use tributary_core::{Clock, Event, Fault, NewEvent, SystemClock, TenantId, fault::common};
    use tributary_sql::{DeadLetterStore, OutboxStore, PoolOptions, UnitOfWork, sqlite::Pool};
    use tributary_testkit::{CountingIds, Engine, ManualClock, TestDatabase};
    use uuid::Uuid;

    const MADE: &str = "tributary.ledger.v1.EntryMade";
    const CANCELLED: &str = "tributary.ledger.v1.EntryCancelled";

    /// Every call in order, and what to answer: failures left per event; `u32::MAX` means for ever.
    #[derive(Default)]
    struct Script {
        calls: Vec<(String, i64)>,
        failures: HashMap<Uuid, (u32, Option<Fault>)>,
    }

    /// Writes its inbox row and its effect in one transaction; fails after the effect, before the commit.
    struct Effects {
        consumer: &'static str,
        store: Pool,
        script: Arc<Mutex<Script>>,
    }

    #[async_trait]
    impl Handler for Effects {
        async fn handle(&self, event: &Event) -> Result<(), Fault> {
            let fails = {
                let mut script = self.script.lock().expect("not poisoned");
                script.calls.push((event.subject.clone(), event.sequence));
                match script.failures.get_mut(&event.id) {
                    Some((left, fault)) if *left > 0 => {
                        *left -= 1;
                        Some(fault.clone())
                    }
                    _ => None,
                }
            };
            let mut tx = self.store.begin().await?;
            if !tx.first_seen(self.consumer, event, event.time).await? {
                return Ok(());
            }
            sqlx::query("INSERT INTO effects (consumer, subject, sequence) VALUES ($1, $2, $3)")
                .bind(self.consumer)
                .bind(&event.subject)
                .bind(event.sequence)
                .execute(tx.conn())
                .await
                .map_err(tributary_sql::StoreError::from)?;
            match fails {
                Some(Some(fault)) => return Err(fault),
                Some(None) => panic!("a handler that panics"),
                None => {}
            }
            Ok(Box::new(tx).commit().await?)
        }
    }

    struct World {
        _databases: [TestDatabase; 2],
        producer: Pool,
        consumer: Pool,
        clock: Arc<ManualClock>,
        bus: Arc<InProcessBus>,
        relay: Arc<Relay>,
        script: Arc<Mutex<Script>>,
    }

    async fn open(database: &TestDatabase) -> Pool {
        let pool = Pool::open(database.place(), PoolOptions::default()).await.expect("opened");
        let sql = "CREATE TABLE effects (number INTEGER PRIMARY KEY, consumer TEXT, subject TEXT, sequence BIGINT)";
        let migration = Migration::new(100, "effects".into(), MigrationType::Simple, sql.into_sql_str(), false);
        pool.migrate(&Migrator::with_migrations(vec![migration])).await.expect("migrated");
        pool
    }

    impl World {
        async fn new() -> Self {
            let databases = [TestDatabase::create(Engine::Sqlite).await, TestDatabase::create(Engine::Sqlite).await];
            let (producer, consumer) = (open(&databases[0]).await, open(&databases[1]).await);
            let clock = Arc::new(ManualClock::default());
            let bus = Arc::new(InProcessBus::new(clock.clone()));
            let relay = Arc::new(Relay::new(
                "ledger-service",
                Arc::new(producer.clone()),
                bus.clone(),
                clock.clone(),
                "relay one".to_owned(),
            ));
            Self { _databases: databases, producer, consumer, clock, bus, relay, script: Arc::default() }
        }

        fn handler(&self, consumer: &'static str) -> Arc<Effects> {
            Arc::new(Effects { consumer, store: self.consumer.clone(), script: Arc::clone(&self.script) })
        }

        fn subscribe(&self, consumer: &'static str, event_types: &'static [&'static str]) {
            let dead_letters = Arc::new(self.consumer.clone());
            self.bus.subscribe(Subscription { consumer, event_types, handler: self.handler(consumer), dead_letters });
        }

        fn fails(&self, number: u64, times: u32, fault: Option<Fault>) {
            self.script.lock().expect("not poisoned").failures.insert(CountingIds::numbered(number), (times, fault));
        }

        async fn publish(&self, events: &[(u64, &str, &str)]) {
            let mut tx = self.producer.begin().await.expect("begun");
            for (number, event_type, subject) in events {
                let event = NewEvent {
                    id: CountingIds::numbered(*number),
                    tenant: TenantId::default_tenant(),
                    event_type: (*event_type).to_owned(),
                    subject: (*subject).to_owned(),
                    time: self.clock.now(),
                    data: vec![1],
                };
                tx.publish(event).await.expect("published");
            }
            Box::new(tx).commit().await.expect("committed");
        }

        /// Drains, moving the clock on, until the outbox is empty.
        async fn drain(&self) {
            for _ in 0..50 {
                self.relay.drain().await.expect("drained");
                if self.producer.pending().await.expect("counted") == 0 {
                    return;
                }
                self.clock.advance(Duration::from_secs(31));
            }
            panic!("the outbox does not empty");
        }

        async fn effects(&self) -> Vec<(String, String, i64)> {
            sqlx::query_as("SELECT consumer, subject, sequence FROM effects ORDER BY number")
                .fetch_all(self.consumer.reader())
                .await
                .expect("read")
        }

        async fn letters(&self) -> Vec<(String, Uuid, i64)> {
            let letters = self.consumer.list(&TenantId::default_tenant(), None, None, 100).await.expect("listed");
            letters.into_iter().map(|l| (l.consumer, l.event.id, l.attempts)).collect()
        }
    }

    fn busy() -> Fault {
        Fault::new(common::STORE_UNAVAILABLE, "busy")
    }

    fn effect(consumer: &str, subject: &str, sequence: i64) -> (String, String, i64) {
        (consumer.to_owned(), subject.to_owned(), sequence)
    }

    #[tokio::test]
    async fn a_handler_that_fails_at_first_has_one_effect_per_event_in_order() {
        let world = World::new().await;
        world.subscribe("consumer", &[MADE]);
        world.fails(1, 3, Some(busy()));
        world.fails(3, 2, None);
        world.publish(&[(1, MADE, "entries/a"), (2, MADE, "entries/a"), (3, MADE, "entries/b")]).await;
        world.publish(&[(4, CANCELLED, "entries/b"), (5, MADE, "entries/a")]).await;
        world.drain().await;
        let mut effects = world.effects().await;
        effects.sort_by(|x, y| x.1.cmp(&y.1));
        assert_eq!(
            effects,
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
        let world = World::new().await;
        world.subscribe("consumer", &[]);
        world.fails(1, u32::MAX, Some(Fault::invalid_field("amount", "is negative")));
        world.fails(3, u32::MAX, Some(Fault::internal("a mistake")));
        world.publish(&[(1, MADE, "entries/a"), (2, MADE, "entries/a"), (3, MADE, "entries/b")]).await;
        world.publish(&[(4, MADE, "entries/b"), (5, MADE, "entries/c")]).await;
        world.relay.drain().await.expect("drained");
        // At once: the final refusal is kept, the mistake waits for its ten tries and holds back only its own subject.
        assert_eq!(world.letters().await, [("consumer".to_owned(), CountingIds::numbered(1), 1)]);
        let first = [effect("consumer", "entries/c", 1), effect("consumer", "entries/a", 2)];
        assert_eq!(world.effects().await, first);
        assert_eq!(world.producer.pending().await, Ok(2));

        world.drain().await;
        let letters =
            [(1, 1), (3, 10)].map(|(n, attempts)| ("consumer".to_owned(), CountingIds::numbered(n), attempts));
        assert_eq!(world.letters().await, letters);
        assert_eq!(world.effects().await[2..], [effect("consumer", "entries/b", 2)]);
        assert_eq!(MAX_ATTEMPTS, 10);
        let letter = world.consumer.get(&TenantId::default_tenant(), "consumer", CountingIds::numbered(1)).await;
        let letter = letter.expect("read").expect("there");
        assert_eq!((letter.event.source.as_str(), letter.event.sequence), ("ledger-service", 1));
        assert!(letter.reason.contains("amount: is negative"), "{}", letter.reason);
    }

    #[tokio::test]
    async fn a_neighbour_that_is_away_is_waited_for_however_long() {
        let world = World::new().await;
        world.subscribe("consumer", &[MADE]);
        world.fails(1, 25, Some(busy()));
        world.fails(2, 25, Some(Fault::new(common::UPSTREAM_UNAVAILABLE, "away")));
        world.fails(3, 25, Some(Fault::new(common::CONCURRENT_CHANGE, "another was faster")));
        world.publish(&[(1, MADE, "entries/a"), (2, MADE, "entries/b"), (3, MADE, "entries/c")]).await;
        world.drain().await;
        assert_eq!(world.letters().await, []);
        let mut effects = world.effects().await;
        effects.sort_by(|x, y| x.1.cmp(&y.1));
        assert_eq!(effects, ["entries/a", "entries/b", "entries/c"].map(|subject| effect("consumer", subject, 1)));
    }

    #[tokio::test]
    async fn waiting_for_a_neighbour_does_not_use_up_the_tries_of_a_mistake() {
        let world = World::new().await;
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
        let world = World::new().await;
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
        let world = World::new().await;
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
    async fn a_person_redelivers_a_dead_letter() {
        let world = World::new().await;
        world.subscribe("consumer", &[MADE]);
        world.fails(1, 2, Some(Fault::invalid_field("amount", "is negative")));
        world.publish(&[(1, MADE, "entries/a")]).await;
        world.drain().await;
        let (handler, tenant, event) =
            (world.handler("consumer"), TenantId::default_tenant(), CountingIds::numbered(1));
        let again = async || redeliver(handler.as_ref(), &world.consumer, &tenant, "consumer", event).await;
        assert_eq!(again().await.expect_err("still wrong").reason(), common::INVALID_REQUEST);
        assert_eq!(world.letters().await.len(), 1);
        again().await.expect("handled");
        assert_eq!((world.letters().await, world.effects().await), (vec![], vec![effect("consumer", "entries/a", 1)]));
        assert_eq!(again().await.expect_err("gone").reason().code, "DEAD_LETTER_NOT_FOUND");
    }

    #[tokio::test]
    async fn one_consumers_failure_does_not_keep_the_event_from_another() {
        let world = World::new().await;
        world.subscribe("first", &[MADE]);
        world.subscribe("second", &[MADE]);
        // The script counts calls: the first consumer fails once, then both succeed.
        world.fails(1, 1, Some(busy()));
        world.publish(&[(1, MADE, "entries/a")]).await;
        world.relay.drain().await.expect("drained");
        assert_eq!(world.effects().await, [effect("second", "entries/a", 1)]);
        world.drain().await;
        assert_eq!(world.effects().await, [effect("second", "entries/a", 1), effect("first", "entries/a", 1)]);
    }

    #[tokio::test]
    async fn without_a_letter_an_event_does_not_count_as_delivered() {
        let world = World::new().await;
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

    #[tokio::test]
    async fn the_worker_delivers_by_itself_and_soon_when_woken() {
        let world = World::new().await;
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

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn two_relays_on_one_outbox_keep_effects_single_and_in_order() {
        let world = World::new().await;
        world.subscribe("consumer", &[MADE]);
        let subjects: Vec<String> = (0..10).map(|n| format!("entries/{n}")).collect();
        let events: Vec<(u64, &str, &str)> =
            (0..100).map(|n| (n + 1, MADE, subjects[usize::try_from(n % 10).expect("small")].as_str())).collect();
        world.publish(&events).await;
        let second = Arc::new(Relay::new(
            "ledger-service",
            Arc::new(world.producer.clone()),
            world.bus.clone(),
            world.clock.clone(),
            "relay two".to_owned(),
        ));
        while world.producer.pending().await.expect("counted") > 0 {
            let (a, b) = tokio::join!(world.relay.drain(), second.drain());
            a.and(b).expect("drained");
        }
        let effects = world.effects().await;
        assert_eq!(effects.len(), 100);
        for subject in &subjects {
            let sequences: Vec<i64> = effects.iter().filter(|e| &e.1 == subject).map(|e| e.2).collect();
            assert_eq!(sequences, (1..=10).collect::<Vec<_>>(), "{subject}");
        }
    }
}
