-- What decides a run beside its facts. `arrival` numbers what arrived, from the counter of partner copies; a row holds for
-- runs whose snapshot lies in [arrival, until_arrival), and was known in [record_time, until_time). NULL: it holds now.
CREATE TABLE figures (
    tenant        TEXT NOT NULL,
    source_system TEXT NOT NULL,
    source_id     TEXT NOT NULL,
    revision      INTEGER NOT NULL CHECK (revision >= 1),
    partner_id    TEXT NOT NULL,
    figure        TEXT NOT NULL,
    from_day      INTEGER NOT NULL,
    to_day        INTEGER NOT NULL,
    period        TEXT NOT NULL,
    value         TEXT NOT NULL,
    currency      TEXT CHECK (currency IS NULL OR length(currency) = 3),
    withdrawn     INTEGER NOT NULL CHECK (withdrawn IN (0, 1)),
    author        TEXT NOT NULL,
    record_time   INTEGER NOT NULL,
    until_time    INTEGER,
    arrival       INTEGER NOT NULL,
    until_arrival INTEGER,
    PRIMARY KEY (tenant, source_system, source_id, revision),
    CHECK (from_day < to_day)
) STRICT, WITHOUT ROWID;
CREATE INDEX figures_by_name ON figures (tenant, figure, partner_id);
CREATE INDEX figures_by_partner ON figures (tenant, partner_id);

CREATE TABLE rates (
    tenant        TEXT NOT NULL,
    rate_table    TEXT NOT NULL,
    from_currency TEXT NOT NULL CHECK (length(from_currency) = 3),
    into_currency TEXT NOT NULL CHECK (length(into_currency) = 3),
    day           INTEGER NOT NULL,
    revision      INTEGER NOT NULL CHECK (revision >= 1),
    rate          TEXT NOT NULL,
    author        TEXT NOT NULL,
    record_time   INTEGER NOT NULL,
    until_time    INTEGER,
    arrival       INTEGER NOT NULL,
    until_arrival INTEGER,
    PRIMARY KEY (tenant, rate_table, from_currency, into_currency, day, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE opening_lines (
    tenant        TEXT NOT NULL,
    source_system TEXT NOT NULL,
    source_id     TEXT NOT NULL,
    revision      INTEGER NOT NULL CHECK (revision >= 1),
    programme     TEXT NOT NULL,
    slot          TEXT NOT NULL,
    rule          TEXT NOT NULL,
    part          TEXT NOT NULL,
    partner_id    TEXT NOT NULL,
    period        TEXT NOT NULL,
    from_day      INTEGER NOT NULL,
    to_day        INTEGER NOT NULL,
    currency      TEXT NOT NULL CHECK (length(currency) = 3),
    amount        INTEGER NOT NULL,
    carried       TEXT NOT NULL,
    withdrawn     INTEGER NOT NULL CHECK (withdrawn IN (0, 1)),
    author        TEXT NOT NULL,
    record_time   INTEGER NOT NULL,
    until_time    INTEGER,
    arrival       INTEGER NOT NULL,
    until_arrival INTEGER,
    PRIMARY KEY (tenant, source_system, source_id, revision),
    CHECK (from_day < to_day)
) STRICT, WITHOUT ROWID;
CREATE INDEX opening_lines_by_programme ON opening_lines (tenant, programme, to_day);

CREATE TABLE calendars (
    tenant      TEXT NOT NULL,
    calendar_id TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (tenant, calendar_id)
) STRICT, WITHOUT ROWID;

-- How the partner stood, as the registry names it; empty: not told, as of every revision before.
ALTER TABLE partner_revisions ADD COLUMN status TEXT NOT NULL DEFAULT '';

-- What a final run stated counts for later periods, from this arrival on; NULL: it stated nothing. The days of its period,
-- whatever calendar it is of; NULL: as its text says, as of every run before.
ALTER TABLE runs ADD COLUMN stated_arrival INTEGER;
ALTER TABLE runs ADD COLUMN from_day INTEGER;
ALTER TABLE runs ADD COLUMN to_day INTEGER;
UPDATE runs SET stated_arrival = 0
WHERE json_extract(body, '$.mode') = 'FINAL' AND json_extract(body, '$.state') = 'SUCCEEDED';
CREATE INDEX runs_stated ON runs (tenant, programme, stated_arrival) WHERE stated_arrival IS NOT NULL;

-- What a line hands on to the next period, as a fraction; NULL: nothing.
ALTER TABLE statement_lines ADD COLUMN carried TEXT;
