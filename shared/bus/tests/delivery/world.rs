//! A producer with an outbox, a bus, a consumer whose handler follows a script.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use sqlx::{
    SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tributary_bus::{Bus, Handler, Relay, Subscription};
use tributary_core::{Clock, Event, Fault, NewEvent, TenantId, fault::common};
use tributary_sql::{DeadLetterStore, OutboxStore, PoolOptions, UnitOfWork, sqlite::Pool};
use tributary_testkit::{CountingIds, Engine, ManualClock, TestDatabase};
use uuid::Uuid;

pub const SERVICE: &str = "ledger-service";
pub const MADE: &str = "tributary.ledger.v1.EntryMade";
pub const CANCELLED: &str = "tributary.ledger.v1.EntryCancelled";
/// Far more than any test waits.
const PATIENCE: Duration = Duration::from_secs(60);

/// Every call in order, and what to answer: failures left per event; `u32::MAX` means for ever.
#[derive(Default)]
pub struct Script {
    pub calls: Vec<(String, i64)>,
    failures: HashMap<Uuid, (u32, Option<Fault>)>,
    hangs: HashSet<Uuid>,
}

/// Writes its inbox row and its effect in one transaction; fails after the effect, before the commit.
pub struct Effects {
    consumer: &'static str,
    store: Pool,
    script: Arc<Mutex<Script>>,
}

#[async_trait]
impl Handler for Effects {
    async fn handle(&self, event: &Event) -> Result<(), Fault> {
        let (fails, hangs) = {
            let mut script = self.script.lock().expect("not poisoned");
            script.calls.push((event.subject.clone(), event.sequence));
            let fails = match script.failures.get_mut(&event.id) {
                Some((left, fault)) if *left > 0 => {
                    *left -= 1;
                    Some(fault.clone())
                }
                _ => None,
            };
            (fails, script.hangs.contains(&event.id))
        };
        if hangs {
            std::future::pending::<()>().await;
        }
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

/// What a bus does by itself, as far as a test must know.
#[async_trait]
pub trait Carrier: Send + Sync {
    fn bus(&self) -> Arc<dyn Bus>;

    /// Begins to hand events to the subscribers there are; none when publishing does it.
    fn begin(&self, _stop: CancellationToken) -> Option<JoinHandle<()>> {
        None
    }

    /// Whether a consumer is done with everything that was published.
    async fn is_idle(&self, _consumer: &str) -> bool {
        true
    }
}

pub struct World {
    _databases: [TestDatabase; 2],
    pub producer: Pool,
    pub consumer: Pool,
    pub clock: Arc<ManualClock>,
    pub bus: Arc<dyn Bus>,
    pub relay: Arc<Relay>,
    pub script: Arc<Mutex<Script>>,
    carrier: Box<dyn Carrier>,
    consumers: Mutex<Vec<&'static str>>,
    reading: Mutex<Option<JoinHandle<()>>>,
    stop: CancellationToken,
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub async fn open(database: &TestDatabase) -> Pool {
    let pool = Pool::open(database.place(), PoolOptions::for_service(SERVICE)).await.expect("opened");
    let sql = "CREATE TABLE effects (number INTEGER PRIMARY KEY, consumer TEXT, subject TEXT, sequence BIGINT)";
    let migration = Migration::new(100, "effects".into(), MigrationType::Simple, sql.into_sql_str(), false);
    pool.migrate(&Migrator::with_migrations(vec![migration])).await.expect("migrated");
    pool
}

impl World {
    pub async fn new(carrier: impl FnOnce(Arc<dyn Clock>) -> Box<dyn Carrier>) -> Self {
        let databases = [TestDatabase::create(Engine::Sqlite).await, TestDatabase::create(Engine::Sqlite).await];
        let (producer, consumer) = (open(&databases[0]).await, open(&databases[1]).await);
        let clock = Arc::new(ManualClock::default());
        let carrier = carrier(clock.clone());
        let bus = carrier.bus();
        let relay = relay_of(&producer, bus.clone(), clock.clone(), "relay one");
        Self {
            _databases: databases,
            producer,
            consumer,
            clock,
            bus,
            relay,
            script: Arc::default(),
            carrier,
            consumers: Mutex::default(),
            reading: Mutex::default(),
            stop: CancellationToken::new(),
        }
    }

    /// One more relay on the same outbox.
    pub fn second_relay(&self) -> Arc<Relay> {
        relay_of(&self.producer, self.bus.clone(), self.clock.clone(), "relay two")
    }

    pub fn handler(&self, consumer: &'static str) -> Arc<Effects> {
        Arc::new(Effects { consumer, store: self.consumer.clone(), script: Arc::clone(&self.script) })
    }

    pub fn subscription(&self, consumer: &'static str, event_types: &'static [&'static str]) -> Subscription {
        let dead_letters = Arc::new(self.consumer.clone());
        Subscription { consumer, event_types, handler: self.handler(consumer), dead_letters }
    }

    pub fn subscribe(&self, consumer: &'static str, event_types: &'static [&'static str]) {
        self.consumers.lock().expect("not poisoned").push(consumer);
        self.bus.subscribe(self.subscription(consumer, event_types));
    }

    pub fn fails(&self, number: u64, times: u32, fault: Option<Fault>) {
        self.script.lock().expect("not poisoned").failures.insert(CountingIds::numbered(number), (times, fault));
    }

    /// Handling this one never ends: whoever does it is to be killed.
    pub fn hangs(&self, number: u64) {
        self.script.lock().expect("not poisoned").hangs.insert(CountingIds::numbered(number));
    }

    pub async fn publish(&self, events: &[(u64, &str, &str)]) {
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

    /// Publishes what waits, moving the clock on, until the outbox is empty.
    pub async fn empty_outbox(&self) {
        for _ in 0..50 {
            self.relay.drain().await.expect("drained");
            if self.producer.pending().await.expect("counted") == 0 {
                return;
            }
            self.clock.advance(Duration::from_secs(31));
        }
        panic!("the outbox does not empty");
    }

    /// Lets subscribers get events, if the bus does not do it in publishing.
    pub fn begin(&self) {
        let mut reading = self.reading.lock().expect("not poisoned");
        if reading.is_none() {
            *reading = self.carrier.begin(self.stop.clone());
        }
    }

    /// Until the outbox is empty and every consumer is done.
    pub async fn drain(&self) {
        self.empty_outbox().await;
        self.begin();
        let consumers = self.consumers.lock().expect("not poisoned").clone();
        until("every consumer is done", async || {
            for consumer in &consumers {
                if !self.carrier.is_idle(consumer).await {
                    return false;
                }
            }
            true
        })
        .await;
    }

    /// Consumer, subject and sequence, in the order in which they happened.
    pub async fn effects(&self) -> Vec<(String, String, i64)> {
        sqlx::query_as("SELECT consumer, subject, sequence FROM effects ORDER BY number")
            .fetch_all(self.consumer.reader())
            .await
            .expect("read")
    }

    /// The effects, each subject's in the order in which they happened.
    pub async fn effects_by_subject(&self) -> Vec<(String, String, i64)> {
        let mut effects = self.effects().await;
        effects.sort_by(|x, y| x.1.cmp(&y.1));
        effects
    }

    pub async fn letters(&self) -> Vec<(String, Uuid, i64)> {
        let letters = self.consumer.list(&TenantId::default_tenant(), None, None, 100).await.expect("listed");
        letters.into_iter().map(|l| (l.consumer, l.event.id, l.attempts)).collect()
    }
}

fn relay_of(producer: &Pool, bus: Arc<dyn Bus>, clock: Arc<dyn Clock>, owner: &str) -> Arc<Relay> {
    Arc::new(Relay::new(SERVICE, Arc::new(producer.clone()), bus, clock, owner.to_owned()))
}

/// Waits for something that must come.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "it does not come: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub fn busy() -> Fault {
    Fault::new(common::STORE_UNAVAILABLE, "busy")
}

pub fn effect(consumer: &str, subject: &str, sequence: i64) -> (String, String, i64) {
    (consumer.to_owned(), subject.to_owned(), sequence)
}
