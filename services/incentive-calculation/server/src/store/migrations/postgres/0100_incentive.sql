-- Copies of partners, kept from the registry's events. `arrival` numbers what arrived here, from a locked counter row: a
-- run sees what had arrived when it was asked for, whenever it is calculated.
CREATE TABLE partners (
    tenant        TEXT COLLATE "C" NOT NULL,
    partner_id    TEXT COLLATE "C" NOT NULL,
    uid           UUID NOT NULL,
    revision      BIGINT NOT NULL,
    business_key  TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, partner_id)
);

CREATE TABLE partner_external_refs (
    tenant     TEXT COLLATE "C" NOT NULL,
    system     TEXT COLLATE "C" NOT NULL,
    ref_id     TEXT COLLATE "C" NOT NULL,
    partner_id TEXT COLLATE "C" NOT NULL,
    record_time BIGINT NOT NULL,
    PRIMARY KEY (tenant, system, ref_id)
);
CREATE INDEX partner_external_refs_by_partner ON partner_external_refs (tenant, partner_id);

-- Attributes by revision: what a partner was on a day, as known.
CREATE TABLE partner_revisions (
    tenant       TEXT COLLATE "C" NOT NULL,
    partner_id   TEXT COLLATE "C" NOT NULL,
    revision     BIGINT NOT NULL,
    effective_on BIGINT NOT NULL,
    record_time  BIGINT NOT NULL,
    arrival      BIGINT NOT NULL,
    attributes   TEXT NOT NULL,
    PRIMARY KEY (tenant, partner_id, revision)
);

CREATE TABLE tier_assignments (
    tenant         TEXT COLLATE "C" NOT NULL,
    partner_id     TEXT COLLATE "C" NOT NULL,
    record_time    BIGINT NOT NULL,
    arrival      BIGINT NOT NULL,
    event_id       UUID NOT NULL,
    effective_from BIGINT NOT NULL,
    effective_to   BIGINT,
    tier           TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, partner_id, record_time, event_id)
);

CREATE TABLE hierarchy_links (
    tenant         TEXT COLLATE "C" NOT NULL,
    partner_id     TEXT COLLATE "C" NOT NULL,
    record_time    BIGINT NOT NULL,
    arrival      BIGINT NOT NULL,
    event_id       UUID NOT NULL,
    effective_from BIGINT NOT NULL,
    parent_id      TEXT COLLATE "C",
    PRIMARY KEY (tenant, partner_id, record_time, event_id)
);

-- Gap-free numbers per tenant, taken from a locked row.
CREATE TABLE counters (
    tenant TEXT COLLATE "C" NOT NULL,
    name   TEXT COLLATE "C" NOT NULL,
    value  BIGINT NOT NULL CHECK (value >= 0),
    PRIMARY KEY (tenant, name)
);

-- Sales facts, kept for ever under their natural key. Amounts are integers at the fact scale of the currency.
CREATE TABLE facts (
    tenant             TEXT COLLATE "C" NOT NULL,
    source_system      TEXT COLLATE "C" NOT NULL,
    source_id          TEXT COLLATE "C" NOT NULL,
    partner_id         TEXT COLLATE "C" NOT NULL,
    kind               BIGINT NOT NULL CHECK (kind BETWEEN 1 AND 4),
    occurred_on        BIGINT NOT NULL,
    currency           TEXT COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    net                BIGINT NOT NULL,
    gross              BIGINT,
    cost               BIGINT,
    quantity           BIGINT,
    sku                TEXT COLLATE "C" NOT NULL,
    product_line       TEXT COLLATE "C" NOT NULL,
    region             TEXT COLLATE "C" NOT NULL,
    channel            BIGINT NOT NULL CHECK (channel BETWEEN 0 AND 3),
    sub_channel        TEXT COLLATE "C" NOT NULL,
    original_source_id TEXT COLLATE "C" NOT NULL,
    labels             TEXT NOT NULL,
    content_hash       BYTEA NOT NULL CHECK (length(content_hash) = 32),
    batch              BIGINT NOT NULL,
    record_time        BIGINT NOT NULL,
    PRIMARY KEY (tenant, source_system, source_id)
);
CREATE INDEX facts_by_partner ON facts (tenant, partner_id, occurred_on);
CREATE INDEX facts_by_day ON facts (tenant, occurred_on);
CREATE INDEX facts_by_batch ON facts (tenant, batch);

CREATE TABLE programmes (
    tenant       TEXT COLLATE "C" NOT NULL,
    programme_id TEXT COLLATE "C" NOT NULL,
    uid          UUID NOT NULL,
    body         TEXT NOT NULL,
    revision     BIGINT NOT NULL,
    create_time  BIGINT NOT NULL,
    PRIMARY KEY (tenant, programme_id)
);

-- A plan never changes its slot.
CREATE TABLE plans (
    tenant       TEXT COLLATE "C" NOT NULL,
    plan_id      TEXT COLLATE "C" NOT NULL,
    programme_id TEXT COLLATE "C" NOT NULL,
    slot         TEXT COLLATE "C" NOT NULL,
    last_version BIGINT NOT NULL CHECK (last_version >= 1),
    PRIMARY KEY (tenant, plan_id)
);

CREATE TABLE plan_versions (
    tenant       TEXT COLLATE "C" NOT NULL,
    plan_id      TEXT COLLATE "C" NOT NULL,
    version      BIGINT NOT NULL,
    programme_id TEXT COLLATE "C" NOT NULL,
    slot         TEXT COLLATE "C" NOT NULL,
    state        TEXT COLLATE "C" NOT NULL CHECK (state IN ('DRAFT', 'APPROVED', 'ACTIVE', 'RETIRED')),
    author       TEXT COLLATE "C" NOT NULL,
    approver     TEXT COLLATE "C" CHECK (approver IS NULL OR approver <> author),
    revision     BIGINT NOT NULL,
    body         TEXT NOT NULL,
    PRIMARY KEY (tenant, plan_id, version)
);
CREATE INDEX plan_versions_active ON plan_versions (tenant, programme_id) WHERE state = 'ACTIVE';

CREATE TABLE runs (
    tenant      TEXT COLLATE "C" NOT NULL,
    run_id      TEXT COLLATE "C" NOT NULL,
    programme   TEXT COLLATE "C" NOT NULL,
    period      TEXT COLLATE "C" NOT NULL,
    create_time BIGINT NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (tenant, run_id)
);

-- Held by a final run from its start to its end: two final runs of one programme and period never interleave.
CREATE TABLE run_locks (
    tenant    TEXT COLLATE "C" NOT NULL,
    programme TEXT COLLATE "C" NOT NULL,
    period    TEXT COLLATE "C" NOT NULL,
    run_id    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, programme, period)
);

CREATE TABLE statements (
    tenant       TEXT COLLATE "C" NOT NULL,
    statement_id TEXT COLLATE "C" NOT NULL,
    run_id       TEXT COLLATE "C" NOT NULL,
    partner_id   TEXT COLLATE "C" NOT NULL,
    business_key TEXT COLLATE "C" NOT NULL,
    currency     TEXT COLLATE "C" NOT NULL,
    total        BIGINT NOT NULL,
    body         TEXT NOT NULL,
    PRIMARY KEY (tenant, statement_id)
);
CREATE UNIQUE INDEX statements_by_payee ON statements (tenant, run_id, business_key, currency);
CREATE INDEX statements_by_total ON statements (tenant, run_id, total);

CREATE TABLE statement_lines (
    tenant       TEXT COLLATE "C" NOT NULL,
    statement_id TEXT COLLATE "C" NOT NULL,
    ordinal      BIGINT NOT NULL,
    line_id      TEXT COLLATE "C" NOT NULL,
    amount       BIGINT NOT NULL,
    body         TEXT NOT NULL,
    PRIMARY KEY (tenant, statement_id, line_id)
);
