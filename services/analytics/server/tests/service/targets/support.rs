//! Services over one store with a clock that is set, and a bus that keeps what analytics says.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use analytics_server::{Deps, Settings, build};
use async_trait::async_trait;
use prost::Message as _;
use tonic::{Request, Response, Status};
use tributary_bus::{Bus, BusError, InProcessBus, Subscription};
use tributary_core::{Date, Event, IdSource, Role, SystemIds, Timestamp};
use tributary_lifecycle::{CancellationToken, Worker};
use tributary_proto::{
    google::r#type::{Date as DateParts, Decimal},
    tributary::{
        analytics::v1::{
            CreateTargetRequest, GetTargetProgressRequest, Target, TargetProgress, TargetStatus, TargetStatusChanged,
            target_service_client::TargetServiceClient,
        },
        incentive::v1::{FactKind, SalesFact, fact_service_server::FactServiceServer},
    },
};
use tributary_rpc::{
    Edge,
    client::{self, Backend},
    convert::date_to_proto,
    service::ServiceBuilder,
    status::{Described, describe},
    token::TokenSigner,
};
use tributary_testkit::{ManualClock, TestDatabase, engines};

use crate::{
    incentive::{Incentive, fact},
    support::{by, database, recorded},
};

/// How long an event may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Carries events, and keeps those of analytics.
pub struct Kept {
    inner: InProcessBus,
    pub events: Mutex<Vec<Event>>,
}

#[async_trait]
impl Bus for Kept {
    async fn publish(&self, events: &[Event]) -> Result<(), BusError> {
        let own = events.iter().filter(|event| event.source == "analytics");
        self.events.lock().expect("lock").extend(own.cloned());
        self.inner.publish(events).await
    }

    fn subscribe(&self, subscription: Subscription) {
        self.inner.subscribe(subscription);
    }
}

/// Services over one store.
pub struct World {
    pub client: TargetServiceClient<Backend>,
    pub clock: Arc<ManualClock>,
    pub bus: Arc<Kept>,
    incentive: Incentive,
    workers: Mutex<Vec<Worker>>,
    stop: CancellationToken,
    _database: TestDatabase,
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// One service on every engine, its workers not started.
pub async fn worlds() -> Vec<World> {
    replicas(1).await
}

/// Several services over one store, on every engine.
pub async fn replicas(count: usize) -> Vec<World> {
    let mut worlds = Vec::new();
    for engine in engines() {
        worlds.push(world(database(engine).await, count).await);
    }
    worlds
}

async fn world(database: TestDatabase, count: usize) -> World {
    let signer = Arc::new(TokenSigner::generate().expect("key"));
    // Two services have different ids to give, so these are true ones.
    let (clock, ids): (_, Arc<dyn IdSource>) = (Arc::new(ManualClock::default()), Arc::new(SystemIds));
    let bus = Arc::new(Kept { inner: InProcessBus::new(clock.clone()), events: Mutex::default() });
    let incentive = Incentive::default();
    let edge = Edge::new("incentive.tributary");
    let (mut client, mut workers) = (None, Vec::new());
    for _ in 0..count {
        let upstream =
            ServiceBuilder::new("incentive-calculation", &edge, signer.verifier(), clock.clone(), ids.clone())
                .add(FactServiceServer::new(incentive.clone()))
                .build()
                .await
                .expect("the upstream");
        let deps = Deps {
            clock: clock.clone(),
            ids: ids.clone(),
            bus: bus.clone(),
            cache: Arc::new(tributary_cache::LocalCache::default()),
            verifier: signer.verifier(),
            signer: signer.clone(),
            incentive_calculation: client::local(upstream.router),
        };
        let settings = Settings { store: database.url().parse().expect("a store url"), ..Settings::default() };
        let service = build(settings, deps).await.expect("the service");
        // Whoever remembers requests must also forget them.
        assert!(service.workers.iter().any(|worker| worker.name == "forget-requests"));
        workers.extend(service.workers);
        let backend = client::authorised(client::local(service.router), signer.clone(), clock.clone(), "gateway");
        client = Some(TargetServiceClient::new(backend));
    }
    World {
        client: client.expect("one or more"),
        clock,
        bus,
        incentive,
        workers: Mutex::new(workers),
        stop: CancellationToken::new(),
        _database: database,
    }
}

/// A call of a channel manager of the default tenant.
pub fn call<T>(message: T) -> Request<T> {
    by(Role::ChannelManager, "default", message)
}

/// An answer, or the refusal, decoded.
#[expect(clippy::result_large_err, reason = "a test makes few of them")]
pub fn said<T>(answer: Result<Response<T>, Status>) -> Result<T, Described> {
    answer.map(Response::into_inner).map_err(|status| describe(&status))
}

pub fn decimal(text: &str) -> Option<Decimal> {
    Some(Decimal { value: text.to_owned() })
}

pub fn day(text: &str) -> Date {
    Date::parse(text).expect("date")
}

/// A target for "gmv" in CNY.
pub fn gmv(period: &str, value: &str) -> Target {
    Target {
        metric: "gmv".to_owned(),
        period: period.to_owned(),
        currency_code: "CNY".to_owned(),
        value: decimal(value),
        ..Target::default()
    }
}

/// A sale, or what else of a kind, in CNY; net in units and nanos.
pub fn of(kind: FactKind, on: &str, net: (i64, i32)) -> SalesFact {
    let (year, month, day) = day(on).ymd();
    fact("p", (year, month, day), kind, "CNY", net, "1")
}

/// A sale in whole units.
pub fn sale(on: &str, net: i64) -> SalesFact {
    of(FactKind::SellIn, on, (net, 0))
}

impl World {
    pub fn start(&self) {
        for worker in self.workers.lock().expect("lock").drain(..) {
            tokio::spawn((worker.run)(self.stop.clone()));
        }
    }

    /// Moves the clock to noon of a day in Shanghai, which is at 04:00 UTC.
    pub fn noon(&self, on: &str) {
        self.clock.set(Timestamp(0).plus_seconds(day(on).days() * 86_400 + 4 * 3_600));
    }

    pub async fn facts(&self, batch: i64, facts: Vec<SalesFact>) {
        let count = i32::try_from(facts.len()).expect("few");
        // Each line has a key of its own.
        let keyed = facts.into_iter().zip(1..).map(|(fact, n)| SalesFact { source_id: format!("{batch}-{n}"), ..fact });
        let facts = keyed.collect();
        self.incentive.0.lock().expect("lock").batches.insert(("default".to_owned(), batch), facts);
        let event = recorded("default", u128::try_from(batch).expect("positive"), batch, count);
        self.bus.publish(&[event]).await.expect("delivered");
    }

    pub async fn create(&self, id: &str, target: Target) -> Result<Target, Described> {
        let request =
            CreateTargetRequest { target: Some(target), target_id: id.to_owned(), ..CreateTargetRequest::default() };
        said(self.client.clone().create_target(call(request)).await)
    }

    /// How far a target has got up to a day, "" for today.
    pub async fn progress(&self, id: &str, as_of: &str) -> Result<TargetProgress, Described> {
        let as_of: Option<DateParts> = (!as_of.is_empty()).then(|| date_to_proto(day(as_of)));
        let request =
            GetTargetProgressRequest { name: format!("targets/{id}"), as_of, ..GetTargetProgressRequest::default() };
        said(self.client.clone().get_target_progress(call(request)).await)
    }

    /// Statuses that were published of a target, "before > after at its sequence", in that order.
    fn changes(&self, id: &str) -> Vec<String> {
        let subject = format!("targets/{id}");
        let events = self.bus.events.lock().expect("lock").clone();
        let of = |event: &Event| {
            assert_eq!(event.event_type, "tributary.analytics.v1.TargetStatusChanged");
            let changed = TargetStatusChanged::decode(event.data.as_slice()).expect("decodes");
            let progress = changed.progress.expect("progress");
            let name = |status: i32| {
                let name = TargetStatus::try_from(status).expect("known").as_str_name();
                name.trim_start_matches("TARGET_STATUS_").to_owned()
            };
            format!("{} > {}", name(changed.previous_status), name(progress.status))
        };
        let mut found: Vec<&Event> = events.iter().filter(|event| event.subject == subject).collect();
        found.sort_by_key(|event| event.sequence);
        found.into_iter().filter(|event| !event.event_type.ends_with("TargetChanged")).map(of).collect()
    }

    /// Waits until these and no other changes of a target were published.
    pub async fn changed(&self, id: &str, expected: &[&str]) {
        let waited = tokio::time::timeout(PATIENCE, async {
            while self.changes(id).len() < expected.len() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        drop(waited.await);
        assert_eq!(self.changes(id), expected);
    }
}
