//! Every metric and every span of the suite, with what it carries. `deploy/docs/telemetry.md` says the same for people;
//! a test holds both together, and dashboards and alerts are held to that document.
//!
//! Names follow the semantic conventions of OpenTelemetry (RPC and database: 1.45; messaging: in development) where they
//! have one, and begin with `tributary.` elsewhere.

use crate::metrics::{Counter, Gauge, Histogram, Instrument};

/// Which service of the suite measured: with `tributary up` all of them are in one process.
pub const SERVICE: &str = "tributary.service";

/// Boundaries of the conventions for calls: 5 ms to 10 s.
const CALLS: &[f64] = &[0.001, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 30.0];
/// For what may take minutes.
const LONG: &[f64] = &[0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1_800.0, 7_200.0];

/// Calls that were answered, streams until their end.
pub static RPC_SERVER_CALL_DURATION: Histogram = Histogram::new(
    "rpc.server.call.duration",
    "how long calls took, streams until their end",
    &["rpc.system.name", "rpc.method", "rpc.response.status_code", SERVICE],
    CALLS,
);

/// Calls to other services.
pub static RPC_CLIENT_CALL_DURATION: Histogram = Histogram::new(
    "rpc.client.call.duration",
    "how long calls of one service to another took until the answer began",
    &["rpc.system.name", "rpc.method", "rpc.response.status_code", SERVICE],
    CALLS,
);

/// Connections of a pool, by state.
pub static POOL_CONNECTIONS: Gauge = Gauge::new(
    "db.client.connection.count",
    "{connection}",
    "connections to the store; used or idle",
    &["db.client.connection.pool.name", "db.client.connection.state", SERVICE],
);

/// The most connections of a pool.
pub static POOL_MAX: Gauge = Gauge::new(
    "db.client.connection.max",
    "{connection}",
    "the most connections that the pool opens",
    &["db.client.connection.pool.name", SERVICE],
);

/// Waiting for a connection.
pub static POOL_WAIT: Histogram = Histogram::new(
    "db.client.connection.wait_time",
    "how long transactions waited for a connection, on SQLite for their turn to write",
    &["db.client.connection.pool.name", SERVICE],
    CALLS,
);

/// Transactions, from their begin to their end.
pub static TRANSACTION_DURATION: Histogram = Histogram::new(
    "tributary.transaction.duration",
    "how long transactions were open; committed or rolled_back",
    &["db.system.name", "outcome", SERVICE],
    CALLS,
);

/// Whether the store answers.
pub static STORE_UP: Gauge =
    Gauge::new("tributary.store.up", "{store}", "1 while the store of the service answers, else 0", &[SERVICE]);

/// Events that wait in the outbox.
pub static OUTBOX_PENDING: Gauge =
    Gauge::new("tributary.outbox.pending", "{event}", "events of the outbox that are not published", &[SERVICE]);

/// How old the oldest of them is.
pub static OUTBOX_OLDEST: Gauge = Gauge::new(
    "tributary.outbox.oldest_age",
    "s",
    "age of the oldest event of the outbox that is not published, 0 without one",
    &[SERVICE],
);

/// Events given to the bus.
pub static EVENTS_PUBLISHED: Counter = Counter::new(
    "messaging.client.sent.messages",
    "{message}",
    "events given to the bus; those that failed carry error.type",
    &["messaging.system", "error.type", SERVICE],
);

/// How long handling an event took.
pub static EVENT_PROCESS_DURATION: Histogram = Histogram::new(
    "messaging.process.duration",
    "how long a consumer took to handle an event; a try that failed carries error.type",
    &["messaging.consumer.group.name", "error.type"],
    CALLS,
);

/// How old an event was when it was handled.
pub static CONSUMER_LAG: Histogram = Histogram::new(
    "tributary.consumer.lag",
    "age of events when their consumer had handled them",
    &["messaging.consumer.group.name"],
    LONG,
);

/// Events a stream holds that a consumer has not handled.
pub static CONSUMER_BACKLOG: Gauge = Gauge::new(
    "tributary.consumer.backlog",
    "{event}",
    "events in Redis that the consumer has not got yet, and those it has not acknowledged",
    &["messaging.consumer.group.name", "messaging.destination.name"],
);

/// Dead letters that wait for a person.
pub static DEAD_LETTERS: Gauge = Gauge::new(
    "tributary.dead_letters",
    "{event}",
    "events that a consumer of the service could not handle and that wait for a person",
    &[SERVICE],
);

/// Operations by state.
pub static OPERATIONS_OPEN: Gauge = Gauge::new(
    "tributary.operations.open",
    "{operation}",
    "operations that are not finished; PENDING or RUNNING",
    &["state", SERVICE],
);

/// How long the oldest operation waits.
pub static OPERATIONS_OLDEST: Gauge = Gauge::new(
    "tributary.operations.oldest_age",
    "s",
    "age of the oldest operation that waits to be run, 0 without one",
    &[SERVICE],
);

/// Operations that ended.
pub static OPERATION_DURATION: Histogram = Histogram::new(
    "tributary.operation.duration",
    "how long operations ran, all attempts of this process; SUCCEEDED, FAILED or CANCELLED",
    &["operation.kind", "state"],
    LONG,
);

/// Facts that runs have read.
pub static RUN_FACTS: Counter =
    Counter::new("tributary.run.facts", "{fact}", "facts that finished runs were made of", &["state"]);

/// Facts that came in.
pub static FACTS_RECORDED: Counter = Counter::new(
    "tributary.facts.recorded",
    "{fact}",
    "facts that came in; recorded, duplicate or refused",
    &["outcome"],
);

/// Answers that were asked of the cache.
pub static CACHE_REQUESTS: Counter = Counter::new(
    "tributary.cache.requests",
    "{answer}",
    "answers asked of the cache: hit, miss (computed), or joined to one that was being computed",
    &["outcome", SERVICE],
);

/// Which version runs.
pub static BUILD_INFO: Gauge =
    Gauge::new("tributary.build.info", "{build}", "always 1; says which version runs", &["service.version", SERVICE]);

/// Every metric.
pub static METRICS: &[&dyn Instrument] = &[
    &RPC_SERVER_CALL_DURATION,
    &RPC_CLIENT_CALL_DURATION,
    &POOL_CONNECTIONS,
    &POOL_MAX,
    &POOL_WAIT,
    &TRANSACTION_DURATION,
    &STORE_UP,
    &OUTBOX_PENDING,
    &OUTBOX_OLDEST,
    &EVENTS_PUBLISHED,
    &EVENT_PROCESS_DURATION,
    &CONSUMER_LAG,
    &CONSUMER_BACKLOG,
    &DEAD_LETTERS,
    &OPERATIONS_OPEN,
    &OPERATIONS_OLDEST,
    &OPERATION_DURATION,
    &RUN_FACTS,
    &FACTS_RECORDED,
    &CACHE_REQUESTS,
    &BUILD_INFO,
];

/// A span: its name in the code, and what it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpanName {
    /// Name in the code. What a collector shows may be more: a call is shown as its method.
    pub name: &'static str,
    /// Kind after OpenTelemetry.
    pub kind: &'static str,
    /// Keys of its attributes.
    pub attributes: &'static [&'static str],
}

/// Every span.
pub static SPANS: &[SpanName] = &[
    SpanName {
        name: "rpc",
        kind: "server",
        attributes: &["rpc.system.name", "rpc.method", "rpc.response.status_code", "request_id", "tenant", "subject"],
    },
    SpanName {
        name: "call",
        kind: "client",
        attributes: &["rpc.system.name", "rpc.method", "rpc.response.status_code"],
    },
    SpanName { name: "transaction", kind: "client", attributes: &["db.system.name", "db.namespace", "outcome"] },
    SpanName {
        name: "publish",
        kind: "producer",
        attributes: &[
            "messaging.system",
            "messaging.operation.type",
            "messaging.destination.name",
            "messaging.message.id",
            "event_type",
        ],
    },
    SpanName {
        name: "process",
        kind: "consumer",
        attributes: &[
            "messaging.operation.type",
            "messaging.consumer.group.name",
            "messaging.destination.name",
            "messaging.message.id",
            "event_type",
        ],
    },
    SpanName { name: "operation", kind: "internal", attributes: &["operation.kind", "operation.id", "attempt"] },
];
