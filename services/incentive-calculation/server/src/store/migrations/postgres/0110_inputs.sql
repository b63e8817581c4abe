-- What decides a run beside its facts. `arrival` numbers what arrived, from the counter of partner copies; a row holds for
-- runs whose snapshot lies in [arrival, until_arrival), and was known in [record_time, until_time). NULL: it holds now.
CREATE TABLE figures (
    tenant        TEXT COLLATE "C" NOT NULL,
    source_system TEXT COLLATE "C" NOT NULL,
    source_id     TEXT COLLATE "C" NOT NULL,
    revision      BIGINT NOT NULL CHECK (revision >= 1),
    partner_id    TEXT COLLATE "C" NOT NULL,
    figure        TEXT COLLATE "C" NOT NULL,
    from_day      BIGINT NOT NULL,
    to_day        BIGINT NOT NULL,
    period        TEXT NOT NULL,
    value         TEXT NOT NULL,
    currency      TEXT CHECK (currency IS NULL OR length(currency) = 3),
    withdrawn     BIGINT NOT NULL CHECK (withdrawn IN (0, 1)),
    author        TEXT NOT NULL,
    record_time   BIGINT NOT NULL,
    until_time    BIGINT,
    arrival       BIGINT NOT NULL,
    until_arrival BIGINT,
    PRIMARY KEY (tenant, source_system, source_id, revision),
    CHECK (from_day < to_day)
);
CREATE INDEX figures_by_name ON figures (tenant, figure, partner_id);
CREATE INDEX figures_by_partner ON figures (tenant, partner_id);

CREATE TABLE rates (
    tenant        TEXT COLLATE "C" NOT NULL,
    rate_table    TEXT COLLATE "C" NOT NULL,
    from_currency TEXT COLLATE "C" NOT NULL CHECK (length(from_currency) = 3),
    into_currency TEXT COLLATE "C" NOT NULL CHECK (length(into_currency) = 3),
    day           BIGINT NOT NULL,
    revision      BIGINT NOT NULL CHECK (revision >= 1),
    rate          TEXT NOT NULL,
    author        TEXT NOT NULL,
    record_time   BIGINT NOT NULL,
    until_time    BIGINT,
    arrival       BIGINT NOT NULL,
    until_arrival BIGINT,
    PRIMARY KEY (tenant, rate_table, from_currency, into_currency, day, revision)
);

CREATE TABLE opening_lines (
    tenant        TEXT COLLATE "C" NOT NULL,
    source_system TEXT COLLATE "C" NOT NULL,
    source_id     TEXT COLLATE "C" NOT NULL,
    revision      BIGINT NOT NULL CHECK (revision >= 1),
    programme     TEXT COLLATE "C" NOT NULL,
    slot          TEXT COLLATE "C" NOT NULL,
    rule          TEXT COLLATE "C" NOT NULL,
    part          TEXT COLLATE "C" NOT NULL,
    partner_id    TEXT COLLATE "C" NOT NULL,
    period        TEXT NOT NULL,
    from_day      BIGINT NOT NULL,
    to_day        BIGINT NOT NULL,
    currency      TEXT NOT NULL CHECK (length(currency) = 3),
    amount        BIGINT NOT NULL,
    carried       TEXT NOT NULL,
    withdrawn     BIGINT NOT NULL CHECK (withdrawn IN (0, 1)),
    author        TEXT NOT NULL,
    record_time   BIGINT NOT NULL,
    until_time    BIGINT,
    arrival       BIGINT NOT NULL,
    until_arrival BIGINT,
    PRIMARY KEY (tenant, source_system, source_id, revision),
    CHECK (from_day < to_day)
);
CREATE INDEX opening_lines_by_programme ON opening_lines (tenant, programme, to_day);

CREATE TABLE calendars (
    tenant      TEXT COLLATE "C" NOT NULL,
    calendar_id TEXT COLLATE "C" NOT NULL,
    revision    BIGINT NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (tenant, calendar_id)
);

-- How the partner stood, as the registry names it; empty: not told, as of every revision before.
ALTER TABLE partner_revisions ADD COLUMN status TEXT NOT NULL DEFAULT '';

-- What a final run stated counts for later periods, from this arrival on; NULL: it stated nothing. The days of its period,
-- whatever calendar it is of; NULL: as its text says, as of every run before.
ALTER TABLE runs ADD COLUMN stated_arrival BIGINT;
ALTER TABLE runs ADD COLUMN from_day BIGINT;
ALTER TABLE runs ADD COLUMN to_day BIGINT;
UPDATE runs SET stated_arrival = 0
WHERE body::jsonb ->> 'mode' = 'FINAL' AND body::jsonb ->> 'state' = 'SUCCEEDED';
CREATE INDEX runs_stated ON runs (tenant, programme, stated_arrival) WHERE stated_arrival IS NOT NULL;

-- What a line hands on to the next period, as a fraction; NULL: nothing.
ALTER TABLE statement_lines ADD COLUMN carried TEXT;
