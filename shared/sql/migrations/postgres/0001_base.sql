-- The tables every service has. Times are microseconds since 1970 (UTC); compared text is ordered by its bytes (COLLATE "C").

-- Idempotency: one row per remembered request; an answer is written before the row can be committed.
CREATE TABLE requests (
    tenant      TEXT COLLATE "C" NOT NULL,
    method      TEXT COLLATE "C" NOT NULL,
    request_id  TEXT COLLATE "C" NOT NULL,
    body_digest BYTEA NOT NULL,
    answer      BYTEA,
    create_time BIGINT NOT NULL,
    PRIMARY KEY (tenant, method, request_id)
);
CREATE INDEX requests_by_age ON requests (create_time);

-- Outbox: events in the transaction of their change. Never deleted: consumers are rebuilt from here.
CREATE TABLE outbox_subjects (
    tenant        TEXT COLLATE "C" NOT NULL,
    subject       TEXT COLLATE "C" NOT NULL,
    last_sequence BIGINT NOT NULL CHECK (last_sequence > 0),
    PRIMARY KEY (tenant, subject)
);

CREATE TABLE outbox (
    id             UUID NOT NULL PRIMARY KEY,
    tenant         TEXT COLLATE "C" NOT NULL,
    event_type     TEXT COLLATE "C" NOT NULL,
    subject        TEXT COLLATE "C" NOT NULL,
    sequence       BIGINT NOT NULL CHECK (sequence > 0),
    time           BIGINT NOT NULL,
    data           BYTEA NOT NULL,
    published_time BIGINT,
    not_before     BIGINT NOT NULL DEFAULT 0,
    attempts       BIGINT NOT NULL DEFAULT 0,
    last_error     TEXT NOT NULL DEFAULT '',
    claim_owner    TEXT COLLATE "C",
    claim_until    BIGINT,
    UNIQUE (tenant, subject, sequence)
);
CREATE INDEX outbox_waiting ON outbox (tenant, subject, sequence) WHERE published_time IS NULL;
CREATE INDEX outbox_waiting_by_time ON outbox (time, id) WHERE published_time IS NULL;
CREATE INDEX outbox_by_time ON outbox (time, id);

-- Inbox: events a consumer has handled, written in the transaction of the effect.
CREATE TABLE inbox (
    tenant      TEXT COLLATE "C" NOT NULL,
    consumer    TEXT COLLATE "C" NOT NULL,
    event_id    UUID NOT NULL,
    create_time BIGINT NOT NULL,
    PRIMARY KEY (tenant, consumer, event_id)
);

-- Events a consumer could not handle.
CREATE TABLE dead_letters (
    tenant      TEXT COLLATE "C" NOT NULL,
    consumer    TEXT COLLATE "C" NOT NULL,
    event_id    UUID NOT NULL,
    source      TEXT COLLATE "C" NOT NULL,
    event_type  TEXT COLLATE "C" NOT NULL,
    subject     TEXT COLLATE "C" NOT NULL,
    sequence    BIGINT NOT NULL,
    time        BIGINT NOT NULL,
    data        BYTEA NOT NULL,
    reason      TEXT NOT NULL,
    attempts    BIGINT NOT NULL,
    create_time BIGINT NOT NULL,
    PRIMARY KEY (tenant, consumer, event_id)
);

-- Long-running operations. Ids are unique across tenants, so that a runner needs only the id.
CREATE TABLE operations (
    id               UUID NOT NULL PRIMARY KEY,
    tenant           TEXT COLLATE "C" NOT NULL,
    kind             TEXT COLLATE "C" NOT NULL,
    actor            TEXT COLLATE "C" NOT NULL,
    request          BYTEA NOT NULL,
    state            TEXT COLLATE "C" NOT NULL CHECK (state IN ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
    metadata         BYTEA NOT NULL,
    response         BYTEA NOT NULL,
    error            BYTEA NOT NULL,
    cancel_requested BOOLEAN NOT NULL,
    attempt          BIGINT NOT NULL,
    lease_owner      TEXT COLLATE "C",
    lease_until      BIGINT,
    create_time      BIGINT NOT NULL,
    update_time      BIGINT NOT NULL,
    CHECK (state <> 'RUNNING' OR (lease_owner IS NOT NULL AND lease_until IS NOT NULL))
);
CREATE INDEX operations_by_tenant ON operations (tenant, id);
CREATE INDEX operations_open ON operations (create_time, id) WHERE state IN ('PENDING', 'RUNNING');
