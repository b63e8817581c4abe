//! The service over a store of its own: what is listed, tried again, sent again.

#![cfg(test)]

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use sqlx::migrate::Migrator;
use tonic::{Code, Request};
use tributary_bus::{Bus, Handler, InProcessBus, Relay, Subscription};
use tributary_core::{Event, Fault, NewEvent, RequestContext, TenantId, Timestamp};
use tributary_events::Events;
use tributary_proto::tributary::event::v1::{
    DeadLetter, GetDeadLetterRequest, ListDeadLettersRequest, ReplayEventsRequest, RetryDeadLetterRequest,
    event_service_server::EventService as _,
};
use tributary_rpc::{Edge, status::describe};
use tributary_sql::{OutboxStore as _, PoolOptions, UnitOfWork as _, sqlite::Pool};
use tributary_testkit::{CountingIds, Engine, ManualClock, TestDatabase};

const SERVICE: &str = "ledger-service";
const THIS: &str = "services/ledger-service";

/// Handles what it may, and says what it handled.
#[derive(Default)]
struct Handled {
    refuses: AtomicBool,
    events: Mutex<Vec<(String, i64)>>,
}

#[async_trait]
impl Handler for Handled {
    async fn handle(&self, event: &Event) -> Result<(), Fault> {
        if self.refuses.load(Ordering::SeqCst) {
            return Err(Fault::invalid_field("amount", "is negative"));
        }
        self.events.lock().expect("not poisoned").push((event.subject.clone(), event.sequence));
        Ok(())
    }
}

impl Handled {
    fn taken(&self) -> Vec<(String, i64)> {
        std::mem::take(&mut self.events.lock().expect("not poisoned"))
    }
}

struct World {
    _database: TestDatabase,
    pool: Pool,
    relay: Arc<Relay>,
    handled: Arc<Handled>,
    events: Events,
}

impl World {
    async fn new() -> Self {
        let database = TestDatabase::create(Engine::Sqlite).await;
        let pool = Pool::open(database.place(), PoolOptions::for_service(SERVICE)).await.expect("opened");
        pool.migrate(&Migrator::with_migrations(vec![])).await.expect("migrated");
        let clock = Arc::new(ManualClock::default());
        let bus = Arc::new(InProcessBus::new(clock.clone()));
        let (handled, store) = (Arc::new(Handled::default()), Arc::new(pool.clone()));
        let subscriptions: Vec<Subscription> = ["audit", "balance"]
            .map(|consumer| Subscription {
                consumer,
                event_types: &[],
                handler: handled.clone(),
                dead_letters: store.clone(),
            })
            .to_vec();
        for subscription in &subscriptions {
            bus.subscribe(subscription.clone());
        }
        let relay = Arc::new(Relay::new(SERVICE, store.clone(), bus, clock, "relay".to_owned()));
        let events = Events::new(Edge::new("ledger.tributary"), SERVICE, store, relay.clone(), subscriptions);
        Self { _database: database, pool, relay, handled, events }
    }

    async fn publish(&self, events: &[(u64, &str)]) {
        let mut tx = self.pool.begin().await.expect("begun");
        for (number, subject) in events {
            let event = NewEvent {
                id: CountingIds::numbered(*number),
                tenant: TenantId::default_tenant(),
                event_type: "tributary.ledger.v1.EntryMade".to_owned(),
                subject: (*subject).to_owned(),
                time: Timestamp(i64::try_from(*number).expect("small") * 1_000_000),
                data: vec![7],
            };
            tx.publish(event).await.expect("published");
        }
        Box::new(tx).commit().await.expect("committed");
        self.relay.drain().await.expect("drained");
    }

    async fn letters(&self, request: ListDeadLettersRequest) -> (Vec<DeadLetter>, String) {
        let answer = self.events.list_dead_letters(asked(request)).await.expect("listed").into_inner();
        (answer.dead_letters, answer.next_page_token)
    }
}

/// A request of a caller.
fn asked<T>(message: T) -> Request<T> {
    asked_by(&TenantId::default_tenant(), message)
}

fn asked_by<T>(tenant: &TenantId, message: T) -> Request<T> {
    let context = RequestContext {
        tenant: tenant.clone(),
        subject: "op".to_owned(),
        roles: vec![],
        scope: tributary_core::Scope::Tenant,
        request_id: "r".to_owned(),
    };
    let mut request = Request::new(message);
    request.extensions_mut().insert(context);
    request
}

fn of_this() -> ListDeadLettersRequest {
    ListDeadLettersRequest { service: THIS.to_owned(), ..ListDeadLettersRequest::default() }
}

fn name(consumer: &str, number: u64) -> String {
    format!("{THIS}/deadLetters/{consumer}.{}", CountingIds::numbered(number).simple())
}

#[tokio::test]
async fn letters_are_listed_page_by_page_and_shown() {
    let world = World::new().await;
    world.handled.refuses.store(true, Ordering::SeqCst);
    world.publish(&[(1, "entries/a"), (2, "entries/b")]).await;
    let all = [("audit", 1), ("audit", 2), ("balance", 1), ("balance", 2)].map(|(c, n)| name(c, n));
    let mut seen = Vec::new();
    let mut request = ListDeadLettersRequest { page_size: 3, ..of_this() };
    loop {
        let (letters, next) = world.letters(request.clone()).await;
        seen.extend(letters.into_iter().map(|letter| letter.name));
        if next.is_empty() {
            break;
        }
        request.page_token = next;
    }
    assert_eq!(seen, all);
    let (letters, _) = world.letters(ListDeadLettersRequest { consumer: "balance".to_owned(), ..of_this() }).await;
    assert_eq!(letters.iter().map(|l| &l.name).collect::<Vec<_>>(), [&all[2], &all[3]]);
    let listed = &letters[0];
    assert!(listed.reason.contains("amount: is negative") && listed.data.is_empty(), "{listed:?}");

    let get =
        async |name: &str| world.events.get_dead_letter(asked(GetDeadLetterRequest { name: name.to_owned() })).await;
    let whole = get(&all[2]).await.expect("there").into_inner();
    assert_eq!((whole.data.as_slice(), whole.source.as_str(), whole.attempt_count), ([7].as_slice(), SERVICE, 1));
    assert_eq!(whole, DeadLetter { data: vec![7], ..listed.clone() });

    for (name, code, reason) in [
        (name("audit", 3), Code::NotFound, "DEAD_LETTER_NOT_FOUND"),
        (name("nobody", 1), Code::NotFound, "DEAD_LETTER_NOT_FOUND"),
        (all[0].replace("ledger-service", "elsewhere"), Code::InvalidArgument, "INVALID_REQUEST"),
        ("services/ledger-service/deadLetters/audit".to_owned(), Code::InvalidArgument, "INVALID_REQUEST"),
    ] {
        let refused = describe(&get(&name).await.expect_err(&name));
        assert_eq!((refused.code, refused.reason.as_str()), (code, reason), "{name}");
    }
    let other = TenantId::parse("other").expect("a tenant");
    let answer = world.events.list_dead_letters(asked_by(&other, of_this())).await.expect("listed").into_inner();
    assert_eq!(answer.dead_letters, []);
    let foreign = ListDeadLettersRequest { page_token: request.page_token, consumer: "audit".to_owned(), ..of_this() };
    let refused = world.events.list_dead_letters(asked(foreign)).await.expect_err("of another list");
    assert_eq!(describe(&refused).reason, "PAGE_TOKEN_INVALID");
}

#[tokio::test]
async fn a_letter_goes_when_it_is_handled_and_stays_when_not() {
    let world = World::new().await;
    world.handled.refuses.store(true, Ordering::SeqCst);
    world.publish(&[(1, "entries/a")]).await;
    let retry = async |consumer| {
        let request = RetryDeadLetterRequest { name: name(consumer, 1) };
        world.events.retry_dead_letter(asked(request)).await
    };
    let refused = describe(&retry("audit").await.expect_err("still wrong"));
    assert_eq!((refused.code, refused.violations[0].field.as_str()), (Code::InvalidArgument, "amount"));
    assert_eq!(world.letters(of_this()).await.0.len(), 2);
    world.handled.refuses.store(false, Ordering::SeqCst);
    retry("audit").await.expect("handled");
    assert_eq!(world.handled.taken(), [("entries/a".to_owned(), 1)]);
    let left: Vec<String> = world.letters(of_this()).await.0.into_iter().map(|letter| letter.consumer).collect();
    assert_eq!(left, ["balance"]);
    assert_eq!(describe(&retry("audit").await.expect_err("gone")).reason, "DEAD_LETTER_NOT_FOUND");
}

#[tokio::test]
async fn events_go_out_again_on_a_persons_word() {
    let world = World::new().await;
    world.publish(&[(1, "entries/a"), (2, "entries/b"), (3, "entries/a")]).await;
    // Two consumers.
    assert_eq!(world.handled.taken().len(), 6);
    let again = async |request: ReplayEventsRequest| {
        let count = world.events.replay_events(asked(request)).await.expect("sent").into_inner().event_count;
        world.relay.drain().await.expect("drained");
        let mut taken = world.handled.taken();
        taken.dedup();
        (count, taken)
    };
    let event = |subject: &str, sequence| (subject.to_owned(), sequence);
    let of = ReplayEventsRequest { service: THIS.to_owned(), ..ReplayEventsRequest::default() };
    assert_eq!(again(of.clone()).await, (3, vec![event("entries/a", 1), event("entries/b", 1), event("entries/a", 2)]));
    let since = Some(tributary_rpc::convert::timestamp_to_proto(Timestamp(2_000_000)));
    assert_eq!(
        again(ReplayEventsRequest { since, ..of.clone() }).await,
        (2, vec![event("entries/b", 1), event("entries/a", 2)])
    );
    let subject = "entries/b".to_owned();
    assert_eq!(again(ReplayEventsRequest { subject, ..of.clone() }).await, (1, vec![event("entries/b", 1)]));
    assert_eq!(world.pool.pending().await, Ok(0));
    let elsewhere = ReplayEventsRequest { service: "services/elsewhere".to_owned(), ..of };
    let refused = world.events.replay_events(asked(elsewhere)).await.expect_err("not here");
    assert_eq!(describe(&refused).violations[0].field, "service");
}
