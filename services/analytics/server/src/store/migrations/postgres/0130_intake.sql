-- Touchpoints of customers, and costs of channels. Rows are never changed. Amounts are integers at the fact scale of their
-- currency, instants microseconds, days count from 1970; the day of a touchpoint is that in the zone of the installation
-- when it was recorded. Empty texts stand for what is not known.
CREATE TABLE touchpoints (
    tenant        TEXT COLLATE "C" NOT NULL,
    source_system TEXT COLLATE "C" NOT NULL,
    source_id     TEXT COLLATE "C" NOT NULL,
    customer_key  TEXT COLLATE "C" NOT NULL,
    kind          BIGINT NOT NULL CHECK (kind BETWEEN 1 AND 5),
    channel       TEXT COLLATE "C" NOT NULL,
    channel_class TEXT COLLATE "C" NOT NULL,
    partner_id    TEXT COLLATE "C" NOT NULL,
    region        TEXT COLLATE "C" NOT NULL,
    occurred_at   BIGINT NOT NULL,
    occurred_on   BIGINT NOT NULL,
    currency      TEXT COLLATE "C",
    value         BIGINT CHECK (value >= 0),
    order_id      TEXT NOT NULL,
    create_time   BIGINT NOT NULL,
    PRIMARY KEY (tenant, source_system, source_id),
    CHECK ((currency IS NULL) = (value IS NULL)),
    CHECK (kind = 5 OR (value IS NULL AND order_id = ''))
);
CREATE INDEX touchpoints_by_day ON touchpoints (tenant, occurred_on, occurred_at);
CREATE INDEX touchpoints_by_customer ON touchpoints (tenant, customer_key, occurred_at, kind, source_system, source_id)
    WHERE customer_key <> '';

CREATE TABLE costs (
    tenant        TEXT COLLATE "C" NOT NULL,
    source_system TEXT COLLATE "C" NOT NULL,
    source_id     TEXT COLLATE "C" NOT NULL,
    cost_type     TEXT COLLATE "C" NOT NULL,
    occurred_on   BIGINT NOT NULL,
    currency      TEXT COLLATE "C" NOT NULL,
    amount        BIGINT NOT NULL,
    channel       TEXT COLLATE "C" NOT NULL,
    sub_channel   TEXT COLLATE "C" NOT NULL,
    partner_id    TEXT COLLATE "C" NOT NULL,
    region        TEXT COLLATE "C" NOT NULL,
    product_line  TEXT COLLATE "C" NOT NULL,
    create_time   BIGINT NOT NULL,
    PRIMARY KEY (tenant, source_system, source_id)
);
CREATE INDEX costs_by_day ON costs (tenant, occurred_on);

-- Rows of every type that were put aside because a key looks like personal data. The key itself is never kept: the id of
-- the row is empty where it is the one. Journeys have no source system.
CREATE TABLE set_aside_rows (
    tenant        TEXT COLLATE "C" NOT NULL,
    id            UUID NOT NULL,
    row_type      TEXT COLLATE "C" NOT NULL CHECK (row_type IN ('journey', 'touchpoint', 'cost')),
    source_system TEXT COLLATE "C" NOT NULL,
    row_id        TEXT COLLATE "C" NOT NULL,
    field         TEXT NOT NULL,
    looks_like    TEXT NOT NULL,
    create_time   BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX set_aside_by_row ON set_aside_rows (tenant, row_type, source_system, row_id) WHERE row_id <> '';
INSERT INTO set_aside_rows (tenant, id, row_type, source_system, row_id, field, looks_like, create_time)
    SELECT tenant, set_aside_id, 'journey', '', journey_id, field, looks_like, create_time FROM set_aside_journeys;
DROP TABLE set_aside_journeys;
