-- The feed: public events of all services, numbered per tenant. The row of the head is locked by whoever adds an event, so
-- that numbers have no gaps and become visible in their order: "after number N" loses nothing.
CREATE TABLE feed_heads (
    tenant       TEXT NOT NULL PRIMARY KEY,
    log          TEXT NOT NULL CHECK (length(log) = 36), -- tells this feed from one in a store that is no more
    first_number INTEGER NOT NULL CHECK (first_number > 0),           -- what is below is no longer kept
    last_number  INTEGER NOT NULL CHECK (last_number >= first_number - 1)
) STRICT;

CREATE TABLE feed_events (
    tenant       TEXT NOT NULL,
    number       INTEGER NOT NULL CHECK (number > 0),
    event_id     BLOB NOT NULL,
    source       TEXT NOT NULL,
    event_type   TEXT NOT NULL,
    subject      TEXT NOT NULL,
    sequence     INTEGER NOT NULL CHECK (sequence > 0),
    time         INTEGER NOT NULL,
    data         BLOB NOT NULL,
    trace_parent TEXT NOT NULL,
    enter_time   INTEGER NOT NULL,
    PRIMARY KEY (tenant, number),
    UNIQUE (tenant, event_id)
) STRICT;
CREATE INDEX feed_events_subject ON feed_events (tenant, subject, number);

-- How far each subject has come, so that its events enter in their order.
CREATE TABLE feed_subjects (
    tenant        TEXT NOT NULL,
    source        TEXT NOT NULL,
    subject       TEXT NOT NULL,
    last_sequence INTEGER NOT NULL CHECK (last_sequence > 0),
    last_number   INTEGER NOT NULL CHECK (last_number > 0),
    PRIMARY KEY (tenant, source, subject)
) STRICT;
CREATE INDEX feed_subjects_number ON feed_subjects (tenant, last_number);
