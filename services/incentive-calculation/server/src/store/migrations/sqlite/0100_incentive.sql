-- Copies of partners, kept from the registry's events. `arrival` numbers what arrived here, from a locked counter row: a
-- run sees what had arrived when it was asked for, whenever it is calculated.
CREATE TABLE partners (
    tenant        TEXT NOT NULL,
    partner_id    TEXT NOT NULL,
    uid           BLOB NOT NULL,
    revision      INTEGER NOT NULL,
    business_key  TEXT NOT NULL,
    PRIMARY KEY (tenant, partner_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE partner_external_refs (
    tenant     TEXT NOT NULL,
    system     TEXT NOT NULL,
    ref_id     TEXT NOT NULL,
    partner_id TEXT NOT NULL,
    record_time INTEGER NOT NULL,
    PRIMARY KEY (tenant, system, ref_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX partner_external_refs_by_partner ON partner_external_refs (tenant, partner_id);

-- Attributes by revision: what a partner was on a day, as known.
CREATE TABLE partner_revisions (
    tenant       TEXT NOT NULL,
    partner_id   TEXT NOT NULL,
    revision     INTEGER NOT NULL,
    effective_on INTEGER NOT NULL,
    record_time  INTEGER NOT NULL,
    arrival      INTEGER NOT NULL,
    attributes   TEXT NOT NULL,
    PRIMARY KEY (tenant, partner_id, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE tier_assignments (
    tenant         TEXT NOT NULL,
    partner_id     TEXT NOT NULL,
    record_time    INTEGER NOT NULL,
    arrival      INTEGER NOT NULL,
    event_id       BLOB NOT NULL,
    effective_from INTEGER NOT NULL,
    effective_to   INTEGER,
    tier           TEXT NOT NULL,
    PRIMARY KEY (tenant, partner_id, record_time, event_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE hierarchy_links (
    tenant         TEXT NOT NULL,
    partner_id     TEXT NOT NULL,
    record_time    INTEGER NOT NULL,
    arrival      INTEGER NOT NULL,
    event_id       BLOB NOT NULL,
    effective_from INTEGER NOT NULL,
    parent_id      TEXT,
    PRIMARY KEY (tenant, partner_id, record_time, event_id)
) STRICT, WITHOUT ROWID;

-- Gap-free numbers per tenant, taken from a locked row.
CREATE TABLE counters (
    tenant TEXT NOT NULL,
    name   TEXT NOT NULL,
    value  INTEGER NOT NULL CHECK (value >= 0),
    PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

-- Sales facts, kept for ever under their natural key. Amounts are integers at the fact scale of the currency.
CREATE TABLE facts (
    tenant             TEXT NOT NULL,
    source_system      TEXT NOT NULL,
    source_id          TEXT NOT NULL,
    partner_id         TEXT NOT NULL,
    kind               INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 4),
    occurred_on        INTEGER NOT NULL,
    currency           TEXT NOT NULL CHECK (length(currency) = 3),
    net                INTEGER NOT NULL,
    gross              INTEGER,
    cost               INTEGER,
    quantity           INTEGER,
    sku                TEXT NOT NULL,
    product_line       TEXT NOT NULL,
    region             TEXT NOT NULL,
    channel            INTEGER NOT NULL CHECK (channel BETWEEN 0 AND 3),
    sub_channel        TEXT NOT NULL,
    original_source_id TEXT NOT NULL,
    labels             TEXT NOT NULL,
    content_hash       BLOB NOT NULL CHECK (length(content_hash) = 32),
    batch              INTEGER NOT NULL,
    record_time        INTEGER NOT NULL,
    PRIMARY KEY (tenant, source_system, source_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX facts_by_partner ON facts (tenant, partner_id, occurred_on);
CREATE INDEX facts_by_day ON facts (tenant, occurred_on);
CREATE INDEX facts_by_batch ON facts (tenant, batch);

CREATE TABLE programmes (
    tenant       TEXT NOT NULL,
    programme_id TEXT NOT NULL,
    uid          BLOB NOT NULL,
    body         TEXT NOT NULL,
    revision     INTEGER NOT NULL,
    create_time  INTEGER NOT NULL,
    PRIMARY KEY (tenant, programme_id)
) STRICT, WITHOUT ROWID;

-- A plan never changes its slot.
CREATE TABLE plans (
    tenant       TEXT NOT NULL,
    plan_id      TEXT NOT NULL,
    programme_id TEXT NOT NULL,
    slot         TEXT NOT NULL,
    last_version INTEGER NOT NULL CHECK (last_version >= 1),
    PRIMARY KEY (tenant, plan_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE plan_versions (
    tenant       TEXT NOT NULL,
    plan_id      TEXT NOT NULL,
    version      INTEGER NOT NULL,
    programme_id TEXT NOT NULL,
    slot         TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('DRAFT', 'APPROVED', 'ACTIVE', 'RETIRED')),
    author       TEXT NOT NULL,
    approver     TEXT CHECK (approver IS NULL OR approver <> author),
    revision     INTEGER NOT NULL,
    body         TEXT NOT NULL,
    PRIMARY KEY (tenant, plan_id, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX plan_versions_active ON plan_versions (tenant, programme_id) WHERE state = 'ACTIVE';

CREATE TABLE runs (
    tenant      TEXT NOT NULL,
    run_id      TEXT NOT NULL,
    programme   TEXT NOT NULL,
    period      TEXT NOT NULL,
    create_time INTEGER NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (tenant, run_id)
) STRICT, WITHOUT ROWID;

-- Held by a final run from its start to its end: two final runs of one programme and period never interleave.
CREATE TABLE run_locks (
    tenant    TEXT NOT NULL,
    programme TEXT NOT NULL,
    period    TEXT NOT NULL,
    run_id    TEXT NOT NULL,
    PRIMARY KEY (tenant, programme, period)
) STRICT, WITHOUT ROWID;

CREATE TABLE statements (
    tenant       TEXT NOT NULL,
    statement_id TEXT NOT NULL,
    run_id       TEXT NOT NULL,
    partner_id   TEXT NOT NULL,
    business_key TEXT NOT NULL,
    currency     TEXT NOT NULL,
    total        INTEGER NOT NULL,
    body         TEXT NOT NULL,
    PRIMARY KEY (tenant, statement_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX statements_by_payee ON statements (tenant, run_id, business_key, currency);
CREATE INDEX statements_by_total ON statements (tenant, run_id, total);

CREATE TABLE statement_lines (
    tenant       TEXT NOT NULL,
    statement_id TEXT NOT NULL,
    ordinal      INTEGER NOT NULL,
    line_id      TEXT NOT NULL,
    amount       INTEGER NOT NULL,
    body         TEXT NOT NULL,
    PRIMARY KEY (tenant, statement_id, line_id)
) STRICT, WITHOUT ROWID;
