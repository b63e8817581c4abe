-- The feed: public events of all services, numbered per tenant. The row of the head is locked by whoever adds an event, so
-- that numbers have no gaps and become visible in their order: "after number N" loses nothing.
CREATE TABLE feed_heads (
    tenant       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    log          TEXT COLLATE "C" NOT NULL CHECK (length(log) = 36), -- tells this feed from one in a store that is no more
    first_number BIGINT NOT NULL CHECK (first_number > 0),           -- what is below is no longer kept
    last_number  BIGINT NOT NULL CHECK (last_number >= first_number - 1)
);

CREATE TABLE feed_events (
    tenant       TEXT COLLATE "C" NOT NULL,
    number       BIGINT NOT NULL CHECK (number > 0),
    event_id     UUID NOT NULL,
    source       TEXT COLLATE "C" NOT NULL,
    event_type   TEXT COLLATE "C" NOT NULL,
    subject      TEXT COLLATE "C" NOT NULL,
    sequence     BIGINT NOT NULL CHECK (sequence > 0),
    time         BIGINT NOT NULL,
    data         BYTEA NOT NULL,
    trace_parent TEXT NOT NULL,
    enter_time   BIGINT NOT NULL,
    PRIMARY KEY (tenant, number),
    UNIQUE (tenant, event_id)
);
CREATE INDEX feed_events_subject ON feed_events (tenant, subject, number);

-- How far each subject has come, so that its events enter in their order.
CREATE TABLE feed_subjects (
    tenant        TEXT COLLATE "C" NOT NULL,
    source        TEXT COLLATE "C" NOT NULL,
    subject       TEXT COLLATE "C" NOT NULL,
    last_sequence BIGINT NOT NULL CHECK (last_sequence > 0),
    last_number   BIGINT NOT NULL CHECK (last_number > 0),
    PRIMARY KEY (tenant, source, subject)
);
CREATE INDEX feed_subjects_number ON feed_subjects (tenant, last_number);
