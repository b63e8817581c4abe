-- Journeys before a purchase or before none. A row may stand for several equal ones. Touches are one text: a line per
-- touch, of channel, partner and time in microseconds, parted by tabs. Value is an integer at the fact scale of its
-- currency, days count from 1970.
CREATE TABLE journeys (
    tenant       TEXT COLLATE "C" NOT NULL,
    journey_id   TEXT COLLATE "C" NOT NULL,
    customer_key TEXT NOT NULL,
    touches      TEXT NOT NULL,
    conversions  BIGINT NOT NULL CHECK (conversions >= 0),
    nulls        BIGINT NOT NULL CHECK (nulls >= 0 AND conversions + nulls >= 1),
    currency     TEXT,
    value        BIGINT CHECK (value >= 0),
    ended_on     BIGINT,
    create_time  BIGINT NOT NULL,
    PRIMARY KEY (tenant, journey_id),
    CHECK ((currency IS NULL) = (value IS NULL))
);
CREATE INDEX journeys_by_day ON journeys (tenant, ended_on);

-- Journeys that were put aside because a key looks like personal data. The key itself is never kept.
CREATE TABLE set_aside_journeys (
    tenant       TEXT COLLATE "C" NOT NULL,
    set_aside_id UUID NOT NULL,
    journey_id   TEXT COLLATE "C" NOT NULL,
    field        TEXT NOT NULL,
    looks_like   TEXT NOT NULL,
    create_time  BIGINT NOT NULL,
    PRIMARY KEY (tenant, set_aside_id)
);
CREATE UNIQUE INDEX set_aside_by_journey ON set_aside_journeys (tenant, journey_id) WHERE journey_id <> '';
