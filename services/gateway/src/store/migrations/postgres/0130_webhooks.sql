-- Webhooks of tenants, what is to be sent to them, and what came of it.
CREATE TABLE webhooks (
    tenant       TEXT COLLATE "C" NOT NULL,
    id           TEXT COLLATE "C" NOT NULL CHECK (length(id) BETWEEN 1 AND 63),
    url          TEXT NOT NULL,
    display_name TEXT NOT NULL,
    types        TEXT NOT NULL,           -- JSON list of patterns; empty: all
    subject      TEXT NOT NULL,
    state        TEXT COLLATE "C" NOT NULL CHECK (state IN ('ENABLED', 'DISABLED', 'GONE')),
    secrets      TEXT NOT NULL,           -- JSON list, the newest first
    revision     BIGINT NOT NULL CHECK (revision > 0),
    creator      TEXT NOT NULL,
    create_time  BIGINT NOT NULL,
    update_time  BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- One row per event and webhook, named by the number of the event in the feed. No foreign key to webhooks: an event that
-- enters while a webhook is being removed must not fail.
CREATE TABLE webhook_deliveries (
    tenant            TEXT COLLATE "C" NOT NULL,
    webhook           TEXT COLLATE "C" NOT NULL,
    number            BIGINT NOT NULL CHECK (number > 0),
    event_id          UUID NOT NULL,
    event_type        TEXT COLLATE "C" NOT NULL,
    subject           TEXT COLLATE "C" NOT NULL,
    state             TEXT COLLATE "C" NOT NULL CHECK (state IN ('PENDING', 'DELIVERED', 'FAILED')),
    tries             BIGINT NOT NULL CHECK (tries >= 0),         -- of the present round
    attempt_count     BIGINT NOT NULL CHECK (attempt_count >= 0), -- of all rounds
    next_attempt_time BIGINT NOT NULL,
    create_time       BIGINT NOT NULL,
    end_time          BIGINT,
    lease_owner       TEXT COLLATE "C",
    lease_until       BIGINT,
    PRIMARY KEY (tenant, webhook, number)
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_attempt_time) WHERE state = 'PENDING';
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (tenant, webhook, next_attempt_time, number)
    WHERE state = 'PENDING';
CREATE INDEX webhook_deliveries_number ON webhook_deliveries (tenant, number);

CREATE TABLE webhook_attempts (
    tenant      TEXT COLLATE "C" NOT NULL,
    webhook     TEXT COLLATE "C" NOT NULL,
    number      BIGINT NOT NULL,
    attempt     BIGINT NOT NULL CHECK (attempt > 0),
    time        BIGINT NOT NULL,
    duration_us BIGINT NOT NULL,
    http_status BIGINT NOT NULL CHECK (http_status BETWEEN 0 AND 999), -- 0: no answer
    error       TEXT NOT NULL,
    response    TEXT NOT NULL,
    PRIMARY KEY (tenant, webhook, number, attempt),
    FOREIGN KEY (tenant, webhook, number) REFERENCES webhook_deliveries (tenant, webhook, number) ON DELETE CASCADE
);
