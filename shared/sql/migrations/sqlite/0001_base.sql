-- The tables every service has. Times are microseconds since 1970 (UTC); uuids are 16-byte blobs.

-- Idempotency: one row per remembered request; an answer is written before the row can be committed.
CREATE TABLE requests (
    tenant      TEXT    NOT NULL,
    method      TEXT    NOT NULL,
    request_id  TEXT    NOT NULL,
    body_digest BLOB    NOT NULL,
    answer      BLOB,
    create_time INTEGER NOT NULL,
    PRIMARY KEY (tenant, method, request_id)
) STRICT;
CREATE INDEX requests_by_age ON requests (create_time);

-- Outbox: events in the transaction of their change. Never deleted: consumers are rebuilt from here.
CREATE TABLE outbox_subjects (
    tenant        TEXT    NOT NULL,
    subject       TEXT    NOT NULL,
    last_sequence INTEGER NOT NULL CHECK (last_sequence > 0),
    PRIMARY KEY (tenant, subject)
) STRICT;

CREATE TABLE outbox (
    id             BLOB    NOT NULL PRIMARY KEY,
    tenant         TEXT    NOT NULL,
    event_type     TEXT    NOT NULL,
    subject        TEXT    NOT NULL,
    sequence       INTEGER NOT NULL CHECK (sequence > 0),
    time           INTEGER NOT NULL,
    data           BLOB    NOT NULL,
    published_time INTEGER,
    not_before     INTEGER NOT NULL DEFAULT 0,
    attempts       INTEGER NOT NULL DEFAULT 0,
    last_error     TEXT    NOT NULL DEFAULT '',
    claim_owner    TEXT,
    claim_until    INTEGER,
    UNIQUE (tenant, subject, sequence)
) STRICT;
CREATE INDEX outbox_waiting ON outbox (tenant, subject, sequence) WHERE published_time IS NULL;
CREATE INDEX outbox_waiting_by_time ON outbox (time, id) WHERE published_time IS NULL;
CREATE INDEX outbox_by_time ON outbox (time, id);

-- Inbox: events a consumer has handled, written in the transaction of the effect.
CREATE TABLE inbox (
    tenant      TEXT    NOT NULL,
    consumer    TEXT    NOT NULL,
    event_id    BLOB    NOT NULL,
    create_time INTEGER NOT NULL,
    PRIMARY KEY (tenant, consumer, event_id)
) STRICT;

-- Events a consumer could not handle.
CREATE TABLE dead_letters (
    tenant      TEXT    NOT NULL,
    consumer    TEXT    NOT NULL,
    event_id    BLOB    NOT NULL,
    source      TEXT    NOT NULL,
    event_type  TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    sequence    INTEGER NOT NULL,
    time        INTEGER NOT NULL,
    data        BLOB    NOT NULL,
    reason      TEXT    NOT NULL,
    attempts    INTEGER NOT NULL,
    create_time INTEGER NOT NULL,
    PRIMARY KEY (tenant, consumer, event_id)
) STRICT;

-- Long-running operations. Ids are unique across tenants, so that a runner needs only the id.
CREATE TABLE operations (
    id               BLOB    NOT NULL PRIMARY KEY,
    tenant           TEXT    NOT NULL,
    kind             TEXT    NOT NULL,
    actor            TEXT    NOT NULL,
    request          BLOB    NOT NULL,
    state            TEXT    NOT NULL CHECK (state IN ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
    metadata         BLOB    NOT NULL,
    response         BLOB    NOT NULL,
    error            BLOB    NOT NULL,
    cancel_requested INTEGER NOT NULL CHECK (cancel_requested IN (0, 1)),
    attempt          INTEGER NOT NULL,
    lease_owner      TEXT,
    lease_until      INTEGER,
    create_time      INTEGER NOT NULL,
    update_time      INTEGER NOT NULL,
    CHECK (state <> 'RUNNING' OR (lease_owner IS NOT NULL AND lease_until IS NOT NULL))
) STRICT;
CREATE INDEX operations_by_tenant ON operations (tenant, id);
CREATE INDEX operations_open ON operations (create_time, id) WHERE state IN ('PENDING', 'RUNNING');
