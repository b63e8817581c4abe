-- Webhooks of tenants, what is to be sent to them, and what came of it.
CREATE TABLE webhooks (
    tenant       TEXT NOT NULL,
    id           TEXT NOT NULL CHECK (length(id) BETWEEN 1 AND 63),
    url          TEXT NOT NULL,
    display_name TEXT NOT NULL,
    types        TEXT NOT NULL,           -- JSON list of patterns; empty: all
    subject      TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('ENABLED', 'DISABLED', 'GONE')),
    secrets      TEXT NOT NULL,           -- JSON list, the newest first
    revision     INTEGER NOT NULL CHECK (revision > 0),
    creator      TEXT NOT NULL,
    create_time  INTEGER NOT NULL,
    update_time  INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;

-- One row per event and webhook, named by the number of the event in the feed. No foreign key to webhooks: an event that
-- enters while a webhook is being removed must not fail.
CREATE TABLE webhook_deliveries (
    tenant            TEXT NOT NULL,
    webhook           TEXT NOT NULL,
    number            INTEGER NOT NULL CHECK (number > 0),
    event_id          BLOB NOT NULL,
    event_type        TEXT NOT NULL,
    subject           TEXT NOT NULL,
    state             TEXT NOT NULL CHECK (state IN ('PENDING', 'DELIVERED', 'FAILED')),
    tries             INTEGER NOT NULL CHECK (tries >= 0),         -- of the present round
    attempt_count     INTEGER NOT NULL CHECK (attempt_count >= 0), -- of all rounds
    next_attempt_time INTEGER NOT NULL,
    create_time       INTEGER NOT NULL,
    end_time          INTEGER,
    lease_owner       TEXT,
    lease_until       INTEGER,
    PRIMARY KEY (tenant, webhook, number)
) STRICT;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_attempt_time) WHERE state = 'PENDING';
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (tenant, webhook, next_attempt_time, number)
    WHERE state = 'PENDING';
CREATE INDEX webhook_deliveries_number ON webhook_deliveries (tenant, number);

CREATE TABLE webhook_attempts (
    tenant      TEXT NOT NULL,
    webhook     TEXT NOT NULL,
    number      INTEGER NOT NULL,
    attempt     INTEGER NOT NULL CHECK (attempt > 0),
    time        INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    http_status INTEGER NOT NULL CHECK (http_status BETWEEN 0 AND 999), -- 0: no answer
    error       TEXT NOT NULL,
    response    TEXT NOT NULL,
    PRIMARY KEY (tenant, webhook, number, attempt),
    FOREIGN KEY (tenant, webhook, number) REFERENCES webhook_deliveries (tenant, webhook, number) ON DELETE CASCADE
) STRICT;
