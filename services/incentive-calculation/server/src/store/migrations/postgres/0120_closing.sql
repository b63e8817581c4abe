-- The periods of a programme: open from the first final run on, locked for ever.
CREATE TABLE periods (
    tenant    TEXT COLLATE "C" NOT NULL,
    programme TEXT COLLATE "C" NOT NULL,
    period    TEXT COLLATE "C" NOT NULL,
    from_day  BIGINT NOT NULL,
    to_day    BIGINT NOT NULL,
    state     TEXT COLLATE "C" NOT NULL CHECK (state IN ('OPEN', 'LOCKED')),
    revision  BIGINT NOT NULL,
    body      TEXT NOT NULL,
    PRIMARY KEY (tenant, programme, period)
);

-- What true-ups settle, by the closed period and its line.
CREATE TABLE true_up_origins (
    tenant       TEXT COLLATE "C" NOT NULL,
    programme    TEXT COLLATE "C" NOT NULL,
    period       TEXT COLLATE "C" NOT NULL,
    run_id       TEXT COLLATE "C" NOT NULL,
    partner      TEXT COLLATE "C" NOT NULL,
    currency     TEXT COLLATE "C" NOT NULL,
    slot         TEXT COLLATE "C" NOT NULL,
    rule         TEXT COLLATE "C" NOT NULL,
    part         TEXT COLLATE "C" NOT NULL,
    stated       BIGINT NOT NULL,
    difference   BIGINT NOT NULL,
    plan_version TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, programme, period, run_id, partner, currency, slot, rule, part)
);
CREATE INDEX true_up_origins_by_run ON true_up_origins (tenant, run_id);

-- When each durable batch was recorded.
CREATE TABLE fact_batches (
    tenant      TEXT COLLATE "C" NOT NULL,
    batch       BIGINT NOT NULL,
    record_time BIGINT NOT NULL,
    PRIMARY KEY (tenant, batch)
);

-- Returns and adjustments whose sale is known count on the sale's day, for whoever sees the batch with which both were
-- known.
CREATE TABLE fact_links (
    tenant        TEXT COLLATE "C" NOT NULL,
    source_system TEXT COLLATE "C" NOT NULL,
    source_id     TEXT COLLATE "C" NOT NULL,
    sale_day      BIGINT NOT NULL,
    own_day       BIGINT NOT NULL,
    batch         BIGINT NOT NULL,
    PRIMARY KEY (tenant, source_system, source_id)
);
CREATE INDEX fact_links_by_batch ON fact_links (tenant, batch);
CREATE INDEX facts_by_original ON facts (tenant, source_system, original_source_id) WHERE original_source_id <> '';

-- How many facts of a day each batch brought: tells without a look at the facts whether something changed in a window.
-- `moved` are earlier returns that left the day, or came to it, when their sale became known.
CREATE TABLE fact_days (
    tenant TEXT COLLATE "C" NOT NULL,
    day    BIGINT NOT NULL,
    batch  BIGINT NOT NULL,
    facts  BIGINT NOT NULL,
    moved  BIGINT NOT NULL,
    PRIMARY KEY (tenant, day, batch)
);

INSERT INTO fact_batches (tenant, batch, record_time)
SELECT tenant, batch, MAX(record_time) FROM facts GROUP BY tenant, batch;

INSERT INTO fact_links (tenant, source_system, source_id, sale_day, own_day, batch)
SELECT f.tenant, f.source_system, f.source_id, s.occurred_on, f.occurred_on,
       CASE WHEN s.batch > f.batch THEN s.batch ELSE f.batch END
FROM facts f
JOIN facts s ON s.tenant = f.tenant AND s.source_system = f.source_system AND s.source_id = f.original_source_id
WHERE f.original_source_id <> '' AND f.kind IN (3, 4) AND s.kind IN (1, 2);

INSERT INTO fact_days (tenant, day, batch, facts, moved)
SELECT f.tenant, COALESCE(l.sale_day, f.occurred_on), f.batch, COUNT(*), 0
FROM facts f
LEFT JOIN fact_links l
    ON l.tenant = f.tenant AND l.source_system = f.source_system AND l.source_id = f.source_id AND l.batch = f.batch
GROUP BY f.tenant, COALESCE(l.sale_day, f.occurred_on), f.batch;

INSERT INTO fact_days (tenant, day, batch, facts, moved)
SELECT m.tenant, m.day, m.batch, 0, COUNT(*)
FROM (
    SELECT l.tenant, l.own_day AS day, l.batch FROM fact_links l
    JOIN facts f ON f.tenant = l.tenant AND f.source_system = l.source_system AND f.source_id = l.source_id
    WHERE f.batch < l.batch
    UNION ALL
    SELECT l.tenant, l.sale_day AS day, l.batch FROM fact_links l
    JOIN facts f ON f.tenant = l.tenant AND f.source_system = l.source_system AND f.source_id = l.source_id
    WHERE f.batch < l.batch
) m
WHERE TRUE
GROUP BY m.tenant, m.day, m.batch
ON CONFLICT (tenant, day, batch) DO UPDATE SET moved = excluded.moved;

-- What arrived in the copy of partners since a number.
CREATE INDEX partner_revisions_by_arrival ON partner_revisions (tenant, arrival);
CREATE INDEX tier_assignments_by_arrival ON tier_assignments (tenant, arrival);
CREATE INDEX hierarchy_links_by_arrival ON hierarchy_links (tenant, arrival);
